import Foundation
import Jot
import TestSupport
import Testing

@Suite("KeySet")
struct KeySetTests {
  static let now: Int64 = 1_767_225_600

  /// A distinct secret of 64 bytes for each number.
  static func secret(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "k", count: 64 - digits.count) + digits
  }

  static func key(_ number: Int, id: String? = nil) throws -> VerificationKey {
    try VerificationKey(secret: Secret(secret(number)), keyID: id)
  }

  static func token(_ number: Int, id: String?, header: String? = nil) throws -> String {
    let key = try SigningKey(secret: Secret(secret(number)))
    return try Signer(key: key, algorithm: .hs256, keyID: id).sign(["sub": .string("\(number)")])
  }

  static func reason(_ verifier: Verifier, _ token: String) -> String {
    do throws(JWTError) {
      return "accepted \(try verifier.verify(token).subject ?? "")"
    } catch {
      return error.code.rawValue
    }
  }

  @Test("a kid finds its key among ten thousand; an unknown kid fails without trying all keys")
  func routing() throws {
    let keys = try (0..<10_000).map { try Self.key($0, id: "key-\($0)") }
    let verifier = Verifier(keys: try KeySet(keys, keyLimit: 10_000), algorithms: [.hs256])
    for number in [0, 1, 4999, 9999] {
      #expect(
        Self.reason(verifier, try Self.token(number, id: "key-\(number)")) == "accepted \(number)")
    }
    #expect(Self.reason(verifier, try Self.token(7, id: "key-8")) == "signature_invalid")
    #expect(Self.reason(verifier, try Self.token(7, id: "key-10000")) == "key_not_found")
    #expect(Self.reason(verifier, try Self.token(7, id: "KEY-7")) == "key_not_found")
    #expect(Self.reason(verifier, try Self.token(7, id: nil)) == "key_not_found")
  }

  @Test("a token without kid uses the only key, and a kid must match the only key too")
  func alone() throws {
    let named = Verifier(keys: try KeySet([Self.key(1, id: "a")]), algorithms: [.hs256])
    #expect(Self.reason(named, try Self.token(1, id: nil)) == "accepted 1")
    #expect(Self.reason(named, try Self.token(1, id: "a")) == "accepted 1")
    #expect(Self.reason(named, try Self.token(1, id: "b")) == "key_not_found")
    let unnamed = Verifier(keys: try KeySet([Self.key(1)]), algorithms: [.hs256])
    #expect(Self.reason(unnamed, try Self.token(1, id: nil)) == "accepted 1")
    #expect(Self.reason(unnamed, try Self.token(1, id: "a")) == "key_not_found")
  }

  @Test("key IDs are compared as bytes: escapes resolved, no Unicode normalization, empty is an ID")
  func identity() throws {
    let composed = try Self.key(1, id: "é")
    let decomposed = try Self.key(2, id: "e\u{301}")
    let set = try KeySet([composed, decomposed, Self.key(3, id: "")])
    let verifier = Verifier(keys: set, algorithms: [.hs256])
    #expect(Self.reason(verifier, try Self.token(1, id: "é")) == "accepted 1")
    #expect(Self.reason(verifier, try Self.token(2, id: "e\u{301}")) == "accepted 2")
    #expect(Self.reason(verifier, try Self.token(3, id: "")) == "accepted 3")
    // The IDs above were escaped, as the writer escapes non-ASCII characters. Test a plain one too.
    let long = String(repeating: "x", count: 500)
    let other = Verifier(
      keys: try KeySet([Self.key(1, id: long), Self.key(2, id: "2")]), algorithms: [.hs256])
    #expect(Self.reason(other, try Self.token(1, id: long)) == "accepted 1")
    #expect(Self.reason(other, try Self.token(1, id: long + "x")) == "key_not_found")
  }

  @Test("each key serves its own algorithms only, whatever the verifier allows")
  func algorithms() throws {
    let rsa = try VerificationKey(
      publicKey: #require(TestKeys.shared["rsa2048"]?.publicSpkiPem), keyID: "rsa")
    let ec = try VerificationKey(
      publicKey: #require(TestKeys.shared["p256"]?.publicSpkiPem), keyID: "ec")
    let verifier = Verifier(keys: try KeySet([rsa, ec]), algorithms: Algorithm.allCases)
    let signing = try SigningKey(
      privateKey: #require(TestKeys.shared["rsa2048"]?.privatePkcs8Pem))
    for algorithm in KeyType.rsa.algorithms {
      let good = try Signer(key: signing, algorithm: algorithm, keyID: "rsa").sign([:])
      #expect(Self.reason(verifier, good) == "accepted ")
      let bad = try Signer(key: signing, algorithm: algorithm, keyID: "ec").sign([:])
      #expect(Self.reason(verifier, bad) == "alg_key_mismatch")
    }
    // Algorithm confusion: the public key's text used as a secret.
    #expect(Self.reason(verifier, try Self.token(1, id: "rsa")) == "alg_key_mismatch")
  }

  @Test("an ambiguous set is refused with the reason, and unusable elements are skipped")
  func refusals() throws {
    #expect(throws: JWTError.keySetEmpty) { try KeySet([VerificationKey]()) }
    #expect(throws: JWTError.keySetDuplicateID(at: 0, and: 2)) {
      try KeySet([Self.key(1, id: "a"), Self.key(3, id: "b"), Self.key(2, id: "a")])
    }
    let rsa = try VerificationKey(publicKey: #require(TestKeys.shared["rsa2048"]?.publicSpkiPem))
    #expect(throws: JWTError.keySetMixed) { try KeySet([Self.key(1), rsa]) }
    let jwk = try #require(rsa.jwkRepresentation).text
    let set = try KeySet(
      jwks:
        #"{"keys":[1,"x",null,[{}],{},{"kty":"AKP"},{"kty":"RSA","n":"AQ","e":"AQAB"},\#(jwk)]}"#)
    #expect(set.keys.count == 1 && set.skipped.map(\.index) == Array(0..<7))
    for text in [#"{"keys":{}}"#, "{}", #"{"keys":[]"#, "[]", #"{"keys":[],"keys":[]}"#] {
      #expect(throws: JWTError.self) { try KeySet(jwks: text) }
    }
  }

  @Test("a set of more keys than its limit is refused, whatever they are; the limit can be raised")
  func limit() throws {
    let pem = try #require(TestKeys.shared["p256"]?.publicSpkiPem)
    let jwk = try #require(try VerificationKey(publicKey: pem).jwkRepresentation)
    func text(_ elements: Int, _ element: (Int) -> String) -> String {
      #"{"keys":[\#((0..<elements).map(element).joined(separator: ","))]}"#
    }
    func key(_ number: Int) -> String {
      #"{"kid":"\#(number)",\#(jwk.text.dropFirst())"#
    }
    #expect(try KeySet(jwks: text(1000, key)).keys.count == 1000)
    for element in [key, { _ in "1" }, { _ in "{}" }, { _ in "[[],{}]" }, { "\"\($0),{}]\"" }] {
      #expect(throws: JWTError.keySetTooMany(limit: 1000)) {
        try KeySet(jwks: text(1001, element))
      }
    }
    #expect(throws: JWTError.keySetTooMany(limit: 2)) {
      try KeySet(jwks: text(3, key), keyLimit: 2)
    }
    #expect(try KeySet(jwks: text(1001, key), keyLimit: 1001).keys.count == 1001)
    let mixed = try KeySet(jwks: text(1200) { $0 % 12 == 0 ? key($0) : "1" }, keyLimit: 1200)
    #expect(mixed.keys.count == 100 && mixed.ignoredCount == 1100 && mixed.skipped.count == 100)
    let keys = try (0..<1001).map { try Self.key($0, id: "\($0)") }
    #expect(throws: JWTError.keySetTooMany(limit: 1000)) { try KeySet(keys) }
    #expect(try KeySet(keys, keyLimit: 1001).keys.count == 1001)
  }

  /// A set of JWKs, and what it does with tokens of the key `signing`.
  private static func outcome(
    _ elements: [String], _ signing: SigningKey, _ algorithm: Algorithm, kid: String? = nil
  ) throws -> (set: KeySet?, found: String) {
    do throws(JWTError) {
      let set = try KeySet(jwks: #"{"keys":[\#(elements.joined(separator: ","))]}"#)
      let token = try Signer(key: signing, algorithm: algorithm, keyID: kid).sign(["sub": "x"])
      return (set, reason(Verifier(keys: set, algorithms: Algorithm.allCases), token))
    } catch {
      return (nil, error.code.rawValue)
    }
  }

  /// A new key without ID.
  private static func key(_ type: KeyType) throws -> SigningKey {
    try SigningKey(privateKey: SigningKey.generate(type, bits: 2048).pemRepresentation!)
  }

  /// The public JWK of a key with these members replaced, or removed if nil.
  private static func jwk(_ key: SigningKey, _ changes: [String: JSON?] = [:]) -> String {
    guard case .object(var members)? = key.verificationKey.jwkRepresentation else { return "" }
    members.removeAll { changes.keys.contains($0.name) }
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
      if let value { members.append(JSON.Member(name, value)) }
    }
    return JSON.object(members).text
  }

  @Test("keys of one kid are told apart by their algorithms; two that fit one are refused")
  func sharedID() throws {
    let (first, other) = (try Self.key(.rsa), try Self.key(.p256))
    let second = try Self.key(.rsa)
    let a: JSON = "a"
    let ec = Self.jwk(other, ["kid": a])
    func rsa(_ algorithm: String, _ key: SigningKey? = nil) -> String {
      Self.jwk(key ?? first, ["kid": a, "alg": .string(algorithm)])
    }
    // RSA and EC; RS256 and RS512; in both orders.
    for set in [[Self.jwk(first, ["kid": a]), ec], [ec, Self.jwk(first, ["kid": a])]] {
      #expect(try Self.outcome(set, first, .ps512, kid: "a").found == "accepted x")
      #expect(try Self.outcome(set, other, .es256, kid: "a").found == "accepted x")
      #expect(try Self.outcome(set, second, .rs256, kid: "a").found == "signature_invalid")
    }
    let apart = [rsa("RS256"), rsa("RS512", second)]
    #expect(try Self.outcome(apart, first, .rs256, kid: "a").found == "accepted x")
    #expect(try Self.outcome(apart, second, .rs512, kid: "a").found == "accepted x")
    #expect(try Self.outcome(apart, first, .rs512, kid: "a").found == "signature_invalid")
    #expect(try Self.outcome(apart, first, .rs384, kid: "a").found == "alg_key_mismatch")
    // Encryption keys and unusable ones may share it with anything.
    let enc = Self.jwk(second, ["kid": a, "use": "enc"])
    let unknown = #"{"kty":"AKP","kid":"a"}"#
    let busy = [enc, unknown, rsa("RS256"), enc]
    let found = try Self.outcome(busy, first, .rs256, kid: "a")
    #expect(found.found == "accepted x" && found.set?.skipped.map(\.index) == [0, 1, 3])
    #expect(found.set?.skipped.map(\.keyID) == ["a", "a", "a"])
    #expect(found.set?.skipped.map(\.error.code) == [.keyUse, .keyUnsupported, .keyUse])
    // The same key twice is one key, also if one of them names its algorithm.
    for twice in [[rsa("RS256"), rsa("RS256")], [Self.jwk(first, ["kid": a]), rsa("RS256")]] {
      let found = try Self.outcome(twice, first, .rs256, kid: "a")
      #expect(found.found == "accepted x" && found.set?.keys.count == 1)
    }
    // Two keys that fit one algorithm: the whole set is refused, with both indices.
    for twice in [
      [rsa("RS256"), rsa("RS256", second)], [rsa("RS256"), Self.jwk(second, ["kid": a])],
    ] {
      #expect(throws: JWTError.keySetDuplicateID(at: 1, and: 2)) {
        try KeySet(jwks: #"{"keys":[\#(ec),\#(twice.joined(separator: ","))]}"#)
      }
    }
    let message = JWTError.keySetDuplicateID(at: 1, and: 2).description
    #expect(message.contains("index 1 and 2"))
  }

  @Test("a token without kid is verified if exactly one key fits its algorithm")
  func noID() throws {
    let (rsa, ec) = (try Self.key(.rsa), try Self.key(.p256))
    let (rsa2, ec2) = (try Self.key(.rsa), try Self.key(.p256))
    let named = Self.jwk(ec, ["kid": "a"])
    for (elements, keys, skipped, reason) in [
      ([Self.jwk(ec)], 1, 0, "accepted x"), ([named], 1, 0, "accepted x"),
      ([Self.jwk(ec, ["use": "enc"]), named], 1, 1, "accepted x"),
      // Others that do not fit.
      ([named, Self.jwk(rsa), Self.jwk(rsa2)], 3, 0, "accepted x"),
      ([Self.jwk(ec), Self.jwk(rsa, ["kid": "r"])], 2, 0, "accepted x"),
      // The same key, once more or under another kid.
      ([named, Self.jwk(ec)], 1, 0, "accepted x"),
      ([named, Self.jwk(ec, ["kid": "b"])], 2, 0, "accepted x"),
      (Array(repeating: Self.jwk(ec), count: 900), 1, 0, "accepted x"),
      // Two that fit.
      ([named, Self.jwk(ec2)], 2, 0, "key_not_found"),
      ([Self.jwk(ec), Self.jwk(ec2)], 2, 0, "key_not_found"),
      ([named, Self.jwk(ec2, ["kid": "b"])], 2, 0, "key_not_found"),
      // No token can select the third; it is not even read.
      ([Self.jwk(ec), Self.jwk(ec2), #"{"kty":"EC","crv":"P-256"}"#], 2, 1, "key_not_found"),
      ([Self.jwk(rsa)], 1, 0, "alg_key_mismatch"),
      ([Self.jwk(rsa), Self.jwk(rsa2)], 2, 0, "key_not_found"),
    ] {
      let (set, found) = try Self.outcome(elements, ec, .es256)
      #expect(
        set?.keys.count == keys && set?.skipped.count == skipped && found == reason,
        "\(elements.count): \(set?.keys.count ?? 0), \(set?.skipped.count ?? 0), \(found)")
    }
    // With an alg, keys of one type are told apart.
    let apart = [Self.jwk(rsa, ["alg": "RS256"]), Self.jwk(rsa2, ["alg": "RS512"])]
    #expect(try Self.outcome(apart, rsa2, .rs512).found == "accepted x")
    #expect(try Self.outcome(apart, rsa, .rs256).found == "accepted x")
    #expect(try Self.outcome(apart, rsa, .ps256).found == "key_not_found")
    #expect(JWTError.keyNotFound(.noKeyID).description.contains("several keys"))
    #expect(JWTError.keyNotFound(.noneFits).description.contains("no key of the set fits"))
  }

  @Test("a set inside of any number of layers has keys, or is an error")
  func layers() throws {
    let pem = try SigningKey.generate(.p256).verificationKey.pemRepresentation!
    let map = JSON.object([JSON.Member("a", .string(pem))]).text
    for mark in ["", "\u{feff}"] {
      var text = mark + map
      var isRead: [Bool] = []
      for _ in 0..<9 {
        let set = try? KeySet(jwks: text)
        #expect(set?.keys.isEmpty != true, "\(isRead.count) layers")
        isRead.append(set != nil)
        text = Data(text.utf8).base64EncodedString()
      }
      #expect(isRead.first == true && isRead.last == false)
    }
  }

  @Test("a token whose kid only a skipped element has is told which one, and why it was skipped")
  func skippedID() throws {
    let (ec, other) = (try Self.key(.p256), try Self.key(.p256))
    let modulus = String(repeating: "x", count: 170) + "c"
    let small = #"{"kty":"RSA","kid":"old é\"","n":"\#(modulus)","e":"AQAB"}"#
    let elements = [
      Self.jwk(ec, ["kid": "a"]), "7", Self.jwk(other, ["kid": "b", "use": "enc"]), small,
      #"{"kty":"AKP","kid":"b"}"#, #"{"kty":"AKP","kid":"a"}"#, #"{"kty":"AKP"}"#,
      #"{"kty":"AKP","kid":""}"#,
    ]
    let set = try KeySet(jwks: #"{"keys":[\#(elements.joined(separator: ","))]}"#)
    let fixed = Verifier(keys: set, algorithms: [.es256], issuer: "i")
    let rotating = RotatingKeySet(try KeySet([ec.verificationKey]))
    let rotated = Verifier(keys: rotating, algorithms: [.es256], issuer: "i")
    func expect(_ kid: String?, _ index: Int?, _ reason: String) throws {
      let token = try Signer(key: other, algorithm: .es256, keyID: kid).sign(["iss": "i"])
      for verifier in [fixed, rotated] {
        let issuers = try IssuerVerifier([verifier])
        let cached = CachedVerifier(verifier, cache: TokenCache())
        let results =
          verifier.verify([token, token]) + issuers.verify([token])
          + ([verifier, cached, issuers] as [any TokenVerifier])
          .map { verifier in Result { () throws(JWTError) in try verifier.verify(token) } }
        #expect(results.count == 6)
        for result in results {
          guard case .failure(let error) = result else {
            Issue.record("\(kid ?? "no kid") is accepted")
            continue
          }
          #expect(error == .keyNotFound && error.index == index, "\(kid ?? "no kid")")
          #expect(error.description == reason)
        }
      }
    }
    func skipped(_ index: Int, _ code: String) -> String {
      "no usable key of the set has the token's kid; the element at index \(index) has it and was"
        + " skipped (\(code))"
    }
    let unknown =
      "no key of the set has the token's kid; if the issuer has new keys, load its set again"
    // As long as the old set is in force, it knows no skipped element.
    let token = try Signer(key: other, algorithm: .es256, keyID: "b").sign(["iss": "i"])
    #expect { try rotated.verify(token) } throws: { ($0 as? JWTError)?.description == unknown }
    rotating.replace(with: set)
    try expect("old \u{e9}\"", 3, skipped(3, "key_too_small"))
    // Of two elements the first.
    try expect("b", 2, skipped(2, "key_use"))
    try expect("", 7, skipped(7, "key_unsupported"))
    for kid in ["c", "B", "old", "old e\u{301}\""] { try expect(kid, nil, unknown) }
    // A usable key with the kid is used, whatever was skipped.
    let good = try Signer(key: ec, algorithm: .es256, keyID: "a").sign(["iss": "i", "sub": "x"])
    #expect(Self.reason(fixed, good) == "accepted x" && Self.reason(rotated, good) == "accepted x")
    // Only the elements that `skipped` lists are known.
    let many = (0..<200).map { #"{"kty":"AKP","kid":"\#($0)"}"# } + [Self.jwk(ec)]
    let large = try KeySet(jwks: #"{"keys":[\#(many.joined(separator: ","))]}"#)
    for (kid, index) in [("0", 0), ("99", 99), ("100", nil)] as [(String, Int?)] {
      let token = try Signer(key: other, algorithm: .es256, keyID: kid).sign([:])
      #expect {
        try Verifier(keys: large, algorithms: [.es256]).verify(token)
      } throws: { ($0 as? JWTError) == .keyNotFound && ($0 as? JWTError)?.index == index }
    }
  }

  @Test("a holder may begin empty or be emptied: every token is refused as keys_unavailable then")
  func empty() throws {
    let key = try Self.key(.p256)
    let set = try KeySet(jwks: #"{"keys":[\#(Self.jwk(key, ["kid": "a"]))]}"#)
    let holder = RotatingKeySet()
    let verifier = Verifier(keys: holder, algorithms: [.es256], issuer: "i")
    let issuers = try IssuerVerifier([verifier])
    let cached = CachedVerifier(verifier, cache: TokenCache())
    let all: [any TokenVerifier] = [verifier, issuers, cached]
    func expect(_ token: String, _ reason: String) {
      for verifier in all {
        let result = Result { () throws(JWTError) in try verifier.verify(token) }
        if case .failure(let error) = result {
          #expect(error.code.rawValue == reason)
        } else {
          #expect(reason == "accepted")
        }
      }
      for result in verifier.verify([token, token]) + issuers.verify([token]) {
        if case .failure(let error) = result {
          #expect(error.code.rawValue == reason)
        } else {
          #expect(reason == "accepted")
        }
      }
    }
    let tokens = try ["a", "b", nil].map { id in
      try Signer(key: key, algorithm: .es256, keyID: id).sign(["iss": "i"])
    }
    for token in tokens { expect(token, "keys_unavailable") }
    holder.replace(with: set)
    for (token, reason) in zip(tokens, ["accepted", "key_not_found", "accepted"]) {
      // Twice: the second is in the cache.
      for _ in 0..<2 { expect(token, reason) }
    }
    holder.removeAll()
    for token in tokens { expect(token, "keys_unavailable") }
    // What is wrong with form or header is still told first.
    expect("a.b", "token_malformed")
    let secret = try SigningKey(secret: Secret(Self.secret(1)))
    expect(try Signer(key: secret, algorithm: .hs256).sign(["iss": "i"]), "alg_not_allowed")
    holder.replace(with: set)
    expect(tokens[0], "accepted")
  }

  @Test("a map of key IDs has no private key of any kind, and costs no more than its text")
  func maps() throws {
    let key = try Self.key(.p256)
    let pem = try #require(key.verificationKey.pemRepresentation)
    let secret = key.pemRepresentation!.withBytes { bytes in
      String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
    }
    func map(_ texts: String...) -> String {
      JSON.object(texts.enumerated().map { JSON.Member("\($0)", .string($1)) }).text
    }
    #expect(try KeySet(jwks: map(pem)).keys.map(\.keyID) == ["0"])
    for text in [
      secret, secret + pem, secret.replacing("PRIVATE KEY", with: "ENCRYPTED PRIVATE KEY"),
      secret.replacing("PRIVATE KEY", with: "OPENSSH PRIVATE KEY"),
      secret.split(separator: "\n").dropFirst().dropLast().joined(),
    ] {
      #expect(throws: JWTError.keySetPrivate) { try KeySet(jwks: map(pem, text)) }
    }
    // Members that begin like DER: no decoder sees them, or these would take half a minute.
    var generator = Seeded(seed: 7)
    let members = (0..<16_000).map { index in
      let bytes =
        [0x30, 0x28, 2, 1, 0] + (0..<37).map { _ in UInt8.random(in: 0...255, using: &generator) }
      return #""\#(index)":"\#(Base64URL.encode(bytes))""#
    }
    let text = "{\(members.joined(separator: ","))}"
    let time = CPUTime()
    #expect(throws: JWTError.self) { try KeySet(jwks: text) }
    #expect(throws: JWTError.self) { try VerificationKey(publicKey: text) }
    #expect(time.elapsed < .seconds(10))
  }

  @Test("a JWK and a set are told apart by their members, not by words inside them")
  func formats() throws {
    let key = try Self.key(.p256)
    let pem = try #require(key.verificationKey.pemRepresentation)
    let odd = Self.jwk(key, ["kid": "keys", "x5t": .string(pem), "note": .string("-----BEGIN X")])
    let spaced = "\u{feff}\n { \"k\\u0065ys\" : [\(odd)] }"
    for (text, format) in [
      (odd, .jwk), (#"{"keys":[\#(odd)]}"#, .jwkSet), (spaced, .jwkSet),
      (odd.replacing("kty", with: #"\u006b\u0074\u0079"#), .jwk),
      (#"{"\u006b\u0065\u0079\u0073":[\#(odd)],"x":\#(JSON.string(pem).text)}"#, .jwkSet),
      (Self.jwk(key, ["keys": []]), .jwk), ("{}", .jwk), (#"{"keys":[}"#, .jwkSet),
      ("a comment {\n" + pem, .pem),
    ] as [(String, KeyFormat)] {
      #expect(KeyFormat(of: Secret(text)) == format, "\(text)")
    }
    #expect(try VerificationKey(publicKey: odd).thumbprint == key.verificationKey.thumbprint)
    #expect(try KeySet(jwks: #"{"keys":[\#(odd)]}"#).keys[0].keyID == "keys")
  }

  @Test(
    "a null member of a JWK counts as absent",
    arguments: [
      "alg", "use", "key_ops", "kid", "x5c", "x5t", "oth", "d", "p", "q", "dp", "dq", "qi",
    ])
  func nullMembers(name: String) throws {
    for key in [try Self.key(.p256), try Self.key(.rsa)] {
      let text = Self.jwk(key, [name: .some(.null)])
      #expect(text.contains(#""\#(name)":null"#))
      let algorithm = key.algorithms[0]
      #expect(try Self.outcome([text], key, algorithm).found == "accepted x")
      #expect(try VerificationKey(jwk: text).thumbprint == key.verificationKey.thumbprint)
      #expect(throws: JWTError.self) { try SigningKey(jwk: text) }
    }
    // A required member is missed.
    let text = Self.jwk(try Self.key(.p256), ["x": .some(.null)])
    #expect(throws: JWTError.keyMember(.x, .contradiction)) { try VerificationKey(jwk: text) }
  }

  @Test(
    "a hundred thousand rotations beside eight threads: each token sees the old set or the new one")
  func rotation() throws {
    // Two sets whose keys have the same IDs: a mix of both would refuse what each accepts.
    let sets = try (0..<2).map { number in
      try KeySet([Self.key(number, id: "a"), Self.key(number, id: "b")])
    }
    let rotating = RotatingKeySet(sets[0])
    let verifier = Verifier(keys: rotating, algorithms: [.hs256])
    let tokens = try (0..<2).map { try Self.token($0, id: "a") }
    let tally = Tally()
    let before = try Self.residentKilobytes()
    for _ in 0..<8 {
      Thread {
        var counts = (0, 0, 0)
        while !tally.isStopped {
          for token in tokens {
            switch Self.reason(verifier, token) {
            case "accepted 0", "accepted 1": counts.0 += 1
            case "signature_invalid": counts.1 += 1
            default: counts.2 += 1
            }
          }
          // There are more threads than CPUs here: yield to the others.
          Thread.sleep(forTimeInterval: 0.000_05)
        }
        tally.add(counts)
      }.start()
    }
    for round in 0..<100_000 {
      // Create a new set of the same keys sometimes: superseded sets must be released.
      rotating.replace(
        with: round % 10 == 0 ? try KeySet(sets[round / 10 % 2].keys) : sets[round % 2])
    }
    let counts = tally.stop(threads: 8)
    #expect(counts.0 > 100 && counts.1 > 0 && counts.2 == 0, "\(counts)")
    // A sanitizer delays the reuse of freed memory.
    let isSanitized = ProcessInfo.processInfo.environment["ASAN_OPTIONS"] != nil
    let growth = try Self.residentKilobytes() - before
    #expect(growth < (isSanitized ? 512 : 64) * 1024)
    // A superseded set is released.
    weak var old: KeySet?
    do {
      let set = try KeySet(sets[0].keys)
      rotating.replace(with: set)
      old = set
    }
    #expect(old != nil)
    rotating.replace(with: sets[0])
    #expect(old == nil && rotating.keySet === sets[0])
  }

  @Test("a verifier keeps no key of a set that was replaced, whatever its place")
  func released() throws {
    let new = try VerificationKey(secret: .random(count: 32), keyID: "new")
    for place in 0..<3 {
      var keys = try (0..<3).map {
        try VerificationKey(secret: .random(count: 32), keyID: "\($0)")
      }
      weak var old: VerificationKey? = keys[place]
      let rotating = RotatingKeySet(try KeySet(keys))
      keys = []
      let verifier = Verifier(keys: rotating, algorithms: [.hs256])
      #expect(old != nil)
      rotating.replace(with: try KeySet([new]))
      #expect(old == nil, "place \(place)")
      withExtendedLifetime(verifier) {}
    }
  }

  static func residentKilobytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(line.split(separator: " ").dropLast().last.flatMap { Int($0) })
  }

  /// The counts of all threads.
  private final class Tally: @unchecked Sendable {
    private let condition = NSCondition()
    private var stopped = false
    private var finished = 0
    private var counts = (0, 0, 0)

    var isStopped: Bool {
      condition.lock()
      defer { condition.unlock() }
      return stopped
    }

    func add(_ more: (Int, Int, Int)) {
      condition.lock()
      counts = (counts.0 + more.0, counts.1 + more.1, counts.2 + more.2)
      finished += 1
      condition.signal()
      condition.unlock()
    }

    func stop(threads: Int) -> (Int, Int, Int) {
      condition.lock()
      defer { condition.unlock() }
      stopped = true
      while finished < threads { condition.wait() }
      return counts
    }
  }
}
