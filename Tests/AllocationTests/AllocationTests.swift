import CMallocCount
import CProbe
import Foundation
import Jot
import JotFoundation
import Synchronization
import TestSupport
import Testing

/// Counts the real calls of the allocator on a fresh thread: 0 from the second operation on.
@Suite("Allocations", .serialized)
struct AllocationTests {
  static let secret = "an allocation test's secret of more than 64 bytes: 0123456789abcdefghij"
  static let now: Int64 = 1_767_225_600

  @Test("verifying HS256 with every claim checked allocates nothing")
  func verify() throws {
    let verifier = try Self.verifier()
    let token = Array(try Self.token(["exp": .integer(Self.now + 60)]).utf8)
    try expectNone {
      var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
      return {
        var span = scratch.mutableSpan
        let claims = try? verifier.verify(token.span, scratch: &span)
        return claims?.expiration == Self.now + 60
      }
    }
  }

  @Test("choosing an issuer's verifier allocates nothing, for plain payloads and others")
  func issuers() throws {
    let verifiers = try (0..<20).map { index in
      try Verifier(
        key: VerificationKey(secret: Secret(Self.secret + "\(index)")), algorithms: [.hs256],
        issuer: "https://issuer-\(index).test")
    }
    let verifier = try IssuerVerifier(verifiers)
    let signer = try Signer(
      key: SigningKey(secret: Secret(Self.secret + "7")), algorithm: .hs256)
    for text in ["plain", "\u{1f511} \"not\" plain"] {
      for (issuer, reason) in [(7, nil), (8, "signature_invalid"), (20, "issuer_unknown")] {
        let token = Array(
          try signer.sign([
            "iss": .string("https://issuer-\(issuer).test"), "x": .string(text),
          ]).utf8)
        try expectNone {
          var scratch = [UInt8](
            repeating: 0, count: Verifier.scratchLength(forToken: token.count))
          return {
            var span = scratch.mutableSpan
            do throws(JWTError) {
              _ = try verifier.verify(token.span, scratch: &span)
              return reason == nil
            } catch {
              return error.code.rawValue == reason
            }
          }
        }
        let ranges = [0..<token.count]
        try expectNone {
          var scratch = [UInt8](
            repeating: 0, count: Verifier.scratchLength(forTokens: 1, longest: token.count))
          var verdicts = [Verifier.Verdict()]
          return {
            var span = scratch.mutableSpan
            var results = verdicts.mutableSpan
            _ = try? verifier.verify(
              batch: ranges.span, of: token.span, scratch: &span, into: &results)
            return results[0].error?.code.rawValue == reason
          }
        }
      }
    }
  }

  @Test("verifying HS384 and HS512 allocates nothing, also with a key set")
  func otherHashes() throws {
    let key = try Self.key()
    let sets = try KeySet([
      VerificationKey(secret: Secret(Self.secret), keyID: "a"),
      VerificationKey(secret: Secret(Self.secret + "b"), keyID: "b"),
    ])
    for algorithm in [Algorithm.hs256, .hs384, .hs512] {
      let signer = try Signer(key: key, algorithm: algorithm, keyID: "a")
      let token = Array(try signer.sign(["sub": "x"]).utf8)
      for verifier in [
        try Verifier(key: key.verificationKey, algorithms: [algorithm]),
        Verifier(keys: sets, algorithms: [algorithm]),
      ] {
        try expectNone {
          var scratch = [UInt8](
            repeating: 0, count: Verifier.scratchLength(forToken: token.count))
          return {
            var span = scratch.mutableSpan
            return (try? verifier.verify(token.span, scratch: &span)) != nil
          }
        }
      }
    }
  }

