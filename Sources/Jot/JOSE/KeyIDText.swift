// A key ID as the base64url text of a header spells it, and the text of what stands around it.

/// The parts of a header's text: what stands before a key ID, the ID, and what stands behind it.
///
/// A header with `kid` is `{…"kid":"ID"…}`. Six bits make a character, so a character at the border
/// of two parts has bits of both. But the bytes beside the ID are always `:"` and `"`. So each part
/// has the same text in all headers in which it begins at the same number of bytes modulo three, its
/// alignment: three texts of an ID cover all headers.
enum KeyIDText {
  /// The most bytes in an ID that has texts: they take five times as many, in three texts.
  static let longest = 128

  /// Whether an ID has texts: it is not too long, and JSON needs no escape for it.
  static func hasText(_ id: [UInt8]) -> Bool { id.count <= longest && isPlain(id) }

  /// Whether JSON may have these bytes in a string as they are (RFC 8259 §7).
  static func isPlain(_ bytes: [UInt8]) -> Bool {
    bytes.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }

  /// The text of an ID: the characters from its first bit on up to those that only it and its
  /// closing quote decide.
  ///
  /// - Parameter alignment: The number of bytes before the ID, modulo three.
  static func text(of id: [UInt8], alignment: Int) -> [UInt8] {
    let bytes = Array(#":""#.utf8).suffix(alignment) + id + [UInt8(ascii: "\"")]
    return Array(Segments.encoded(Array(bytes))[alignment..<wholeCharacters(bytes.count)])
  }

  /// The text before an ID: the characters that only these bytes decide.
  ///
  /// - Parameter bytes: The header up to the ID's opening quote.
  static func beginning(_ bytes: [UInt8]) -> [UInt8] {
    Array(Segments.encoded(bytes).prefix(wholeCharacters(bytes.count)))
  }

  /// The text behind an ID.
  ///
  /// - Parameters:
  ///   - bytes: The header from the ID's closing quote on.
  ///   - alignment: The number of bytes up to this quote, it included, modulo three.
  static func ending(_ bytes: [UInt8], alignment: Int) -> [UInt8] {
    let before = [UInt8](repeating: 0, count: max(0, alignment - 1))
    let behind = alignment == 0 ? Array(bytes.dropFirst()) : bytes
    return Array(Segments.encoded(before + behind)[alignment...])
  }

  /// The characters that these bytes decide alone.
  private static func wholeCharacters(_ bytes: Int) -> Int { bytes * 8 / 6 }
}
