// The locations of a verified payload's registered claims.

/// The registered claims of a payload: times as values, the others as offsets in the scratch.
///
/// The decoded payload is in the caller's scratch, at its front unless it belongs to a batch. The
/// range of a string may contain escapes.
public struct ClaimIndex: Sendable {
  /// The payload's offset in the scratch.
  public internal(set) var payloadStart = 0
  /// The payload's length in bytes.
  public internal(set) var payloadLength = 0

  /// The payload's bytes in the scratch.
  public var payload: Range<Int> {
    @_noAllocation get { payloadStart..<payloadStart + payloadLength }
  }

  // Values as offsets in the scratch, and times as numbers.
  var members = RegisteredMembers()

  /// An index without claims.
  @_noAllocation
  public init() {}

  /// The index for a copy of the payload at the front of another buffer.
  var movedToFront: ClaimIndex {
    var index = self
    index.payloadStart = 0
    index.members.move(by: -payloadStart)
    return index
  }

  /// `exp`: whole seconds since 1970, fractions truncated toward zero; nil if absent.
  public var expiration: Int64? {
    @_noAllocation get { members.seconds(of: .expiration) }
  }
  /// `nbf`: whole seconds since 1970, fractions truncated toward zero; nil if absent.
  public var notBefore: Int64? {
    @_noAllocation get { members.seconds(of: .notBefore) }
  }
  /// `iat`: whole seconds since 1970, fractions truncated toward zero; nil if absent.
  public var issuedAt: Int64? {
    @_noAllocation get { members.seconds(of: .issuedAt) }
  }

  /// The location of `iss` in the scratch; nil if absent.
  public var issuer: JSONString? { @_noAllocation get { members[.issuer].string } }
  /// The location of `sub` in the scratch; nil if absent.
  public var subject: JSONString? { @_noAllocation get { members[.subject].string } }
  /// The location of `jti` in the scratch; nil if absent.
  public var tokenID: JSONString? { @_noAllocation get { members[.tokenID].string } }

  /// The location of `aud` in the scratch, a string or an array of strings; nil if absent.
  public var audience: JSONValue? {
    @_noAllocation get { members[.audience].isAbsent ? nil : members[.audience] }
  }
}

extension ClaimIndex {
  /// Records the registered claims of any payload in `scratch`, followed by a workspace.
  ///
  /// - Throws: `claimsInvalid`, `bufferTooSmall`.
  @_noAllocation
  mutating func scan(_ scratch: inout MutableSpan<UInt8>, seed: UInt64) throws(JWTError) {
    var scanner = JSONScanner(seed: seed)
    do throws(JSONError) {
      try scanner.open(&scratch, from: payloadStart, count: payloadLength)
      while let member = try scanner.next(&scratch) {
        if let claim = RegisteredClaim(packed: member.name.packed(scratch)) {
          members[claim] = member.value
        }
      }
    } catch {
      if case .workspaceTooSmall = error {
        throw .bufferTooSmall(
          needed: payloadStart + payloadLength
            + JSONScanner.workspaceLength(forText: payloadLength))
      }
      throw .claimsInvalid(error)
    }
  }
}
