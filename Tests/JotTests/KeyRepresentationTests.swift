import Foundation
import Jot
import TestSupport
import Testing

/// Keys as they are generated, published and stored.
@Suite("Key representations")
struct KeyRepresentationTests {
  static let types = KeyType.allCases.filter { $0 != .secret }

  /// A generated key of each type. Its ID needs escapes.
  static let keys: [KeyType: SigningKey] = {
    var keys: [KeyType: SigningKey] = [:]
    for type in types { keys[type] = try! .generate(type, bits: 2048, keyID: id) }
    return keys
  }()
  static let id = "key \"1\"\\é🔑"

  @Test(
    "a generated key signs with every algorithm of its type, and its public key verifies",
    arguments: types)
  func generated(type: KeyType) throws {
    let key = try #require(Self.keys[type])
    #expect(key.type == type && key.keyID == Self.id && key.algorithms == type.algorithms)
    let publicKey = try #require(key.publicKey)
    #expect(publicKey.thumbprint == key.verificationKey.thumbprint)
    #expect(publicKey.keyID == Self.id && publicKey.type == type)
    let other = try SigningKey.generate(type, bits: 2048)
    #expect(other.publicKey?.thumbprint != publicKey.thumbprint)
    // Without an ID, the thumbprint.
    #expect(other.keyID == other.verificationKey.thumbprint && other.keyID != nil)
    for algorithm in type.algorithms {
      #expect(try Self.isSigned(by: key, with: algorithm, for: publicKey))
      #expect(try !Self.isSigned(by: other, with: algorithm, for: publicKey))
    }
  }

