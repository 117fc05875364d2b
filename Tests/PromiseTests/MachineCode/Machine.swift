// An interpreter of x86-64 code in which each byte is known or secret. Lengths and addresses are
// known, so the path through the code is too, as long as no branch and no address depends on a
// secret: that is what it shows, for all secrets at once. What a secret is computed to is not
// followed: the result is secret. Vectors are followed only as far as compilers keep counters and
// addresses in them; the result of any other vector instruction counts as secret. So a leak can be
// reported where none is, with another compiler, but none can be missed in the code that runs.

/// Up to eight bytes; a secret byte has 0xff in `secret`.
struct Value {
  var bits: UInt64 = 0
  var secret: UInt64 = 0
  var isSecret: Bool { secret != 0 }

  static func mask(_ width: Int) -> UInt64 { width >= 8 ? .max : 1 << (8 * UInt64(width)) - 1 }
  func prefix(_ width: Int) -> Value {
    Value(bits: bits & Self.mask(width), secret: secret & Self.mask(width))
  }
}

/// Why the machine stopped.
enum MachineError: Error, CustomStringConvertible {
  /// A branch, an address or an instruction of variable time depends on a secret.
  case leak(String)
  /// Bytes outside every region.
  case outside(String)
  /// An instruction that is not implemented.
  case unknown(String)

  var description: String {
    switch self {
    case .leak(let at): "depends on a secret: \(at)"
    case .outside(let at): "touches other bytes: \(at)"
    case .unknown(let at): "not implemented: \(at)"
    }
  }
}

struct Machine {
  /// Bytes at consecutive addresses, as words.
  private struct Region {
    let base: UInt64
    let count: UInt64
    var bits: [UInt64]
    var secret: [UInt64]
  }

  let program: Program
  private var regions: [Region] = []
  private var lastRegion = 0
  var registers = [Value](repeating: Value(), count: 16)
  /// Eight words each.
  var vectors = [Value](repeating: Value(), count: 32 * 8)
  var masks = [Value](repeating: Value(bits: .max), count: 8)
  var (carry, zero, sign, overflow, parity) = (false, false, false, false, false)
  var areFlagsSecret = false
  /// The addresses of all instructions that ran.
  private(set) var executed: Set<UInt64> = []
  private(set) var steps = 0

  private static let (stack, stackCount) = (0x7fff_0000_0000 as UInt64, 1 << 18)
  static let (end, rsp) = (0xdead_0000 as UInt64, 4)

  init(_ program: Program) {
    self.program = program
    regions = [
      Region(
        base: 0, count: UInt64(8 * (program.image.count - 1)), bits: program.image,
        secret: [UInt64](repeating: 0, count: program.image.count))
    ]
    // What earlier calls left there is as good as a secret.
    add(at: Self.stack, Self.stackCount, isSecret: true)
  }

  // MARK: Memory

  /// Adds bytes; without `bytes` their content is zero, or secret.
  mutating func add(at base: UInt64, _ count: Int, _ bytes: [UInt8]? = nil, isSecret: Bool = false)
  {
    var bits = [UInt64](repeating: 0, count: count / 8 + 2)
    for (index, byte) in (bytes ?? []).enumerated() {
      bits[index >> 3] |= UInt64(byte) << UInt64(index & 7 * 8)
    }
    regions.append(
      Region(
        base: base, count: UInt64(count), bits: bits,
        secret: [UInt64](repeating: isSecret ? .max : 0, count: count / 8 + 2)))
    lastRegion = regions.count - 1
  }

  /// Removes what was added, and begins with an unknown stack again.
  mutating func removeAll() {
    regions.removeSubrange(1...)
    add(at: Self.stack, Self.stackCount, isSecret: true)
  }

  /// Changes a variable of the program, of four bytes.
  mutating func set(_ name: String, to number: UInt32) throws {
    let offset = try program.address(of: name)
    let shift = offset & 7 * 8
    let word = Int(offset >> 3)
    let other = regions[0].bits[word] & ~(0xffff_ffff << shift)
    regions[0].bits[word] = other | UInt64(number) << shift
  }

  /// Returns the region of `width` bytes, and their offset.
  private mutating func place(_ address: UInt64, _ width: Int) -> (Int, UInt64)? {
    let offset = address &- regions[lastRegion].base
    if offset <= regions[lastRegion].count,
      offset + UInt64(width) <= regions[lastRegion].count
    {
      return (lastRegion, offset)
    }
    for (index, region) in regions.enumerated() {
      let offset = address &- region.base
      guard offset < region.count, offset + UInt64(width) <= region.count else { continue }
      lastRegion = index
      return (index, offset)
    }
    return nil
  }

  mutating func load(
    _ address: UInt64, _ width: Int, _ at: Instruction
  ) throws -> Value {
    guard let (region, offset) = place(address, width) else { throw MachineError.outside(at.where) }
    let (word, shift) = (Int(offset >> 3), offset & 7 * 8)
    var bits = regions[region].bits[word] >> shift
    var secret = regions[region].secret[word] >> shift
    if shift > 0 {
      bits |= regions[region].bits[word + 1] << (64 - shift)
      secret |= regions[region].secret[word + 1] << (64 - shift)
    }
    return Value(bits: bits, secret: secret).prefix(width)
  }

