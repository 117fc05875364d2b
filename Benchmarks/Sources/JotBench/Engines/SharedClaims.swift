// Types of claims that jwt-kit's competitor has too: a link there names this file. So it has no
// imports, and TypedClaims is each one's own.

/// Six claims: the flat type of most services.
struct SixClaims: TypedClaims {
  let iss, sub: String
  let aud: [String]
  let exp, iat: Int64
  let role: String

  var subject: String { sub }
  var expiration: Int64 { exp }
}

/// The claims of 1 and of 4 KiB: strings, arrays of strings and numbers, an object, a null.
///
/// Two members are asked for last that are not the last: their keys have names of their own.
struct LargeClaims: TypedClaims {
  struct Address: Codable, Equatable, Sendable {
    let street, city: String
    let geo: [Double]
    let verified: Bool
  }

  let iss, sub: String
  let aud: [String]
  let exp, iat: Int64
  let jti, name, givenName, familyName, email: String
  let roles: [String]
  let groups: [Int]
  let address: Address
  let quota: Double
  let manager: String?
  let note: String

  enum CodingKeys: String, CodingKey {
    case iss, sub, aud, exp, iat, jti, name, email, roles, groups, address, quota, manager, note
    case givenName = "given_name"
    case familyName = "family_name"
  }

  var subject: String { sub }
  var expiration: Int64 { exp }
}
