import Foundation
import Jot
import Testing

@Suite("Keys")
struct KeyTests {
  // TEST KEYS: never use them.
  static let keys = TestKeys.shared

  @Test("reads every form of an RSA key that PyJWT reads")
  func forms() throws {
    for name in ["rsa2048", "rsa3072", "rsa4096"] {
      let key = try #require(Self.keys[name])
      for text in [key.privatePkcs8Pem, key.privatePkcs1Pem] {
        _ = try SigningKey(privateKey: #require(text))
      }
      for text in [key.publicSpkiPem, key.publicPkcs1Pem] {
        _ = try VerificationKey(publicKey: #require(text))
      }
    }
  }

  @Test("tolerates common changes of a PEM text: line ends, indents, comments, all in one line")
  func tolerance() throws {
    let text = try #require(Self.keys["rsa2048"]?.publicSpkiPem)
    let lines = text.split(separator: "\n").map(String.init)
    for variant in [
      lines.joined(separator: "\r\n"), lines.joined(separator: "\n"), "\n" + text,
      lines.map { "   \($0)" }.joined(separator: "\n"), "# a comment\n" + text + "\n\n",
      lines[0] + "\n" + lines.dropFirst().dropLast().joined() + "\n" + lines[lines.count - 1],
      lines.joined(),
    ] {
      _ = try VerificationKey(publicKey: variant)
    }
  }

  @Test("names the format found if it is not the required one")
  func wrongForms() throws {
    let rsa = try #require(Self.keys["rsa2048"])
    let publicText = try #require(rsa.publicSpkiPem)
    let privateText = try #require(rsa.privatePkcs8Pem)
    let ec = try #require(Self.keys["p256"]?.publicSpkiPem)
    func found(_ text: String) -> JWTError? {
      do throws(JWTError) {
        _ = try VerificationKey(publicKey: text)
        return nil
      } catch {
        return error
      }
    }
    func malformed(_ found: JWTError.KeyText) -> JWTError {
      .keyMalformed(wanted: .publicKey, found: found)
    }
    // A verifier refuses private keys in text too, not only by type.
    #expect(found(privateText) == malformed(.privateKey))
    #expect(found(rsa.privatePkcs1Pem ?? "") == malformed(.privateKey))
    #expect(found(ec) == nil)
    #expect(found("") == malformed(.empty))
    #expect(found("SECRET") == malformed(.unknown))
    #expect(found(publicText + publicText)?.description.contains("has 2 public keys") == true)
    #expect(found(String(publicText.prefix(200))) == malformed(.openPEM))
    #expect(found(publicText.replacing("PUBLIC", with: "CERTIFICATE")) == malformed(.otherPEM))
    #expect(found(publicText.replacing("PUBLIC KEY", with: "CERTIFICATE")) == nil)
    #expect(found(publicText.replacing("MII", with: "MIJ")) == malformed(.brokenPEM))
    #expect(
      found(publicText.replacing("-----END", with: "AAAA\n-----END")) == malformed(.brokenPEM),
      "nothing hides behind a key")
    #expect(throws: JWTError.keyMalformed(wanted: .privateKey, found: .publicKey)) {
      try SigningKey(privateKey: publicText)
    }
    let encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n-----END ENCRYPTED PRIVATE KEY-----\n"
    #expect(throws: JWTError.keyMalformed(wanted: .privateKey, found: .brokenPEM)) {
      try SigningKey(privateKey: encrypted)
    }
    let small = try #require(Self.keys["rsa1024"])
    #expect(throws: JWTError.keyTooSmall(bits: 1024)) {
      try SigningKey(privateKey: small.privatePkcs8Pem ?? "")
    }
    #expect(found(small.publicSpkiPem ?? "") == .keyTooSmall(bits: 1024))
  }

  @Test("a private key whose numbers don't match is refused")
  func pairs() throws {
    let one = try #require(Self.keys["rsa2048"]?.privatePkcs1Pem)
    var lines = one.split(separator: "\n").map(String.init)
    // Reverse a line in the middle of the private numbers.
    lines[12] = String(lines[12].reversed())
    #expect(throws: JWTError.self) { try SigningKey(privateKey: lines.joined(separator: "\n")) }
  }

  @Test(
    "text that looks like a key is refused as a secret, wherever it is in the text",
    arguments: [
      "-----BEGIN PUBLIC KEY-----", "x\n-----BEGIN RSA PUBLIC KEY-----\ny",
      "---- BEGIN SSH2 PUBLIC KEY ----",
      "ssh-rsa AAAAB3NzaC1yc2E", "  ssh-ed25519 AAAA", "\u{feff}ecdsa-sha2-nistp256 AAAA",
      #"{"kty":"RSA","n":"x"}"#, #" [{"kty":"oct"}]"#, #"{"keys":[{"kty":"RSA"}]}"#,
      "\u{feff}{\"kty\":\"RSA\"}", #"{"\u006bty":"RSA"}"#, #"{"a":{"b":[{"kty":1}]}}"#,
    ])
  func keyLike(text: String) {
    for allowing in [false, true] {
      #expect {
        try VerificationKey(secret: Secret(text), allowingShort: allowing)
      } throws: { error in
        (error as? JWTError)?.code.rawValue == "key_looks_asymmetric"
      }
    }
  }

  @Test("a public key is refused as a secret in every published format")
  func disguises() throws {
    let pem = try #require(Self.keys["rsa2048"]?.publicSpkiPem)
    let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
    let der = Array(try #require(Data(base64Encoded: body)))
    let jwk = #"{"kty":"RSA","n":"x"}"#
    let utf16 = [pem, jwk, "ssh-rsa AAAA"].map { $0.utf16.flatMap { [UInt8($0 & 0xff), 0] } }
    let forms: [[UInt8]] =
      utf16 + [
        der, der + [0x0a], Array(body.utf8), Array(Data(pem.utf8).base64EncodedString().utf8),
        Array(der.map { String(format: "%02x", $0) }.joined().utf8), [0xff, 0xfe] + utf16[0],
        Array(#""{\"kty\":\"RSA\"}""#.utf8),
      ]
    for (index, form) in forms.enumerated() {
      #expect(throws: JWTError.self, "form \(index)") {
        try VerificationKey(secret: Secret(copying: form.span))
      }
    }
    // Other text stays a secret: random base64, hex and JSON.
    for text in ["MIIB", String(repeating: "01", count: 32), #"{"k":"ty"}"#, "30820122300d"] {
      _ = try VerificationKey(secret: Secret(text), allowingShort: true)
    }
  }

  @Test("a key is refused as a secret also if its text is cut, has NULs or unusual lengths")
  func cutDisguises() throws {
    let pem = try #require(Self.keys["rsa2048"]?.publicSpkiPem)
    let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
    let der = Array(try #require(Data(base64Encoded: body)))
    let jwk = #"{"kty":"oct"}"#
    func utf16(_ text: String, isBig: Bool) -> [UInt8] {
      text.utf16.flatMap { isBig ? [0, UInt8($0 & 0xff)] : [UInt8($0 & 0xff), 0] }
    }
    let encoded = Data(jwk.utf8).base64EncodedString()
    let long: [UInt8] = [0x30, 0x85, 0, 0, 0] + Array(der[2...])
    let letters = Array(body.utf8)
    // The tool removes a line end: half a unit of UTF-16 is left.
    var forms = [body, pem, encoded].flatMap { text in
      [true, false].map { Array(utf16(text + "\n", isBig: $0).dropLast()) }
    }
    forms.append([0, 0] + utf16(body, isBig: false))
    forms.append(Array(letters[..<9]) + [0] + Array(letters[9...]))
    forms.append(Array(encoded.utf8))
    // A length of five bytes, as OpenSSL reads it.
    forms.append(long)
    for (index, form) in forms.enumerated() {
      #expect(throws: JWTError.self, "form \(index)") {
        try VerificationKey(secret: Secret(copying: form.span), allowingShort: true)
      }
    }
    // What only a stray byte keeps from being a key is no key for the loaders.
    for text in [long, Array("ssh-ed25519\0AAAAC3Nz".utf8)] {
      #expect(throws: JWTError.self) { try VerificationKey(publicKey: Secret(copying: text.span)) }
    }
  }

  @Test("an empty secret and one repeated byte are refused, also when short ones are allowed")
  func weak() throws {
    let short = String(repeating: "short", count: 6) + "s"
    for allowing in [false, true] {
      #expect(throws: JWTError.keyEmpty) {
        try SigningKey(secret: Secret(""), allowingShort: allowing)
      }
      for byte in [0, 1, 0x30, 0x6b, 0x80, 0xff] as [UInt8] {
        for count in [1, 2, 31, 32, 64, 1000] {
          let bytes = [UInt8](repeating: byte, count: count)
          #expect(throws: JWTError.keyWeak) {
            try SigningKey(secret: Secret(copying: bytes.span), allowingShort: allowing)
          }
          #expect(throws: JWTError.keyWeak) {
            try VerificationKey(secret: Secret(copying: bytes.span), allowingShort: allowing)
          }
          let k = Data(bytes).base64EncodedString().replacing("+", with: "-")
            .replacing("/", with: "_").replacing("=", with: "")
          let jwk = #"{"kty":"oct","kid":"\#(count)","k":"\#(k)"}"#
          #expect(throws: JWTError.keyWeak) {
            try SigningKey(jwk: Secret(jwk), allowingShort: allowing)
          }
          #expect(throws: JWTError.keyWeak) {
            try VerificationKey(jwk: Secret(jwk), allowingShort: allowing)
          }
          #expect(throws: JWTError.keySetEmpty) {
            try KeySet(jwks: Secret(#"{"keys":[\#(jwk)]}"#), allowingShort: allowing)
          }
          // One other byte at any offset makes it a valid secret.
          for offset in [0, count / 2, count - 1] where count > 1 {
            var other = bytes
            other[offset] ^= 0x55
            _ = try SigningKey(secret: Secret(copying: other.span), allowingShort: true)
          }
        }
      }
    }
    #expect(throws: JWTError.keyTooShort(needed: 32, has: 31)) {
      try Signer(key: SigningKey(secret: Secret(short)), algorithm: .hs256)
    }
    let key = try VerificationKey(secret: Secret(short + "s"))
    _ = try Verifier(key: key, algorithms: [.hs256])
    #expect(throws: JWTError.keyTooShort(needed: 48, has: 32)) {
      try Verifier(key: key, algorithms: [.hs256, .hs384])
    }
    _ = try Signer(key: SigningKey(secret: Secret("xy"), allowingShort: true), algorithm: .hs512)
  }

  @Test("a key's description contains no part of it")
  func redaction() throws {
    let text = "a secret that must not be printed, 64 bytes of it or some more......"
    let pem = try #require(Self.keys["rsa2048"]?.privatePkcs8Pem)
    let things: [Any] = [
      try SigningKey(secret: Secret(text)), try VerificationKey(secret: Secret(text)),
      try SigningKey(privateKey: pem),
      try Signer(key: SigningKey(secret: Secret(text)), algorithm: .hs256),
      try Verifier(key: VerificationKey(secret: Secret(text)), algorithms: [.hs256]),
    ]
    for thing in things {
      var dumped = ""
      dump(thing, to: &dumped)
      let shown = "\(thing) \(String(reflecting: thing)) \(dumped)"
      #expect(!shown.contains("must not") && !shown.contains("PRIVATE") && shown.count < 1200)
    }
  }

  @Test("algorithms of another family are refused when a verifier or signer is made")
  func families() throws {
    let secret = try SigningKey(secret: Secret(String(repeating: "secret", count: 12)))
    let pem = try #require(Self.keys["rsa2048"]?.publicSpkiPem)
    #expect(throws: JWTError.algorithmKeyMismatch) { try Signer(key: secret, algorithm: .rs256) }
    #expect(throws: JWTError.algorithmKeyMismatch) {
      try Verifier(key: VerificationKey(publicKey: pem), algorithms: [.hs256])
    }
  }
}

