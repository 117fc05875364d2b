// Fence: the program's arguments, without /proc. A link to this file is in Benchmarks/Sources/jot-bench.
#if canImport(CBenchArguments)
  // Targets of two packages can't share a name.
  internal import CBenchArguments
#else
  internal import CArguments
#endif

enum Arguments {
  /// The arguments behind the program's name; nil where they can't be had. A program must then end with
  /// an error: without arguments it would do something else than it was asked.
  static let words: [String]? = {
    let count = arguments_count()
    guard count >= 0 else {
      // Another C library than glibc: Swift's own way, which has not even a name where it fails.
      let all = CommandLine.arguments
      return all.isEmpty ? nil : Array(all.dropFirst())
    }
    guard count > 0 else { return nil }
    // SAFETY: the index is below the count; the text ends with NUL and is copied at once.
    return (1..<count).map { unsafe String(cString: arguments_text($0)) }
  }()

  static let missing =
    "the program's arguments can't be had; start it with its name, and mount /proc"
}
