// Samples as stacks: read from `perf script`, counted, and written as lines.
import Foundation

/// A function in a stack.
struct Frame: Hashable, Sendable {
  /// Its name for people.
  var function: String
  /// Its source file if that is known, else the library.
  var source: String
  var kind: Kind
  /// Whether it is inlined into its caller.
  var isInlined = false

  /// Whose code it is, for the flame graph's colours.
  enum Kind: String, Sendable, CaseIterable {
    case jot = "Jot, Swift"
    case kernel = "Jot, C kernels"
    case openssl = "OpenSSL"
    case swift = "Swift's library"
    case system = "system"
    case runner = "jot-bench"
  }
}

/// A function in perf's words, and the address in it.
struct RawFrame: Hashable, Sendable {
  /// The offset in the file; of a caller, after the call.
  let address: UInt64
  let symbol: String
  /// The file's path, or a name in brackets.
  let module: String
}

/// What `perf script -F event,ip,sym,dso` printed.
struct PerfSamples: Sendable {
  /// The stacks, outermost function first, and their counts.
  private(set) var stacks: [[RawFrame]: Int] = [:]
  /// The number of samples of each event, like `cycles`.
  private(set) var events: [String: Int] = [:]
  var count: Int { events.values.reduce(0, +) }

  init(script: String) {
    var frames: [RawFrame] = []
    var isInside = false
    var known: [Substring: RawFrame] = [:]
    for line in script.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        if isInside { stacks[frames.reversed(), default: 0] += 1 }
        (frames, isInside) = ([], false)
      } else if line.hasPrefix("\t") {
        guard let frame = known[line] ?? Self.frame(line) else { continue }
        known[line] = frame
        frames.append(frame)
      } else if let border = line.range(of: ":(?= |$)", options: .regularExpression) {
        // Like ` cycles:u: `; without a call chain the function is on the same line.
        events[line[..<border.lowerBound].trimmingCharacters(in: .whitespaces), default: 0] += 1
        isInside = true
        if let frame = Self.frame(line[border.upperBound...]) { frames.append(frame) }
      }
    }
    if isInside { stacks[frames.reversed(), default: 0] += 1 }
  }

  /// Like `\t c878f sha256_one_shani (/usr/bin/jot-bench)`; a frame outside of any file, like the
  /// end of a broken chain, is nil.
  private static func frame(_ line: Substring) -> RawFrame? {
    let text = line.drop { $0 == "\t" || $0 == " " }
    guard let space = text.firstIndex(of: " "), text.hasSuffix(")"),
      let address = UInt64(text[..<space], radix: 16),
      let border = text.range(of: " (", options: .backwards)
    else { return nil }
    guard space <= border.lowerBound else { return nil }
    let symbol = text[space..<border.lowerBound].drop { $0 == " " }
    let module = text[border.upperBound...].dropLast()
    return module == "[unknown]"
      ? nil : RawFrame(address: address, symbol: String(symbol), module: String(module))
  }
}

/// Stacks of readable functions, and their counts.
struct FoldedStacks: Sendable, Equatable {
  private(set) var stacks: [[Frame]: Int] = [:]
  var count: Int { stacks.values.reduce(0, +) }

  mutating func add(_ frames: [Frame], _ count: Int) { stacks[frames, default: 0] += count }

  /// The folded form that flame graph tools read: a line for each stack from its root, with
  /// semicolons, and its count; sorted.
  var text: String {
    var lines: [String: Int] = [:]
    for (frames, count) in stacks {
      let names = frames.map { $0.function.map { $0 == ";" ? ":" : String($0) }.joined() }
      lines[names.joined(separator: ";"), default: 0] += count
    }
    return lines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
  }

  /// A function's share.
  struct Total: Sendable, Equatable {
    let function: String
    let source: String
    /// Samples in the function itself.
    var own = 0
    /// Samples in it and in its callees; recursion counts once.
    var all = 0
  }

  /// Each function's share, the largest first.
  var totals: [Total] {
    var totals: [[String]: Total] = [:]
    for (frames, count) in stacks {
      let names = frames.map { [$0.function, $0.source] }
      for name in Set(names) {
        totals[name, default: Total(function: name[0], source: name[1])].all += count
      }
      if let last = names.last { totals[last]?.own += count }
    }
    return totals.values.sorted {
      ($0.own, $0.all, $1.function) > ($1.own, $1.all, $0.function)
    }
  }

  /// Samples by whose code they are in.
  var kinds: [Frame.Kind: Int] {
    stacks.reduce(into: [:]) { kinds, stack in
      if let last = stack.key.last { kinds[last.kind, default: 0] += stack.value }
    }
  }
}
