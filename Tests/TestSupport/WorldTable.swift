import Foundation
public import Jot

/// The table of keys and tokens as people have them, by the kind of trouble.
public struct WorldTable: Sendable {
  public private(set) var cases: [WorldCase] = []

  public static let shared = try! WorldTable()

  /// The fixtures of world-keys.json: TEST KEYS.
  private struct File: Decodable {
    let passphrase: String
    let keys: [String: [String: String]]
  }

  private let file: File
  static let es = "labels_ec"
  static let rsa = "labels_rsa"

  private init() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Vectors/world-keys.json")
    file = try JSONDecoder().decode(File.self, from: Data(contentsOf: path))
    cases = try [
      nullMembers, sharedID, withoutID, bearer, types, jwks, ciphers, openSSH, numbers, pss,
      skipped,
      wrappings, chains, lines, nullHeaders, tokenTexts, times, providers, limits, versions,
    ].flatMap { try $0() }
  }

  // MARK: The fixtures

  /// The passphrase of the encrypted keys.
  public var passphrase: String { file.passphrase }

  /// A text in each format.
  public var formats: [(name: String, text: [UInt8])] {
    get throws {
      let pem = text(Self.rsa, "public_pem")
      let account = JSON.object([
        .init("type", "service_account"), .init("private_key_id", "id7"),
        .init("private_key", .string(text(Self.rsa, "pkcs8"))),
      ])
      let map = JSON.object([
        .init("a", .string(text("chain", "leaf"))),
        .init("b", .string(text(Self.rsa, "certificate"))),
      ])
      return [
        ("SPKI, RSA", bytes(Self.rsa, "public_pem")), ("SPKI, EC", bytes(Self.es, "public_pem")),
        ("SPKI, DER", bytes("pss", "spki_base64")), ("certificate", bytes("chain", "leaf")),
        ("chain", bytes("chain", "bag")), ("PKCS#8, RSA", bytes(Self.rsa, "pkcs8")),
        ("PKCS#8, EC", bytes(Self.es, "pkcs8")), ("PKCS#8, Ed25519", bytes("ed25519_v2", "ring")),
        ("PKCS#8, DER", bytes("pss_sha256", "pkcs8_base64")),
        ("PKCS#8, encrypted", bytes("legacy_rsa", "pbes2_aes")),
        ("PKCS#8, encrypted, DER", Self.der(text("legacy_rsa", "pbes2_aes"))),
        ("PKCS#1", bytes(Self.rsa, "pkcs1_as_pkcs8")), ("SEC 1", bytes(Self.es, "sec1")),
        ("RFC 1421", bytes("legacy_rsa", "rfc1421_aes")),
        ("JWK, RSA", Array(try jwk(Self.rsa).utf8)), ("JWK, EC", Array(try jwk(Self.es).utf8)),
        ("JWK, OKP", Array(try jwk("ed25519_v2").utf8)),
        ("JWK, RSA, private", Array(try privateJWK(Self.rsa).utf8)),
        ("JWK, EC, private", Array(try privateJWK(Self.es).utf8)),
        ("JWK set", Self.set(try jwk(Self.rsa, ["kid": "1"]), try jwk(Self.es, ["kid": "2"]))),
        ("OpenSSH line", bytes("ssh_ed25519", "line")), ("RFC 4716", bytes("ssh_rsa", "rfc4716")),
        ("OpenSSH, RSA", bytes("ssh_rsa", "openssh")),
        ("OpenSSH, EC", bytes("ssh_p256", "openssh")),
        ("service account", Array(account.text.utf8)), ("map", Array(map.text.utf8)),
        ("base64 of PEM", Array(Data(pem.utf8).base64EncodedString().utf8)),
        ("UTF-16", [0xff, 0xfe] + pem.data(using: .utf16LittleEndian)!),
      ]
    }
  }

  /// The private numbers of a case's key; none if it has none or is refused.
  public func privateNumbers(of row: WorldCase) -> [[UInt8]] {
    guard case .privateKey(let text, let phrase) = row.input,
      let key = try? SigningKey(
        privateKey: Secret(copying: text.span), passphrase: Secret(phrase ?? "")),
      let jwk = key.jwkRepresentation,
      let members = try? JSON(value: jwk.withBytes { Self.text($0) })
    else { return [] }
    return ["d", "p", "q", "dp", "dq", "qi"].compactMap { name in
      members[name]?.string.flatMap { try? Base64URL.decode($0) }
    }
  }

  static func text(_ bytes: Span<UInt8>) -> String {
    String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
  }

  func bytes(_ key: String, _ form: String) -> [UInt8] {
    let text = file.keys[key]![form]!
    return form.hasSuffix("_base64") ? Array(Data(base64Encoded: text)!) : Array(text.utf8)
  }

  func text(_ key: String, _ form: String) -> String { file.keys[key]![form]! }

  func thumbprint(_ key: String) throws -> String {
    try VerificationKey(publicKey: text(key, "public_pem")).thumbprint!
  }

  func reads(_ keys: String...) throws -> WorldCase.Verdict {
    .reads(try keys.map(thumbprint))
  }

  /// The public JWK of a key with these members replaced, or removed if nil.
  func jwk(_ key: String, _ changes: [String: JSON?] = [:]) throws -> String {
    let publicKey = try VerificationKey(publicKey: text(key, "public_pem"))
    return Self.text(publicKey.jwkRepresentation!, changes)
  }

  func privateJWK(_ key: String, _ changes: [String: JSON?] = [:]) throws -> String {
    let secret = try SigningKey(privateKey: text(key, "pkcs8")).jwkRepresentation!
    return Self.text(try JSON(value: secret.withBytes { Self.text($0) }), changes)
  }

  static func text(_ jwk: JSON, _ changes: [String: JSON?]) -> String {
    guard case .object(var members) = jwk else { return "" }
    members.removeAll { changes.keys.contains($0.name) }
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
      if let value { members.append(JSON.Member(name, value)) }
    }
    return JSON.object(members).text
  }

  static func set(_ jwks: String...) -> [UInt8] {
    Array(#"{"keys":[\#(jwks.joined(separator: ","))]}"#.utf8)
  }

  func token(
    _ key: String = Self.es, _ algorithm: Algorithm = .es256, kid: String? = nil,
    type: String? = nil
  ) throws -> String {
    let key = try SigningKey(privateKey: text(key, "pkcs8"))
    return try Signer(key: key, algorithm: algorithm, keyID: kid, type: type).sign(["sub": "x"])
  }

  /// A token with this header and payload.
  func token(header: String, payload: String = #"{"sub":"x"}"#) throws -> String {
    let key = try SigningKey(privateKey: text(Self.es, "pkcs8"))
    let input = [header, payload].map { Base64URL.encode(Array($0.utf8)) }.joined(separator: ".")
    let signature = try key.signature(of: Array(input.utf8).span, by: .es256)
    return "\(input).\(Base64URL.encode(signature))"
  }

  var esKey: [UInt8] { bytes(Self.es, "public_pem") }
}
