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

  @Test("a value is encoded in a token and decoded again; its dates are whole seconds")
  func roundTrip() throws {
    let payload = Payload(
      sub: "ü", exp: Date(timeIntervalSince1970: 4_102_444_800.9), roles: ["a", "b"],
      nested: ["x": 1.5])
    let token = try Signer(key: Self.key, algorithm: .hs256).sign(payload)
    let verifier = try Verifier(key: Self.key.verificationKey, algorithms: [.hs256])
    let claims = try verifier.verify(token)
    #expect(claims.expiration == 4_102_444_800)
    let back: Payload = try claims.decode()
    #expect(back.sub == "ü" && back.roles == ["a", "b"] && back.nested == ["x": 1.5])
    #expect(back.exp == Date(timeIntervalSince1970: 4_102_444_800))
    #expect(throws: (any Error).self) { try claims.decode([Int].self) }
  }

  @Test("a payload must be an object")
  func values() throws {
    let signer = try Signer(key: Self.key, algorithm: .hs256)
    #expect(throws: CodablePayloadError.notAnObject) { try signer.sign([1, 2]) }
    #expect(throws: CodablePayloadError.notAnObject) { try signer.sign("text") }
  }

  @Test(
    "a date that is not a NumericDate is an error that names the claim",
    arguments: [.infinity, -.infinity, .nan, 1e19, -1e19, 0x1p63])
  func dates(seconds: Double) throws {
    struct Nested: Encodable { var times: [[String: Date]] }
    let signer = try Signer(key: Self.key, algorithm: .hs256)
    let date = Date(timeIntervalSince1970: seconds)
    var payload = Payload(sub: "a", exp: date, roles: [], nested: [:])
    #expect(claim { try signer.sign(payload) } == "exp")
    payload = Payload(sub: "a", exp: .distantFuture, roles: [], nested: ["x": seconds])
    if !seconds.isFinite { #expect(claim { try signer.sign(payload) } == "nested.x") }
    #expect(claim { try signer.sign(Nested(times: [[:], ["a": date]])) } == "times.1.a")
  }

  @Test("a date that fits in 64 bits is a valid claim, however far away")
  func far() throws {
    let signer = try Signer(key: Self.key, algorithm: .hs256)
    let verifier = try Verifier(key: Self.key.verificationKey, algorithms: [.hs256])
    for second in [9.2e18, -9.2e18, -1.5] as [Double] {
      let token = try signer.sign(["at": Date(timeIntervalSince1970: second)])
      let claim = try verifier.verify(token)["at"]?.integer
      #expect(claim == Int64(second.rounded(.down)))
    }
  }

  /// The claim that an encoding error names by its coding path.
  private func claim(_ sign: () throws -> String) -> String? {
    do {
      return try sign()
    } catch EncodingError.invalidValue(let value, let context) {
      // The error's description has the text, for logs.
      #expect("\(EncodingError.invalidValue(value, context))".contains(context.debugDescription))
      return context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
        .joined(separator: ".")
    } catch {
      return "\(error)"
    }
  }
}
