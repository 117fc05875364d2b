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

  @Test(
    "a date that no claim can hold is refused by the claim's name, and ends nothing",
    arguments: [
      .infinity, -.infinity, .nan, 1e19, -1e19, 9.3e18, .greatestFiniteMagnitude,
      9_223_372_036_854_775_808,
    ] as [Double])
  func dates(seconds: Double) throws {
    struct Nested: Codable { let until: Date }
    struct Claims: Codable {
      var exp: Date?
      var session: Nested?
      var limits: [Double]?
    }
    let signer = try Signer(key: Self.key, algorithm: .hs256)
    let date = Date(timeIntervalSince1970: seconds)
    #expect(throws: CodablePayloadError.dateInvalid(claim: "exp")) {
      try signer.sign(Claims(exp: date))
    }
    #expect(throws: CodablePayloadError.dateInvalid(claim: "session.until")) {
      try signer.sign(Claims(session: Nested(until: date)))
    }
    if !seconds.isFinite {
      #expect(throws: EncodingError.self) { try signer.sign(Claims(limits: [seconds])) }
    }
    for seconds in [9_223_372_036_854_774_784.0, -9_223_372_036_854_775_808] {
      let token = try signer.sign(Claims(exp: Date(timeIntervalSince1970: seconds)))
      let verifier = try Verifier(
        key: Self.key.verificationKey(), algorithms: [.hs256], clock: { .min })
      let found = Result { try verifier.verify(token).expiration }
      #expect((try? found.get()) == (seconds < 0 ? nil : Int64(seconds)))
    }
  }

  @Test("what is no object is no payload")
  func values() throws {
    let signer = try Signer(key: Self.key, algorithm: .hs256)
    #expect(throws: CodablePayloadError.notAnObject) { try signer.sign([1, 2]) }
    #expect(throws: CodablePayloadError.notAnObject) { try signer.sign("text") }
  }
}