/// The keys of the interop file.
enum TestKeys {
  struct Key: Decodable {
    let privatePkcs8Pem: String?
    let privatePkcs1Pem: String?
    let publicSpkiPem: String?
    let publicPkcs1Pem: String?

    enum CodingKeys: String, CodingKey {
      case privatePkcs8Pem = "private_pkcs8_pem"
      case privatePkcs1Pem = "private_pkcs1_pem"
      case publicSpkiPem = "public_spki_pem"
      case publicPkcs1Pem = "public_pkcs1_pem"
    }
  }

  /// A key of every type that serves `algorithm`.
  static func signingKeys(for algorithm: Algorithm) throws -> [SigningKey] {
    let names: [KeyType: String] = [
      .rsa: "rsa2048", .p256: "p256", .p384: "p384", .p521: "p521", .secp256k1: "secp256k1",
      .ed25519: "ed25519", .ed448: "ed448",
    ]
    return try KeyType.allCases.filter { $0.algorithms.contains(algorithm) }.map { type in
      guard let name = names[type] else {
        return try SigningKey(secret: Secret(VerifierTests.secret))
      }
      return try SigningKey(privateKey: #require(shared[name]?.privatePkcs8Pem))
    }
  }

  static let shared: [String: Key] = {
    struct File: Decodable { let keys: [String: Key] }
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Vectors/fastapi-users-interop.json")
    return try! JSONDecoder().decode(File.self, from: Data(contentsOf: file)).keys
  }()
}
