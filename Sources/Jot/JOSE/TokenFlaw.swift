// What is wrong with the text or the header of a refused token. Found after the refusal, and only
// to explain it.

/// What stands in a token where it should not, or is absent; the raw value is the message.
///
/// No message has a byte of the token.
package enum TokenFlaw: String, CaseIterable, Sendable {
  // The whole text.
  case empty = "the token is empty"
  case json =
    "the token is a JSON text; pass the Compact Serialization: three segments with dots between"
  case bearer = "the token begins with the word Bearer; pass only what follows it"
  case quotes = "the token has quotes; pass it without them"
  case fewDots = "the token has fewer than two dots; pass all three segments"
  case manyDots = "the token has more than two dots; pass one token of three segments"
  // The first character that is neither base64url nor a dot.
  case byteOrderMark = "the token begins with a byte order mark; pass it without"
  case spaceAround = "the token has white space around it; pass it without"
  case spaceInside = "the token has white space inside; pass it as one word"
  case padding = "the token has padding (=); a token's base64url has none"
  case standardBase64 =
    "the token has + or /, which are standard base64; a token is base64url, with - and _"
  case character = "the token has a character that is neither base64url nor a dot"
  // A segment without a character.
  case emptyHeader = "the token's header is empty"
  case emptyPayload = "the token's payload is empty"
  case emptySignature = "the token has no signature: nothing follows its last dot"
  // The header.
  case headerJSON = "the token's header is not a strict JSON object"
  case noAlgorithm = "the token's header has no alg"
  case algorithmType = "the token's header has an alg that is not a string"
  case typeType = "the token's header has a typ that is not a string"
  case keyIDType = "the token's header has a kid that is not a string"
  case contentTypeType = "the token's header has a cty that is not a string"

  /// The flaw of a text that is not three segments of base64url characters.
  ///
  /// - Complexity: O(n); no allocation, which the compiler checks.
  @_noAllocation
  init(malformed token: borrowing Span<UInt8>) {
    var (start, end) = (0, token.count)
    while start < end, Self.isSpace(token[start]) { start += 1 }
    while start < end, Self.isSpace(token[end - 1]) { end -= 1 }
    if start == end {
      self = .empty
      return
    }
    switch token[start] {
    case UInt8(ascii: "{"): self = .json
    case UInt8(ascii: "\""), UInt8(ascii: "'"): self = .quotes
    default:
      if Self.isBearer(token, start, end) {
        self = .bearer
      } else {
        self = Self.inWord(token, start..<end)
      }
    }
  }

  /// The flaw of a text that has no white space outside of `word`.
  @_noAllocation
  private static func inWord(_ token: borrowing Span<UInt8>, _ word: Range<Int>) -> TokenFlaw {
    var dots = 0
    var first: UInt8?
    for index in word {
      switch token[index] {
      case UInt8(ascii: "."): dots += 1
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        break
      case let byte: if first == nil { first = byte }
      }
    }
    if dots < 2 { return .fewDots }
    if dots > 2 { return .manyDots }
    let isWhole = word.count == token.count
    guard let first else { return isWhole ? .character : .spaceAround }
    let start = word.lowerBound
    if first == 0xef, word.count > 2, token[start] == 0xef, token[start + 1] == 0xbb,
      token[start + 2] == 0xbf
    {
      return .byteOrderMark
    }
    return switch first {
    case UInt8(ascii: "="): .padding
    case UInt8(ascii: "+"), UInt8(ascii: "/"): .standardBase64
    case UInt8(ascii: "\""), UInt8(ascii: "'"): .quotes
    case let byte where isSpace(byte): .spaceInside
    default: isWhole ? .character : .spaceAround
    }
  }

  /// Whether the text from `start` to `end` begins with the word Bearer, in any case.
  @_noAllocation
  private static func isBearer(_ token: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    // The word as one number, from the lowest byte.
    guard end - start >= 6, end - start == 6 || isSpace(token[start + 6]) else { return false }
    var word: UInt64 = 0
    for index in 0..<6 { word |= UInt64(token[start + index] | 0x20) << UInt64(8 * index) }
    return word == 0x7265_7261_6562
  }

  @_noAllocation
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 9...13 ~= byte }
}

extension JWTError {
  /// Returns this refusal of `token` with what is wrong with its text, if that is known.
  @_noAllocation
  func explained(by token: borrowing Span<UInt8>) -> JWTError {
    switch code {
    case .tokenMalformed: return JWTError(code, .flaw(TokenFlaw(malformed: token)))
    case .headerInvalid where token.count > 0 && token[0] == CompactJWS.dot:
      return JWTError(code, .flaw(.emptyHeader))
    case .signatureInvalid:
      if token.count > 0, token[token.count - 1] == CompactJWS.dot {
        return JWTError(code, .flaw(.emptySignature))
      }
      // The payload's characters are not looked at before the signature is right.
      for index in 0..<token.count where !Self.isTokenByte(token[index]) {
        return JWTError(code, .flaw(TokenFlaw(malformed: token)))
      }
      return self
    case .claimsInvalid:
      for index in 0..<max(0, token.count - 1)
      where token[index] == CompactJWS.dot && token[index + 1] == CompactJWS.dot {
        return JWTError(code, .flaw(.emptyPayload))
      }
      return self
    default: return self
    }
  }

  /// Whether a token may have this byte.
  @_noAllocation
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), CompactJWS.dot, UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
