import Foundation
import JotFoundation
import Testing

@Suite("Codable payloads")
struct CodableTests {
  struct Payload: Codable, Equatable {
    var sub: String
    var exp: Date
    var roles: [String]
    var nested: [String: Double]
  }

  static let key = try! SigningKey(secret: Secret(String(repeating: "secret", count: 6)))

  @Test("a value goes through a token and comes back; its dates are whole seconds")
  func roundTrip() throws {
    let payload = Payload(
      sub: "ü", exp: Date(timeIntervalSince1970: 4_102_444_800.9), roles: ["a", "b"],
      nested: ["x": 1.5])
    let token = try Signer(key: Self.key, algorithm: .hs256).sign(payload)
    let verifier = try Verifier(key: Self.key.verificationKey(), algorithms: [.hs256])
    let claims = try verifier.verify(token)
    #expect(claims.expiration == 4_102_444_800)
    let back: Payload = try claims.decode()
    #expect(back.sub == "ü" && back.roles == ["a", "b"] && back.nested == ["x": 1.5])
    #expect(back.exp == Date(timeIntervalSince1970: 4_102_444_800))
    #expect(throws: (any Error).self) { try claims.decode([Int].self) }
  }

  @Test("what is no object is no payload")
  func values() throws {
    let signer = try Signer(key: Self.key, algorithm: .hs256)
    #expect(throws: CodablePayloadError.notAnObject) { try signer.sign([1, 2]) }
    #expect(throws: CodablePayloadError.notAnObject) { try signer.sign("text") }
  }
}
