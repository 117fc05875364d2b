// The claims that RFC 7519 §4.1 registers: their names and their index in every table.

/// A claim that RFC 7519 §4.1 defines.
public enum RegisteredClaim: String, CaseIterable, Sendable {
  /// The issuer of the token.
  case issuer = "iss"
  /// The subject of the token.
  case subject = "sub"
  /// The recipients of the token: a string or an array of strings.
  case audience = "aud"
  /// The second from which the token is refused.
  case expiration = "exp"
  /// The second before which the token is refused.
  case notBefore = "nbf"
  /// The second at which the token was issued.
  case issuedAt = "iat"
  /// The token's own identifier.
  case tokenID = "jti"

  /// Its index in ``RegisteredMembers``: the order above; the kernels use the same.
  var index: Int {
    @_noAllocation @inline(__always) get {
      switch self {
      case .issuer: 0
      case .subject: 1
      case .audience: 2
      case .expiration: 3
      case .notBefore: 4
      case .issuedAt: 5
      case .tokenID: 6
      }
    }
  }

  /// The claim at `index`, or nil.
  @_noAllocation @inline(__always)
  init?(index: Int) {
    switch index {
    case 0: self = .issuer
    case 1: self = .subject
    case 2: self = .audience
    case 3: self = .expiration
    case 4: self = .notBefore
    case 5: self = .issuedAt
    case 6: self = .tokenID
    default: return nil
    }
  }

  /// Its bit in ``PlainPayload/present``.
  var bit: UInt8 { @_noAllocation @inline(__always) get { 1 << UInt8(index) } }

  /// Whether its value is a time (RFC 7519 §2).
  var isTime: Bool { @_noAllocation @inline(__always) get { 3...5 ~= index } }

  /// The claim whose name is this word, in the form of `JSONString.packed`: the letters from the
  /// lowest byte on, the length in the highest. Nil for any other name.
  @_noAllocation
  init?(packed name: UInt64) {
    switch name {
    case 0x0300_0000_0073_7369: self = .issuer
    case 0x0300_0000_0062_7573: self = .subject
    case 0x0300_0000_0064_7561: self = .audience
    case 0x0300_0000_0070_7865: self = .expiration
    case 0x0300_0000_0066_626e: self = .notBefore
    case 0x0300_0000_0074_6169: self = .issuedAt
    case 0x0300_0000_0069_746a: self = .tokenID
    default: return nil
    }
  }
}

extension RegisteredMembers {
  /// The value of a claim; absent if the payload lacks it.
  subscript(claim: RegisteredClaim) -> JSONValue {
    @_noAllocation @inline(__always) get { self[claim.index] }
    @_noAllocation @inline(__always) set { self[claim.index] = newValue }
  }

  /// The seconds of a time claim; nil if the payload lacks it.
  @_noAllocation @inline(__always)
  func seconds(of claim: RegisteredClaim) -> Int64? {
    self[claim.index].isAbsent ? nil : seconds(at: claim.index)
  }
}
