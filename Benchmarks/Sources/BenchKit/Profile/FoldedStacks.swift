// Samples as stacks: read from `perf script`, counted, and written one stack a line.
import Foundation

/// A function in a stack.
struct Frame: Hashable, Sendable {
  /// Its name for people.
  var function: String
  /// Its source file where that is known, else the library.
  var place: String
  var kind: Kind
  /// Whether its code stands inside its caller's.
  var isInlined = false

  /// Whose code it is: the flame graph's colours.
  enum Kind: String, Sendable, CaseIterable {
    case jot = "Jot, Swift"
    case kernel = "Jot, C kernels"
    case openssl = "OpenSSL"
    case swift = "Swift's library"
    case system = "system"
    case runner = "jot-bench"
  }
}

/// A function as perf names it, and where in it the CPU was.
struct RawFrame: Hashable, Sendable {
  /// Bytes into the file; of a caller, behind the call.
  let address: UInt64
  let symbol: String
  /// The file's path, or a name in brackets.
  let module: String
}

/// What `perf script -F event,ip,sym,dso` printed.
struct PerfSamples: Sendable {
  /// The stacks, outermost function first, and how often each was met.
  private(set) var stacks: [[RawFrame]: Int] = [:]
  /// Samples of each event, such as `cycles`.
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
        // Like `  cycles:u: `; where there is no chain, the one function stands on the same line.
        events[line[..<border.lowerBound].trimmingCharacters(in: .whitespaces), default: 0] += 1
        isInside = true
        if let frame = Self.frame(line[border.upperBound...]) { frames.append(frame) }
      }
    }
    if isInside { stacks[frames.reversed(), default: 0] += 1 }
  }

  /// Like `\t   c878f sha256_one_shani (/usr/bin/jot-bench)`; what lies in no file, such as what a
  /// broken chain ends with, is none.
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

/// Stacks of functions for people, and how often each was met.
struct FoldedStacks: Sendable, Equatable {
  private(set) var stacks: [[Frame]: Int] = [:]
  var count: Int { stacks.values.reduce(0, +) }

  mutating func add(_ frames: [Frame], _ count: Int) { stacks[frames, default: 0] += count }

  /// The folded form that flame graph tools read: the stack from its root, semicolons between, and a
  /// count; sorted.
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
    let place: String
    /// Samples in the function itself.
    var own = 0
    /// Samples in it and in what it calls; a stack that has it twice counts once.
    var all = 0
  }

  /// Each function's share, the hottest first.
  var totals: [Total] {
    var totals: [[String]: Total] = [:]
    for (frames, count) in stacks {
      let names = frames.map { [$0.function, $0.place] }
      for name in Set(names) {
        totals[name, default: Total(function: name[0], place: name[1])].all += count
      }
      if let last = names.last { totals[last]?.own += count }
    }
    return totals.values.sorted {
      ($0.own, $0.all, $1.function) > ($1.own, $1.all, $0.function)
    }
  }

  /// Samples by whose code they fell in.
  var kinds: [Frame.Kind: Int] {
    stacks.reduce(into: [:]) { kinds, stack in
      if let last = stack.key.last { kinds[last.kind, default: 0] += stack.value }
    }
  }
}
