// Texts to decode and bytes to encode.
import BenchKit

/// Distinct byte strings of one length and their base64 texts.
public struct TextPool: Sendable {
  public let coding: JotScenario.Coding
  /// Characters of a base64url text.
  public let characters: Int
  /// The bytes of each text.
  let bytes: [[UInt8]]
  /// The texts as base64url without padding, and as base64 with padding for coders of the standard
  /// alphabet.
  let url: [[UInt8]]
  let standard: [[UInt8]]

  /// - Parameter count: The number of texts; fewer long ones, so that all fit into a megabyte: a
  ///   coder is measured, not memory.
  public init(
    _ coding: JotScenario.Coding, characters: Int, count: Int = 1024, seed: UInt64 = 1
  ) {
    var random = Seeded(seed)
    let length = characters / 4 * 3 + max(0, characters % 4 - 1)
    let bytes = (0..<max(1, min(count, 1 << 20 / characters))).map { _ in
      (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
    (self.coding, self.characters, self.bytes) = (coding, characters, bytes)
    (url, standard) = (bytes.map(Base64.url), bytes.map(Base64.standard))
  }

  /// The answers of a base64url coder: the first and the last word.
  var urlAnswers: [UInt64] { (coding == .decode ? bytes : url).map { Checksum.ofBytes($0) } }

  /// The answers of a base64 coder, without padding.
  var standardAnswers: [UInt64] {
    coding == .decode
      ? bytes.map { Checksum.ofBytes($0) }
      : standard.map { Checksum.ofBytes($0.prefix(characters)) }
  }
}
