// The six claims of every token, for Jot and for jwt-kit.
import JWTKit
import JotHummingbird

/// The claims as a structure, for Jot.
struct RequestClaims: Decodable, TokenIdentity {
  let iss: String
  let sub: String
  let aud: [String]
  let exp: Int64
  let iat: Int64
  let scope: String
}

/// The same for jwt-kit, which always decodes, and checks what its payload checks.
struct JWTKitClaims: JWTPayload {
  let iss: IssuerClaim
  let sub: SubjectClaim
  let aud: AudienceClaim
  let exp: ExpirationClaim
  let iat: IssuedAtClaim
  let scope: String

  /// What Jot's verifiers check too; the issuer and the audience are the same for the whole run.
  func verify(using key: some JWTAlgorithm) throws {
    try exp.verifyNotExpired()
    try aud.verifyIntendedAudience(includes: Expected.shared.audience)
    guard iss.value == Expected.shared.issuer else {
      throw JWTError.claimVerificationFailure(failedClaim: iss, reason: "another issuer")
    }
  }
}
