// Types that claims are decoded into and encoded from.
import BenchKit

/// The claims of one profile as a type.
protocol TypedClaims: Codable, Equatable, Sendable {
  var subject: String { get }
  var expiration: Int64 { get }
}

extension TypedClaims {
  /// The answer of decoding: words of `sub` and the value of `exp`, as of a verification.
  @inline(__always)
  var answer: UInt64 {
    let text = subject.utf8.span
    return text.count < 8
      ? 0
      : loadWord(text, at: 0) &+ loadWord(text, at: text.count - 8)
        &+ UInt64(bitPattern: expiration)
  }
}

extension TokenProfile {
  /// The type of its claims; nil for a profile that has none.
  var claimsType: (any TypedClaims.Type)? {
    switch self {
    case .sixClaims: SixClaims.self
    case .dates: DatedClaims.self
    case .oneKiB, .fourKiB: LargeClaims.self
    case .nested: NestedClaims.self
    default: nil
    }
  }
}

/// Four people, each with an address and a list of teams.
struct NestedClaims: TypedClaims {
  struct Address: Codable, Equatable, Sendable {
    let street, city: String
    let zip: Int
    let country: String
  }
  struct Person: Codable, Equatable, Sendable {
    let id, name, given, family, email, phone, locale, zone, picture: String
    let verified: Bool
    let level, updated: Int
    let score: Double
    let roles: [String]
    let address: Address
    let teams: [String]
  }

  let sub: String
  let aud: [String]
  let exp: Int64
  let owner: Person
  let others: [Person]

  var subject: String { sub }
  var expiration: Int64 { exp }
}
