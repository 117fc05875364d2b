// An issuer with keys, whose sets and tokens the tests use.
import Jot

struct TestIssuer: Sendable {
  static let name = "https://id.example.com"
  let key: SigningKey
  let id: String

  init(_ id: String) throws {
    key = try SigningKey.generate(.p256, keyID: id)
    self.id = id
  }

  /// The public key as a JWK.
  var jwk: JSON { key.publicKey!.jwkRepresentation! }

  /// The set of these issuers' keys.
  static func set(_ issuers: TestIssuer...) -> String { set(issuers.map(\.jwk)) }
  static func set(_ elements: [JSON]) -> String {
    let set: JSON = ["keys": .array(elements)]
    return set.text
  }

  func token(subject: String = "ada") throws -> String {
    try Signer(key: key, algorithm: .es256).sign([
      "iss": .string(Self.name), "sub": .string(subject), "exp": .integer(4_102_444_800),
    ])
  }

  static func verifier(_ keys: RotatingKeySet) -> Verifier {
    Verifier(keys: keys, algorithms: [.es256], issuer: name, required: ["exp"])
  }
}

/// What became of a token: `accepted`, or the code of the refusal.
func outcome(_ verify: () async throws(JWTError) -> VerifiedClaims) async -> String {
  do throws(JWTError) {
    _ = try await verify()
    return "accepted"
  } catch {
    return error.code.rawValue
  }
}
