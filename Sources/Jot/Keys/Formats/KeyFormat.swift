// The format of a key's text.

/// The format of a key's text, recognised by its first bytes or a marker in it; never assumed to be
/// a secret.
package enum KeyFormat {
  /// One or more PEM blocks, with any text around them.
  case pem
  case der
  /// A line of a public key, or RFC 4716's form of one.
  case ssh
  case jwk, jwkSet
  /// A JSON object in which each member is the text of a key, named by its key ID.
  case keyMap
  /// A JSON object with several keys beside other members: which is meant would be a guess.
  case manyKeys
  /// A JSON array: which element is meant would be a guess.
  case array
  case unknown

  /// The format of the innermost text: see `WrappedKey`.
  package init(of text: borrowing Secret) {
    self = (try? WrappedKey.read(text) { _, format, _ in format }) ?? .unknown
  }

  init(_ text: Span<UInt8>) {
    let start = text.trimmed.lowerBound
    if start < text.count, text[start] == UInt8(ascii: "{") {
      // Examined first: a text in JSON may have a PEM in a member, or `keys` as a value.
      self =
        KeyObject.read(text.extracting(start...))?.format
        ?? (text.contains("\"keys\"") ? .jwkSet : .jwk)
    } else if text.isArray(at: start) {
      self = .array
    } else if text.contains("-----BEGIN ") {
      self = .pem
    } else if text.isSequence {
      self = .der
    } else if OpenSSHKey.isKey(text) {
      self = .ssh
    } else {
      self = .unknown
    }
  }
}

extension JWTError.KeyText {
  /// The format of a text that has a key, or is a token, but in a format that Jot does not read; nil
  /// for another text.
  init?(foreign text: Span<UInt8>) {
    let start = text.trimmed.lowerBound
    if text.has("PuTTY-User-Key-File-", at: start) {
      self = .putty
    } else if text.contains("<RSAKeyValue") || text.contains("<Modulus>") {
      self = .xml
    } else if text.isToken {
      self = .token
    } else if DERFormat.isPKCS12(text) {
      self = .pkcs12
    } else {
      return nil
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether the text is nothing but white space and a byte order mark.
  var isBlank: Bool {
    for index in 0..<count where self[index] > 0x20 && ![0xef, 0xbb, 0xbf].contains(self[index]) {
      return false
    }
    return true
  }

  /// Whether the text is three segments of base64url of which the first begins like a JSON object.
  fileprivate var isToken: Bool {
    let range = trimmed
    guard has("eyJ", at: range.lowerBound) else { return false }
    var dots = 0
    for index in range {
      switch self[index] {
      case UInt8(ascii: "."): dots += 1
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        break
      default: return false
      }
    }
    return dots == 2
  }

  /// The range without white space, control characters and what is not ASCII, such as a byte order
  /// mark, at both ends.
  var trimmed: Range<Int> {
    var (start, end) = (0, count)
    while start < end, self[start] <= 0x20 || self[start] >= 0x7f { start += 1 }
    while end > start, self[end - 1] <= 0x20 || self[end - 1] >= 0x7f { end -= 1 }
    return start..<end
  }

  /// Whether a JSON array of strings, objects or arrays begins at `start`; in no other text does a key
  /// follow this.
  fileprivate func isArray(at start: Int) -> Bool {
    guard start < count, self[start] == UInt8(ascii: "[") else { return false }
    var next = start + 1
    while next < count, self[next] <= 0x20 { next += 1 }
    return next < count && "\"{[".utf8.contains(self[next])
  }

  /// Whether the bytes begin like one DER sequence, as every key in DER is.
  ///
  /// A text that begins with the digit 0 is not followed by such a length.
  var isSequence: Bool {
    count > 1 && self[0] == 0x30 && (self[1] >= 0x80 || Int(self[1]) == count - 2)
  }
}
