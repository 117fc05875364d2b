import Foundation
import JotFastAPIUsers
import Testing

/// PyJWT's verdicts on keys in every format.
@Suite("PyJWT: keys")
struct InteropKeyTests {
  /// Formats of the same keys that the interop file lacks.
  static let extra: JSON = {
    let file = Project.file("Tests/Vectors/key-formats.json")
    return try! JSON(object: String(contentsOf: file, encoding: .utf8))
  }()

  @Test("key_formats: each format is read or refused as PyJWT does it, or is listed")
  func formats() async throws {
    let vectors = Interop.vectors("key_formats")
    #expect(vectors.count == 216)
    try await Deviations.compare(
      vectors, section: "key_formats", verdict: ("prepare", "ok")
    ) { vector in
      let algorithm = Algorithm(rawValue: vector["algorithm"]!.string!)!
      let format = vector["format"]!.string!
      if algorithm.family == .hmac { return Self.isSecret(format) }
      let name = vector["key"]!.string!
      guard let text = Self.text(format, name) else {
        Issue.record("\(format) is unknown")
        return false
      }
      let isPrivate = vector["kind"]?.string == "private" || format.contains("private")
      if isPrivate || format.hasPrefix("encrypted") {
        guard let key = try? SigningKey(privateKey: Secret(copying: text.span)) else {
          return false
        }
        // A private key never loads as a verification key, whatever Python does with it.
        #expect(throws: JWTError.self) {
          try VerificationKey(publicKey: Secret(copying: text.span))
        }
        return key.algorithms.contains(algorithm)
      }
      let key = try? VerificationKey(publicKey: Secret(copying: text.span))
      return key?.algorithms.contains(algorithm) ?? false
    }
  }

  /// The bytes of key `name` in the format that PyJWT was given.
  static func text(_ format: String, _ name: String) -> [UInt8]? {
    let part = { (part: String) in Interop.key(name, part) }
    let spki = part("public_spki_pem") ?? ""
    let lines = spki.split(separator: "\n").map(String.init)
    let inner = lines.dropFirst().dropLast().joined()
    let text: String? =
      switch format {
      case "pkcs8 private PEM": part("private_pkcs8_pem")
      case "spki public PEM", "spki PEM as bytes", "SecretStr(spki PEM)": spki
      case "pkcs1 private PEM": part("private_pkcs1_pem")
      case "pkcs1 public PEM": part("public_pkcs1_pem")
      case "sec1 private PEM": part("private_sec1_pem")
      case "x509 certificate PEM": part("x509_certificate_pem")
      case "encrypted pkcs8 PEM": extra["keys"]?[name]?["encrypted_pkcs8_pem"]?.string
      case "openssh private PEM": extra["keys"]?[name]?["openssh_private_pem"]?.string
      case "openssh public line": extra["keys"]?[name]?["openssh_public"]?.string
      case "jwk public JSON text", "jwk public dict", "PyJWK object":
        Interop.json["keys"]?[name]?["jwk_public"]?.text
      case "spki PEM, CRLF": lines.joined(separator: "\r\n") + "\r\n"
      case "spki PEM, no final newline": lines.joined(separator: "\n")
      case "spki PEM, leading newline": "\n" + spki
      case "spki PEM, leading spaces on each line": lines.map { "  " + $0 }.joined(separator: "\n")
      case "spki PEM, text before": "a comment\n" + spki
      case "spki PEM, one-line body": "\(lines[0])\n\(inner)\n\(lines.last!)\n"
      case "spki PEM, all on one line": lines.joined()
      case "spki PEM, literal \\n": lines.joined(separator: "\\n")
      case "spki PEM, four dashes": spki.replacing("-----", with: "----")
      case "empty string": ""
      case "garbage text": "not a key"
      default: nil
      }
    if let text { return Array(text.utf8) }
    let pem = format.hasPrefix("spki") ? spki : part("private_pkcs8_pem") ?? ""
    let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
    return format.hasSuffix("DER bytes") ? Data(base64Encoded: body).map { Array($0) } : nil
  }

  /// Whether Jot accepts a text of this format as a secret.
  static func isSecret(_ format: String) -> Bool {
    let pem = Interop.key("rsa2048", "public_spki_pem")!
    let jwk = Interop.json["keys"]!["hs"]!["jwk"]!.text
    let bytes: [UInt8]? =
      switch format {
      case "SPKI DER bytes": text("spki public DER bytes", "rsa2048")
      case "PKCS8 DER bytes": text("pkcs8 private DER bytes", "rsa2048")
      case "BOM + JWK JSON bytes": [0xef, 0xbb, 0xbf] + jwk.utf8
      // A Secret can't hold these.
      case "None", "int", "JWK dict": nil
      default:
        switch format {
        case "text", "bytes", "SecretStr": Array(Interop.key("hs", "secret")!.utf8)
        case "empty": []
        case "PEM public": Array(pem.utf8)
        case "PEM public, four dashes": Array(pem.replacing("-----", with: "----").utf8)
        case "PEM header only":
          Array("-----BEGIN PUBLIC KEY-----\nnothing more than this line".utf8)
        case "PEM inside text": Array("before \(pem) after".utf8)
        case "PEM literal \\n": Array(pem.replacing("\n", with: "\\n").utf8)
        case "certificate PEM": Array(Interop.key("rsa2048", "x509_certificate_pem")!.utf8)
        case "ssh-rsa line": text("openssh public line", "rsa2048")
        case "ssh-ed25519 line": text("openssh public line", "ed25519")
        case "sk-ssh line": Array("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5".utf8)
        case "space then ssh-rsa": [0x20] + (text("openssh public line", "rsa2048") ?? [])
        case "JWK oct JSON": Array(jwk.utf8)
        case "JWKS JSON": Array(Interop.json["jwks"]!.text.utf8)
        case "JSON array with a JWK": Array("[\(jwk)]".utf8)
        case "JSON object without kty": Array(#"{"not":"a key","padding":"0123456789abcdef"}"#.utf8)
        case "JSON string": Array(#""a JSON string of more than thirty-two bytes""#.utf8)
        case "digits": Array(String(repeating: "0123456789", count: 4).utf8)
        default: nil
        }
      }
    guard let bytes else { return false }
    return (try? VerificationKey(secret: Secret(copying: bytes.span), allowingShort: true)) != nil
  }

  @Test("a passphrase decrypts both kinds of encrypted PEM; without it the error says so")
  func passphrases() throws {
    guard case .object(let members)? = Self.extra["keys"] else { return }
    var opened = 0
    for member in members {
      let plain = try SigningKey(privateKey: Interop.key(member.name, "private_pkcs8_pem")!)
      for part in ["encrypted_pkcs8_pem", "encrypted_traditional_pem"] {
        guard let text = member.value[part]?.string else { continue }
        let key = try SigningKey(
          privateKey: Secret(text), passphrase: Secret(Self.extra["passphrase"]!.string!))
        #expect(
          try key.verificationKey.thumbprint == plain.verificationKey.thumbprint)
        #expect(throws: JWTError.keyEncrypted) { try SigningKey(privateKey: text) }
        #expect(throws: JWTError.keyPassphraseWrong) {
          try SigningKey(privateKey: Secret(text), passphrase: Secret("battery staple"))
        }
        #expect(throws: JWTError.keyMalformed(wanted: .publicKey, found: .encryptedPrivateKey)) {
          try VerificationKey(publicKey: text)
        }
        opened += 1
      }
    }
    #expect(opened == 9)
  }

  @Test("every format of a key gives the same key, by its thumbprint and its JWK's kid")
  func thumbprints() throws {
    for name in ["rsa2048", "p256", "p384", "p521", "secp256k1", "ed25519", "ed448"] {
      let kid = Interop.json["keys"]![name]!["kid"]!.string!
      for format in [
        "spki public PEM", "pkcs1 public PEM", "x509 certificate PEM", "openssh public line",
        "spki public DER bytes", "jwk public JSON text",
      ] {
        guard let text = Self.text(format, name) else { continue }
        let key = try VerificationKey(publicKey: Secret(copying: text.span))
        #expect(key.thumbprint == kid, "\(name) \(format)")
        let again = try VerificationKey(jwk: #require(key.jwkRepresentation).text)
        #expect(again.thumbprint == kid && again.type == key.type)
      }
      let jwk = Interop.json["keys"]![name]!["jwk_private"]!.text
      #expect(try SigningKey(jwk: jwk).verificationKey.thumbprint == kid)
    }
  }

  @Test("jwk: each is loaded or refused as PyJWK does it, or is listed")
  func jwks() async throws {
    let vectors = Interop.vectors("jwk")
    #expect(vectors.count == 56)
    try await Deviations.compare(
      vectors, section: "jwk", verdict: ("result", "ok")
    ) { vector in
      let jwk = vector["jwk"]!
      let text = Secret(jwk.string ?? jwk.text)
      let wanted = vector["algorithm_argument"]?.string
      // PyJWK takes an algorithm with the key; in Jot the verifier takes it.
      if let wanted, Algorithm(rawValue: wanted) == nil { return false }
      let algorithm = (wanted ?? vector["algorithm"]?.string).flatMap(Algorithm.init(rawValue:))
      let isPrivate = jwk["d"] != nil && jwk["kty"]?.string != "oct"
      let algorithms =
        isPrivate
        ? (try? SigningKey(jwk: text, allowingShort: true))?.algorithms
        : (try? VerificationKey(jwk: text, allowingShort: true))?.algorithms
      guard let algorithms else { return false }
      return algorithm.map { algorithms.contains($0) } ?? true
    }
  }

  @Test("jwk_sets: each is loaded or refused as PyJWKSet does it, or is listed")
  func sets() async throws {
    let vectors = Interop.vectors("jwk_sets")
    #expect(vectors.count == 8)
    try await Deviations.compare(
      vectors, section: "jwk_sets", verdict: ("result", "ok")
    ) { vector in
      guard let set = try? KeySet(jwks: vector["jwks"]!.string ?? vector["jwks"]!.text) else {
        return false
      }
      #expect(set.keys.map(\.keyID) == vector["kids"]?.array?.map(\.string), "\(vector.text)")
      return true
    }
  }

  @Test("pyjwk_decode: a JWK and a list of algorithms decide as in PyJWT, or it is listed")
  func decode() async throws {
    let vectors = Interop.vectors("pyjwk_decode")
    #expect(vectors.count == 12)
    try await Deviations.compare(
      vectors, section: "pyjwk_decode", verdict: ("result", "accept")
    ) { vector in
      // Swift's types can't express a missing list, an empty list or a missing key.
      guard case .object(let members)? = vector["jwk"] else { return false }
      let listed = vector["algorithms"]?.array?.compactMap(\.string)
      if listed?.isEmpty ?? false { return false }
      // PyJWK's one algorithm: the argument, else alg, else the first of its type.
      var jwk = members
      let untyped = try VerificationKey(jwk: JSON.object(members).text)
      let one = vector["algorithm_argument"]?.string ?? untyped.algorithms[0].rawValue
      jwk.append(.init("alg", .string(one)))
      let key = try VerificationKey(jwk: JSON.object(jwk).text)
      let algorithms = listed?.compactMap(Algorithm.init(rawValue:)) ?? key.algorithms
      guard let verifier = try? Verifier(key: key, algorithms: algorithms) else { return false }
      return (try? verifier.verify(vector["token"]!.string!)) != nil
    }
  }
}
