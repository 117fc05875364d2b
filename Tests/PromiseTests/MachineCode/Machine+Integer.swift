// The machine's instructions on general registers: moves, jumps, arithmetic, and the flags.
extension Machine {
  /// Executes an instruction and returns the address of the next.
  mutating func execute(_ at: Instruction) throws -> UInt64 {
    let (name, operands) = (at.name, at.operands)
    switch name {
    case "nop", "endbr64": break
    // The only use is as padding.
    case "xchg" where at.text == "xchg ax,ax": break
    case "mov", "movabs":
      try write(read(operands[1], at), operands[0], at)
    case "movzx": try write(read(operands[1], at), operands[0], at)
    case "movsx", "movsxd":
      try write(extended(read(operands[1], at), Self.width(operands[1])), operands[0], at)
    case "cdqe": registers[0] = extended(registers[0].prefix(4), 4)
    case "cdq", "cqo":
      let width = name == "cdq" ? 4 : 8
      let high = extended(registers[0].prefix(width), width)
      let value = Value(
        bits: Int64(bitPattern: high.bits) < 0 ? .max : 0, secret: high.isSecret ? .max : 0)
      try write(value, .register(2, width: width, shift: 0), at)
    case "lea":
      guard case .memory(let memory) = operands[1] else { throw MachineError.unknown(at.where) }
      // No access: the sum may be secret.
      var value = Value(bits: memory.offset)
      if let base = memory.base { value = sum(value, registers[base], 1) }
      if let index = memory.index { value = sum(value, registers[index], memory.scale) }
      try write(value, operands[0], at)
    case "push": try push(read(operands[0], at), at)
    case "pop": try write(pop(at), operands[0], at)
    case "leave":
      registers[Self.rsp] = registers[5]
      registers[5] = try pop(at)
    case "call":
      if case .immediate(let target) = operands[0] {
        if try program.instruction(at: target) == nil {
          let symbol = at.text.split(separator: "<").last?.split(separator: "@").first
          try callLibrary(symbol ?? "", at)
          return at.next
        }
        try push(Value(bits: at.next), at)
        return target
      }
      throw MachineError.unknown(at.where)
    case "ret":
      let target = try pop(at)
      guard !target.isSecret else { throw MachineError.leak(at.where) }
      return target.bits
    case "jmp":
      let target = try read(operands[0], at)
      guard !target.isSecret else { throw MachineError.leak(at.where) }
      return target.bits
    case "add", "adc", "sub", "sbb", "cmp", "and", "or", "xor", "test", "neg", "not", "inc", "dec":
      try compute(at)
    case "shl", "shr", "sar", "rol", "ror": try shift(at)
    case "imul", "mul", "mulx", "div", "idiv": try multiply(at)
    case "bswap":
      let (value, width) = (try read(operands[0], at), Self.width(operands[0]))
      let by = UInt64(64 - 8 * width)
      try write(
        Value(bits: value.bits.byteSwapped >> by, secret: value.secret.byteSwapped >> by),
        operands[0], at)
    case "bzhi":
      let (value, count) = (try read(operands[1], at), try read(operands[2], at))
      let isSecret = value.isSecret || count.isSecret
      let kept = count.bits & 0xff >= 64 ? UInt64.max : 1 << (count.bits & 0xff) - 1
      let result = Value(bits: value.bits & kept, secret: isSecret ? .max : 0)
      setFlags(result, Self.width(operands[0]), carry: false, overflow: false)
      try write(result, operands[0], at)
    default:
      if name.first == "j", let isTaken = isTrue(name.dropFirst()),
        case .immediate(let target) = operands[0]
      {
        guard !areFlagsSecret else { throw MachineError.leak(at.where) }
        return isTaken ? target : at.next
      } else if name.hasPrefix("set"), let isSet = isTrue(name.dropFirst(3)) {
        let value = Value(bits: isSet ? 1 : 0, secret: areFlagsSecret ? .max : 0)
        try write(value, operands[0], at)
      } else if name.hasPrefix("cmov"), let isMoved = isTrue(name.dropFirst(4)) {
        let (old, new) = (try read(operands[0], at), try read(operands[1], at))
        var value = isMoved ? new : old
        if areFlagsSecret { value.secret = .max }
        try write(value, operands[0], at)
      } else {
        try executeVector(at)
      }
    }
    return at.next
  }

