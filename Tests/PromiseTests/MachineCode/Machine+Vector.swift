// The machine's vector and mask instructions: moves, and what compilers do with counters.
extension Machine {
  /// The bytes of an element that a move's mask selects.
  private static let moves = [
    "movdqa": 8, "movdqu": 8, "movaps": 4, "movups": 4, "movapd": 8, "movupd": 8,
    "vmovdqa": 8, "vmovdqu": 8, "vmovaps": 4, "vmovups": 4, "vmovapd": 8, "vmovupd": 8,
    "vmovdqa32": 4, "vmovdqa64": 8, "vmovdqu8": 1, "vmovdqu16": 2, "vmovdqu32": 4, "vmovdqu64": 8,
  ]

  mutating func executeVector(_ at: Instruction) throws {
    let (name, operands) = (at.name, at.operands)
    let hasVectors = operands.contains {
      switch $0 {
      case .vector, .mask: true
      default: false
      }
    }
    if name == "vzeroupper" {
      for number in 0..<16 { clear(number, from: 2) }
      return
    }
    guard hasVectors else { throw MachineError.unknown(at.where) }
    if let element = Self.moves[name] { return try move(element, at) }
    switch name {
    case "movd", "movq", "vmovd", "vmovq", "movss", "movsd", "vmovss", "vmovsd":
      guard operands.count == 2 else { break }
      let width = name.hasSuffix("d") && !name.hasSuffix("sd") || name.hasSuffix("ss") ? 4 : 8
      let value = try read(operands[1], at).prefix(width)
      guard case .vector(let number, _) = operands[0] else {
        return try write(value, operands[0], at)
      }
      if case .vector = operands[1], name.contains("s") { break }
      vectors[8 * number] = value
      clear(number, from: 1, to: name.first == "v" ? 8 : 2)
      return
    case "pxor", "xorps", "xorpd":
      guard "\(operands[0])" == "\(operands[1])" else { break }
      return try put([Value(), Value()], operands[0], at)
    case "vpxor", "vpxord", "vpxorq", "vxorps", "vxorpd":
      guard "\(operands[1])" == "\(operands[2])" else { break }
      let zeros = [Value](repeating: Value(), count: Self.width(operands[0]) / 8)
      return try put(zeros, operands[0], at)
    case "kmovb", "kmovw", "kmovd", "kmovq":
      let width = ["b": 1, "w": 2, "d": 4, "q": 8][name.last!]!
      return try write(read(operands[1], at).prefix(width), operands[0], at)
    case "kortestb", "kortestw", "kortestd", "kortestq":
      let width = ["b": 1, "w": 2, "d": 4, "q": 8][name.last!]!
      let (left, right) = (try read(operands[0], at), try read(operands[1], at))
      let all = Value(bits: left.bits | right.bits, secret: left.secret | right.secret).prefix(
        width)
      let areAllSet = all.bits == Value.mask(width)
      setFlags(all, width, carry: areAllSet, overflow: false)
      return
    default: break
    }
    if try computeKnown(at) { return }
    try anything(at)
  }

  /// Any other instruction: it reads its operands, and its result is secret.
  private mutating func anything(_ at: Instruction) throws {
    let touchesMemory = at.operands.contains {
      if case .memory = $0 { true } else { false }
    }
    if touchesMemory, at.mask != 0, masks[at.mask].isSecret { throw MachineError.leak(at.where) }
    for operand in at.operands.dropFirst() { _ = try words(of: operand, at) }
    guard let target = at.operands.first else { throw MachineError.unknown(at.where) }
    switch target {
    case _ where ["ptest", "vptest"].contains(at.name) || at.name.hasPrefix("ktest"):
      _ = try words(of: target, at)
      areFlagsSecret = true
    case .mask(let number): masks[number] = Value(secret: .max)
    case .vector(_, let width):
      let secret = [Value](repeating: Value(secret: .max), count: width / 8)
      try put(secret, target, at, isMasked: false)
    case .memory(let memory):
      guard at.mask == 0 else { throw MachineError.unknown(at.where) }
      let to = try address(memory, at)
      for offset in stride(from: 0, to: memory.width, by: min(8, memory.width)) {
        try store(Value(secret: .max), to + UInt64(offset), min(8, memory.width), at)
      }
    default: try write(Value(secret: .max), target, at)
    }
  }

  // MARK: Words

  private mutating func clear(_ number: Int, from first: Int, to end: Int = 8) {
    for word in first..<end { vectors[8 * number + word] = Value() }
  }

  /// The words of an operand; of a broadcast, its element.
  private mutating func words(of operand: Operand, _ at: Instruction) throws -> [Value] {
    switch operand {
    case .vector(let number, let width): return Array(vectors[8 * number..<8 * number + width / 8])
    case .memory(let memory) where memory.width > 8:
      let from = try address(memory, at)
      return try (0..<memory.width / 8).map { try load(from + 8 * UInt64($0), 8, at) }
    default: return [try read(operand, at)]
    }
  }

  /// Writes a vector register as AVX does, or a half as SSE does.
  private mutating func put(
    _ words: [Value], _ operand: Operand, _ at: Instruction, isMasked: Bool = true
  ) throws {
    guard case .vector(let number, _) = operand, at.mask == 0 || !isMasked else {
      throw MachineError.unknown(at.where)
    }
    for (index, word) in words.enumerated() { vectors[8 * number + index] = word }
    if at.name.first == "v" { clear(number, from: words.count) }
  }

