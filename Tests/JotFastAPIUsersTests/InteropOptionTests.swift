import Foundation
import JotFastAPIUsers
import Testing

/// PyJWT's public API: decode with options, encode with headers.
@Suite("PyJWT: options")
struct InteropOptionTests {
  static let now: Int64 = 1_767_225_600

  static func key(_ vector: JSON) throws -> SigningKey {
    try SigningKey(secret: Secret(Interop.key(vector["key"]!.string!, "secret")!))
  }

  @Test("options: each decodes as PyJWT does it, or is listed")
  func options() async throws {
    let vectors = Interop.vectors("options")
    #expect(vectors.count == 54)
    try await Deviations.compare(
      vectors, section: "options", verdict: ("result", "accept")
    ) { vector in
      let arguments = vector["arguments"] ?? .object([])
      guard let settings = Settings(arguments) else { return false }
      let verifier = try Verifier(
        key: Self.key(vector).verificationKey, algorithms: [.hs256],
        audience: settings.audience, sharedIssuers: settings.issuer, subject: settings.subject,
        required: settings.required, leeway: settings.leeway, clock: { Self.now })
      return (try? verifier.verify(vector["token"]!.string!)) != nil
    }
  }

  /// PyJWT's arguments as Jot's; nil if Jot has no equivalent: no check can be disabled, audiences
  /// are compared in one way only, and a leeway is in whole seconds.
  struct Settings {
    var audience: [String]?
    var issuer: [String]?
    var subject: String?
    var required: [String] = []
    var leeway: Int64 = 0

    init?(_ arguments: JSON) {
      guard case .object(let members) = arguments else { return nil }
      for member in members {
        let strings = member.value.string.map { [$0] } ?? member.value.array?.compactMap(\.string)
        switch member.name {
        case "audience":
          guard let strings else { return nil }
          audience = strings
        case "issuer":
          guard let strings else { return nil }
          issuer = strings
        case "subject": subject = member.value.string
        case "leeway":
          guard let seconds = member.value.integer, seconds >= 0 else { return nil }
          leeway = seconds
        case "options":
          guard case .object(let options) = member.value else { return nil }
          for option in options {
            switch (option.name, option.value) {
            case ("require", let names): required = names.array?.compactMap(\.string) ?? []
            case ("enforce_minimum_key_length", .bool(true)): break
            default: return nil
            }
          }
        default: return nil
        }
      }
    }
  }

  @Test("encode: each token is PyJWT's, byte for byte, or is listed")
  func encode() async throws {
    let vectors = Interop.vectors("encode")
    #expect(vectors.count == 33)
    try await Deviations.compare(Interop.ids(of: "encode")) { index in
      let vector = vectors[index]
      let expected = vector["token"]?.string
      guard let token = try Self.encoded(vector) else { return expected == nil ? nil : "refused" }
      return token == expected ? nil : "another token"
    }
  }

  /// Jot's token for the vector; nil if Jot's types can't express the arguments.
  static func encoded(_ vector: JSON) throws -> String? {
    // A vector without a payload has no token, and some Python objects are not JSON.
    guard let payload = vector["payload_json"]?.string, let claims = try? Claims(json: payload)
    else { return nil }
    var (keyID, type, contentType) = (nil as String?, "JWT" as String?, nil as String?)
    guard case .object(let arguments) = vector["arguments"] ?? .object([]) else { return nil }
    for argument in arguments {
      guard argument.name == "headers", case .object(let headers) = argument.value else {
        return nil
      }
      for header in headers {
        switch (header.name, header.value) {
        case ("kid", .string(let value)): keyID = value
        case ("typ", .null): type = nil
        case ("typ", .string(let value)): type = value
        case ("cty", .string(let value)): contentType = value
        // True is the default of every token.
        case ("b64", .bool(true)): break
        default: return nil
        }
      }
    }
    return try Signer(
      key: key(vector), algorithm: .hs256, keyID: keyID, type: type, contentType: contentType
    ).sign(claims)
  }

  @Test(
    "detached payloads are not supported: an attached one verifies, others are refused or listed")
  func detached() async throws {
    let vectors = Interop.vectors("detached")
    #expect(vectors.count == 10)
    try await Deviations.compare(
      vectors, section: "detached", verdict: ("result", "accept")
    ) { vector in
      // Jot's API takes no detached payload.
      guard vector["detached_payload_hex"] == .null else { return false }
      let verifier = try Verifier(key: Self.key(vector).verificationKey, algorithms: [.hs256])
      return (try? verifier.verify(vector["token"]!.string!)) != nil
    }
  }

  @Test("unverified: the unverified header and claims, as PyJWT shows them, or it is listed")
  func unverified() async throws {
    let vectors = Interop.vectors("unverified")
    #expect(vectors.count == 13)
    try await Deviations.compare(Interop.ids(of: "unverified")) { index in
      let vector = vectors[index]
      let parts = try? UnverifiedToken(decoding: vector["token"]!.string!)
      guard let parts else { return vector["claims_json"]?.string == nil ? nil : "refused" }
      guard let text = vector["claims_json"]?.string else { return "shown" }
      let claims = try JSON(object: text)
      return parts.claims == claims && parts.header == vector["header"] ? nil : "otherwise"
    }
  }
}

extension Claims {
  /// Reads the members of a JSON object, in order.
  init(json text: String) throws {
    self.init()
    guard case .object(let members) = try JSON(object: text) else { return }
    for member in members { self[member.name] = member.value }
  }
}
