// Base64 for making pools and checking answers.
import BenchKit

/// A plain implementation, independent of every engine.
enum Base64 {
  /// The bytes of a base64url text.
  static func bytes(_ text: some Sequence<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var (bits, held) = (0 as UInt32, 0)
    for character in text {
      let value = urlValues[Int(character)]
      guard value < 64 else { return [] }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
      }
    }
    return bytes
  }

  /// Each character's value; 64 for others.
  private static let urlValues: [UInt8] = urlAlphabet.enumerated().reduce(
    into: [UInt8](repeating: 64, count: 256)
  ) { $0[Int($1.element)] = UInt8($1.offset) }

  static let urlAlphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  static let standardAlphabet = Array(urlAlphabet.dropLast(2)) + Array("+/".utf8)

  /// Base64url without padding (RFC 4648 §5, RFC 7515 §2).
  static func url(_ bytes: [UInt8]) -> [UInt8] { text(bytes, urlAlphabet) }

  /// Base64 with padding (RFC 4648 §4).
  static func standard(_ bytes: [UInt8]) -> [UInt8] {
    let text = text(bytes, standardAlphabet)
    return text + Array(repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
  }

  private static func text(_ bytes: [UInt8], _ alphabet: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count / 3 * 4 + 4)
    var (bits, held) = (0 as UInt32, 0)
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      held += 8
      while held >= 6 {
        held -= 6
        text.append(alphabet[Int(bits >> UInt32(held) & 63)])
      }
    }
    if held > 0 { text.append(alphabet[Int(bits << UInt32(6 - held) & 63)]) }
    return text
  }
}