  @Test("a cached token allocates nothing, valid or expired")
  func cached() throws {
    let signing = try SigningKey.generate(.p256)
    let sets = RotatingKeySet(try KeySet([signing.verificationKey]))
    let cache = TokenCache(entries: 100, bytes: 1 << 18)
    for padding in [0, 2000] {
      let token = Array(
        try Signer(key: signing, algorithm: .es256).sign([
          "sub": .string(String(repeating: "x", count: padding)), "exp": .integer(Self.now + 60),
        ]).utf8)
      for verifier in [
        try Verifier(
          key: signing.verificationKey, algorithms: [.es256], clock: { Self.now }),
        Verifier(keys: sets, algorithms: [.es256], clock: { Self.now }),
      ] {
        try expectNone {
          var scratch = [UInt8](
            repeating: 0, count: Verifier.scratchLength(forToken: token.count))
          return {
            var span = scratch.mutableSpan
            let claims = try? cache.verify(token.span, with: verifier, scratch: &span)
            return claims?.expiration == Self.now + 60
          }
        }
      }
      let calls = Reading()
      let late = Verifier(
        keys: sets, algorithms: [.es256], clock: { calls.next() == 0 ? Self.now : Self.now + 60 })
      try expectNone {
        var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
        return {
          var span = scratch.mutableSpan
          do throws(JWTError) {
            return try cache.verify(token.span, with: late, scratch: &span).payloadLength > 0
              && calls.count == 1
          } catch {
            return error == .expired
          }
        }
      }
    }
    #expect(cache.statistics.hits == 6 * 10_000 && cache.statistics.misses == 6)
  }

  @Test(
    "verifying RSA with a kernel allocates nothing, for a valid token or a forged one",
    arguments: [2048, 3072, 4096])
  func rsa(bits: Int) throws {
    guard RSAPublicKey.bestKernel != .portable else { try skip("not on this CPU") }
    let key = try SigningKey.generate(.rsa, bits: bits)
    for algorithm in [Algorithm.rs256, .rs512, .ps256, .ps384] {
      let verifier = try Verifier(key: key.verificationKey, algorithms: [algorithm])
      let token = Array(try Signer(key: key, algorithm: algorithm).sign(["sub": "x"]).utf8)
      var forged = token
      forged[token.count - 9] = forged[token.count - 9] == 0x41 ? 0x42 : 0x41
      for (token, isGood) in [(token, true), (forged, false)] {
        try expectNone(rounds: 500) {
          var scratch = [UInt8](
            repeating: 0, count: Verifier.scratchLength(forToken: token.count))
          return {
            var span = scratch.mutableSpan
            return ((try? verifier.verify(token.span, scratch: &span)) != nil) == isGood
          }
        }
      }
    }
  }

  @Test("reading claims by name allocates nothing")
  func named() throws {
    let verifier = try Self.verifier()
    let token = Array(try Self.token(["exp": .integer(Self.now + 60), "level": 3]).utf8)
    let (level, role, admin) = (
      Array("level".utf8), Array("role".utf8), Array("\u{1f511} admin".utf8)
    )
    try expectNone {
      var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
      return {
        var span = scratch.mutableSpan
        guard let claims = try? verifier.verify(token.span, scratch: &span) else { return false }
        return claims.integer(of: level.span, in: span) == 3
          && claims.contains(admin.span, of: role.span, in: span)
      }
    }
  }

