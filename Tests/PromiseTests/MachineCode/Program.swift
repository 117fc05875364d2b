// The machine code of a program, as objdump prints it, and its memory.
import Foundation
import Testing

/// A program's functions and data, before any relocation: addresses count from its start.
final class Program {
  /// The program's memory at its start, in words of eight bytes.
  let image: [UInt64]
  private let file: URL
  private let objdump: URL
  private let symbols: [String: Range<UInt64>]
  private let functions: [Range<UInt64>]
  private var instructions: [UInt64: Instruction] = [:]
  /// The functions that were disassembled.
  private(set) var disassembled: [Range<UInt64>] = []

  init(_ file: URL, objdump: URL) throws {
    (self.file, self.objdump) = (file, objdump)
    var symbols: [String: Range<UInt64>] = [:]
    var functions: Set<Range<UInt64>> = []
    // ADDRESS FLAGS SECTION\tSIZE [.hidden] NAME
    for line in try Tool.run(objdump, ["-t", file.path]).split(separator: "\n") {
      let parts = line.split(separator: "\t")
      guard parts.count == 2, let address = UInt64(parts[0].prefix(16), radix: 16),
        let size = UInt64(parts[1].prefix(16), radix: 16), size > 0,
        let name = parts[1].split(separator: " ").last
      else { continue }
      symbols[String(name)] = address..<address + size
      if parts[0].hasSuffix(".text") { functions.insert(address..<address + size) }
    }
    self.symbols = symbols
    self.functions = functions.sorted { $0.lowerBound < $1.lowerBound }
    image = try Self.image(of: Data(contentsOf: file))
  }

  /// The loaded segments of an ELF file (gABI, "Program Header").
  private static func image(of file: Data) throws -> [UInt64] {
    func number(_ offset: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
    }
    try #require(file.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]))
    var image = Data()
    let (headers, size, count) = (number(32, 8), number(54, 2), number(56, 2))
    for header in (0..<count).map({ headers + $0 * size }) where number(header, 4) == 1 {
      let (from, to, length) = (
        number(header + 8, 8), number(header + 16, 8), number(header + 32, 8)
      )
      image.append(Data(count: max(0, to + number(header + 40, 8) - image.count)))
      image.replaceSubrange(to..<to + length, with: file[from..<from + length])
    }
    image.append(Data(count: 16 - image.count % 8))
    // SAFETY: each word lies inside the buffer, whose length is a multiple of eight.
    return unsafe image.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 8).map {
        unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
      }
    }
  }

  func address(of name: String) throws -> UInt64 {
    try #require(symbols[name], "\(name)").lowerBound
  }

  /// The instruction at an address; nil outside every function.
  func instruction(at address: UInt64) throws -> Instruction? {
    if let known = instructions[address] { return known }
    let next = functions.partitionedIndex { $0.upperBound > address }
    guard next < functions.count, functions[next].contains(address) else { return nil }
    let function = functions[next]
    let text = try Tool.run(
      objdump,
      [
        "-d", "-M", "intel", "--no-show-raw-insn",
        "--start-address=0x\(String(function.lowerBound, radix: 16))",
        "--stop-address=0x\(String(function.upperBound, radix: 16))", file.path,
      ])
    var lines: [(address: UInt64, text: Substring)] = []
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":\t")
      guard parts.count == 2, let address = UInt64(parts[0].drop { $0 == " " }, radix: 16) else {
        continue
      }
      lines.append((address, parts[1]))
    }
    for (index, line) in lines.enumerated() {
      let end = index + 1 < lines.count ? lines[index + 1].address : function.upperBound
      instructions[line.address] = Instruction(line.text, at: line.address, next: end)
    }
    disassembled.append(function)
    return instructions[address]
  }

  /// The instructions of a function in their order.
  func instructions(of function: Range<UInt64>) -> [Instruction] {
    var (all, address): ([Instruction], UInt64) = ([], function.lowerBound)
    while function.contains(address), let instruction = instructions[address] {
      all.append(instruction)
      address = instruction.next
    }
    return all
  }
}

extension Array {
  /// The first index whose element meets a condition, which all later ones meet too.
  fileprivate func partitionedIndex(_ condition: (Element) -> Bool) -> Int {
    var range = 0..<count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range = condition(self[middle]) ? range.lowerBound..<middle : middle + 1..<range.upperBound
    }
    return range.lowerBound
  }
}
