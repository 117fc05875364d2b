import COpenSSL
import Foundation
import Jot
import Testing

/// What happens without OpenSSL's providers, in a process of its own: OpenSSL reads its
/// configuration once.
@Suite("OpenSSL's providers")
struct ProviderTests {
  /// A key, in each of its forms, and a token that it signed.
  struct Sample: Codable, Sendable {
    let name: String
    let privateKeys: [String]
    let publicKeys: [String]
    let token: String

    static let claims: Claims = ["sub": "ada", "exp": 4_102_444_800]
    static let secret = "0123456789abcdef 0123456789abcdef 0123456789abcdef 0123456789abcdef"

    init(_ algorithm: Algorithm, _ keys: inout [KeyType: SigningKey]) throws {
      name = algorithm.rawValue
      let type = try #require(KeyType.allCases.first { $0.algorithms.contains(algorithm) })
      let key =
        try keys[type]
        ?? (type == .secret
          ? SigningKey(secret: Secret(Self.secret)) : SigningKey.generate(type, bits: 2048))
      keys[type] = key
      privateKeys = [Self.text(key.pemRepresentation), Self.text(key.jwkRepresentation)]
        .compactMap { $0 }
      publicKeys = [
        key.verificationKey.pemRepresentation, key.verificationKey.jwkRepresentation?.text,
      ].compactMap { $0 }
      token = try Signer(key: key, algorithm: algorithm).sign(Self.claims)
    }

    private static func text(_ secret: consuming Secret?) -> String? {
      guard let secret else { return nil }
      return secret.withBytes { bytes in
        String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
      }
    }

    var algorithm: Algorithm { Algorithm(rawValue: name)! }
    var isSecret: Bool { privateKeys.isEmpty }

    func key() throws -> SigningKey {
      try isSecret
        ? SigningKey(secret: Secret(Self.secret)) : SigningKey(privateKey: privateKeys[1])
    }
  }

  /// One sample for each algorithm.
  static func samples() throws -> [Sample] {
    var keys: [KeyType: SigningKey] = [:]
    return try Algorithm.allCases.map { try Sample($0, &keys) }
  }

  @Test("without a provider every key is refused for that; secrets are Jot's own")
  func missing() async throws {
    let samples = try Self.samples()
    await #expect(processExitsWith: .success) { [samples = samples as [Sample]] in
      try activateNoProvider()
      for sample in samples {
        if sample.isSecret {
          let key = try sample.key()
          #expect(
            try Signer(key: key, algorithm: sample.algorithm).sign(Sample.claims) == sample.token)
        }
        for text in sample.privateKeys {
          #expect(throws: JWTError.providerMissing) { try SigningKey(privateKey: text) }
          #expect(throws: JWTError.providerMissing) {
            try SigningKey(privateKey: Secret(text), passphrase: Secret("x"))
          }
        }
        for text in sample.publicKeys {
          #expect(throws: JWTError.providerMissing) { try VerificationKey(publicKey: text) }
          guard text.hasPrefix("{") else { continue }
          #expect(throws: JWTError.providerMissing) { try VerificationKey(jwk: text) }
          #expect(throws: JWTError.providerMissing) { try KeySet(jwks: #"{"keys":[\#(text)]}"#) }
        }
      }
      for type in KeyType.allCases where type != .secret {
        #expect(throws: JWTError.providerMissing) { try SigningKey.generate(type) }
      }
    }
  }
}

/// Makes OpenSSL, which must not have been used yet, read a configuration whose only provider has
/// no algorithm.
private func activateNoProvider() throws {
  let file = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString).cnf")
  let lines = [
    "openssl_conf = main", "[main]", "providers = all", "[all]", "null = one", "[one]",
    "activate = 1",
  ]
  try lines.joined(separator: "\n").appending("\n")
    .write(to: file, atomically: true, encoding: .utf8)
  defer { try? FileManager.default.removeItem(at: file) }
  #expect(unsafe setenv("OPENSSL_CONF", file.path, 1) == 0)
  #expect(unsafe OPENSSL_init_crypto(UInt64(OPENSSL_INIT_LOAD_CONFIG), nil) == 1)
}