  @Test("a private key's PEM is the one that OpenSSL writes", arguments: types)
  func sameAsOpenSSL(type: KeyType) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for bits in type == .rsa ? [2048, 2050, 3072, 4096] : Array(repeating: 0, count: 8) {
      let pem = try #require(Self.pem(SigningKey.generate(type, bits: bits)))
      let file = folder.appending(path: "key.pem")
      try Data(pem.utf8).write(to: file)
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["openssl", "pkey", "-in", file.path]
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = FileHandle.nullDevice
      try process.run()
      let written = try pipe.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      if process.terminationStatus == 127 { try skip("no openssl command") }
      #expect(String(decoding: written, as: UTF8.self) == pem)
    }
  }

  @Test("a private key's PEM and JWK load as the same key", arguments: types)
  func reloads(type: KeyType) throws {
    let key = try #require(Self.keys[type])
    let (pem, jwk) = (Self.pem(key), Self.jwk(key))
    let fromPEM = try SigningKey(privateKey: #require(pem))
    let fromJWK = try SigningKey(jwk: #require(jwk))
    // The general door reads a JWK too.
    let fromText = try SigningKey(privateKey: #require(jwk))
    for reloaded in [fromPEM, fromJWK, fromText] {
      #expect(reloaded.type == type && reloaded.algorithms == key.algorithms)
      #expect(reloaded.verificationKey.thumbprint == key.verificationKey.thumbprint)
      #expect(reloaded.bitCount == key.bitCount)
      for algorithm in type.algorithms {
        #expect(try Self.isSigned(by: reloaded, with: algorithm, for: key.verificationKey))
        #expect(try Self.isSigned(by: key, with: algorithm, for: reloaded.verificationKey))
      }
      // What was loaded is written the same.
      #expect(Self.pem(reloaded) == pem)
    }
    // PEM has no place for an ID.
    #expect(fromPEM.keyID == nil)
    for reloaded in [fromJWK, fromText] {
      #expect(reloaded.keyID.map { Array($0.utf8) } == Array(Self.id.utf8))
      #expect(Self.jwk(reloaded) == jwk)
    }
    // The caller's ID takes precedence over the JWK's.
    #expect(try SigningKey(jwk: #require(jwk), keyID: "mine").keyID == "mine")
    #expect(throws: JWTError.self) { try VerificationKey(publicKey: #require(pem)) }
    #expect(throws: JWTError.self) { try VerificationKey(jwk: #require(jwk)) }
  }

  @Test("a JWK has its only algorithm in alg, and no alg if there are several", arguments: types)
  func algorithms(type: KeyType) throws {
    let key = try #require(Self.keys[type])
    let jwk = try #require(Self.jwk(key))
    let only = type.algorithms.count == 1 ? type.algorithms[0] : nil
    for json in [try JSON(object: jwk), try #require(key.publicKey?.jwkRepresentation)] {
      #expect(json["alg"]?.string == only?.rawValue && json["use"] == "sig")
    }
    for algorithm in type.algorithms where only == nil {
      let named = try SigningKey(jwk: #"{"alg":"\#(algorithm.rawValue)","# + jwk.dropFirst())
      #expect(named.algorithms == [algorithm])
      let text = try #require(Self.jwk(named))
      #expect(try JSON(object: text)["alg"]?.string == algorithm.rawValue)
      let again = try SigningKey(jwk: text)
      #expect(again.algorithms == [algorithm] && again.verificationKey.algorithms == [algorithm])
      let publicKey = try VerificationKey(
        jwk: #require(named.publicKey?.jwkRepresentation?.text))
      #expect(publicKey.algorithms == [algorithm])
    }
  }

  @Test(
    "a private JWK is one strict object without whitespace, of canonical numbers", arguments: types)
  func jwk(type: KeyType) throws {
    let key = try #require(Self.keys[type])
    let text = try #require(Self.jwk(key))
    let json = try JSON(object: text)
    // The ID has the only space.
    let escaped = try #require(json["kid"]).text
    #expect(text.replacing(escaped, with: "").utf8.allSatisfy { 0x20 < $0 && $0 < 0x7f })
    guard case .object(let members) = json else { return }
    let (widths, others) = Self.members(type)
    let names: [String] = Array(widths.keys) + others
    #expect(Set(members.map(\.name)) == Set(names).union(["kid", "kty", "use"]))
    for (name, width) in widths {
      let number = try #require(json[name]?.string)
      let bytes = try Base64URL.decode(number)
      #expect(Base64URL.encode(bytes) == number)
      // A curve's numbers have its width; RSA's have no zeros in front (RFC 7518 §2, §6.2.2).
      if let width { #expect(bytes.count == width, "\(name)") } else { #expect(bytes.first != 0) }
    }
    // The public half is the public JWK.
    let publicJWK = try #require(key.publicKey?.jwkRepresentation)
    guard case .object(let publicMembers) = publicJWK else { return }
    for member in publicMembers { #expect(json[member.name] == member.value) }
  }

  @Test("a number with zeros in front keeps its width: the private key 1 of a curve")
  func padding() throws {
    let one = { String(repeating: "A", count: $0 - 1) }
    for (type, jwk) in [
      (
        .p256,
        #"{"crv":"P-256","kty":"EC","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","#
          + #""y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU","alg":"ES256","use":"sig","#
          + #""d":"\#(one(43))E"}"#
      ),
      (
        .p521,
        #"{"crv":"P-521","kty":"EC","x":"AMaFjga3BATpzZ4-y2YjlbRCnGSBOQU_tSH4KK9ga009uqFLXnfv51k"#
          + #"o_h3BJ6L_qN4zSLPBhWpCm_l-fjHC5b1m","y":"ARg5KWp4mjvABFyKX7QsfRvZmPVESVebRGgXr70XJz5m"#
          + #"LJfucple9CZAxVC5AT-tB2E1PHCGonLCQIi-lHaf0WZQ","use":"sig","d":"\#(one(88))B"}"#
      ),
    ] as [(KeyType, String)] {
      let key = try SigningKey(jwk: jwk)
      #expect(key.type == type && Self.jwk(key) == jwk)
      let pem = try SigningKey(privateKey: #require(Self.pem(key)))
      #expect(Self.jwk(pem) == jwk)
    }
  }

  @Test("RFC 8037's key is written as it is in the RFC, and as RFC 8410 stores it")
  func edwards() throws {
    let key = try SigningKey(
      jwk: #"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","#
        + #""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)
    #expect(
      Self.jwk(key)
        == #"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","#
        + #""use":"sig","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#)
    #expect(
      Self.pem(key) == """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----

        """)
    #expect(key.publicKey?.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
  }

  @Test(
    "a public key's PEM and JWK load as the same key and hold nothing private", arguments: types)
  func publicKeys(type: KeyType) throws {
    let key = try #require(Self.keys[type])
    let publicKey = try #require(key.publicKey)
    let pem = try #require(publicKey.pemRepresentation)
    let json = try #require(publicKey.jwkRepresentation)
    let fromPEM = try VerificationKey(publicKey: pem)
    let fromJWK = try VerificationKey(jwk: json.text)
    for reloaded in [fromPEM, fromJWK] {
      #expect(reloaded.type == type && reloaded.thumbprint == publicKey.thumbprint)
      #expect(reloaded.pemRepresentation == pem)
      #expect(try Self.isSigned(by: key, with: type.algorithms[0], for: reloaded))
    }
    #expect(fromPEM.keyID == nil && fromJWK.keyID == Self.id && fromJWK.jwkRepresentation == json)
    #expect(throws: JWTError.self) { try SigningKey(privateKey: pem) }
    #expect(throws: JWTError.self) { try SigningKey(jwk: json.text) }

    let privateJWK = try JSON(object: #require(Self.jwk(key)))
    let body = pem.split(separator: "\n").dropFirst().dropLast().joined()
    let der = try #require(Data(base64Encoded: body))
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
      #expect(json[name] == nil)
      guard let number = privateJWK[name]?.string else { continue }
      #expect(!json.text.contains(number))
      #expect(der.range(of: Data(try Base64URL.decode(number))) == nil, "\(name)")
    }
    #expect(json["k"] == nil && json["oth"] == nil)
  }

  @Test("a secret is not written in any format, and has no public key")
  func secrets() throws {
    let text = "a secret of a JWK, more than sixty-four bytes, 0123456789 0123456789"
    let jwk = #"{"kty":"oct","kid":"1","k":"\#(Base64URL.encode(Array(text.utf8)))"}"#
    for key in [
      try SigningKey.generate(.secret), try SigningKey(secret: Secret(text)),
      try SigningKey(jwk: jwk),
    ] {
      #expect(Self.pem(key) == nil)
      #expect(Self.jwk(key) == nil)
      #expect(key.verificationKey.pemRepresentation == nil)
      #expect(key.verificationKey.jwkRepresentation == nil)
      #expect(key.verificationKey.thumbprint == nil && key.publicKey == nil)
    }
  }

  @Test("a generated secret signs with every hash, and no two are equal")
  func generatedSecrets() throws {
    let (one, other) = (
      try SigningKey.generate(.secret, keyID: "1"), try SigningKey.generate(.secret, bits: 1)
    )
    #expect(one.type == .secret && one.keyID == "1" && other.keyID == nil)
    #expect(one.bitCount == 512 && other.bitCount == 512)
    for algorithm in [Algorithm.hs256, .hs384, .hs512] {
      #expect(try Self.isSigned(by: one, with: algorithm, for: one.verificationKey))
      #expect(try !Self.isSigned(by: other, with: algorithm, for: one.verificationKey))
    }
  }

  @Test(
    "an RSA key of fewer than 2048 or more than 8192 bits is not generated",
    arguments: [
      (.min, false), (-1, false), (0, false), (1024, false), (2047, false), (8193, true),
      (16384, true), (0x1_0000_0c00, true), (.max, true),
    ] as [(Int, Bool)])
  func bounds(bits: Int, isLarge: Bool) {
    let error: JWTError = isLarge ? .keyTooLarge(bits: bits) : .keyTooSmall(bits: bits)
    #expect(throws: error) { try SigningKey.generate(.rsa, bits: bits) }
    #expect(error.bits == bits)
  }

  @Test("an RSA key has the requested bits, of an odd number one more")
  func sizes() throws {
    let odd = try SigningKey.generate(.rsa, bits: 2051)
    #expect(odd.bitCount == 2052)
    let jwk = try SigningKey(jwk: #require(Self.jwk(odd)))
    let pem = try SigningKey(privateKey: #require(Self.pem(odd)))
    for key in [odd, jwk, pem] {
      #expect(try Self.isSigned(by: key, with: .ps256, for: odd.verificationKey))
    }
    #expect(try SigningKey.generate(.rsa).bitCount == 3072)
    // Curves have their own sizes.
    #expect(try SigningKey.generate(.p384, bits: 1).bitCount == 384)
  }

  @Test("an RSA key of three primes is refused: its JWK would lack one")
  func threePrimes() throws {
    // TEST KEY: never use it. Made with: openssl genrsa -primes 3 2048
    let pem = """
      -----BEGIN PRIVATE KEY-----
      MIIE9AIBADANBgkqhkiG9w0BAQEFAASCBN4wggTaAgEBAoIBAQCqyB3po5u6r78e
      /8AQFAecf2Ua8ABwX26DQsT++y2IdA90Fn7Q7TXWuXACbDHSWGKbp5iJZI49CKwv
      oshTkY+bIJP/1gVouMnoOmorr4Q/AFDrAPiU+8uQcNuXA7duNuN5i/3h8UyUQHV7
      F9nwzSjiJ3dtaUNvZN1YYBu2WvwIF19YPqpPJsG4/sMSow3tQ3TIodsPl/4xV2+N
      +Yk/gscpKT5DhVDRQvdLSnfjZIfMqo0tEFVjL/FD6dczc0Gy9l3NsXZc3w2d/e3d
      gY/kSt5L0Bs7UTn3NShzQt7aegJa4GDCVCPJiDL7VFWj/Hj0vzYOvupz7JkW/vQF
      Cw+VywOdAgMBAAECggEBAKFhMur5wIm70yVO1UYcN0kKFRdMXY3SkBKXQKIV5mQA
      EC5Jp5Jz5SE/3/laFgZHoP6nc3u5OrOwA02MTDKz5PjY4yGpMzlPDPRWZsdbNuN1
      wAEhzMRVztJ+qryUXBGG97Lt0d/mPomMhGlOg3Xz01mmnq4nc85kMmN6UeWFaglB
      Lhvx3qD5XhsooLI5Z4ddmjKmSkETSkRePbx44TSYi68s0fbQFfNinKjYs+/VetnK
      wWZGjiV/f919B1ClAKbJmJCaOMasoVgcjSEJ2qJDhT4w2XUnGhLEPcsUFs10iFQT
      VBsH89hjF/cYx+94jvA9DsM+5ITeV23NFNzZmmJ3sfECVgdIRkFvxUtXx4Ti+Z+z
      f+gjvHrk3JMmFhfyspPNxDQiKeGE1OKHrPxyOVFGIEPziYMZt91pmv00Y2iW07uU
      JCHmtwV96QH/AaDdr48eejxS8Iag/QqDAlYHL1TLaAfhOoMclCpzT76vapEbLw3Q
      DJ44TAs/z+vpo1jVt6LMKaiFROMlK/azov7qdhfOv822VZ+oYnDOTUzsnLwiqNj3
      nRcp1YRbx00m3R2XOmHSjQJWA+3TsfR67waCKElJwwdWqEm3pFqcQ2wWGX+hJ6uq
      AzK3g+xl636mL2H1WMtMFz1rYOdcU0JqE9jTFZfizt7Di+LttjHTqHcMSt2wnbgk
      3S0mhoyPWb8CVgXoDxk4aGHrrCUuWMd64xNp0+g5Am3qMZeuTAEleJcVRc5LrHWS
      OYt1WhYQ0jpS4KT2eBPq8b3XHe1bH8k5GufY4YDMtbC5X3VwpeKdMPumAtFzmT9x
      AlYEHrmNKqu2jlbHg2jS1yAszI/JRsBcfZZMgB/nxhmem86OdV/rMP78W5DMaMMD
      7h+mD04HhxZQYDDHTXtZ/dxM0ZbJSrnhoFVk6tfP29IEQX3PwWPNdTCCAQwwggEI
      AlYDQ5YqCUeyKN5g/OVsy3lrWdYRAfniI+6MwmkWWmyM+bEwdYmUNNbvxbL0VIik
      skNJdmnAx5ouJyTdF0wfp3bmKl+eBQPeEWQ+5wiJD0M7lj3uqFz0mwJWAo+Lx/7v
      2L5neP/vnqMj5yzb3QwH13sJNDVx7K+UaiWa9cHA5h1uYz5fX4DSkyOn1oKoBS6T
      r5HWQf59Inhnt7uWuIqGtjo+w3rOH3lx7dW5UPuVsfECVgLFNVp9DqSU4UfgZLOv
      Q6TiZaoDrJ18Hqu0/6ulli9aAVE14/Rn0VkAAWR8ExB9qlVvIolP6NKQLqQiWHVk
      QGmEO8WsZqdjz+DzsK7nrqphR6SVgLhz
      -----END PRIVATE KEY-----
      """
    #expect(throws: JWTError.self) { try SigningKey(privateKey: pem) }
    // The same without PKCS#8 around it.
    let body = pem.split(separator: "\n").dropFirst().dropLast().joined()
    let inner = try #require(Data(base64Encoded: body)).dropFirst(26).base64EncodedString()
    #expect(throws: JWTError.self) {
      try SigningKey(
        privateKey: "-----BEGIN RSA PRIVATE KEY-----\n\(inner)\n-----END RSA PRIVATE KEY-----\n")
    }
  }

  @Test("an RSA key without its primes is not written: either format requires them of Jot")
  func noPrimes() throws {
    let key = try #require(Self.keys[.rsa])
    let full = try JSON(object: #require(Self.jwk(key)))
    let members = ["kty", "n", "e", "d"].map { JSON.Member($0, full[$0] ?? nil) }
    let bare = try SigningKey(jwk: JSON.object(members).text)
    #expect(bare.verificationKey.thumbprint == key.verificationKey.thumbprint)
    #expect(try Self.isSigned(by: bare, with: .rs256, for: key.verificationKey))
    #expect(Self.pem(bare) == nil && Self.jwk(bare) == nil)
    #expect(bare.publicKey?.pemRepresentation == key.publicKey?.pemRepresentation)
  }

  @Test(
    "a key, printed or dumped, shows its type's name and nothing else", arguments: KeyType.allCases)
  func printed(type: KeyType) throws {
    let key = try Self.keys[type] ?? .generate(.secret, keyID: Self.id)
    for (thing, name) in [
      (key, "SigningKey"), (key.verificationKey, "VerificationKey"),
      (key.publicKey ?? key.verificationKey, "VerificationKey"),
    ] as [(Any, String)] {
      #expect("\(thing)" == "Jot.\(name)" && String(reflecting: thing) == "Jot.\(name)")
      var dumped = ""
      dump(thing, to: &dumped)
      #expect(dumped == "- Jot.\(name) #0\n")
      #expect(Mirror(reflecting: thing).children.isEmpty)
    }
  }

  // MARK: - What the tests share

  /// Whether a token that `key` signs verifies with `other`.
  private static func isSigned(
    by key: SigningKey, with algorithm: Algorithm, for other: VerificationKey
  ) throws -> Bool {
    let token = try Signer(key: key, algorithm: algorithm).sign(["sub": "x"])
    let verifier = try Verifier(key: other, algorithms: [algorithm])
    do throws(JWTError) {
      return try verifier.verify(token).subject == "x"
    } catch {
      #expect(error == .signatureInvalid)
      return false
    }
  }

  /// A key's representations as texts.
  private static func pem(_ key: SigningKey) -> String? { text(key.pemRepresentation) }
  private static func jwk(_ key: SigningKey) -> String? { text(key.jwkRepresentation) }

  private static func text(_ secret: consuming Secret?) -> String? {
    guard let secret else { return nil }
    return secret.withBytes { bytes in
      String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
    }
  }

  /// The numbers of a private JWK with their bytes, nil if those vary; and its other members
  /// besides `kid`, `kty` and `use`.
  private static func members(_ type: KeyType) -> ([String: Int?], [String]) {
    func curve(_ width: Int) -> [String: Int?] { ["x": width, "y": width, "d": width] }
    func edwards(_ width: Int) -> [String: Int?] { ["x": width, "d": width] }
    switch type {
    case .rsa:
      return (
        ["n": 256, "e": 3, "d": nil, "p": 128, "q": 128, "dp": nil, "dq": nil, "qi": nil], []
      )
    case .p256, .secp256k1: return (curve(32), ["crv", "alg"])
    case .p384: return (curve(48), ["crv", "alg"])
    case .p521: return (curve(66), ["crv"])
    case .ed25519: return (edwards(32), ["crv"])
    case .ed448: return (edwards(57), ["crv"])
    default: return ([:], [])
    }
  }
}
