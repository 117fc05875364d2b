// The result of an operation as a number.
import BenchKit

/// Turns the result of an operation into a number that is summed and compared.
enum Checksum {
  /// The eight bytes at `offset`, little-endian.
  static func word(_ bytes: [UInt8], at offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
  }

  /// Words of the payload and of the end of the signature, and the length.
  static func ofToken(_ token: [UInt8]) -> UInt64 {
    word(token, at: 40) &+ word(token, at: token.count - 16) &+ word(token, at: token.count - 8)
      &+ UInt64(token.count)
  }

  /// A word of the payload, and the length of the token.
  static func ofPayload(_ token: [UInt8]) -> UInt64 {
    word(token, at: 40) &+ UInt64(token.count)
  }

  /// The first and the last word.
  static func ofBytes(_ bytes: some Collection<UInt8>) -> UInt64 {
    let bytes = Array(bytes)
    return word(bytes, at: 0) &+ word(bytes, at: bytes.count - 8)
  }
}
