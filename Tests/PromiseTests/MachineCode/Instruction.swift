// Instructions as objdump prints them.
/// One line of a disassembly in Intel's syntax.
struct Instruction {
  let address: UInt64
  let next: UInt64
  let text: String
  let name: String
  var operands: [Operand] = []
  /// The mask register of a vector instruction (0: none), and whether unselected elements become zero.
  var (mask, zeroes) = (0, false)

  init(_ line: Substring, at address: UInt64, next: UInt64) {
    (self.address, self.next) = (address, next)
    let line = line.split(separator: "#", maxSplits: 1)[0]
    text = line.split(separator: " ").joined(separator: " ")
    var words = text.split(separator: " ", maxSplits: 1)
    while words.count == 2, ["cs", "data16", "notrack", "bnd"].contains(words[0]) {
      words = words[1].split(separator: " ", maxSplits: 1)
    }
    name = String(words[0])
    guard words.count == 2 else { return }
    for var part in words[1].split(separator: ",") {
      if let brace = part.firstIndex(of: "{") {
        zeroes = part.hasSuffix("{z}")
        if part[brace...].hasPrefix("{k") {
          mask = Int(String(part[part.index(brace, offsetBy: 2)]))!
        }
        part = part[..<brace]
      }
      operands.append(Operand(part, next: next))
    }
  }
}

extension Instruction {
  var `where`: String { "\(String(address, radix: 16)): \(text)" }
}

enum Operand {
  /// One of sixteen, and its bytes; `shift` is 8 for AH and the like.
  case register(Int, width: Int, shift: Int)
  case vector(Int, width: Int)
  case mask(Int)
  case memory(Memory)
  case immediate(UInt64)
  case unknown

  struct Memory {
    var (base, index): (Int?, Int?) = (nil, nil)
    var (scale, offset): (UInt64, UInt64) = (1, 0)
    /// The bytes that are accessed; of a broadcast, an element's.
    var width = 0
    var isBroadcast = false
  }

  private static let names: [String: Operand] = {
    var names: [String: Operand] = [:]
    let old = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]
    for number in 0..<16 {
      let isOld = number < 8
      let plain = isOld ? old[number] : "r\(number)"
      names[isOld ? "r\(plain)" : plain] = .register(number, width: 8, shift: 0)
      names[isOld ? "e\(plain)" : "\(plain)d"] = .register(number, width: 4, shift: 0)
      names[isOld ? plain : "\(plain)w"] = .register(number, width: 2, shift: 0)
      let low = isOld ? (number < 4 ? "\(plain.first!)l" : "\(plain)l") : "\(plain)b"
      names[low] = .register(number, width: 1, shift: 0)
      if number < 4 { names["\(plain.first!)h"] = .register(number, width: 1, shift: 8) }
    }
    for number in 0..<32 {
      for (letter, width) in [("x", 16), ("y", 32), ("z", 64)] {
        names["\(letter)mm\(number)"] = .vector(number, width: width)
      }
    }
    for number in 0..<8 { names["k\(number)"] = .mask(number) }
    return names
  }()

  private static let widths = [
    "BYTE": 1, "WORD": 2, "DWORD": 4, "QWORD": 8, "XMMWORD": 16, "YMMWORD": 32, "ZMMWORD": 64,
  ]

  init(_ text: Substring, next: UInt64) {
    if let known = Self.names[String(text)] {
      self = known
    } else if let open = text.firstIndex(of: "["), text.last == "]" {
      var memory = Memory()
      let kind = text[..<open].split(separator: " ")
      memory.width = kind.first.flatMap { Self.widths[String($0)] } ?? 0
      memory.isBroadcast = kind.last == "BCST"
      // Another word is a segment's.
      let isPlain = kind.last.map { $0 == "PTR" || $0 == "BCST" } ?? true
      self = isPlain ? Self.address(text[open...].dropFirst().dropLast(), memory, next) : .unknown
    } else if let number = Self.number(text) {
      self = .immediate(number)
    } else {
      self = .unknown
    }
  }

  /// The sum in brackets.
  private static func address(_ text: Substring, _ memory: Memory, _ next: UInt64) -> Operand {
    var memory = memory
    var terms: [(text: Substring, isNegative: Bool)] = []
    var (rest, isNegative) = (text, false)
    while let end = rest.firstIndex(where: { $0 == "+" || $0 == "-" }) {
      terms.append((rest[..<end], isNegative))
      isNegative = rest[end] == "-"
      rest = rest[rest.index(after: end)...]
    }
    terms.append((rest, isNegative))
    for (term, isNegative) in terms where !term.isEmpty {
      let factors = term.split(separator: "*")
      if factors.count == 2, case .register(let number, 8, _)? = names[String(factors[0])] {
        (memory.index, memory.scale) = (number, Self.number(factors[1])!)
      } else if case .register(let number, 8, _)? = names[String(term)] {
        if memory.base == nil { memory.base = number } else { memory.index = number }
      } else if term == "rip" {
        memory.offset &+= next
      } else if let number = Self.number(term) {
        memory.offset = isNegative ? memory.offset &- number : memory.offset &+ number
      } else {
        return .unknown
      }
    }
    return .memory(memory)
  }

  /// A number as objdump writes it: 0x..., -0x..., one digit, or an address without 0x and its symbol.
  private static func number(_ text: Substring) -> UInt64? {
    if text.hasPrefix("-") { return number(text.dropFirst()).map { 0 &- $0 } }
    if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16) }
    return UInt64(text.split(separator: " ").first ?? text, radix: 16)
  }
}
