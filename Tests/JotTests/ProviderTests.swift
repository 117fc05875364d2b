import COpenSSL
import Foundation
import Jot
import Testing

/// What OpenSSL's providers compute, and what happens without them. Each test is a process of its
/// own: OpenSSL reads its configuration once, and what computes is chosen once.
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

    /// Tokens that are not valid: a signature of zeros, another's, none.
    var forged: [String] {
      let dot = token.lastIndex(of: ".")!
      let signature = token[dot...].dropFirst()
      return [
        String(repeating: "A", count: signature.count), String(signature.reversed()), "",
      ].map { String(token[...dot]) + $0 }
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
        if sample.isSecret, !JotLibrary.leavesPrimitivesToOpenSSL {
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

  @Test("compute every hash, MAC and signature if all is left to them: the same tokens")
  func primitives() async throws {
    let samples = try Self.samples()
    await #expect(processExitsWith: .success) { [samples = samples as [Sample]] in
      #expect(JotLibrary.leavePrimitivesToOpenSSL() && JotLibrary.leavesPrimitivesToOpenSSL)
      for sample in samples {
        let key = try sample.key()
        let signer = try Signer(key: key, algorithm: sample.algorithm)
        let tokens = try [signer.sign(Sample.claims)] + signer.sign([Sample.claims, Sample.claims])
        if sample.name.hasPrefix("HS") || sample.name.hasPrefix("RS") {
          #expect(tokens.allSatisfy { $0 == sample.token })
        }
        let all = tokens + [sample.token] + sample.forged
        let valid = all.indices.map { $0 < 4 }
        let verifier = try Verifier(key: key.verificationKey, algorithms: [sample.algorithm])
        let keys = Verifier(
          keys: try KeySet([key.verificationKey]), algorithms: [sample.algorithm])
        let cached = CachedVerifier(verifier, cache: TokenCache())
        for verifier in [verifier, keys] {
          let batch = verifier.verify(all)
          #expect(batch.map { (try? $0.get()) != nil } == valid, "\(sample.name)")
          for (result, token) in zip(batch, all) {
            let single = Result { () throws(JWTError) in try verifier.verify(token) }
            #expect(result.map(\.json) == single.map(\.json), "\(sample.name)")
          }
        }
        #expect(all.map { (try? cached.verify($0)) != nil } == valid, "\(sample.name)")
        #expect(all.map { (try? cached.verify($0)) != nil } == valid, "\(sample.name)")
      }
      // It is not too late: these keys were made for it.
      #expect(JotLibrary.leavePrimitivesToOpenSSL())
    }
  }

  @Test("get the primitives only before the first key is made")
  func tooLate() async throws {
    await #expect(processExitsWith: .success) {
      let wasLeft = JotLibrary.leavesPrimitivesToOpenSSL
      let key = try SigningKey(secret: Secret(Sample.secret))
      #expect(JotLibrary.leavePrimitivesToOpenSSL() == wasLeft)
      #expect(JotLibrary.leavesPrimitivesToOpenSSL == wasLeft)
      let token = try Signer(key: key, algorithm: .hs256).sign(Sample.claims)
      let verifier = try Verifier(key: key.verificationKey, algorithms: [.hs256])
      #expect(try verifier.verify(token).subject == "ada")
    }
  }

  @Test("that are lost make no token valid, and are named")
  func lost() async throws {
    let samples = try Self.samples()
    await #expect(processExitsWith: .success) { [samples = samples as [Sample]] in
      #expect(JotLibrary.leavePrimitivesToOpenSSL())
      let keys = try samples.map { try $0.key() }
      // Nothing more can be fetched: no provider here has this property.
      #expect(unsafe EVP_set_default_properties(nil, "absent=yes") == 1)
      for (sample, key) in zip(samples, keys) {
        let verifier = try Verifier(key: key.verificationKey, algorithms: [sample.algorithm])
        for token in sample.forged {
          #expect(throws: JWTError.self) { try verifier.verify(token) }
          #expect(throws: JWTError.self) { try verifier.verify([token])[0].get() }
        }
        // The signature's algorithm was fetched with the key, for EdDSA all that it needs.
        guard !sample.name.hasPrefix("Ed") else { continue }
        #expect(throws: JWTError.providerMissing, "\(sample.name)") {
          try verifier.verify(sample.token)
        }
        #expect(throws: JWTError.providerMissing, "\(sample.name)") {
          try verifier.verify([sample.token])[0].get()
        }
        let message = Array("message".utf8)
        #expect(throws: JWTError.providerMissing, "\(sample.name)") {
          try key.signature(of: message.span, by: sample.algorithm)
        }
        #expect(throws: JWTError.providerMissing, "\(sample.name)") {
          let signer = try Signer(key: key, algorithm: sample.algorithm)
          return try signer.sign([Sample.claims])
        }
        #expect(throws: JWTError.providerMissing, "\(sample.name)") {
          try Signer(key: key, algorithm: sample.algorithm).sign(Sample.claims)
        }
        #expect(throws: JWTError.providerMissing, "\(sample.name)") {
          try Signer(key: key, algorithm: sample.algorithm).sign(["sub": "ada"] as [String: String])
        }
        for count in [0, 32, 48, 64, 256] {
          let zeros = [UInt8](repeating: 0, count: count)
          let isValid = key.verificationKey.isSignature(
            zeros.span, of: message.span, by: sample.algorithm)
          #expect(!isValid)
        }
        // Two keys that can't be told apart are not equal.
        #expect(throws: JWTError.self) { try KeySet([key.verificationKey]) }
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
