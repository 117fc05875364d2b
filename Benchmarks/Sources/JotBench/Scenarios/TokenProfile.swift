// Kinds of tokens: their header and their claims.
import BenchKit

/// A kind of token.
///
/// Every token has a user's UUID as `sub`, an audience and an expiry.
public enum TokenProfile: String, Sendable, CaseIterable {
  /// A FastAPI Users access token: 92 bytes of claims, 204 characters with HS256.
  case accessToken = "access-token"
  /// 1,024 bytes of claims, with roles, names, numbers and nested objects.
  case oneKiB = "1KiB"
  /// 4,096 bytes of the same.
  case fourKiB = "4KiB"
  /// Three of six more claims, in a random order for each token.
  case shuffledClaims = "shuffled-claims"
  /// An access token whose header names `typ` first.
  case typFirst = "typ-first"
  /// An access token whose header names its key.
  case kidHeader = "kid-header"
  /// The 14 claims of an OpenID Connect ID token.
  case oidc
  /// Six claims in order: strings, an audience and times.
  case sixClaims = "6-claims"
  /// Seven claims, of which three are dates and one a case of an enumeration.
  case dates
  /// 2,900 bytes of four nested people, each with an address and lists.
  case nested

  /// Profiles whose claims are decoded into a type and encoded from it, the smallest first.
  static let typed: [TokenProfile] = [.sixClaims, .dates, .oneKiB, .nested, .fourKiB]

  /// Profiles, besides access tokens, that are verified.
  static let verified: [TokenProfile] = [
    .oneKiB, .fourKiB, .shuffledClaims, .typFirst, .kidHeader, .oidc,
  ]

  /// Its tokens in words.
  var words: String {
    switch self {
    case .accessToken: "access tokens"
    case .oneKiB: "tokens with 1 KiB of claims"
    case .fourKiB: "tokens with 4 KiB of claims"
    case .shuffledClaims: "tokens with shuffled claims"
    case .typFirst: "access tokens with typ first in the header"
    case .kidHeader: "access tokens with a key ID"
    case .oidc: "OpenID Connect ID tokens"
    case .sixClaims: "tokens with six claims"
    case .dates: "tokens with three dates and an enumeration"
    case .nested: "tokens with four nested people"
    }
  }

  /// The size of its claims.
  var size: String {
    switch self {
    case .oneKiB: "1 KiB"
    case .fourKiB: "4 KiB"
    default: "some 100 bytes"
    }
  }