  @Test("for other algorithms the only allocations are OpenSSL's own")
  func besideOpenSSL() throws {
    guard malloc_count_is_available() != 0 else {
      try skip("the allocator is not interposed here: a sanitizer, or no glibc")
    }
    var report: [String] = []
    for type in KeyType.allCases where type != .secret {
      let signing = try SigningKey.generate(type, bits: 2048)
      let body = signing.verificationKey.pemRepresentation!.split(separator: "\n")
        .filter { !$0.hasPrefix("-") }.joined()
      let der = Array(try #require(Data(base64Encoded: body)))
      for algorithm in type.algorithms {
        let token = Array(try Signer(key: signing, algorithm: algorithm).sign(["sub": "x"]).utf8)
        let verifier = try Verifier(key: signing.verificationKey, algorithms: [algorithm])
        var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
        let ours = Self.count {
          var span = scratch.mutableSpan
          return (try? verifier.verify(token.span, scratch: &span)) != nil
        }
        let parts = String(decoding: token, as: UTF8.self).split(separator: ".")
        let message = Array("\(parts[0]).\(parts[1])".utf8)
        var signature = Array(
          try #require(
            Data(
              base64Encoded: parts[2].replacing("-", with: "+").replacing("_", with: "/")
                + String(repeating: "=", count: (4 - parts[2].count % 4) % 4))))
        if algorithm.family == .ecdsa { signature = Self.der(signature) }
        let kinds: [Algorithm.Family: Int32] = [.rsa: 0, .ecdsa: 2, .edDSA: 3]
        let kind = algorithm.rawValue.hasPrefix("PS") ? 1 : kinds[algorithm.family] ?? 0
        let bits = Int32(8 * (algorithm.hash?.digestLength ?? 0))
        try #require(unsafe reference_open(der, der.count, kind, bits) == 1)
        let theirs = Self.count {
          unsafe reference_verify(signature, signature.count, message, message.count) == 1
        }
        report.append("\(algorithm.rawValue) \(ours)/\(theirs)")
        #expect(ours <= theirs, "\(algorithm.rawValue) with \(type.rawValue)")
      }
    }
    print("allocations, Jot's/OpenSSL's: \(report.joined(separator: ", "))")
  }

  @Test("verifying with the table of a curve's key allocates nothing")
  func tables() throws {
    guard malloc_count_is_available() != 0 else {
      try skip("the allocator is not interposed here: a sanitizer, or no glibc")
    }
    for type in [KeyType.p256, .p384, .p521, .secp256k1, .ed25519] {
      let signing = try SigningKey.generate(type)
      for algorithm in type.algorithms {
        let token = Array(try Signer(key: signing, algorithm: algorithm).sign(["sub": "x"]).utf8)
        var forged = token
        forged[token.count - 10] ^= 1
        let verifier = try Verifier(key: signing.verificationKey, algorithms: [algorithm])
        for _ in 0..<8 { _ = try verifier.verify(token) }
        let bad = forged
        var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
        let calls = Self.count {
          var span = scratch.mutableSpan
          return (try? verifier.verify(token.span, scratch: &span)) != nil
            && (try? verifier.verify(bad.span, scratch: &span)) == nil
        }
        #expect(calls == 0, "\(algorithm.rawValue) with \(type.rawValue)")
      }
    }
  }

  @Test("a token beyond the limit costs no memory in proportion to its length, whatever its type")
  func tooLarge() throws {
    guard malloc_count_is_available() != 0 else {
      try skip("the allocator is not interposed here: a sanitizer, or no glibc")
    }
    let key = try SigningKey.generate(.p256)
    let plain = try Verifier(
      key: key.verificationKey, algorithms: [.es256], issuer: "https://issuer.test")
    let issuers = try IssuerVerifier([plain])
    let cache = TokenCache()
    let bytes = [UInt8](repeating: 65, count: 1 << 20)
    let text = String(decoding: bytes, as: UTF8.self)
    let (part, data) = (text.dropFirst(), Data(bytes))
    for verifier in [
      plain, issuers, CachedVerifier(plain, cache: cache), CachedVerifier(issuers, cache: cache),
    ] as [any TokenVerifier] {
      for (name, verify) in [
        ("String", { () throws(JWTError) in try verifier.verify(text) }),
        ("Substring", { () throws(JWTError) in try verifier.verify(part) }),
        ("[UInt8]", { () throws(JWTError) in try verifier.verify(bytes) }),
        ("Data", { () throws(JWTError) in try verifier.verify(data) }),
      ] as [(String, () throws(JWTError) -> VerifiedClaims)] {
        var refusal: JWTError?
        malloc_count_start()
        do throws(JWTError) { _ = try verify() } catch { refusal = error }
        _ = malloc_count_stop()
        #expect(refusal == .tokenTooLarge)
        #expect(malloc_count_peak() < 1 << 12, "\(type(of: verifier)), \(name)")
      }
    }
  }

