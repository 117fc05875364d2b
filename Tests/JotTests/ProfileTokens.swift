import Jot

/// Tokens of any payload, signed with one secret, for the tests of profiles.
struct ProfileTokens {
  static let now: Int64 = 1_767_225_600
  static let secret = VerifierTests.secret
  /// HS256, with `"typ":"JWT"`.
  let signer = try! Signer(key: SigningKey(secret: Secret(secret)), algorithm: .hs256)
  let key = try! VerificationKey(secret: Secret(secret))

  /// A token whose payload is `text`, byte for byte.
  func token(_ text: String) throws -> [UInt8] {
    let payload = Array(text.utf8)
    var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
    var span = token.mutableSpan
    let count = try signer.sign(payload: payload.span, into: &span)
    return Array(token[..<count])
  }

  /// The claims of a payload that is `text`.
  func claims(_ text: String) throws -> VerifiedClaims {
    try Verifier(key: key, algorithms: [.hs256], clock: { Self.now }).verify(token(text))
  }

  /// What `body` answers for a payload that is `text`, in the scratch of its verification.
  func inScratch<Result>(
    _ text: String, _ body: (ClaimIndex, borrowing MutableSpan<UInt8>) -> Result
  ) throws -> Result {
    let token = try token(text)
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    var span = scratch.mutableSpan
    let index = try Verifier(key: key, algorithms: [.hs256], clock: { Self.now })
      .verify(token.span, scratch: &span)
    return body(index, span)
  }
}

extension ProfileTokens {
  /// A token of `claims` with a header that has this `typ`.
  static func token(
    _ claims: Claims, type: String?, key: SigningKey, algorithm: Algorithm = .es256
  ) throws -> String {
    try Signer(key: key, algorithm: algorithm, type: type).sign(claims)
  }

  /// `claims` with one other value; nil removes the claim.
  static func changing(_ claims: Claims, _ name: String, _ value: JSON?) -> Claims {
    var claims = claims
    claims[name] = value
    return claims
  }

  /// How `verify` refuses; nil if it does not.
  static func refusal(_ verify: () throws(JWTError) -> VerifiedClaims) -> JWTError? {
    do throws(JWTError) {
      _ = try verify()
      return nil
    } catch {
      return error
    }
  }
}
