// Fence: the program's arguments, without /proc. Benchmarks/Sources/jot-bench links to this file.
#if canImport(CBenchArguments)
  // Targets of two packages can't share a name.
  internal import CBenchArguments
#else
  internal import CArguments
#endif

enum Arguments {
  /// The arguments after the program's name; nil if they are unavailable. The program must then
  /// fail: without arguments it would do something other than requested.
  static let words: [String]? = {
    let count = arguments_count()
    guard count >= 0 else {
      // A C library other than glibc: use Swift's own list, which on failure lacks even the name.
      let all = CommandLine.arguments
      return all.isEmpty ? nil : Array(all.dropFirst())
    }
    guard count > 0 else { return nil }
    // SAFETY: the index is below the count; the text is NUL-terminated and copied at once.
    return (1..<count).map { unsafe String(cString: arguments_text($0)) }
  }()

  static let missing =
    "the program's arguments are unavailable; start it with its name, and mount /proc"
}