  @Test("unusable elements of a JWK set take little memory, even a million of them")
  func noKeys() throws {
    guard malloc_count_is_available() != 0 else {
      try skip("the allocator is not interposed here: a sanitizer, or no glibc")
    }
    let key = try #require(
      SigningKey.generate(.p256).verificationKey.jwkRepresentation
    ).text
    for element in ["1", "\"x\"", "null", "[{}]"] {
      let junk = String(repeating: "\(element),", count: 1_000_000)
      for (limit, most) in [(1000, 80), (1_000_001, 5000)] {
        let text = Secret(#"{"keys":[\#(junk)\#(key)]}"#)
        malloc_count_start()
        let keys = (try? KeySet(jwks: text, keyLimit: limit))?.keys.count
        let calls = malloc_count_stop()
        #expect(keys == (limit == 1000 ? nil : 1))
        #expect(calls < most, "\(calls) calls of the allocator")
        // The text, and the scanner's table of names after it.
        #expect(malloc_count_peak() < 20 * text.count)
      }
    }
  }

  /// The allocator's calls in one of a hundred runs of `body` on one CPU, after the first run.
  private static func count(_ body: () -> Bool) -> UInt64 {
    probe_stay()
    defer { probe_roam() }
    guard body() else { return .max }
    var isRight = true
    malloc_count_start()
    for _ in 0..<100 where !body() { isRight = false }
    let calls = malloc_count_stop()
    return isRight ? (calls + 99) / 100 : .max
  }

  /// Encodes r and s as DER.
  private static func der(_ raw: [UInt8]) -> [UInt8] {
    let width = raw.count / 2
    let numbers = [raw[..<width], raw[width...]].map { number -> [UInt8] in
      let digits = Array(number.drop { $0 == 0 })
      let content = digits.isEmpty || digits[0] >= 0x80 ? [0] + digits : digits
      return [2, UInt8(content.count)] + content
    }
    let content = numbers[0] + numbers[1]
    return content.count < 128
      ? [0x30, UInt8(content.count)] + content : [0x30, 0x81, UInt8(content.count)] + content
  }

