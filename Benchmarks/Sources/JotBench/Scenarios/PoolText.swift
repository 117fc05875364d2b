// A pool as a file. Processes that are compared read the same tokens of the same key, and only the
// first one waits for OpenSSL to sign them.
import BenchKit
import Foundation

extension Pool {
  /// A first line; the key as PEM and an empty line; a line for each token (expiry, subject,
  /// token), and for each bad token (reason, token).
  ///
  /// - Precondition: One asymmetric key, without an ID.
  var text: String {
    precondition(keys.count == 1 && keyIDs == nil && issuers == nil && !algorithm.hasSecret)
    func line(_ words: String, _ token: [UInt8]) -> String {
      "\(words) \(String(decoding: token, as: UTF8.self))\n"
    }
    let lines = tokens.map { token in
      line("\(token.expiration) \(String(decoding: token.subject, as: UTF8.self))", token.text)
    }
    return "\(Self.first(algorithm, profile, tokens.count))\n\(key.pem(isPrivate: true))\n"
      + lines.joined() + refused.map { line($0.reason, $0.token) }.joined()
  }

  private static func first(
    _ algorithm: JotScenario.Algorithm, _ profile: TokenProfile, _ count: Int
  ) -> String {
    "jot-bench-pool/1 \(algorithm.rawValue) \(profile.rawValue) \(count)"
  }

  /// Reads ``text`` of the same algorithm, profile and count; nil for anything else.
  init?(_ text: String, _ algorithm: JotScenario.Algorithm, _ profile: TokenProfile, count: Int) {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.first, let empty = lines.firstIndex(where: \.isEmpty),
      String(first) == Self.first(algorithm, profile, count), lines.count > empty + count + 1,
      let key = try? OpenSSLKey(
        algorithm, pem: lines[1..<empty].map { "\(String($0)!)\n" }.joined())
    else { return nil }
    var tokens: [PoolToken] = []
    tokens.reserveCapacity(count)
    for line in lines[(empty + 1)...].prefix(count) {
      let words = line.split(separator: UInt8(ascii: " "))
      guard words.count == 3, let expiration = Int64(Substring(words[0])),
        let token = PoolToken(Array(words[2]), subject: Array(words[1]), expiration)
      else { return nil }
      tokens.append(token)
    }
    var refused: [(token: [UInt8], reason: String)] = []
    for line in lines[(empty + 1 + count)...] where !line.isEmpty {
      let words = line.split(separator: UInt8(ascii: " "))
      guard words.count == 2 else { return nil }
      refused.append((Array(words[1]), String(Substring(words[0]))))
    }
    self.init(algorithm, profile, tokens, key, refused: refused)
  }
}

extension PoolToken {
  /// Parses a token of the pool's only key; nil if it is malformed.
  fileprivate init?(_ text: [UInt8], subject: [UInt8], _ expiration: Int64) {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, subject.count >= 8 else { return nil }
    let (claims, signature) = (Base64.bytes(parts[1]), Base64.bytes(parts[2]))
    guard !claims.isEmpty, signature.count >= 8 else { return nil }
    self.init(
      subject: subject, expiration: expiration, key: 0, claims: claims,
      signingInput: Array(text[..<parts[1].endIndex]), signature: signature, text: text)
  }
}
