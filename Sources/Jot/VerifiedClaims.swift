// What the verifier's everyday door gives: claims that only a good token has.

/// The claims of a token that was verified. Nothing else makes one. It prints as its JSON.
public struct VerifiedClaims: Sendable, CustomStringConvertible {
  /// The payload as the token has it: strict JSON, one object.
  public let payload: [UInt8]
  private let index: ClaimIndex

  init(payload: [UInt8], index: ClaimIndex) { (self.payload, self.index) = (payload, index) }

  /// `iss`, `sub` and `jti`.
  public var issuer: String? { string(index.issuer) }
  public var subject: String? { string(index.subject) }
  public var tokenID: String? { string(index.tokenID) }
  /// `exp`, `nbf` and `iat`: whole seconds since 1970, fractions truncated toward zero.
  public var expiration: Int64? { index.expiration }
  public var notBefore: Int64? { index.notBefore }
  public var issuedAt: Int64? { index.issuedAt }

  /// `aud`, one string or several; empty where there is none.
  public var audience: [String] {
    guard let value = index.audience else { return [] }
    if let one = string(value.string) { return [one] }
    return self["aud"]?.array?.compactMap { $0.string } ?? []
  }

  /// The claim `name`, or nil; names are compared as bytes.
  public subscript(name: String) -> JSON? { json[name] }

  /// All claims, in the token's order.
  public var json: JSON {
    // Strict JSON already, or there would be no value of this type.
    (try? JSON(object: payload)) ?? .null
  }

  public var description: String { json.text }

  private func string(_ value: JSONString?) -> String? {
    value.map { JSONReader(bytes: payload, at: 0).string($0.range) }
  }
}
