// Tokens and a verifier of one secret, and requests with them.
import Hummingbird
import HummingbirdTesting
import Jot

struct TokenMaker {
  let signer: Signer
  let verifier: Verifier

  init() throws {
    let key = try SigningKey(secret: Secret("a secret of thirty-two bytes ...."))
    signer = try Signer(key: key, algorithm: .hs256)
    verifier = try Verifier(
      key: key.verificationKey, algorithms: [.hs256], audience: ["shop"], required: ["exp"])
  }

  /// A token for `shop`; a nil claim is left out.
  func token(_ claims: [String: JSON?] = [:]) -> String {
    var all: [String: JSON?] = ["sub": "ada", "aud": "shop", "exp": .integer(4_102_444_800)]
    all.merge(claims) { $1 }
    var payload = Claims()
    for (name, value) in all.sorted(by: { $0.key < $1.key }) {
      if let value { payload[name] = value }
    }
    return try! signer.sign(payload)
  }
}

extension HTTPFields {
  /// Fields in the given order, so that a name may occur twice.
  init(_ fields: [(String, String)]) {
    self.init()
    for (name, value) in fields {
      append(HTTPFields.Element(name: HTTPFields.Element.Name(name)!, value: value))
    }
  }
}

extension TestClientProtocol {
  /// Sends GET and returns the response.
  func get(_ uri: String, _ fields: [(String, String)] = []) async throws -> TestResponse {
    try await execute(uri: uri, method: .get, headers: HTTPFields(fields))
  }
}
