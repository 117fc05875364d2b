// Payloads: an access token's, and what the types of SharedClaims are here.
import Foundation
import JWTKit

/// A payload, and the claims of which an answer is made.
protocol Payload: JWTPayload {
  var subject: String { get }
  var expiration: Int64 { get }

  /// The value to sign of an item.
  init(item: String) throws
}

/// The audience that a verify asks for; set once, before the first.
nonisolated(unsafe) var audience = ""

/// The claims of an access token, of the library's own types.
struct AccessClaims: Payload {
  var sub: SubjectClaim
  var aud: AudienceClaim
  var exp: ExpirationClaim

  /// - Parameter item: A subject, a space and an expiry.
  init(item: String) throws {
    let words = item.split(separator: " ")
    guard words.count == 2, let expiry = Double(words[1]) else { throw Missing(name: "item") }
    sub = SubjectClaim(value: String(words[0]))
    aud = AudienceClaim(value: [audience])
    exp = ExpirationClaim(value: Date(timeIntervalSince1970: expiry))
  }

  var subject: String { sub.value }
  var expiration: Int64 { Int64(exp.value.timeIntervalSince1970) }

  func verify(using key: some JWTAlgorithm) throws {
    try exp.verifyNotExpired()
    try aud.verifyIntendedAudience(includes: audience)
  }
}

/// Claims of plain types, of which expiry and audience are checked with the library's.
protocol TypedClaims: Payload {
  var aud: [String] { get }
}

extension TypedClaims {
  /// - Parameter item: The claims as JSON.
  init(item: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(item.utf8))
  }

  func verify(using key: some JWTAlgorithm) throws {
    let expiry = Date(timeIntervalSince1970: Double(expiration))
    try ExpirationClaim(value: expiry).verifyNotExpired()
    try AudienceClaim(value: aud).verifyIntendedAudience(includes: audience)
  }
}