  /// A move between registers and memory, of the elements that the mask selects.
  private mutating func move(_ element: Int, _ at: Instruction) throws {
    let (to, from) = (at.operands[0], at.operands[1])
    if at.mask == 0 {
      let words = try words(of: from, at)
      guard case .memory(let memory) = to else { return try put(words, to, at) }
      let place = try address(memory, at)
      for (index, word) in words.enumerated() {
        try store(word, place + 8 * UInt64(index), 8, at)
      }
      return
    }
    let mask = masks[at.mask]
    let width = Self.width(to)
    var bytes = [Value](repeating: Value(), count: width)
    for index in 0..<width {
      let isSelected = mask.bits >> UInt64(index / element) & 1 == 1
      switch (to, from) {
      case (.vector(let number, _), .vector(let source, _)):
        bytes[index] = byte(index, of: isSelected ? source : number)
        if !isSelected, at.zeroes { bytes[index] = Value() }
        if mask.isSecret { bytes[index].secret = 0xff }
      case (.vector(let number, _), .memory(let memory)):
        guard !mask.isSecret else { throw MachineError.leak(at.where) }
        if isSelected {
          bytes[index] = try load(address(memory, at) + UInt64(index), 1, at)
        } else if !at.zeroes {
          bytes[index] = byte(index, of: number)
        }
      case (.memory(let memory), .vector(let source, _)):
        guard !mask.isSecret else { throw MachineError.leak(at.where) }
        if isSelected {
          try store(byte(index, of: source), address(memory, at) + UInt64(index), 1, at)
        }
      default: throw MachineError.unknown(at.where)
      }
    }
    guard case .vector = to else { return }
    let words = (0..<width / 8).map { word in
      (0..<8).reduce(into: Value()) { sum, index in
        sum.bits |= bytes[8 * word + index].bits << UInt64(8 * index)
        sum.secret |= bytes[8 * word + index].secret << UInt64(8 * index)
      }
    }
    try put(words, to, at, isMasked: false)
  }

  private func byte(_ index: Int, of number: Int) -> Value {
    let (word, shift) = (vectors[8 * number + index / 8], UInt64(8 * (index % 8)))
    return Value(bits: word.bits >> shift, secret: word.secret >> shift).prefix(1)
  }

  // MARK: Counters and addresses in vectors

  /// Executes an instruction on known words; returns false if it has no such form here.
  private mutating func computeKnown(_ at: Instruction) throws -> Bool {
    let operands = at.operands
    guard at.mask == 0 else { return false }
    switch at.name {
    case "punpcklqdq", "vpunpcklqdq":
      let sources = operands.suffix(2)
      guard Self.width(operands[0]) == 16 else { return false }
      let (low, high) = try (words(of: sources.first!, at), words(of: sources.last!, at))
      try put([low[0], high[0]], operands[0], at)
    case "pshufd", "vpshufd":
      guard case .immediate(let order) = operands[2] else { return false }
      let parts = try words(of: operands[1], at).flatMap(\.halves)
      let places = parts.indices.map { $0 & ~3 | Int(order >> UInt64(2 * ($0 & 3)) & 3) }
      try put(places.map { parts[$0] }.paired, operands[0], at)
    case "vpblendd":
      guard case .immediate(let choice) = operands[3] else { return false }
      let (first, second) = try (words(of: operands[1], at), words(of: operands[2], at))
      let (left, right) = (first.flatMap(\.halves), second.flatMap(\.halves))
      try put(
        left.indices.map { choice >> UInt64($0) & 1 == 1 ? right[$0] : left[$0] }.paired,
        operands[0], at)
    case "vpermt2q":
      let tables = try words(of: operands[0], at) + words(of: operands[2], at)
      let places = try words(of: operands[1], at)
      guard !places.contains(where: \.isSecret) else { return false }
      try put(places.map { tables[Int($0.bits) & (tables.count - 1)] }, operands[0], at)
    case "vbroadcasti128", "vbroadcasti32x4", "vbroadcasti64x2", "vbroadcasti64x4":
      let part = try words(of: operands[1], at)
      let count = Self.width(operands[0]) / 8 / part.count
      try put([[Value]](repeating: part, count: count).flatMap { $0 }, operands[0], at)
    case "vpbroadcastq":
      let word = try words(of: operands[1], at)[0]
      try put([Value](repeating: word, count: Self.width(operands[0]) / 8), operands[0], at)
    case "vinserti128", "vinserti64x4", "vinserti32x4", "vinserti64x2":
      guard case .immediate(let number) = operands[3] else { return false }
      var words = try words(of: operands[1], at)
      let part = try self.words(of: operands[2], at)
      words.replaceSubrange(Int(number) * part.count..<(Int(number) + 1) * part.count, with: part)
      try put(words, operands[0], at)
    case "vextracti128", "vextracti64x4", "vextracti32x4", "vextracti64x2":
      guard case .immediate(let number) = operands[2], case .vector(_, let width) = operands[0]
      else { return false }
      let all = try words(of: operands[1], at)
      let count = width / 8
      try put(Array(all[Int(number) * count..<(Int(number) + 1) * count]), operands[0], at)
    case "vpminuq":
      let (left, right) = try (words(of: operands[1], at), words(of: operands[2], at))
      guard left.count == right.count else { return false }
      try put(
        zip(left, right).map {
          Value(bits: min($0.bits, $1.bits), secret: $0.isSecret || $1.isSecret ? .max : 0)
        }, operands[0], at)
    default: return false
    }
    return true
  }
}

extension Value {
  fileprivate var halves: [Value] {
    [prefix(4), Value(bits: bits >> 32, secret: secret >> 32)]
  }
}

extension [Value] {
  /// Words of two halves each.
  fileprivate var paired: [Value] {
    stride(from: 0, to: count, by: 2).map {
      Value(
        bits: self[$0].bits | self[$0 + 1].bits << 32,
        secret: self[$0].secret | self[$0 + 1].secret << 32)
    }
  }
}
