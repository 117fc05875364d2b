// Turns perf's frames into readable functions: demangled, with inlined functions, without the
// runner's frames below the measured region.
import Foundation

/// Names functions; asks the tools once for all.
struct ProfileSymbols {
  private var names: [String: String] = [:]
  /// The functions at an address of this program, the innermost first, with their sources.
  private var inlined: [UInt64: [(symbol: String, source: String)]] = [:]
  private var sources: [Enclosed: String] = [:]
  private var anywhere: [String: String] = [:]
  private let executable: String
  /// Whether `addr2line` found inlined functions.
  var knowsInlined: Bool { !inlined.isEmpty }

  init(_ samples: PerfSamples, executable: String = Self.executable) {
    self.executable = executable
    var addresses: Set<UInt64> = []
    var symbols: Set<String> = []
    for stack in samples.stacks.keys {
      for (index, frame) in stack.enumerated() {
        symbols.insert(frame.symbol)
        if frame.module == executable {
          addresses.insert(Self.instruction(frame, isLast: index == stack.count - 1))
        }
      }
    }
    findInlined(addresses.sorted())
    findSources()
    for chain in inlined.values { symbols.formUnion(chain.map(\.symbol)) }
    demangle(symbols.filter { $0.hasPrefix("$s") }.sorted())
  }