  private func extended(_ value: Value, _ width: Int) -> Value {
    let by = UInt64(64 - 8 * width)
    return Value(
      bits: UInt64(bitPattern: Int64(bitPattern: value.bits << by) >> Int64(by)),
      secret: value.isSecret ? .max : 0)
  }

  private func sum(_ left: Value, _ right: Value, _ scale: UInt64) -> Value {
    Value(
      bits: left.bits &+ right.bits &* scale, secret: left.isSecret || right.isSecret ? .max : 0)
  }

  private mutating func compute(_ at: Instruction) throws {
    let (name, operands) = (at.name, at.operands)
    let width = Self.width(operands[0])
    let left = try read(operands[0], at)
    var right = operands.count > 1 ? try read(operands[1], at).prefix(width) : Value()
    // A register minus or XOR itself is zero, whatever it had.
    if name == "xor" || name == "sub" || name == "sbb", operands.count == 2,
      "\(operands[0])" == "\(operands[1])", name != "sbb"
    {
      setFlags(Value(), width, carry: false, overflow: false)
      return try write(Value(), operands[0], at)
    }
    var isSecret = left.isSecret || right.isSecret
    let top = 1 << UInt64(8 * width - 1) as UInt64
    var result = Value()
    var (carry, overflow) = (false, false)
    func add(_ in: Bool) {
      result.bits = (left.bits &+ right.bits &+ (`in` ? 1 : 0)) & Value.mask(width)
      carry = result.bits < left.bits || `in` && result.bits == left.bits
      overflow = ~(left.bits ^ right.bits) & (left.bits ^ result.bits) & top != 0
    }
    func subtract(_ in: Bool) {
      result.bits = (left.bits &- right.bits &- (`in` ? 1 : 0)) & Value.mask(width)
      carry = left.bits < right.bits || `in` && left.bits == right.bits
      overflow = (left.bits ^ right.bits) & (left.bits ^ result.bits) & top != 0
    }
    switch name {
    case "add": add(false)
    case "sub", "cmp": subtract(false)
    case "adc", "sbb":
      isSecret = isSecret || areFlagsSecret
      if name == "adc" { add(self.carry) } else { subtract(self.carry) }
    case "and", "test":
      result.bits = left.bits & right.bits
      // What is ANDed with a known zero is known.
      let known = ~left.bits & ~left.secret | ~right.bits & ~right.secret
      if known & Value.mask(width) == Value.mask(width) { isSecret = false }
    case "or": result.bits = left.bits | right.bits
    case "xor": result.bits = left.bits ^ right.bits
    case "not":
      return try write(Value(bits: ~left.bits, secret: left.secret), operands[0], at)
    case "neg":
      right = left
      result.bits = 0 &- left.bits & Value.mask(width)
      (carry, overflow) = (left.bits != 0, left.bits == top)
    default:
      let isUp = name == "inc"
      result.bits = (isUp ? left.bits &+ 1 : left.bits &- 1) & Value.mask(width)
      carry = self.carry
      overflow = isUp ? result.bits == top : left.bits == top
    }
    let keptSecret = (name == "inc" || name == "dec") && areFlagsSecret
    result.secret = isSecret ? .max : 0
    setFlags(result, width, carry: carry, overflow: overflow)
    areFlagsSecret = areFlagsSecret || keptSecret
    if name != "cmp", name != "test" { try write(result, operands[0], at) }
  }