  /// The header as JSON.
  func header(_ algorithm: JotScenario.Algorithm, keyID: String? = nil) -> String {
    if let keyID { return #"{"alg":"\#(algorithm.rawValue)","kid":"\#(keyID)","typ":"JWT"}"# }
    return switch self {
    case .typFirst: #"{"typ":"JWT","alg":"\#(algorithm.rawValue)"}"#
    case .kidHeader:
      #"{"alg":"\#(algorithm.rawValue)","kid":"\#(Self.oneKeyID)","typ":"JWT"}"#
    default: #"{"alg":"\#(algorithm.rawValue)","typ":"JWT"}"#
    }
  }

  private static let oneKeyID = "2026-01"

  /// The ID of the only key; nil: none.
  var keyID: String? { self == .kidHeader ? Self.oneKeyID : nil }

  /// The audience that a verifier expects.
  var audience: String { self == .oidc ? Self.client : "fastapi-users:auth" }

  /// The issuer that a verifier expects; nil: any.
  var issuer: String? { self == .oidc ? "https://id.example.com" : nil }

  /// The claims as JSON.
  func claims(
    _ subject: String, _ expiration: Int64, issuer: String? = nil, _ random: inout Seeded
  ) -> String {
    let sub = #""sub":"\#(subject)""#
    let aud = #""aud":["fastapi-users:auth"]"#
    let exp = #""exp":\#(expiration)"#
    let iss = issuer.map { [#""iss":"\#($0)""#] } ?? []
    let claims =
      switch self {
      case .accessToken, .typFirst, .kidHeader: [sub, aud, exp]
      case .oneKiB: Self.large(1024, sub, aud, exp, &random)
      case .fourKiB: Self.large(4096, sub, aud, exp, &random)
      case .shuffledClaims:
        ([sub, aud, exp] + Self.others(expiration, &random).shuffled(using: &random).prefix(3))
          .shuffled(using: &random)
      case .oidc: Self.oidc(sub, exp, expiration, &random)
      case .sixClaims:
        [
          #""iss":"https://id.example.com""#, sub, aud, exp, #""iat":\#(expiration - 7200)"#,
          #""role":"editor""#,
        ]
      case .dates:
        [
          #""iss":"https://id.example.com""#, sub, aud, exp, #""nbf":\#(Pool.now - 60)"#,
          #""iat":\#(Pool.now - 60)"#, #""role":"editor""#,
        ]
      case .nested:
        [
          sub, aud, exp, #""owner":\#(Self.person(&random))"#,
          #""others":[\#((0..<3).map { _ in Self.person(&random) }.joined(separator: ","))]"#,
        ]
      }
    return "{" + (iss + claims).joined(separator: ",") + "}"
  }

  /// Claims that no verifier needs.
  private static func others(_ expiration: Int64, _ random: inout Seeded) -> [String] {
    [
      #""iat":\#(expiration - 7200)"#, #""jti":"\#(hex(32, &random))""#,
      #""scope":"read:items write:items""#, #""role":"editor""#,
      #""tenant":\#(Int.random(in: 1000..<10000, using: &random))"#, #""email_verified":true"#,
    ]
  }

  /// Claims of `size` bytes.
  private static func large(
    _ size: Int, _ sub: String, _ aud: String, _ exp: String, _ random: inout Seeded
  ) -> [String] {
    let roles = (0..<12 * size / 1024).map { #""role-\#($0)-\#(hex(8, &random))""# }
    let groups = (0..<10 * size / 1024).map { _ in
      "\(Int.random(in: 100_000..<1_000_000, using: &random))"
    }
    var claims = [
      #""iss":"https://login.example.com/realms/main""#, sub, aud, exp,
      #""iat":\#(Pool.now - 60)"#, #""jti":"\#(hex(32, &random))""#,
      #""name":"Zoë Müller-Østergård""#, #""given_name":"Zoë""#,
      #""family_name":"Müller-Østergård""#, #""email":"\#(hex(10, &random))@example.com""#,
      #""roles":[\#(roles.joined(separator: ","))]"#,
      #""groups":[\#(groups.joined(separator: ","))]"#,
      #""address":{"street":"12 Long Lane","city":"Aarhus","geo":[56.1629,10.2039],"verified":true}"#,
      #""quota":12.5e3"#, #""manager":null"#,
    ]
    // The last claim pads to the size, including braces, commas, its name and quotes.
    let soFar = claims.reduce(0) { $0 + $1.utf8.count } + claims.count + 2
    claims.append(#""note":"\#(text(size - soFar - #""note":"""#.utf8.count, &random))""#)
    return claims
  }

  /// A person of some 700 bytes.
  private static func person(_ random: inout Seeded) -> String {
    let name = hex(8, &random)
    let teams = (0..<6).map { #""/departments/engines/teams/\#($0)-\#(name)""# }
    return "{"
      + [
        #""id":"\#(Pool.uuid(&random))","name":"Ada \#(name)","given":"Ada","family":"\#(name)""#,
        #""email":"\#(name)@example.com","phone":"+44 20 7946 0000","locale":"en-GB""#,
        #""zone":"Europe/London","picture":"https://cdn.example.com/people/\#(name)/large.png""#,
        #""verified":true,"level":\#(Int.random(in: 1...9, using: &random))"#,
        #""updated":\#(Pool.now - 90),"score":98.25,"roles":["editor","reviewer"]"#,
        #""address":{"street":"12 St James's Square","city":"London","zip":12345,"country":"UK"}"#,
        #""teams":[\#(teams.joined(separator: ","))]"#,
      ].joined(separator: ",") + "}"
  }

  private static let client = "0oa8f3b2c1d4e5f6a7b8.apps.example.com"

  private static func oidc(
    _ sub: String, _ exp: String, _ expiration: Int64, _ random: inout Seeded
  ) -> [String] {
    [
      #""iss":"https://id.example.com""#, sub, #""aud":"\#(client)""#, exp,
      #""iat":\#(Pool.now - 60)"#, #""nbf":\#(Pool.now - 60)"#, #""jti":"\#(hex(32, &random))""#,
      #""auth_time":\#(Pool.now - 90)"#, #""nonce":"\#(hex(22, &random))""#,
      #""azp":"\#(client)""#, #""email":"\#(hex(10, &random))@example.com""#,
      #""email_verified":true"#, #""name":"Ada Lovelace""#, #""locale":"en-GB""#,
    ]
  }

  private static func hex(_ count: Int, _ random: inout Seeded) -> String {
    String((0..<count).map { _ in "0123456789abcdef".randomElement(using: &random)! })
  }

  /// Random letters and spaces.
  private static func text(_ count: Int, _ random: inout Seeded) -> String {
    String((0..<count).map { _ in "etaoin shrdlu ".randomElement(using: &random)! })
  }
}
