// Redacts arguments in errors: a key in a wrong argument must not get into a log.
#if CommandLine
  enum Redaction {
    /// Replaces a text that may be a key.
    static let mark = "(not shown: it may be a key)"

    /// Whether a text can't be a key, so may be shown.
    ///
    /// It is shorter than any key: 14 characters of base64 are 80 bits. Or it is a path, a name or
    /// an option made of words in small letters, each as short; base64 and hex have digits and
    /// capitals.
    static func isPlain(_ text: String) -> Bool {
      // A JWK that the shell has split consists of short texts in quotes.
      if text.utf8.contains(where: { "{}\"".utf8.contains($0) }) { return false }
      if text.utf8.count < limit { return true }
      guard text.hasPrefix("--") || text.utf8.contains(where: { "/._".utf8.contains($0) }) else {
        return false
      }
      return text.utf8.split { "/._-:".utf8.contains($0) }.allSatisfy { word in
        word.count < limit && word.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }
      }
    }

    private static let limit = 14

    /// Returns ArgumentParser's message without arguments that may be a key or a part of one.
    static func redacted(_ message: String, _ arguments: [String]) -> String {
      // The message shows an argument, or the part before or behind its first equals sign.
      let pieces = Set(
        arguments.flatMap { [$0] + $0.split(separator: "=", maxSplits: 1).map(String.init) }
      )
      .sorted { $0.utf8.count > $1.utf8.count }
      // Compare bytes: a combining character would merge with the quote before it.
      var text = Array(message.utf8)
      func quoted(_ piece: String) -> [UInt8] { Array("'\(piece)'".utf8) }
      let values = pieces.filter { piece in
        !piece.isEmpty && text.contains(quoted(piece)) && !(piece.hasPrefix("--") && isPlain(piece))
      }
      for piece in pieces where !isPlain(piece) {
        text.replace(Array(piece.utf8), with: Array("…".utf8))
      }
      // If the shell has split a key, each of its words is short.
      if values.count > 1 {
        for piece in values { text.replace(quoted(piece), with: quoted("…")) }
      }
      let result = String(decoding: text, as: UTF8.self)
      guard result != message else { return message }
      return result + " (… is not shown: it may be a key; pass the name of a file with it)"
    }
  }
#endif
