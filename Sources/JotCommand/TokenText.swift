// The tokens of a command as people paste them: what stands around one is dropped, and told.
#if CommandLine
  import Jot

  /// Reads tokens from an argument or from lines; counts what it drops around them.
  struct TokenText {
    /// What may stand around a token.
    private enum Wrapping: String, CaseIterable {
      case space = "white space"
      case scheme = "\"Bearer\""
      case quotes = "quotes"
      case comma = "commas"
    }

    // Of each wrapping, the lines that had it.
    private var dropped: [Wrapping: Int] = [:]
    private var blankLines = 0
    private var tokens = 0

    /// Calls `body` with each token: `argument`, or each line of the standard input that is not
    /// blank; with nil for a line that is too long for a token of `limit` bytes.
    ///
    /// At the end, tells on the standard error what was dropped.
    ///
    /// - Parameter purpose: What the tokens are read for, as the message says it.
    /// - Throws: Errors of `body`; an error if there is no token.
    static func forEach(
      _ argument: String?, limit: Int, before purpose: String,
      _ body: ([UInt8]?) throws(Failure) -> Void
    ) throws(Failure) {
      var text = TokenText()
      defer { text.tell(before: purpose, isLines: argument == nil) }
      if let argument {
        guard let token = text.token(in: Array(argument.utf8)) else {
          throw Failure("no token: the argument is blank")
        }
        // A token has two dots and is no file's name, but for one that was made to confuse.
        if token.count { $0 == UInt8(ascii: ".") } < 2, Streams.exists(argument) {
          throw Failure(
            "no token: the argument is a file's name; pass the file as standard input (<)")
        }
        return try body(token)
      }
      // A line may have more than its token, whose length the verifier checks.
      let lineLimit = limit < .max - room ? limit + room : .max
      try Streams.eachToken(limit: lineLimit) { line throws(Failure) in
        guard let line else {
          text.tokens += 1
          return try body(nil)
        }
        if let token = text.token(in: line) { try body(token) }
      }
      if text.tokens == 0 { throw Failure("no token: the standard input has only blank lines") }
    }

    /// What the commands' help says of this.
    static let help = """
      White space around a token is dropped, and so are the word Bearer before it, a pair of \
      quotes around it and a comma behind it; the standard error tells what was dropped. Blank \
      lines are skipped.
      """

    /// What follows the description of a token that is too large.
    static let tooLarge = "; raise it with --max-token-bytes"

    /// The most bytes around a token.
    private static let room = 1024

    /// The token in `line`, without what stands around it; nil for a blank line.
    private mutating func token(in line: [UInt8]) -> [UInt8]? {
      var rest = line[...]
      var found: Set<Wrapping> = []
      func trim() {
        let length = rest.count
        while let size = Self.space(at: rest) { rest = rest.dropFirst(size) }
        while let byte = rest.last, Self.isSpace(byte) { rest = rest.dropLast() }
        if rest.count < length { found.insert(.space) }
      }
      trim()
      if rest.isEmpty {
        blankLines += 1
        return nil
      }
      tokens += 1
      if rest.last == UInt8(ascii: ",") {
        rest = rest.dropLast()
        found.insert(.comma)
        trim()
      }
      // The quotes may be around the scheme or behind it.
      for _ in 0..<2 {
        if let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
          rest.count > 1, rest.last == quote, !found.contains(.quotes)
        {
          rest = rest.dropFirst().dropLast()
          found.insert(.quotes)
          trim()
        }
        if rest.count > 6, Self.isSpace(rest[rest.startIndex + 6]), !found.contains(.scheme),
          rest.prefix(6).map({ $0 | 0x20 }) == Array("bearer".utf8)
        {
          // The spaces behind the scheme are a part of it.
          rest = rest.dropFirst(6).drop(while: Self.isSpace)
          found.insert(.scheme)
        }
      }
      for wrapping in found { dropped[wrapping, default: 0] += 1 }
      return Array(rest)
    }

    /// The length of the white space, or the byte order mark, that `text` begins with; nil for none.
    private static func space(at text: ArraySlice<UInt8>) -> Int? {
      if let first = text.first, isSpace(first) { return 1 }
      return text.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 9...13 ~= byte }

    /// Writes a line about what was dropped, if anything was.
    private func tell(before purpose: String, isLines: Bool) {
      func lines(_ count: Int, _ kind: String = "") -> String {
        "\(count) \(kind)\(count == 1 ? "line" : "lines")"
      }
      let parts = Wrapping.allCases.compactMap { wrapping in
        dropped[wrapping].map { count in
          isLines ? "\(wrapping.rawValue) on \(lines(count))" : wrapping.rawValue
        }
      }
      var clauses: [String] = []
      if !parts.isEmpty {
        clauses.append("dropped before \(purpose): \(parts.joined(separator: ", "))")
      }
      if isLines, tokens > 0, blankLines > 0 {
        clauses.append("skipped \(lines(blankLines, "blank "))")
      }
      if !clauses.isEmpty { Streams.complain("jot: \(clauses.joined(separator: "; "))") }
    }
  }
#endif