  @Test("signing HS256 into a buffer allocates nothing")
  func sign() throws {
    let signer = try Signer(
      key: SigningKey(secret: Secret(Self.secret)), algorithm: .hs256)
    let payload = Array(#"{"sub":"57cbb51a-ab71-4009-8802-3f54b4f2e23c","exp":1767229200}"#.utf8)
    try expectNone {
      var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
      let length = token.count
      return {
        var span = token.mutableSpan
        return (try? signer.sign(payload: payload.span, into: &span)) == length
      }
    }
  }

  @Test(
    "signing a batch into a buffer allocates nothing",
    arguments: [Algorithm.hs256, .hs384, .hs512])
  func signMany(algorithm: Algorithm) throws {
    let signer = try Signer(
      key: SigningKey(secret: Secret(Self.secret)), algorithm: algorithm)
    let text = Array(#"{"sub":"57cbb51a-ab71-4009-8802-3f54b4f2e23c","exp":1767229200}"#.utf8)
    for count in [1, 2, 40] {
      try expectNone {
        let payloads = [Range<Int>](repeating: 0..<text.count, count: count)
        let length = count * signer.tokenLength(forPayload: text.count)
        var tokens = [UInt8](repeating: 0, count: length)
        var places = payloads
        return {
          var span = tokens.mutableSpan
          var results = places.mutableSpan
          do throws(JWTError) {
            try signer.sign(batch: payloads.span, of: text.span, into: &span, ranges: &results)
          } catch { return false }
          return results[count - 1].upperBound == length
        }
      }
    }
  }

  @Test("refusing a token allocates nothing, for any reason")
  func refuse() throws {
    let verifier = try Self.verifier()
    let good = try Self.token(["exp": .integer(Self.now + 60)])
    let refused: [(String, String)] = [
      ("", "token_malformed"), ("a.b.c.d.e", "jwe_unsupported"),
      (String(repeating: "a", count: 20_000), "token_too_large"), (good + "AA", "base64_invalid"),
      (good + "A", "signature_invalid"),
      (good + "=", "token_malformed"), (good.dropLast() + "A", "signature_invalid"),
      ("Bearer " + good, "token_malformed"), (" \(good)\n", "token_malformed"),
      ("{\"a\"}", "token_malformed"), (".e30.", "header_invalid"), ("e30.e30.", "header_invalid"),
      ("eyJhbGciOiJIUzI1NiJ9.e30.", "signature_invalid"),
      ("eyJhbGciOiJIUzI1NiIsImtpZCI6bnVsbH0.e30.", "header_invalid"),
      ("eyJhbGciOiJub25lIn0.e30.", "alg_not_allowed"),
      (try Self.token([:], as: Signer(key: Self.key(), algorithm: .hs512)), "alg_not_allowed"),
      (try Self.token(["exp": .integer(Self.now)]), "expired"),
      (try Self.token(["exp": .string("soon")]), "claim_type"),
      (try Self.token(["exp": .integer(1), "aud": .string("other")]), "expired"),
      (try Self.token(["aud": .string("other")]), "claim_missing"),
      (try Self.token(["exp": .integer(.max), "aud": .array(["a", "b"])]), "audience_mismatch"),
      (try Self.token(["exp": .integer(.max), "iss": .string("x")]), "issuer_mismatch"),
      (try Self.token(["exp": .integer(.max), "nbf": .integer(.max)]), "not_yet_valid"),
      (try Self.signed(#"{"exp":1,"exp":2}"#), "claims_invalid"),
      (try Self.signed(String(repeating: "[", count: 500)), "claims_invalid"),
    ]
    // A set that skipped an element, whose kid is "b".
    let element = #"{"kty":"oct","kid":"k","k":"\#(String(repeating: "kQ", count: 32))"}"#
    let set = Verifier(
      keys: try KeySet(jwks: #"{"keys":[{"kty":"AKP","kid":"b"},\#(element)]}"#),
      algorithms: [.hs256])
    let unknown = [
      "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.e30.", "eyJhbGciOiJIUzI1NiIsImtpZCI6ImIifQ.e30.",
    ].map { ($0, "key_not_found", set) }
    for (token, reason, verifier) in refused.map({ ($0, $1, verifier) }) + unknown {
      let bytes = Array(token.utf8)
      try expectNone {
        var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: bytes.count))
        return {
          var span = scratch.mutableSpan
          do throws(JWTError) {
            _ = try verifier.verify(bytes.span, scratch: &span)
            return false
          } catch {
            return error.code.rawValue == reason
          }
        }
      }
    }
  }

  @Test("encoding and decoding base64url allocates nothing, for valid and invalid text")
  func base64url() throws {
    for count in [0, 1, 31, 32, 33, 1000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
      try expectNone {
        var text = [UInt8](repeating: 0, count: Base64URL.encodedLength(of: count))
        var back = [UInt8](repeating: 0, count: count)
        return {
          var span = text.mutableSpan
          var other = back.mutableSpan
          let written = try? Base64URL.encode(bytes.span, in: 0..<count, into: &span)
          let read = try? Base64URL.decode(span.span, in: 0..<(written ?? 0), into: &other)
          let bad = try? Base64URL.decode(bytes.span, in: 0..<count, into: &other)
          return read == count && (count == 0 || bad == nil)
        }
      }
    }
  }

  @Test("asking verified claims for a scope or a role allocates nothing")
  func scopes() throws {
    let claims = try Self.verifier().verify(
      Self.token([
        "exp": .integer(Self.now + 60), "scope": "a_scope_of_more_than_15_bytes read",
        "realm_access": ["roles": ["a_role_of_more_than_15_bytes", "admin"]],
      ]))
    try expectNone {
      let path: ClaimPath = ["realm_access", "roles"]
      let (scope, role) = ("a_scope_of_more_than_15_bytes", "a_role_of_more_than_15_bytes")
      return {
        claims.hasScope(scope) && claims.hasScope("read") && !claims.hasScope("write")
          && claims.hasRole(role, in: path) && claims.hasRole("admin", in: path)
          && !claims.hasRole("root", in: path)
      }
    }
  }

  @Test("a planted allocation makes the check fail")
  func planted() throws {
    guard malloc_count_is_available() != 0 else {
      try skip("the allocator is not interposed here: a sanitizer, or no glibc")
    }
    let keeper = Keeper()
    withKnownIssue {
      try expectNone {
        {
          // An object that outlives the call keeps it, so that the optimizer can't remove it.
          keeper.kept = [UInt8](repeating: 1, count: 100)
          return true
        }
      }
    }
  }

  /// Runs the closure that `make` returns `rounds` + 1 times on a fresh thread. Expects true each
  /// time, and no allocation from the second run on.
  private func expectNone(
    rounds: Int = 10_000,
    _ make: @escaping @Sendable () -> () -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    guard malloc_count_is_available() != 0 else {
      try skip("the allocator is not interposed here: a sanitizer, or no glibc")
    }
    let outcome = Outcome()
    let thread = Thread {
      let body = make()
      var isRight = body()
      malloc_count_start()
      for _ in 0..<rounds where !body() { isRight = false }
      outcome.finish(malloc_count_stop(), isRight)
    }
    thread.start()
    let (calls, isRight) = outcome.wait()
    #expect(calls == 0, "calls of the allocator", sourceLocation: sourceLocation)
    #expect(isRight, "the answers", sourceLocation: sourceLocation)
  }

  private static func key() throws -> SigningKey { try SigningKey(secret: Secret(secret)) }

  private static func verifier() throws -> Verifier {
    try Verifier(
      key: VerificationKey(secret: Secret(secret)), algorithms: [.hs256],
      audience: ["fastapi-users:auth", "other:audience"], issuer: "https://issuer.test",
      required: ["exp", "sub", "jti", "role"], leeway: 0, clock: { now })
  }

  /// A token with every claim that the verifier requires except `exp`; `claims` replace or add.
  private static func token(_ claims: [String: JSON], as signer: Signer? = nil) throws -> String {
    var all: Claims = [
      "sub": "57cbb51a-ab71-4009-8802-3f54b4f2e23c", "aud": ["fastapi-users:auth"],
      "iss": "https://issuer.test", "iat": .integer(now), "nbf": .integer(now), "jti": "1",
      "role": "\u{1f511} admin",
    ]
    for (name, value) in claims { all[name] = value }
    return try (signer ?? Signer(key: key(), algorithm: .hs256)).sign(all)
  }

  /// Signs any payload.
  private static func signed(_ payload: String) throws -> String {
    let signer = try Signer(key: key(), algorithm: .hs256)
    let payload = Array(payload.utf8)
    var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
    var span = token.mutableSpan
    _ = try signer.sign(payload: payload.span, into: &span)
    return String(decoding: token, as: UTF8.self)
  }
}

/// A thread's result; reading it waits for the thread.
private final class Outcome: @unchecked Sendable {
  private let done = DispatchSemaphore(value: 0)
  private var result: (UInt64, Bool) = (0, false)

  func finish(_ calls: UInt64, _ isRight: Bool) {
    result = (calls, isRight)
    done.signal()
  }

  func wait() -> (UInt64, Bool) {
    done.wait()
    return result
  }
}

private final class Keeper: @unchecked Sendable {
  var kept: [UInt8] = []
}

/// Counts how often a clock was read.
private final class Reading: Sendable {
  private let number = Atomic<Int>(0)
  var count: Int { number.load(ordering: .relaxed) }
  func next() -> Int { number.wrappingAdd(1, ordering: .relaxed).oldValue }
}
