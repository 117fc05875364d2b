// The oracle for base64url.

/// Base64url without padding (RFC 4648 §5), by a search in the alphabet.
enum SlowBase64URL {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let values = (0...255).map { byte in alphabet.firstIndex(of: UInt8(byte)) }

  /// Whether a character is in the alphabet.
  static func encodes(_ character: UInt8) -> Bool { values[Int(character)] != nil }

  enum Failure: Equatable {
    case character(Int)
    case length, bits
  }

  static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    var (text, bits, count) = ([UInt8](), 0, 0)
    for byte in bytes {
      (bits, count) = (bits << 8 | Int(byte), count + 8)
      while count >= 6 {
        count -= 6
        text.append(alphabet[bits >> count & 63])
      }
      bits &= 0xff
    }
    if count > 0 { text.append(alphabet[bits << (6 - count) & 63]) }
    return text
  }

  /// The bytes, or the first error from the left.
  static func decode(_ text: [UInt8]) -> Result<[UInt8], FailureError> {
    if let offset = text.firstIndex(where: { values[Int($0)] == nil }) {
      return .failure(FailureError(failure: .character(offset)))
    }
    if text.count % 4 == 1 { return .failure(FailureError(failure: .length)) }
    var (bytes, bits, count) = ([UInt8](), 0, 0)
    for character in text {
      (bits, count) = (bits << 6 | values[Int(character)]!, count + 6)
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(bits >> count & 0xff))
      }
      bits &= 0xff
    }
    if bits & (1 << count - 1) != 0 { return .failure(FailureError(failure: .bits)) }
    return .success(bytes)
  }

  static func decoded(_ text: [UInt8]) -> [UInt8]? { try? decode(text).get() }

  struct FailureError: Error, Equatable { let failure: Failure }
}
