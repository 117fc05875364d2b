// Where a verified payload's registered claims lie. Before it: JSONScanner. After it: Policy.

/// The registered claims of a payload: times as values, the others as places in the payload.
///
/// The payload itself stands decoded at the front of the caller's scratch. A place that names a
/// string may have escapes in it.
public struct ClaimIndex: Sendable {
  /// Bytes of payload at the front of the scratch.
  public internal(set) var payloadLength = 0

  // Values as they stand in the payload, and times as they were read from it.
  var iss = JSONValue.absent
  var sub = JSONValue.absent
  var aud = JSONValue.absent
  var jti = JSONValue.absent
  var exp = JSONValue.absent
  var nbf = JSONValue.absent
  var iat = JSONValue.absent
  var expSeconds: Int64 = 0
  var nbfSeconds: Int64 = 0
  var iatSeconds: Int64 = 0

  @_noAllocation
  init() {}

  /// `exp`, `nbf` and `iat`: whole seconds since 1970, fractions truncated toward zero.
  public var expiration: Int64? { @_noAllocation get { exp.isAbsent ? nil : expSeconds } }
  public var notBefore: Int64? { @_noAllocation get { nbf.isAbsent ? nil : nbfSeconds } }
  public var issuedAt: Int64? { @_noAllocation get { iat.isAbsent ? nil : iatSeconds } }

  /// `iss`, `sub` and `jti`.
  public var issuer: JSONString? { @_noAllocation get { iss.string } }
  public var subject: JSONString? { @_noAllocation get { sub.string } }
  public var tokenID: JSONString? { @_noAllocation get { jti.string } }

  /// `aud`: a string or an array of strings.
  public var audience: JSONValue? { @_noAllocation get { aud.isAbsent ? nil : aud } }
}
