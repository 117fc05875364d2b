// Where a verified payload's registered claims lie. Before it: JSONScanner. After it: Policy.

/// The registered claims of a payload: times as values, the others as places in the payload.
///
/// The payload itself stands decoded at the front of the caller's scratch. A place that names a
/// string may have escapes in it.
public struct ClaimIndex: Sendable {
  /// Bytes of payload at the front of the scratch.
  public let payloadLength: Int
  /// `exp`, `nbf` and `iat`: whole seconds since 1970, fractions truncated toward zero.
  public internal(set) var expiration: Int64?
  public internal(set) var notBefore: Int64?
  public internal(set) var issuedAt: Int64?
  /// `iss`, `sub` and `jti`: strings.
  public internal(set) var issuer: JSONValue?
  public internal(set) var subject: JSONValue?
  public internal(set) var tokenID: JSONValue?
  /// `aud`: a string or an array of strings.
  public internal(set) var audience: JSONValue?

  @_noAllocation
  init(payloadLength: Int) { self.payloadLength = payloadLength }
}
