// The tokens and keys of a server under load. OpenSSL makes them, like those of every pool.
import BenchKit
import Foundation

/// Distinct tokens of one algorithm with six claims, and what verifies them.
struct LoadTokens {
  let tokens: [String]
  /// A broken one, an expired one, one of another audience, one of another issuer.
  let refused: [String]
  /// The public key as PEM; empty for a secret.
  let publicKey: String

  static let issuer = "https://id.example.com"
  static let audience = "orders"

  init(
    _ algorithm: JotScenario.Algorithm, count: Int, seed: UInt64,
    now: Int64 = Int64(Date.now.timeIntervalSince1970)
  ) throws(BenchError) {
    var random = Seeded(seed)
    let key = try OpenSSLKey(algorithm, secret: Pool.secret)
    let worker = try OpenSSLWorker(key, signs: true)
    let header = #"{"alg":"\#(algorithm.rawValue)","typ":"JWT"}"#
    func token(
      _ expiration: Int64, issuer: String = Self.issuer, audience: String = Self.audience
    ) throws(BenchError) -> String {
      let claims =
        #"{"iss":"\#(issuer)","sub":"\#(Pool.uuid(&random))","aud":["\#(audience)"],"#
        + #""exp":\#(expiration),"iat":\#(now),"scope":"orders:read orders:write"}"#
      return String(decoding: try worker.token(header, claims).text, as: UTF8.self)
    }
    var tokens: [String] = []
    // A run may take hours.
    for index in 0..<count { tokens.append(try token(now + 86_400 + Int64(index))) }
    // Another first character of the signature, of which every bit counts.
    var broken = Array(tokens[0].utf8)
    let signature = broken.lastIndex(of: UInt8(ascii: "."))! + 1
    broken[signature] = UInt8(ascii: broken[signature] == UInt8(ascii: "A") ? "B" : "A")
    refused = [
      String(decoding: broken, as: UTF8.self), try token(now - 3600),
      try token(now + 86_400, audience: "other"),
      try token(now + 86_400, issuer: Self.issuer + ".example.org"),
    ]
    self.tokens = tokens
    publicKey = algorithm.hasSecret ? "" : key.pem(isPrivate: false)
  }
}