  private mutating func shift(_ at: Instruction) throws {
    let (operands, width) = (at.operands, Self.width(at.operands[0]))
    let value = try read(operands[0], at)
    let amount = operands.count > 1 ? try read(operands[1], at) : Value(bits: 1)
    let bits = UInt64(8 * width)
    let count = amount.bits & (width == 8 ? 63 : 31)
    let isSecret = value.isSecret || amount.isSecret
    var (result, carry) = (value.bits, false)
    if count > 0, count <= bits {
      switch at.name {
      case "shl":
        carry = value.bits >> (bits - count) & 1 == 1
        result = value.bits << count
      case "shr":
        carry = value.bits >> (count - 1) & 1 == 1
        result = value.bits >> count
      case "sar":
        let wide = Int64(bitPattern: extended(value, width).bits)
        carry = wide >> Int64(count - 1) & 1 == 1
        result = UInt64(bitPattern: wide >> Int64(count))
      case "rol": result = value.bits << count | value.bits >> (bits - count)
      default: result = value.bits >> count | value.bits << (bits - count)
      }
    }
    let made = Value(bits: result & Value.mask(width), secret: isSecret ? .max : 0)
    if count > 0 || amount.isSecret {
      let wasOverflow = overflow
      setFlags(made, width, carry: carry, overflow: wasOverflow)
      // Its overflow flag is undefined for most counts.
      areFlagsSecret = areFlagsSecret || isSecret
    }
    try write(made, operands[0], at)
  }

  private mutating func multiply(_ at: Instruction) throws {
    let (name, operands) = (at.name, at.operands)
    let width = Self.width(operands[0])
    let rax = Operand.register(0, width: width, shift: 0)
    let rdx = Operand.register(2, width: width, shift: 0)
    func secret(_ values: Value...) -> UInt64 { values.contains { $0.isSecret } ? .max : 0 }
    switch (name, operands.count) {
    case ("imul", 2...):
      let left = try read(operands[operands.count - 2], at)
      let right = try read(operands[operands.count - 1], at)
      let result = Value(bits: left.bits &* right.bits, secret: secret(left, right))
      setFlags(result.prefix(width), width, carry: false, overflow: false)
      areFlagsSecret = true
      try write(result, operands[0], at)
    case ("mul", 1), ("mulx", 3):
      guard width == 8 else { throw MachineError.unknown(at.where) }
      let left = try read(name == "mul" ? rax : rdx, at)
      let right = try read(operands[operands.count - 1], at)
      let (high, low) = left.bits.multipliedFullWidth(by: right.bits)
      let isSecret = secret(left, right)
      try write(Value(bits: low, secret: isSecret), name == "mul" ? rax : operands[1], at)
      try write(Value(bits: high, secret: isSecret), name == "mul" ? rdx : operands[0], at)
      if name == "mul" { areFlagsSecret = true }
    case ("div", 1), ("idiv", 1):
      let (low, high, divisor) = (try read(rax, at), try read(rdx, at), try read(operands[0], at))
      // A division takes a time that depends on its numbers.
      guard secret(low, high, divisor) == 0 else { throw MachineError.leak(at.where) }
      let isSigned = name == "idiv"
      let dividend = Int64(bitPattern: isSigned ? extended(low, width).bits : low.bits)
      let by = Int64(bitPattern: isSigned ? extended(divisor, width).bits : divisor.bits)
      let sign: UInt64 = isSigned && dividend < 0 ? Value.mask(width) : 0
      guard by != 0, high.bits == sign, isSigned || dividend >= 0 && by > 0 else {
        throw MachineError.unknown(at.where)
      }
      try write(Value(bits: UInt64(bitPattern: dividend / by)), rax, at)
      try write(Value(bits: UInt64(bitPattern: dividend % by)), rdx, at)
      areFlagsSecret = true
    default: throw MachineError.unknown(at.where)
    }
  }

  // MARK: Flags

  mutating func setFlags(_ result: Value, _ width: Int, carry: Bool, overflow: Bool) {
    let bits = result.bits & Value.mask(width)
    (self.carry, self.overflow) = (carry, overflow)
    zero = bits == 0
    sign = bits >> UInt64(8 * width - 1) & 1 == 1
    parity = (bits & 0xff).nonzeroBitCount % 2 == 0
    areFlagsSecret = result.isSecret
  }

  /// Whether the condition of a jump's name holds; nil if it is no condition's.
  private func isTrue(_ condition: Substring) -> Bool? {
    switch condition {
    case "o": overflow
    case "no": !overflow
    case "b": carry
    case "ae": !carry
    case "e": zero
    case "ne": !zero
    case "be": carry || zero
    case "a": !carry && !zero
    case "s": sign
    case "ns": !sign
    case "p": parity
    case "np": !parity
    case "l": sign != overflow
    case "ge": sign == overflow
    case "le": zero || sign != overflow
    case "g": !zero && sign == overflow
    default: nil
    }
  }
}
