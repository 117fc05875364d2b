import Foundation
import Jot
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
    #expect(throws: JWTError.keySetDuplicateID) {
      try KeySet([Self.key(1, id: "a"), Self.key(2, id: "a")])
    }
    let rsa = try VerificationKey(publicKey: #require(TestKeys.shared["rsa2048"]?.publicSpkiPem))
    #expect(throws: JWTError.keySetMixed) { try KeySet([Self.key(1), rsa]) }
    let jwk = try #require(rsa.jwkRepresentation).text
    let set = try KeySet(
      jwks:
        #"{"keys":[1,"x",null,[{}],{},{"kty":"AKP"},{"kty":"RSA","n":"AQ","e":"AQAB"},\#(jwk)]}"#)
    #expect(set.keys.count == 1 && set.ignoredCount == 7)
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
    #expect(mixed.keys.count == 100 && mixed.ignoredCount == 1100)
    let keys = try (0..<1001).map { try Self.key($0, id: "\($0)") }
    #expect(throws: JWTError.keySetTooMany(limit: 1000)) { try KeySet(keys) }
    #expect(try KeySet(keys, keyLimit: 1001).keys.count == 1001)
  }

  @Test(
    "keys that no token can select are not loaded, but still count: no other key is the only one")
  func unreachable() throws {
    let pem = try #require(TestKeys.shared["p256"]?.publicSpkiPem)
    let named = try #require(try VerificationKey(publicKey: pem, keyID: "a").jwkRepresentation).text
    let nameless = try #require(try VerificationKey(publicKey: pem).jwkRepresentation).text
    let broken = nameless.replacing(#""use":"sig""#, with: #""use":"enc""#)
    #expect(broken != nameless)
    let signer = try Signer(
      key: SigningKey(privateKey: #require(TestKeys.shared["p256"]?.privatePkcs8Pem)),
      algorithm: .es256)
    let token = try signer.sign(["sub": "x"])
    func outcome(_ elements: [String]) throws -> (KeySet, String) {
      let set = try KeySet(jwks: #"{"keys":[\#(elements.joined(separator: ","))]}"#)
      return (set, Self.reason(Verifier(keys: set, algorithms: [.es256]), token))
    }
    let second = named.replacing(#""a""#, with: #""b""#)
    for (elements, keys, ignored, reason) in [
      ([nameless], 1, 0, "accepted x"), ([named], 1, 0, "accepted x"),
      ([broken, nameless], 1, 1, "accepted x"), ([broken, named], 1, 1, "accepted x"),
      ([named, nameless], 2, 0, "key_not_found"), ([nameless, nameless], 2, 0, "key_not_found"),
      ([nameless, named, second], 2, 1, "key_not_found"),
      (Array(repeating: nameless, count: 900), 2, 898, "key_not_found"),
      ([named] + Array(repeating: nameless, count: 900), 2, 899, "key_not_found"),
      ([broken, broken, named, broken], 1, 3, "accepted x"),
    ] {
      let (set, found) = try outcome(elements)
      #expect(
        set.keys.count == keys && set.ignoredCount == ignored && found == reason,
        "\(elements.count): \(set.keys.count), \(set.ignoredCount), \(found)")
    }
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
