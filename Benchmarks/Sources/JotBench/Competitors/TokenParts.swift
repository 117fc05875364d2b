// Parses the tokens that competitors make.
import BenchKit
import Foundation

/// The parts of a token, parsed independently of every engine.
struct TokenParts {
  let text: [UInt8]
  let signingInput: [UInt8]
  let signature: [UInt8]
  let algorithm: String?
  let subject: String?
  let audience: [String]
  let expiration: Int64?

  private struct Header: Decodable { var alg: String? }
  private struct Claims: Decodable {
    var sub: String?
    var exp: Int64?
    var aud: Audience?
  }
  private struct Audience: Decodable {
    var all: [String]

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let one = try? value.decode(String.self) {
        all = [one]
      } else {
        all = try value.decode([String].self)
      }
    }
  }

  init?(_ token: String) {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, token.utf8.count >= 64 else { return nil }
    let bytes = parts.compactMap(Self.bytes)
    guard bytes.count == 3, let header = try? JSONDecoder().decode(Header.self, from: bytes[0]),
      let claims = try? JSONDecoder().decode(Claims.self, from: bytes[1])
    else { return nil }
    text = Array(token.utf8)
    signingInput = Array("\(parts[0]).\(parts[1])".utf8)
    signature = Array(bytes[2])
    algorithm = header.alg
    (subject, audience, expiration) = (claims.sub, claims.aud?.all ?? [], claims.exp)
  }

  private static func bytes(_ part: Substring) -> Data? {
    guard part.utf8.allSatisfy(Base64.urlAlphabet.contains) else { return nil }
    let standard = part.replacing("-", with: "+").replacing("_", with: "/")
    return Data(base64Encoded: standard + String(repeating: "=", count: (4 - part.count % 4) % 4))
  }
}
