// What errors say of arguments: a key that was put in a wrong place must not go on into a log.
#if CommandLine
  enum Redaction {
    /// What stands for a text that may be a key.
    static let mark = "(not shown: it may be a key)"

    /// Whether a text is no key, and may be shown.
    ///
    /// It is shorter than any: 14 characters of base64 are 80 bits. Or it is a path, a name or an option
    /// of words in small letters, each as short; base64 and hex have digits and capitals.
    static func isPlain(_ text: String) -> Bool {
      // A JWK that the shell has split is short texts in quotes.
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

    /// Returns ArgumentParser's message without what of the arguments may be a key, or a part of one.
    static func redacted(_ message: String, _ arguments: [String]) -> String {
      // It shows an argument, or what stands before or behind its first equals sign.
      let pieces = Set(
        arguments.flatMap { [$0] + $0.split(separator: "=", maxSplits: 1).map(String.init) }
      )
      .sorted { $0.utf8.count > $1.utf8.count }
      // By bytes: a letter that joins the quote before it is another character.
      var text = Array(message.utf8)
      func quoted(_ piece: String) -> [UInt8] { Array("'\(piece)'".utf8) }
      let values = pieces.filter { piece in
        !piece.isEmpty && text.contains(quoted(piece)) && !(piece.hasPrefix("--") && isPlain(piece))
      }
      for piece in pieces where !isPlain(piece) {
        text.replace(Array(piece.utf8), with: Array("…".utf8))
      }
      // Each of the words into which the shell has split a key is short.
      if values.count > 1 {
        for piece in values { text.replace(quoted(piece), with: quoted("…")) }
      }
      let result = String(decoding: text, as: UTF8.self)
      guard result != message else { return message }
      return result + " (… is not shown: it may be a key; pass the name of a file that has it)"
    }
  }
#endif