  mutating func store(
    _ value: Value, _ address: UInt64, _ width: Int, _ at: Instruction
  ) throws {
    // The program's own bytes may not change.
    guard let (region, offset) = place(address, width), region > 0 else {
      throw MachineError.outside(at.where)
    }
    let (word, shift, mask) = (Int(offset >> 3), offset & 7 * 8, Value.mask(width))
    func put(_ word: Int, _ mask: UInt64, _ bits: UInt64, _ secret: UInt64) {
      regions[region].bits[word] = regions[region].bits[word] & ~mask | bits & mask
      regions[region].secret[word] = regions[region].secret[word] & ~mask | secret & mask
    }
    put(word, mask << shift, value.bits << shift, value.secret << shift)
    if shift > 0 {
      put(word + 1, mask >> (64 - shift), value.bits >> (64 - shift), value.secret >> (64 - shift))
    }
  }

  func address(_ memory: Operand.Memory, _ at: Instruction) throws -> UInt64 {
    var sum = memory.offset
    if let base = memory.base {
      guard !registers[base].isSecret else { throw MachineError.leak(at.where) }
      sum &+= registers[base].bits
    }
    if let index = memory.index {
      guard !registers[index].isSecret else { throw MachineError.leak(at.where) }
      sum &+= registers[index].bits &* memory.scale
    }
    return sum
  }

  // MARK: Calls

  /// Calls a function with up to six numbers or addresses and returns its result.
  mutating func call(_ name: String, _ arguments: [UInt64]) throws -> Value {
    for (number, argument) in zip([7, 6, 2, 1, 8, 9], arguments) {
      registers[number] = Value(bits: argument)
    }
    registers[Self.rsp] = Value(bits: Self.stack + UInt64(Self.stackCount) - 256)
    var next = try program.address(of: name)
    let start = try program.instruction(at: next)!
    try push(Value(bits: Self.end), start)
    while next != Self.end {
      guard let instruction = try program.instruction(at: next) else {
        throw MachineError.outside("a jump to \(String(next, radix: 16))")
      }
      executed.insert(next)
      steps += 1
      next = try execute(instruction)
    }
    return registers[0]
  }

  mutating func push(_ value: Value, _ at: Instruction) throws {
    registers[Self.rsp].bits &-= 8
    try store(value, registers[Self.rsp].bits, 8, at)
  }

  mutating func pop(_ at: Instruction) throws -> Value {
    let value = try load(registers[Self.rsp].bits, 8, at)
    registers[Self.rsp].bits &+= 8
    return value
  }

  /// The C library's functions that copy or set bytes; their time depends on addresses and lengths.
  mutating func callLibrary(_ name: Substring, _ at: Instruction) throws {
    let (to, from, count) = (registers[7], registers[6], registers[2])
    guard !to.isSecret, !count.isSecret else { throw MachineError.leak(at.where) }
    var bytes: [Value] = []
    switch name {
    case "memset": bytes = Array(repeating: from.prefix(1), count: Int(count.bits))
    case "memcpy", "memmove":
      guard !from.isSecret else { throw MachineError.leak(at.where) }
      for index in 0..<count.bits { bytes.append(try load(from.bits + index, 1, at)) }
    default: throw MachineError.unknown(at.where)
    }
    for (index, byte) in bytes.enumerated() { try store(byte, to.bits + UInt64(index), 1, at) }
    registers[0] = to
    // A callee may leave anything in these registers.
    for number in [1, 2, 6, 7, 8, 9, 10, 11] { registers[number] = Value(secret: .max) }
    areFlagsSecret = true
  }

  // MARK: Operands

  static func width(_ operand: Operand) -> Int {
    switch operand {
    case .register(_, let width, _), .vector(_, let width): width
    case .memory(let memory): memory.width
    case .mask, .immediate, .unknown: 8
    }
  }

  mutating func read(_ operand: Operand, _ at: Instruction) throws -> Value {
    switch operand {
    case .register(let number, let width, let shift):
      return Value(
        bits: registers[number].bits >> UInt64(shift),
        secret: registers[number].secret >> UInt64(shift)
      ).prefix(width)
    case .memory(let memory): return try load(address(memory, at), memory.width, at)
    case .immediate(let number): return Value(bits: number)
    case .mask(let number): return masks[number]
    case .vector(let number, _): return vectors[8 * number]
    case .unknown: throw MachineError.unknown(at.where)
    }
  }

  mutating func write(_ value: Value, _ operand: Operand, _ at: Instruction) throws {
    switch operand {
    case .register(let number, let width, let shift):
      // Four bytes clear the other four; fewer leave the others.
      let keep = width >= 4 ? 0 : ~(Value.mask(width) << UInt64(shift))
      let value = value.prefix(width)
      registers[number].bits = registers[number].bits & keep | value.bits << UInt64(shift)
      registers[number].secret = registers[number].secret & keep | value.secret << UInt64(shift)
    case .memory(let memory): try store(value, address(memory, at), memory.width, at)
    case .mask(let number): masks[number] = value
    default: throw MachineError.unknown(at.where)
    }
  }
}
