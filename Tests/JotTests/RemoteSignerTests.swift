import Foundation
import Jot
import Testing

@Suite("RemoteTokenSigner")
struct RemoteSignerTests {
  /// A signing service that can be made to answer wrongly.
  struct Service: RemoteSigner {
    let key: SigningKey
    let algorithm: Algorithm
    let verificationKey: VerificationKey
    var answer: @Sendable ([UInt8]) async throws -> [UInt8] = { $0 }

    init(_ name: String, _ algorithm: Algorithm) throws {
      key = try SigningKey(privateKey: TestKeys.shared[name]!.privatePkcs8Pem!, keyID: name)
      self.algorithm = algorithm
      verificationKey = key.verificationKey
    }

    func signature(of signingInput: [UInt8]) async throws -> [UInt8] {
      try await answer(key.signature(of: signingInput.span, by: algorithm))
    }
  }

  @Test("signs with a remote key; any verifier accepts the token")
  func signs() async throws {
    for (name, algorithm) in [
      ("rsa2048", Algorithm.ps256), ("p256", .es256), ("p521", .es512), ("ed448", .ed448),
    ] {
      let service = try Service(name, algorithm)
      let token = try await RemoteTokenSigner(service).sign(["sub": "remote"])
      let claims = try Verifier(key: service.verificationKey, algorithms: [algorithm]).verify(token)
      #expect(claims.subject == "remote")
      #expect(try UnverifiedToken(decoding: token).header["kid"]?.string == name)
    }
    #expect(throws: JWTError.algorithmKeyMismatch) {
      try RemoteTokenSigner(Service("p256", .rs256))
    }
  }

  @Test("an answer that is not a valid signature never becomes a token")
  func answers() async throws {
    var service = try Service("p256", .es256)
    let der: [UInt8] = [0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]
    let bad: [@Sendable ([UInt8]) -> [UInt8]] = [
      { _ in [] }, { $0.dropLast() }, { $0 + [0] }, { _ in der }, { $0.reversed() },
      { _ in [UInt8](repeating: 0, count: 64) },
    ]
    for (index, change) in bad.enumerated() {
      service.answer = change
      let signer = try RemoteTokenSigner(service)
      await #expect(throws: JWTError.remoteSignatureInvalid, "answer \(index)") {
        try await signer.sign([:])
      }
    }
    struct Down: Error {}
    service.answer = { _ in throw Down() }
    let signer = try RemoteTokenSigner(service)
    await #expect(throws: Down.self) { try await signer.sign([:]) }
  }

  @Test("a cancelled signing returns no token, before the service answers or after")
  func cancellation() async throws {
    var service = try Service("p256", .es256)
    service.answer = { signature in
      // A service that ignores cancellation still answers.
      try? await Task.sleep(for: .seconds(30))
      return signature
    }
    let signer = try RemoteTokenSigner(service)
    let task = Task { try await signer.sign([:]) }
    try await Task.sleep(for: .milliseconds(20))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("converts a service's DER to r and s of the exact width")
  func der() {
    #expect(Algorithm.es256.signature(fromDER: [0x30, 6, 2, 1, 1, 2, 1, 2])?.count == 64)
    #expect(Algorithm.es512.signature(fromDER: [0x30, 6, 2, 1, 1, 2, 1, 2])?.last == 2)
    for bytes: [UInt8] in [
      [], [0x30], [0x30, 0], [0x30, 6, 2, 1, 0x81, 2, 1, 2], [0x30, 7, 2, 2, 0, 1, 2, 1, 2],
      [0x30, 6, 2, 1, 1, 2, 1, 2, 0], [0x30, 0x81, 6, 2, 1, 1, 2, 1, 2],
    ] {
      #expect(Algorithm.es256.signature(fromDER: bytes) == nil, "\(bytes)")
    }
    #expect(Algorithm.rs256.signature(fromDER: [0x30, 6, 2, 1, 1, 2, 1, 2]) == nil)
  }
}
