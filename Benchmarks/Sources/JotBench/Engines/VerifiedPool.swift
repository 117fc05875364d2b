// What coders of claims work on: the claims of a pool's tokens, verified.
import BenchKit
import Jot

/// The verified claims of a pool's tokens.
struct VerifiedPool {
  let claims: [VerifiedClaims]
  /// Claims of a good token that do not fit the type: there is no `sub`.
  let unfit: VerifiedClaims

  init(_ pool: Pool, verifier: Verifier? = nil) throws(BenchError) {
    do {
      let verifier = try verifier ?? Verifier(pool)
      claims = try pool.tokens.map { try verifier.verify($0.text) }
      let bad = String(decoding: pool.tokens[0].claims, as: UTF8.self)
        .replacing(#""sub":"#, with: #""was":"#)
      let token = try OpenSSLWorker(pool.key, signs: true)
        .token(pool.profile.header(pool.algorithm), bad)
      unfit = try verifier.verify(token.text)
    } catch {
      throw .unusable("the pool's claims: \(error)")
    }
  }
}
