// Where a verified payload's registered claims lie. Before it: JSONScanner. After it: Policy.

/// The registered claims of a payload: times as values, the others as places in the payload.
///
/// The payload itself stands decoded in the caller's scratch, at its front unless it is one of a
/// batch. A place that names a string may have escapes in it.
public struct ClaimIndex: Sendable {
  /// Where the payload stands in the scratch, and how many bytes it has.
  public internal(set) var payloadStart = 0
  public internal(set) var payloadLength = 0

  /// The payload's bytes in the scratch.
  public var payload: Range<Int> {
    @_noAllocation get { payloadStart..<payloadStart + payloadLength }
  }

  // Values as they stand in the payload, and times as they were read from it.
  var values = ClaimValues()

  /// An index of no claims.
  @_noAllocation
  public init() {}

  /// The same for a payload that was copied to the front of a buffer of its own.
  var movedToFront: ClaimIndex {
    var index = self
    index.payloadStart = 0
    index.values.move(by: -payloadStart)
    return index
  }

  /// `exp`, `nbf` and `iat`: whole seconds since 1970, fractions truncated toward zero.
  public var expiration: Int64? {
    @_noAllocation get { values.exp.isAbsent ? nil : values.expSeconds }
  }
  public var notBefore: Int64? {
    @_noAllocation get { values.nbf.isAbsent ? nil : values.nbfSeconds }
  }
  public var issuedAt: Int64? {
    @_noAllocation get { values.iat.isAbsent ? nil : values.iatSeconds }
  }

  /// `iss`, `sub` and `jti`.
  public var issuer: JSONString? { @_noAllocation get { values.iss.string } }
  public var subject: JSONString? { @_noAllocation get { values.sub.string } }
  public var tokenID: JSONString? { @_noAllocation get { values.jti.string } }

  /// `aud`: a string or an array of strings.
  public var audience: JSONValue? { @_noAllocation get { values.aud.isAbsent ? nil : values.aud } }
}

extension ClaimIndex {
  /// Notes the registered claims of the payload in `scratch`, of any kind; the bytes behind it are a
  /// workspace.
  ///
  /// - Throws: `claimsInvalid`, `bufferTooSmall`.
  @_noAllocation
  mutating func scan(_ scratch: inout MutableSpan<UInt8>, seed: UInt64) throws(JWTError) {
    var scanner = JSONScanner(seed: seed)
    do throws(JSONError) {
      try scanner.open(&scratch, from: payloadStart, count: payloadLength)
      while let member = try scanner.next(&scratch) {
        switch member.name.packed(scratch) {
        case ShortName.exp: values.exp = member.value
        case ShortName.sub: values.sub = member.value
        case ShortName.aud: values.aud = member.value
        case ShortName.iss: values.iss = member.value
        case ShortName.iat: values.iat = member.value
        case ShortName.nbf: values.nbf = member.value
        case ShortName.jti: values.jti = member.value
        default: break
        }
      }
    } catch {
      if case .workspaceTooSmall = error {
        throw .bufferTooSmall(
          needed: payloadStart + payloadLength
            + JSONScanner.workspaceLength(forText: payloadLength))
      }
      throw .claimsInvalid
    }
  }
}