  /// The running program.
  static var executable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  }

  /// A readable name of a symbol.
  func name(_ symbol: String) -> String { names[symbol] ?? symbol }

  /// Returns the stacks with readable names, and the number of complete ones.
  ///
  /// A measured stack begins at `WorkerPool.work`; the frames of Dispatch below it are dropped.
  /// Another stack begins with a remark.
  func fold(_ samples: PerfSamples) -> (stacks: FoldedStacks, whole: Int) {
    var folded = FoldedStacks()
    var whole = 0
    for (stack, count) in samples.stacks {
      var frames: [Frame] = []
      if let start = stack.lastIndex(where: { $0.symbol.hasPrefix(Self.region) }) {
        whole += count
        for (index, frame) in stack.enumerated() where index >= start {
          let isLast = index == stack.count - 1
          if isLast || !Self.isThunk(frame.symbol) { frames += functions(frame, isLast: isLast) }
        }
      } else {
        let isOutside = stack.contains { Self.starts.contains($0.symbol) }
        if isOutside { whole += count }
        frames = [
          Frame(
            function: isOutside ? "[before and after the region]" : "[callers unknown]", source: "",
            kind: .runner)
        ]
        for (index, frame) in stack.enumerated() {
          frames += functions(frame, isLast: index == stack.count - 1)
        }
      }
      folded.add(frames, count)
    }
    return (folded, whole)
  }

  /// The root of a complete stack, mangled: the pool's loop; and where threads begin.
  private static let region = "$s8BenchKit10WorkerPoolC4work"
  private static let starts: Set = ["_start", "start_thread", "clone3", "__clone3", "main"]

  /// Whether the compiler put it between caller and callee: a protocol witness, a partial
  /// application, a reabstraction.
  static func isThunk(_ symbol: String) -> Bool {
    symbol.hasPrefix("$s") && ["TW", "TA", "TR"].contains { symbol.hasSuffix($0) }
      || symbol.hasPrefix("$s8BenchKit16PrecheckedWorker")
  }

  /// The functions of a frame, the outermost first.
  private func functions(_ frame: RawFrame, isLast: Bool) -> [Frame] {
    let library =
      frame.module.hasPrefix("[") ? "kernel" : (frame.module as NSString).lastPathComponent
    var chain = [frame.symbol]
    var outermost = ""
    if frame.module == executable, let found = inlined[Self.instruction(frame, isLast: isLast)] {
      // perf's name of the outermost function stays: debug information may name a merged twin.
      chain += found.dropLast().reversed().map(\.symbol).filter {
        !$0.hasPrefix("$s8BenchKit16PrecheckedWorker")
      }
      outermost = found.last?.symbol ?? ""
    }
    return chain.enumerated().map { index, symbol in
      let isWhole = index == 0
      let source = source(of: isWhole && !outermost.isEmpty ? outermost : symbol, in: outermost)
      let kind = kind(symbol, source, frame.module, library)
      let isFromSwift = kind == .swift && frame.module == executable
      return Frame(
        function: symbol == "[unknown]" ? "[\(library)]" : name(symbol),
        source: isFromSwift ? "Swift's library" : source.isEmpty ? library : source, kind: kind,
        isInlined: !isWhole)
    }
  }

  private func kind(
    _ symbol: String, _ source: String, _ path: String, _ library: String
  ) -> Frame.Kind {
    if library.hasPrefix("libcrypto") { return .openssl }
    if library.hasPrefix("libswift") { return .swift }
    guard path == executable else { return .system }
    // Extensions of the standard library's types have their source here too.
    let home = source.prefix { $0 != "/" }
    if home == "Jot" || home == "JotCore" { return .jot }
    if symbol.hasPrefix("$ss") || symbol.hasPrefix("$sS") { return .swift }
    if source.hasPrefix("CJotKernels/") { return .kernel }
    if symbol.hasPrefix("$s3Jot") || symbol.hasPrefix("$s7JotCore") { return .jot }
    if symbol.hasPrefix("$s") || symbol.hasPrefix("bench_") { return .runner }
    if symbol.hasPrefix("swift_") { return .swift }
    return symbol.hasPrefix("jot_") ? .kernel : .system
  }

  /// Like `JotCore/HMAC.swift` of `/home/…/Sources/JotCore/HMAC.swift:72`; empty without a source.
  static func source(_ line: Substring) -> String {
    let path = line.prefix { $0 != ":" }.split(separator: "/")
    guard line.hasPrefix("/"), !line.hasPrefix("//"), path.count >= 2 else { return "" }
    let module = path.lastIndex(of: "Sources").map { $0 + 1 } ?? path.count - 2
    return "\(path[min(module, path.count - 2)])/\(path[path.count - 1])"
  }

  /// A function, and the outermost one that it is inlined in. Functions of different files may have
  /// the same name.
  private struct Enclosed: Hashable {
    let symbol: String
    let by: String
  }

  /// The file of a function, else its module, else empty.
  private func source(of symbol: String, in outermost: String) -> String {
    if let source = sources[Enclosed(symbol: symbol, by: outermost)] ?? anywhere[symbol] {
      return source
    }
    return ["Jot", "JotCore", "JotBench", "BenchKit"].first {
      symbol.hasPrefix("$s\($0.count)\($0)")
    } ?? ""
  }

  /// Gives each function one file: lines from macros name their header.
  private mutating func findSources() {
    var seen: [Enclosed: [String: Int]] = [:]
    for chain in inlined.values {
      guard let outermost = chain.last?.symbol else { continue }
      for link in chain where !link.source.isEmpty {
        let function = Enclosed(symbol: link.symbol, by: outermost)
        seen[function, default: [:]][link.source, default: 0] += 1
      }
    }
    sources = seen.compactMapValues { files in
      let bodies = files.filter { !$0.key.hasSuffix(".h") }
      return (bodies.isEmpty ? files : bodies).max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
    for (function, source) in sources.sorted(by: { $0.value < $1.value }) {
      anywhere[function.symbol] = source
    }
  }

  /// The address of the instruction: a caller's address is the return address.
  private static func instruction(_ frame: RawFrame, isLast: Bool) -> UInt64 {
    isLast ? frame.address : frame.address - min(1, frame.address)
  }

  private mutating func findInlined(_ addresses: [UInt64]) {
    guard let tool = ExternalProgram("addr2line"), let segments = ELFSegments(executable) else {
      return
    }
    let positions = addresses.map { segments.address(ofByte: $0) }
    let input = positions.map { "0x\(String($0, radix: 16))\n" }.joined()
    guard let text = tool.output(["-e", executable, "-f", "-i", "-a"], input: input) else { return }
    // An address, then for each function a line with its name and one with its position.
    var index = -1
    var symbol: Substring?
    for line in text.split(separator: "\n") {
      if let name = symbol {
        if name != "??", index >= 0 {
          inlined[addresses[index], default: []].append((String(name), Self.source(line)))
        }
        symbol = nil
      } else if line.hasPrefix("0x") {
        index += 1
        guard index < addresses.count else { return }
      } else {
        symbol = line
      }
    }
  }

  private mutating func demangle(_ symbols: [String]) {
    let input = symbols.joined(separator: "\n")
    let text =
      ExternalProgram("swift-demangle")?.output(["--simplified"], input: input)
      ?? ExternalProgram("swift")?.output(["demangle", "--simplified"], input: input)
    let lines = (text ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= symbols.count else { return }
    for (symbol, line) in zip(symbols, lines) { names[symbol] = Self.short(String(line)) }
  }

  /// Drops the compiler's remarks.
  static func short(_ name: String) -> String {
    var name = name
    for word in ["specialized ", "merged ", "generic specialization "] {
      while name.hasPrefix(word) { name.removeFirst(word.count) }
    }
    return name
  }
}

/// The loaded segments of an ELF file: perf has offsets in the file, DWARF has addresses.
struct ELFSegments {
  private var segments: [(offset: UInt64, size: UInt64, address: UInt64)] = []

  init?(_ path: String) {
    guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: 4096)
    else { return nil }
    let bytes = [UInt8](data)
    func number(_ offset: Int, _ size: Int) -> UInt64 {
      (0..<size).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
    }
    // 64 bits, little-endian.
    guard bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return nil }
    let (size, count) = (Int(number(54, 2)), Int(number(56, 2)))
    guard let table = Int(exactly: number(32, 8)), table <= bytes.count else { return nil }
    for index in 0..<count {
      let start = table + index * size
      guard start + 56 <= bytes.count else { return nil }
      // PT_LOAD.
      guard number(start, 4) == 1 else { continue }
      segments.append((number(start + 8, 8), number(start + 32, 8), number(start + 16, 8)))
    }
  }

  func address(ofByte offset: UInt64) -> UInt64 {
    let segment = segments.first { offset >= $0.offset && offset - $0.offset < $0.size }
    return segment.map { offset - $0.offset &+ $0.address } ?? offset
  }
}
