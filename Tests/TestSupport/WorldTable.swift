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
  private static let es = "labels_ec"
  private static let rsa = "labels_rsa"

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

  private static func text(_ bytes: Span<UInt8>) -> String {
    String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
  }

  private func bytes(_ key: String, _ form: String) -> [UInt8] {
    let text = file.keys[key]![form]!
    return form.hasSuffix("_base64") ? Array(Data(base64Encoded: text)!) : Array(text.utf8)
  }

  private func text(_ key: String, _ form: String) -> String { file.keys[key]![form]! }

  private func thumbprint(_ key: String) throws -> String {
    try VerificationKey(publicKey: text(key, "public_pem")).thumbprint!
  }

  private func reads(_ keys: String...) throws -> WorldCase.Verdict {
    .reads(try keys.map(thumbprint))
  }

  /// The public JWK of a key with these members replaced, or removed if nil.
  private func jwk(_ key: String, _ changes: [String: JSON?] = [:]) throws -> String {
    let publicKey = try VerificationKey(publicKey: text(key, "public_pem"))
    return Self.text(publicKey.jwkRepresentation!, changes)
  }

  private func privateJWK(_ key: String, _ changes: [String: JSON?] = [:]) throws -> String {
    let secret = try SigningKey(privateKey: text(key, "pkcs8")).jwkRepresentation!
    return Self.text(try JSON(value: secret.withBytes { Self.text($0) }), changes)
  }

  private static func text(_ jwk: JSON, _ changes: [String: JSON?]) -> String {
    guard case .object(var members) = jwk else { return "" }
    members.removeAll { changes.keys.contains($0.name) }
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
      if let value { members.append(JSON.Member(name, value)) }
    }
    return JSON.object(members).text
  }

  private static func set(_ jwks: String...) -> [UInt8] {
    Array(#"{"keys":[\#(jwks.joined(separator: ","))]}"#.utf8)
  }

  private func token(
    _ key: String = Self.es, _ algorithm: Algorithm = .es256, kid: String? = nil,
    type: String? = nil
  ) throws -> String {
    let key = try SigningKey(privateKey: text(key, "pkcs8"))
    return try Signer(key: key, algorithm: algorithm, keyID: kid, type: type).sign(["sub": "x"])
  }

  /// A token with this header and payload.
  private func token(header: String, payload: String = #"{"sub":"x"}"#) throws -> String {
    let key = try SigningKey(privateKey: text(Self.es, "pkcs8"))
    let input = [header, payload].map { Base64URL.encode(Array($0.utf8)) }.joined(separator: ".")
    let signature = try key.signature(of: Array(input.utf8).span, by: .es256)
    return "\(input).\(Base64URL.encode(signature))"
  }

  private var esKey: [UInt8] { bytes(Self.es, "public_pem") }

  // MARK: Kinds 1 to 6: JWKs and sets

  private func nullMembers() throws -> [WorldCase] {
    let names = [
      "alg", "use", "key_ops", "kid", "x5c", "x5t", "oth", "d", "p", "q", "dp", "dq", "qi",
    ]
    var cases = try names.map { name in
      WorldCase(
        1, "public JWK, \(name) null", .publicKey(Array(try jwk(Self.rsa, [name: .null]).utf8)),
        try reads(Self.rsa))
    }
    for name in names.prefix(7) {
      cases.append(
        WorldCase(
          1, "private JWK, \(name) null",
          .privateKey(Array(try privateJWK(Self.rsa, [name: .null]).utf8)), try reads(Self.rsa)))
      cases.append(
        WorldCase(
          1, "set, \(name) null", .keySet(Self.set(try jwk(Self.rsa, [name: .null]))),
          try reads(Self.rsa)))
    }
    let all = Dictionary(uniqueKeysWithValues: names.map { ($0, JSON?.some(.null)) })
    return cases + [
      WorldCase(
        1, "set, all null", .keySet(Self.set(try jwk(Self.es, all), try jwk(Self.rsa, all))),
        try reads(Self.es, Self.rsa)),
      WorldCase(
        1, "n null", .publicKey(Array(try jwk(Self.rsa, ["n": .null]).utf8)),
        .refused(.keyMalformed, ["JWK's n", "export"])),
    ]
  }

  private func sharedID() throws -> [WorldCase] {
    let a: JSON = "a"
    func rsa(_ key: String, _ alg: JSON? = nil, use: JSON = "sig") throws -> String {
      try jwk(key, ["kid": a, "alg": alg, "use": use])
    }
    let (first, second) = (Self.rsa, "legacy_rsa")
    let ec = try jwk(Self.es, ["kid": a])
    let refused = WorldCase.Verdict.refused(.keySetDuplicateID, ["index 0 and 1", "same kid"])
    return [
      WorldCase(
        2, "RS256 and RS512", .keySet(Self.set(try rsa(first, "RS256"), try rsa(second, "RS512"))),
        try reads(first, second)),
      WorldCase(
        2, "RSA and EC", .keySet(Self.set(try rsa(first), ec)), try reads(first, Self.es)),
      WorldCase(
        2, "one key beside two for encryption",
        .keySet(
          Self.set(
            try rsa(second, use: "enc"), try rsa(first), try rsa("pss", use: "enc"))),
        try reads(first)),
      WorldCase(
        2, "an unusable one", .keySet(Self.set(#"{"kty":"AKP","kid":"a"}"#, ec)), try reads(Self.es)
      ),
      WorldCase(
        2, "the same key twice", .keySet(Self.set(try rsa(first), try rsa(first))),
        try reads(first)),
      WorldCase(
        2, "two for RS256",
        .keySet(Self.set(try rsa(first, "RS256"), try rsa(second, "RS256"))), refused),
      WorldCase(
        2, "two without alg", .keySet(Self.set(try rsa(first), try rsa(second))), refused),
      WorldCase(
        2, "one with alg, one without", .keySet(Self.set(try rsa(first), try rsa(second, "PS256"))),
        refused),
    ]
  }

  private func withoutID() throws -> [WorldCase] {
    func jwk(_ key: String, _ kid: JSON? = nil, _ alg: JSON? = nil) throws -> String {
      try self.jwk(key, ["kid": kid, "alg": alg])
    }
    let (ec, rsa) = (try jwk(Self.es, "e"), try jwk(Self.rsa, "r"))
    let several = WorldCase.Verdict.refused(.keyNotFound, ["no kid", "several keys"])
    let none = WorldCase.Verdict.refused(.keyNotFound, ["no kid", "no key of the set fits"])
    let es256 = try token()
    let rs256 = try token(Self.rsa, .rs256)
    return [
      WorldCase(3, "one of two fits", .token(es256, key: Self.set(rsa, ec)), .verifies()),
      WorldCase(3, "the other fits", .token(rs256, key: Self.set(rsa, ec), .rs256), .verifies()),
      WorldCase(
        3, "neither has an ID",
        .token(
          es256, key: Self.set(try jwk(Self.rsa), try jwk(Self.es))), .verifies()),
      WorldCase(
        3, "told apart by alg",
        .token(
          rs256,
          key: Self.set(try jwk(Self.rsa, "1", "RS256"), try jwk("legacy_rsa", "2", "RS512")),
          .rs256), .verifies()),
      WorldCase(
        3, "two fit", .token(es256, key: Self.set(ec, try jwk("chain", "f"))), several),
      WorldCase(
        3, "two RSA keys fit",
        .token(rs256, key: Self.set(rsa, try jwk("legacy_rsa", "2")), .rs256), several),
      WorldCase(
        3, "none fits",
        .token(es256, key: Self.set(rsa, try jwk("legacy_rsa", "2", "RS512"))), none),
    ]
  }

  private func bearer() throws -> [WorldCase] {
    let token = try token()
    let refused = WorldCase.Verdict.refused(.tokenMalformed, ["Bearer"])
    return [
      "Bearer \(token)", "Bearer   \(token)", "bearer \(token)", "BEARER  \(token)",
      "  Bearer \(token)\n",
    ].enumerated().map { index, text in
      WorldCase(
        4, "Bearer, form \(index)", .token(text, key: esKey), refused,
        tool: .verifies(["dropped", "\"Bearer\""]))
    } + [
      WorldCase(4, "the token alone", .token(token, key: esKey), .verifies()),
      WorldCase(
        4, "another scheme", .token("Basic \(token)", key: esKey),
        .refused(.tokenMalformed, ["white space"])),
    ]
  }

  private func types() throws -> [WorldCase] {
    let pairs = [
      ("application/at+jwt", "at+jwt", true), ("at+jwt", "application/at+jwt", true),
      ("at+jwt", "at+jwt", true), ("APPLICATION/AT+JWT", "at+jwt", true),
      ("application/at+jwt", "application/AT+jwt", true), ("application/at+jwt", "JWT", false),
      ("at+jwt", "text/at+jwt", false), ("application/a/b", "a/b", false),
    ]
    return try pairs.map { wanted, type, fits in
      WorldCase(
        5, "\(wanted) and \(type)", .token(try token(type: type), key: esKey, type: wanted),
        fits ? .verifies() : .refused(.typeMismatch, ["typ"]))
    } + [
      WorldCase(
        5, "no typ", .token(try token(header: #"{"alg":"ES256"}"#), key: esKey, type: "JWT"),
        .refused(.typeMismatch, ["typ"]))
    ]
  }

  private func jwks() throws -> [WorldCase] {
    let pem = JSON.string(text(Self.rsa, "public_pem"))
    let variants: [(String, String)] = [
      ("a PEM in a member", try jwk(Self.es, ["x5t": pem])),
      ("a private PEM in a member", try jwk(Self.es, ["note": .string(text(Self.es, "pkcs8"))])),
      ("the kid is keys", try jwk(Self.es, ["kid": "keys"])),
      ("the kid begins like a PEM", try jwk(Self.es, ["kid": "-----BEGIN PUBLIC KEY-----"])),
      ("a member keys beside kty", try jwk(Self.es, ["keys": []])),
      ("white space first", " \n\t" + (try jwk(Self.es))),
      ("a byte order mark first", "\u{feff}" + (try jwk(Self.es))),
    ]
    return try variants.map { name, text in
      WorldCase(6, name, .publicKey(Array(text.utf8)), try reads(Self.es))
    } + [
      WorldCase(
        6, "a set with a PEM in a member", .keySet(Self.set(try jwk(Self.es, ["note": pem]))),
        try reads(Self.es))
    ]
  }

  // MARK: Kinds 7 to 10: private keys

  private func ciphers() throws -> [WorldCase] {
    let legacy = [
      ("legacy_rsa", "pbe_md5_des"), ("legacy_rsa", "pbe_sha1_rc2_40"),
      ("legacy_rsa", "pbe_sha1_rc4_128"), ("legacy_rsa", "pbes2_des"), ("legacy_rsa", "pbes2_rc2"),
      ("legacy_rsa", "rfc1421_des"), ("legacy_ec", "rfc1421_des"), ("legacy_ec", "pbe_md5_des"),
    ]
    return legacy.map { key, form in
      WorldCase(
        7, "\(key) \(form)", .privateKey(bytes(key, form), passphrase: file.passphrase),
        .refused(.keyUnsupported, ["cipher", "OpenSSL lacks", "openssl pkcs8 -topk8", "legacy"]))
    } + [
      WorldCase(
        7, "AES by PBES2",
        .privateKey(bytes("legacy_rsa", "pbes2_aes"), passphrase: file.passphrase),
        try reads("legacy_rsa")),
      WorldCase(
        7, "AES by RFC 1421",
        .privateKey(bytes("legacy_rsa", "rfc1421_aes"), passphrase: file.passphrase),
        try reads("legacy_rsa")),
      WorldCase(
        7, "a wrong passphrase",
        .privateKey(bytes("legacy_rsa", "pbes2_aes"), passphrase: "battery staple"),
        .refused(.keyPassphraseWrong, ["this passphrase"])),
      WorldCase(
        7, "no passphrase", .privateKey(bytes("legacy_rsa", "pbes2_aes")),
        .refused(.keyEncrypted, ["encrypted", "pass its passphrase"])),
    ]
  }

  private func openSSH() throws -> [WorldCase] {
    let keys = ["ssh_rsa", "ssh_p256", "ssh_p384", "ssh_p521", "ssh_ed25519"]
    let broken = ["private key", "pass one private key"]
    return try keys.flatMap { key in
      [
        WorldCase(8, key, .privateKey(bytes(key, "openssh")), try reads(key)),
        WorldCase(
          8, "\(key) encrypted",
          .privateKey(bytes(key, "openssh_encrypted"), passphrase: file.passphrase),
          .refused(.keyEncrypted, ["OpenSSH", "ssh-keygen -p -N '' -f COPY"])),
        WorldCase(
          8, "\(key) as a public key", .publicKey(bytes(key, "openssh")),
          .refused(.keyMalformed, ["an OpenSSH private key", "pass one public key"])),
      ]
    }
      + ["openssh_wrong_check", "openssh_two_keys"].map { form in
        WorldCase(
          8, form, .privateKey(bytes("ssh_ed25519", form)),
          .refused(.keyMalformed, ["can't be read"] + broken))
      }
      + ["openssh_wrong_public", "openssh_wrong_seed"].map { form in
        WorldCase(
          8, form, .privateKey(bytes("ssh_ed25519", form)),
          .refused(.keyMalformed, ["halves don't match"] + broken))
      } + [
        WorldCase(
          8, "a security key's", .privateKey(bytes("ssh_sk", "openssh")),
          .refused(.keyUnsupported, ["does not support", "pass RSA"]))
      ]
  }

  private func numbers() throws -> [WorldCase] {
    let primes = WorldCase.Verdict.refused(
      .keyUnsupported, ["more than two primes", "openssl genrsa"])
    func contradicts(_ number: String) -> WorldCase.Verdict {
      .refused(.keyMalformed, ["the RSA key's \(number) contradicts", "export the key again"])
    }
    return [
      WorldCase(9, "three primes, PKCS#1", .privateKey(bytes("rsa_three_primes", "pkcs1")), primes),
      WorldCase(9, "three primes, PKCS#8", .privateKey(bytes("rsa_three_primes", "pkcs8")), primes),
      WorldCase(
        9, "three primes, JWK",
        .privateKey(Array(try privateJWK(Self.rsa, ["oth": [["r": "AQ"]]]).utf8)), primes),
      WorldCase(
        9, "another n", .privateKey(bytes("rsa_broken", "n_changed")), contradicts("p")),
      WorldCase(
        9, "another d", .privateKey(bytes("rsa_broken", "d_changed")), contradicts("d")),
      WorldCase(
        9, "another p", .privateKey(bytes("rsa_broken", "p_changed")), contradicts("p")),
      WorldCase(
        9, "another key's primes",
        .privateKey(bytes("rsa_broken", "primes_swapped_with_other_key")), contradicts("p")),
      WorldCase(
        9, "another d, JWK",
        .privateKey(
          Array(
            try privateJWK(
              Self.rsa,
              ["d": JSON(value: privateJWK("legacy_rsa"))["d"]]
            ).utf8)), .refused(.keyMalformed, ["JWK's d", "export"])),
      WorldCase(
        9, "the public half of three primes", .publicKey(bytes("rsa_three_primes", "public_pem")),
        try reads("rsa_three_primes")),
    ]
  }

  private func pss() throws -> [WorldCase] {
    let allowed: [(String, [Algorithm])] = [
      ("pss", [.ps256, .ps384, .ps512]), ("pss_sha256", [.ps256]), ("pss_sha384", [.ps384]),
      ("pss_sha512", [.ps512]), ("pss_sha256_salt20", [.ps256]), ("pss_sha1", []),
      ("pss_mixed", []), ("pss_sha256_salt64", []),
    ]
    return try allowed.flatMap { key, algorithms in
      let verdict: WorldCase.Verdict =
        algorithms.isEmpty
        ? .refused(.keyUnsupported, ["RSA-PSS", "no PS algorithm", "pass RSA"])
        : .reads([try thumbprint(key)], algorithms: algorithms)
      return ["spki", "spki_base64"].map {
        WorldCase(10, "\(key) \($0)", .publicKey(bytes(key, $0)), verdict)
      }
        + ["pkcs8", "pkcs8_base64"].map {
          WorldCase(10, "\(key) \($0)", .privateKey(bytes(key, $0)), verdict)
        }
    }
      + ["pss", "pss_sha256"].map { key in
        WorldCase(
          10, "\(key) certificate", .publicKey(bytes(key, "certificate")),
          .reads(
            [try thumbprint(key)], algorithms: key == "pss" ? [.ps256, .ps384, .ps512] : [.ps256]))
      } + [
        WorldCase(
          10, "PS256 by such a key",
          .token(
            try token("pss_sha256", .ps256), key: bytes("pss_sha256", "spki"), .ps256), .verifies()),
        WorldCase(
          10, "RS256 with such a key",
          .token(try token(Self.rsa, .rs256), key: bytes("pss", "spki"), .rs256),
          .refused(.algorithmKeyMismatch, ["does not fit the key"])),
        WorldCase(
          10, "PS512 with a key for PS256",
          .token(try token(Self.rsa, .ps512), key: bytes("pss_sha256", "spki"), .ps512),
          .refused(.algorithmKeyMismatch, ["does not fit the key"])),
      ]
  }

  // MARK: Kinds 11 to 14: what is around a key, or beside it

  private func skipped() throws -> [WorldCase] {
    let kid: JSON = "s"
    let short = Base64URL.encode([UInt8](repeating: 0xff, count: 128))
    let variants: [(String, String, JWTError.Code, String)] = [
      ("for encryption", try jwk(Self.es, ["kid": kid, "use": "enc"]), .keyUse, "use or key_ops"),
      (
        "for deriving", try jwk(Self.es, ["kid": kid, "use": nil, "key_ops": ["deriveKey"]]),
        .keyUse, "use or key_ops"
      ),
      (
        "a short modulus", try jwk(Self.rsa, ["kid": kid, "n": .string(short)]), .keyTooSmall,
        "1024 bits"
      ),
      (
        "an unknown curve", try jwk(Self.es, ["kid": kid, "crv": "P-224"]), .keyUnsupported,
        "curve"
      ),
      (
        "a point that is none",
        try jwk(Self.es, ["kid": kid, "x": .string(Base64URL.encode([UInt8](1...32)))]),
        .keyInvalidPoint, "point"
      ),
      (
        "another alg", try jwk(Self.es, ["kid": kid, "alg": "ES384"]), .keyAlgorithmMismatch,
        "alg does not fit"
      ),
      ("no y", try jwk(Self.es, ["kid": kid, "y": nil]), .keyMalformed, "JWK's y"),
      ("a malformed n", try jwk(Self.rsa, ["kid": kid, "n": "A+"]), .keyMalformed, "JWK's n"),
    ]
    let token = try token(kid: "s")
    let other = try jwk(Self.rsa, ["kid": "other"])
    return variants.map { name, element, code, words in
      WorldCase(
        11, name, .token(token, key: Self.set(other, element)),
        .refused(.keyNotFound, ["index 1", "skipped", code.rawValue]),
        tool: .refused(.keyNotFound, ["index 1", "skipped", code.rawValue, words]))
    } + [
      WorldCase(
        11, "jot key names it",
        .command(["key", "KEY"], key: Self.set(other, variants[0].1)),
        .says([#"index 1 (kid "s")"#, "use or key_ops"])),
      WorldCase(
        11, "no element has the kid", .token(try self.token(kid: "t"), key: Self.set(other)),
        .refused(.keyNotFound, ["no key of the set has the token's kid"])),
    ]
  }

  private func wrappings() throws -> [WorldCase] {
    let variants: [(String, (String) -> [UInt8])] = [
      (#"\n"#, { Array($0.replacing("\n", with: "\\n").utf8) }),
      (#"\\n"#, { Array($0.replacing("\n", with: "\\\\n").utf8) }),
      (#"\r\n"#, { Array($0.replacing("\n", with: "\\r\\n").utf8) }),
      ("quotes", { Array("\"\($0)\"".utf8) }),
      (#"single quotes and \n"#, { Array("'\($0.replacing("\n", with: "\\n"))'".utf8) }),
      ("a JSON string", { Array(JSON.string($0).text.utf8) }),
      (
        "a JSON string with escaped slashes",
        {
          Array(JSON.string($0).text.replacing("/", with: "\\/").utf8)
        }
      ),
      ("a line of .env", { Array("JWT_KEY=\"\($0.replacing("\n", with: "\\n"))\"\n".utf8) }),
      ("export", { Array("export JWT_KEY='\($0)'\n".utf8) }),
      ("base64 of PEM", { Array(Data($0.utf8).base64EncodedString().utf8) }),
      (
        "base64 of PEM in a line of .env",
        {
          Array("JWT_KEY=\(Data($0.utf8).base64EncodedString())\n".utf8)
        }
      ),
      (
        "base64url of PEM",
        {
          Array(Base64URL.encode(Array($0.utf8)).utf8)
        }
      ),
      (
        "base64 of PEM, in lines",
        {
          Array(Data($0.utf8).base64EncodedString(options: .lineLength76Characters).utf8)
        }
      ),
      (
        "base64 of PEM in quotes",
        {
          Array("\"\(Data($0.utf8).base64EncodedString())\"".utf8)
        }
      ),
      ("UTF-16 LE", { Array($0.data(using: .utf16LittleEndian)!) }),
      ("UTF-16 LE, byte order mark", { [0xff, 0xfe] + $0.data(using: .utf16LittleEndian)! }),
      ("UTF-16 BE, byte order mark", { [0xfe, 0xff] + $0.data(using: .utf16BigEndian)! }),
      ("UTF-32 LE, byte order mark", { [0xff, 0xfe, 0, 0] + $0.data(using: .utf32LittleEndian)! }),
      ("UTF-8 byte order mark", { [0xef, 0xbb, 0xbf] + $0.utf8 }),
      ("text before and behind", { Array("my key:\n\($0)\nthat was it".utf8) }),
      ("base64 of DER", { Array(Self.body($0).utf8) }),
      ("base64url of DER", { Array(Base64URL.encode(Self.der($0)).utf8) }),
      (
        "base64 of DER in lines",
        {
          Array(Data(Self.der($0)).base64EncodedString(options: .lineLength64Characters).utf8)
        }
      ),
      ("base64 of DER in quotes", { Array("\"\(Self.body($0))\"".utf8) }),
      (
        "base64 of DER in UTF-16",
        { [0xff, 0xfe] + Self.body($0).data(using: .utf16LittleEndian)! }
      ),
      ("hexadecimal DER", { Array(Self.der($0).map { String(format: "%02x", $0) }.joined().utf8) }),
      ("one member of JSON", { Array(#"{"public_key":\#(JSON.string($0).text)}"#.utf8) }),
      (
        "a key manager's JSON",
        {
          Array(#"{"KeyId":"k","PublicKey":"\#(Self.body($0))","KeySpec":"x"}"#.utf8)
        }
      ),
      ("UTF-16 BE", { Array($0.data(using: .utf16BigEndian)!) }),
      ("UTF-32 BE, byte order mark", { [0, 0, 0xfe, 0xff] + $0.data(using: .utf32BigEndian)! }),
      ("CR LF", { Array($0.replacing("\n", with: "\r\n").utf8) }),
    ]
    var cases: [WorldCase] = []
    for key in [Self.es, Self.rsa] {
      for (name, wrap) in variants {
        cases.append(
          WorldCase(
            12, "\(key) public, \(name)", .publicKey(wrap(text(key, "public_pem"))), try reads(key))
        )
        cases.append(
          WorldCase(
            12, "\(key) private, \(name)", .privateKey(wrap(text(key, "pkcs8"))), try reads(key)))
      }
    }
    for (name, wrap) in variants.dropFirst(3).prefix(17) where !name.contains("PEM") {
      cases.append(
        WorldCase(
          12, "JWK, \(name)", .publicKey(wrap(try jwk(Self.es))),
          name.contains("text before")
            ? .refused(.keyMalformed, ["unknown format", "pass one public key"])
            : try reads(Self.es)))
    }
    let account =
      #"{"type":"service_account","private_key_id":"id7","private_key":"#
      + JSON.string(text(Self.rsa, "pkcs8")).text + #","client_email":"a@b","universe":"c"}"#
    let read = WorldCase.Verdict.reads([try thumbprint(Self.rsa)], keyID: "id7")
    let leaf = JSON.string(text("chain", "leaf")).text
    let other = JSON.string(text(Self.rsa, "certificate")).text
    let map = #"{"k1":\#(leaf),"k2":\#(other)}"#
    let publicPEM = JSON.string(text(Self.es, "public_pem")).text
    let privatePEM = JSON.string(text(Self.es, "pkcs8")).text
    let encryptedBody = Self.body(text("legacy_rsa", "pbes2_aes"))
    let encrypted = Self.der(text("legacy_rsa", "pbes2_aes"))
    return cases + [
      WorldCase(12, "a service account", .privateKey(Array(account.utf8)), read),
      WorldCase(
        12, "base64 of a service account",
        .privateKey(Array(Data(account.utf8).base64EncodedString().utf8)), read),
      WorldCase(
        12, "base64 of it, quoted, in UTF-16",
        .privateKey(
          Array("\"\(Data(account.utf8).base64EncodedString())\"".data(using: .utf16LittleEndian)!)),
        read),
      WorldCase(
        12, "a service account as a public key", .publicKey(Array(account.utf8)),
        .refused(.keyMalformed, ["a private key", "pass one public key"])),
      WorldCase(
        12, "key IDs and certificates", .keySet(Array(map.utf8)), try reads("chain", Self.rsa)),
      WorldCase(
        12, "key IDs and certificates, a token",
        .token(try token(Self.rsa, .rs256, kid: "k2"), key: Array(map.utf8), .rs256), .verifies()),
      WorldCase(
        12, "key IDs and certificates, a wrong kid",
        .token(try token(Self.rsa, .rs256, kid: "k1"), key: Array(map.utf8), .rs256),
        .refused(.algorithmKeyMismatch, ["does not fit"])),
      WorldCase(
        12, "one key ID and certificate", .keySet(Array(#"{"k1":\#(leaf)}"#.utf8)),
        try reads("chain")),
      WorldCase(
        12, "several keys and more in JSON",
        .publicKey(Array(#"{"a":\#(leaf),"b":\#(other),"c":1}"#.utf8)),
        .refused(.keyMalformed, ["several keys", "pass one public key"])),
      WorldCase(
        12, "several keys and more in JSON, as a set",
        .keySet(Array(#"{"a":\#(leaf),"b":\#(other),"c":1}"#.utf8)),
        .refused(.keyMalformed, ["several keys", "pass"])),
      WorldCase(
        12, "both halves of a key in JSON",
        .privateKey(
          Array(
            #"{"id":1,"public":\#(publicPEM),"private":\#(privatePEM)}"#.utf8)),
        .refused(.keyMalformed, ["several keys", "pass one private key"])),
      WorldCase(
        12, "an encrypted key, DER", .privateKey(encrypted, passphrase: file.passphrase),
        try reads("legacy_rsa")),
      WorldCase(
        12, "an encrypted key, base64 of DER",
        .privateKey(Array(encryptedBody.utf8), passphrase: file.passphrase),
        try reads("legacy_rsa")),
      WorldCase(
        12, "an encrypted key, base64 of DER in JSON",
        .privateKey(
          Array(#"{"id":1,"key":"\#(encryptedBody)"}"#.utf8), passphrase: file.passphrase),
        try reads("legacy_rsa")),
      WorldCase(
        12, "an encrypted key, hexadecimal DER",
        .privateKey(
          Array(encrypted.map { String(format: "%02x", $0) }.joined().utf8),
          passphrase: file.passphrase), try reads("legacy_rsa")),
      WorldCase(
        12, "nothing of a key", .publicKey(Array("hello world".utf8)),
        .refused(.keyMalformed, ["unknown format", "pass one public key"])),
      WorldCase(
        12, "a token", .publicKey(Array(try token().utf8)),
        .refused(.keyMalformed, ["a token", "pass one public key"])),
      WorldCase(
        12, "PuTTY", .privateKey(bytes("others", "putty")),
        .refused(.keyMalformed, ["PuTTY", "puttygen"])),
      WorldCase(
        12, "XML", .publicKey(bytes("others", "xml")), .refused(.keyMalformed, ["XML", "convert"])),
      WorldCase(
        12, "private XML", .privateKey(bytes("others", "xml_private")),
        .refused(.keyMalformed, ["XML", "convert"])),
    ]
  }

  private static func body(_ pem: String) -> String {
    pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
  }

  private static func der(_ pem: String) -> [UInt8] { Array(Data(base64Encoded: body(pem))!) }

  private func chains() throws -> [WorldCase] {
    let leaf = text("chain", "leaf")
    let key = text("chain", "leaf_key")
    let chain = leaf + text("chain", "intermediate") + text("chain", "root")
    let two = text(Self.es, "pkcs8") + key
    return [
      WorldCase(13, "a chain", .publicKey(Array(chain.utf8)), try reads("chain")),
      WorldCase(
        13, "a chain, CR LF", .publicKey(Array(chain.replacing("\n", with: "\r\n").utf8)),
        try reads("chain")),
      WorldCase(
        13, "a chain with text",
        .publicKey(
          Array((text("chain", "leaf_text") + text("chain", "root")).utf8)), try reads("chain")),
      WorldCase(13, "openssl pkcs12's", .publicKey(bytes("chain", "bag")), try reads("chain")),
      WorldCase(
        13, "openssl pkcs12's, to sign", .privateKey(bytes("chain", "bag")), try reads("chain")),
      WorldCase(
        13, "a certificate and its key", .publicKey(Array((leaf + key).utf8)), try reads("chain")),
      WorldCase(
        13, "a certificate and its key, to sign", .privateKey(Array((leaf + key).utf8)),
        try reads("chain")),
      WorldCase(
        13, "a key and its chain, to sign", .privateKey(Array((key + chain).utf8)),
        try reads("chain")),
      WorldCase(
        13, "a key and its public key",
        .publicKey(Array((key + text("chain", "public_pem")).utf8)), try reads("chain")),
      WorldCase(
        13, "two private keys", .privateKey(Array(two.utf8)),
        .refused(.keyMalformed, ["2 private keys", "pass one private key"])),
      WorldCase(
        13, "two private keys and a certificate", .privateKey(Array((two + leaf).utf8)),
        .refused(.keyMalformed, ["1 certificate, 2 private keys", "pass one private key"])),
      WorldCase(
        13, "two public keys",
        .publicKey(Array((text(Self.es, "public_pem") + text(Self.rsa, "public_pem")).utf8)),
        .refused(.keyMalformed, ["2 public keys", "pass one public key"])),
      WorldCase(
        13, "a public key and a certificate",
        .publicKey(Array((text(Self.es, "public_pem") + leaf).utf8)),
        .refused(.keyMalformed, ["1 public key, 1 certificate", "pass one public key"])),
      WorldCase(
        13, "a chain, to sign", .privateKey(Array(chain.utf8)),
        .refused(.keyMalformed, ["3 certificates", "pass one private key"])),
      WorldCase(
        13, "PKCS#12", .publicKey(bytes("chain", "pkcs12_base64")),
        .refused(.keyMalformed, ["PKCS#12", "openssl pkcs12"])),
      WorldCase(
        13, "PKCS#7", .publicKey(bytes("chain", "pkcs7")),
        .refused(.keyMalformed, ["PKCS#7", "openssl pkcs7"])),
      WorldCase(
        13, "a request", .publicKey(bytes("chain", "csr")),
        .refused(.keyMalformed, ["certificate request", "pass one public key"])),
      WorldCase(
        13, "a trusted certificate", .publicKey(bytes("chain", "trusted")),
        .refused(.keyMalformed, ["trusted certificate", "openssl x509"])),
    ]
  }

  private func lines() throws -> [WorldCase] {
    var cases: [WorldCase] = []
    for key in ["ssh_rsa", "ssh_p256", "ssh_p384", "ssh_p521", "ssh_ed25519"] {
      let line = text(key, "line").trimmingCharacters(in: .newlines)
      for (name, text) in [
        ("a line", line),
        ("no comment", line.split(separator: " ").prefix(2).joined(separator: " ")),
        ("options", #"from="10.0.0.1, 10.0.0.2",command="echo \"a b\"",no-pty \#(line)"#),
        ("comments", "# mine\n\n\(line)\n# end\n"), ("known_hosts", "[host.test]:22 \(line)"),
        ("tabs and CR LF", line.replacing(" ", with: "\t") + "\r\n"),
        ("RFC 4716", self.text(key, "rfc4716")),
        ("base64 of a line", Data(line.utf8).base64EncodedString()),
      ] {
        cases.append(
          WorldCase(14, "\(key), \(name)", .publicKey(Array(text.utf8)), try reads(key)))
      }
      cases.append(
        WorldCase(
          14, "\(key), a line to sign", .privateKey(Array(line.utf8)),
          .refused(.keyMalformed, ["an OpenSSH key", "pass one private key"])))
    }
    let two = text("ssh_rsa", "line") + text("ssh_p256", "line")
    cases += [
      WorldCase(
        14, "two lines", .publicKey(Array(two.utf8)),
        .refused(.keyMalformed, ["more than one OpenSSH line", "pass one public key"])),
      WorldCase(
        14, "a damaged line",
        .publicKey(Array(text("ssh_rsa", "line").replacing("AAAAB3", with: "AAAAB4").utf8)),
        .refused(.keyMalformed, ["can't be read", "pass one public key"])),
      WorldCase(
        14, "a certificate's line", .publicKey(bytes("others", "ssh_certificate")),
        .refused(.keyUnsupported, ["does not support"])),
    ]
    for form in ["spki_as_rsa_public", "pkcs1_public_as_public", "certificate_as_public"] {
      cases.append(WorldCase(14, form, .publicKey(bytes(Self.rsa, form)), try reads(Self.rsa)))
    }
    for form in ["pkcs8_as_rsa", "pkcs1_as_pkcs8", "encrypted_as_pkcs8", "pkcs8_as_encrypted"] {
      cases.append(
        WorldCase(
          14, form, .privateKey(bytes(Self.rsa, form), passphrase: file.passphrase),
          try reads(Self.rsa)))
    }
    for form in ["pkcs8_as_ec", "sec1_as_pkcs8", "with_parameters"] {
      cases.append(WorldCase(14, form, .privateKey(bytes(Self.es, form)), try reads(Self.es)))
    }
    return cases + [
      WorldCase(
        14, "private under a public label", .publicKey(bytes(Self.rsa, "private_as_public")),
        .refused(.keyMalformed, ["a private key", "pass one public key"])),
      WorldCase(
        14, "public under a private label", .privateKey(bytes(Self.rsa, "public_as_private")),
        .refused(.keyMalformed, ["a public key", "pass one private key"])),
    ]
  }

  // MARK: Kinds 15 to 20: tokens, the machine, limits

  private func nullHeaders() throws -> [WorldCase] {
    func verified(_ header: String, type: String? = nil) throws -> WorldCase.Input {
      .token(try token(header: header), key: esKey, type: type)
    }
    func names(_ words: String...) -> WorldCase.Verdict { .refused(.headerInvalid, words) }
    return [
      WorldCase(15, "typ", try verified(#"{"alg":"ES256","typ":null}"#), .verifies()),
      WorldCase(15, "cty", try verified(#"{"alg":"ES256","cty":null}"#), .verifies()),
      WorldCase(15, "both", try verified(#"{"typ":null,"cty":null,"alg":"ES256"}"#), .verifies()),
      WorldCase(
        15, "typ, required", try verified(#"{"alg":"ES256","typ":null}"#, type: "JWT"),
        .refused(.typeMismatch, ["typ"])),
      WorldCase(
        15, "kid", try verified(#"{"alg":"ES256","kid":null}"#), names("kid", "not a string")),
      WorldCase(15, "alg", try verified(#"{"alg":null}"#), names("alg")),
      WorldCase(15, "no alg", try verified(#"{"typ":"JWT"}"#), names("no alg")),
      WorldCase(15, "typ a number", try verified(#"{"alg":"ES256","typ":1}"#), names("typ")),
      WorldCase(15, "cty a list", try verified(#"{"alg":"ES256","cty":[]}"#), names("cty")),
      WorldCase(
        15, "typ twice", try verified(#"{"alg":"ES256","typ":null,"typ":"JWT"}"#), names("JSON")),
    ]
  }

  private func tokenTexts() throws -> [WorldCase] {
    let token = try token()
    let parts = token.split(separator: ".").map(String.init)
    func refused(_ text: String, _ words: String...) -> (WorldCase.Input, WorldCase.Verdict) {
      (.token(text, key: esKey), .refused(.tokenMalformed, words))
    }
    let dropped: [(String, String, String)] = [
      ("white space", " \(token)\t\r\n", "white space"), ("quotes", "\"\(token)\"", "quotes"),
      ("single quotes", "'\(token)'", "quotes"), ("a comma", "\"\(token)\",", "comma"),
      ("a byte order mark", "\u{feff}\(token)", "white space"),
    ]
    let kept: [(String, (WorldCase.Input, WorldCase.Verdict))] = [
      ("padding", refused("\(token)==", "padding")),
      ("padding inside", refused("\(parts[0])=.\(parts[1]).\(parts[2])", "padding")),
      ("white space inside", refused("\(parts[0]).\(parts[1]). \(parts[2])", "white space")),
      ("standard base64", refused("\(parts[0]).\(parts[1]).+\(parts[2].dropFirst())", "standard")),
      ("one dot", refused("\(parts[0]).\(parts[1])", "fewer than two dots")),
      ("three dots", refused("\(token).x", "more than two dots")),
      ("JSON", refused(#"{"payload":"x"}"#, "JSON")),
    ]
    return dropped.map { name, text, word in
      WorldCase(
        16, name, .token(text, key: esKey), .refused(.tokenMalformed, []),
        tool: .verifies(["dropped", word]))
    } + kept.map { WorldCase(16, $0.0, $0.1.0, $0.1.1) }
  }

  private func times() throws -> [WorldCase] {
    try [
      ("exp", "1767229200.75", "exp: expired 2026-01-01T01:00:00Z"),
      ("exp", "4102444800.5", "exp: expires 2100-01-01T00:00:00Z"),
      ("nbf", "1e3", "nbf: valid since 1970"),
      ("exp", "1767229200000", "exp: milliseconds? That would be 2026-01-01T01:00:00Z"),
      ("iat", "1767229200000.5", "iat: milliseconds? That would be 2026-01-01T01:00:00Z"),
    ].map { claim, number, words in
      let token = try token(
        header: #"{"alg":"ES256"}"#, payload: #"{"\#(claim)":\#(number)}"#)
      return WorldCase(
        17, "\(claim) \(number)", .command(["inspect", token]), .says([words]))
    }
  }

  private func providers() throws -> [WorldCase] {
    let missing = ["no default or FIPS provider", "OPENSSL_CONF"]
    let token = try token()
    let verify = ["verify", "--algorithm", "ES256", "--key", "KEY", token]
    return [
      ("null", verify, esKey), ("legacy", verify, esKey), ("base", verify, esKey),
      ("null", ["sign", "--algorithm", "ES256", "--key", "KEY"], bytes(Self.es, "pkcs8")),
      ("null", ["key", "KEY"], bytes("ssh_ed25519", "openssh")),
      ("null", ["key", "KEY"], Array(try jwk(Self.rsa).utf8)),
    ].map { provider, command, key in
      WorldCase(
        18, "\(provider) provider, \(command[0]), a key of \(key.count) bytes",
        .command(command, environment: "OPENSSL_CONF=\(provider)", key: key),
        .says(missing, status: 2))
    } + [
      WorldCase(
        18, "all left to OpenSSL",
        .command(verify, environment: "JOT_KERNELS=openssl", key: esKey), .says(["\"valid\":true"]))
    ]
  }

  private func limits() throws -> [WorldCase] {
    let members = (0..<64).map { #","m\#($0)":0"# }.joined()
    let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    let digits = String(repeating: "1", count: 5000)
    let jwks = (0..<1001).map { #"{"kty":"x\#($0)"}"# }.joined(separator: ",")
    return [
      WorldCase(
        19, "members", .token(try token(header: #"{"alg":"ES256"\#(members)}"#), key: esKey),
        .refused(.headerInvalid, ["64 members"])),
      WorldCase(
        19, "depth",
        .token(try token(header: #"{"alg":"ES256"}"#, payload: #"{"a":\#(deep)}"#), key: esKey),
        .refused(.claimsInvalid, ["levels"])),
      WorldCase(
        19, "digits",
        .token(try token(header: #"{"alg":"ES256"}"#, payload: #"{"a":\#(digits)}"#), key: esKey),
        .refused(.claimsInvalid, ["digits"])),
      WorldCase(
        19, "a token's length",
        .token(String(repeating: "a", count: 20_000), key: esKey),
        .refused(.tokenTooLarge, ["16384 bytes"])),
      WorldCase(
        19, "a key's length",
        .publicKey(Array("-----BEGIN X-----".utf8) + [UInt8](repeating: 0x41, count: 70_000)),
        .refused(.keyMalformed, ["too long"])),
      WorldCase(
        19, "a set's elements", .keySet(Array(#"{"keys":[\#(jwks)]}"#.utf8)),
        .refused(.keySetTooMany, ["1000 keys", "--key-limit"])),
    ]
  }

  private func versions() throws -> [WorldCase] {
    var cases: [WorldCase] = []
    for (key, forms) in [
      ("ed25519_v2", ["ring", "ring_base64", "rfc5958", "rfc5958_base64", "v1"]),
      ("ed448_v2", ["rfc5958", "rfc5958_base64", "v1"]),
    ] {
      for form in forms {
        cases.append(WorldCase(20, "\(key) \(form)", .privateKey(bytes(key, form)), try reads(key)))
      }
    }
    for (key, form) in [
      ("ed25519_v2", "ring_wrong_public"), ("ed25519_v2", "ring_wrong_public_base64"),
      ("ed25519_v2", "rfc5958_wrong_public"), ("ed448_v2", "rfc5958_wrong_public_base64"),
    ] {
      cases.append(
        WorldCase(
          20, "\(key) \(form)", .privateKey(bytes(key, form)),
          .refused(.keyMalformed, ["halves don't match", "pass one private key"])))
    }
    return cases
  }
}
