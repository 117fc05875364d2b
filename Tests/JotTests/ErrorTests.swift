import Foundation
import Jot
import Testing

@Suite("JWTError")
struct ErrorTests {
  /// Every refusal, with its code for logs and metrics.
  static let table: [(JWTError, String)] =
    [
      (.tokenTooLarge, "token_too_large"), (.tokenMalformed, "token_malformed"),
      (.encrypted, "jwe_unsupported"), (.base64Invalid(.header), "base64_invalid"),
      (.base64Invalid(.payload), "base64_invalid"), (.base64Invalid(.signature), "base64_invalid"),
      (.headerInvalid, "header_invalid"), (.algorithmNotAllowed, "alg_not_allowed"),
      (.criticalUnsupported, "crit_unsupported"), (.b64Unsupported, "b64_unsupported"),
      (.typeMismatch, "typ_mismatch"), (.algorithmKeyMismatch, "alg_key_mismatch"),
      (.signatureInvalid, "signature_invalid"), (.claimsInvalid, "claims_invalid"),
      (.claimMissing("role"), "claim_missing"), (.expired, "expired"),
      (.notYetValid(.notBefore), "not_yet_valid"), (.notYetValid(.issuedAt), "not_yet_valid"),
      (.issuerMismatch, "issuer_mismatch"), (.issuerUnknown, "issuer_unknown"),
      (.issuerAbsent(at: 1), "issuer_absent"), (.issuerDuplicate(at: 2), "issuer_duplicate"),
      (.issuerKeyShared(at: 3), "issuer_key_shared"),
      (.subjectMismatch, "subject_mismatch"), (.claimMismatch("nonce"), "claim_mismatch"),
      (.claimType("azp"), "claim_type"), (.claimRange("auth_time"), "claim_range"),
      (.notYetValid("auth_time"), "not_yet_valid"),
      (.audienceMismatch, "audience_mismatch"), (.audienceUnexpected, "audience_mismatch"),
      (.keyEmpty, "key_empty"), (.keyTooShort(needed: 32, has: 6), "key_too_short"),
      (.keyWeak, "key_weak"), (.keyTooSmall(bits: 1024), "key_too_small"),
      (.keyTooLarge(bits: 16384), "key_too_large"), (.keyBadExponent, "key_bad_exponent"),
      (.keyInvalidPoint, "key_invalid_point"), (.keyWeakModulus, "key_weak"),
      (.keyEncrypted, "key_encrypted"), (.keyEncryptedSSH, "key_encrypted"),
      (.keyPassphraseWrong, "key_passphrase_wrong"),
      (.keyUse, "key_use"), (.keyAlgorithmMismatch, "key_alg_mismatch"),
      (.keyNotFound, "key_not_found"), (.keysUnavailable, "keys_unavailable"),
      (.keySetDuplicateID(at: 0, and: 1), "jwks_duplicate_kid"),
      (.keySetMixed, "jwks_mixed"), (.keySetPrivate, "jwks_private"),
      (.keySetEmpty, "jwks_empty"), (.keySetTooMany(limit: 1000), "jwks_too_many"),
      (.keyPassphraseCost, "key_passphrase_cost"), (.tooOld, "token_too_old"),
      (.remoteSignatureInvalid, "remote_signature_invalid"),
      (.bufferTooSmall(needed: 9), "buffer_too_small"),
      (.cryptographyFailed, "cryptography_failed"), (.providerMissing, "cryptography_failed"),
    ]
    + RegisteredClaim.allCases.flatMap { claim -> [(JWTError, String)] in
      [
        (.claimMissing(claim.rawValue), "claim_missing"), (.claimType(claim), "claim_type"),
        (.claimRange(claim), "claim_range"),
      ]
    }
    + JWTError.JWKMember.allCases.flatMap { member -> [(JWTError, String)] in
      [(.keyNumber(member), "key_malformed")]
        + JWTError.MemberFlaw.allCases.map { (.keyMember(member, $0), "key_malformed") }
    }
    + JWTError.KeyText.allCases.flatMap { text -> [(JWTError, String)] in
      [
        (.keyLooksAsymmetric(text), "key_looks_asymmetric"),
        (.keyUnsupported(text), "key_unsupported"),
        (.keyMalformed(wanted: .publicKey, found: text), "key_malformed"),
      ]
    }

  @Test("each case has its code and a one-line description", arguments: table)
  func reasons(error: JWTError, reason: String) {
    #expect(error.code.rawValue == reason)
    let line = error.description
    #expect(!line.isEmpty && line.allSatisfy { !$0.isNewline } && line.count < 200)
    // An error that the caller can correct says how.
    if reason.hasPrefix("key_") && error != .keyNotFound || reason.hasPrefix("buffer_") {
      let advice = [
        "make ", "pass ", "use ", "export ", "correct ", "get ", "with this passphrase", "convert ",
        "decrypt ",
      ].contains { line.contains($0) }
      #expect(advice, "\(line)")
    }
  }

  @Test("the codes are those of the attack corpus, and Jot's own where the corpus has none")
  func codes() throws {
    struct File: Decodable {
      struct Meta: Decodable { let reasons: [String: String] }
      let meta: Meta
    }
    let data = try Data(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Vectors/attacks-public.json"))
    let known = Set(try JSONDecoder().decode(File.self, from: data).meta.reasons.keys)
    let ours = Set(Self.table.map(\.1))
    #expect(
      ours.subtracting(known) == [
        "subject_mismatch", "claim_mismatch", "issuer_unknown", "issuer_absent", "issuer_duplicate",
        "issuer_key_shared",
        "token_too_old", "key_encrypted", "key_passphrase_wrong", "key_passphrase_cost",
        "jwks_too_many", "keys_unavailable",
        "remote_signature_invalid", "buffer_too_small", "cryptography_failed",
      ])
  }

  @Test("the table reaches every code, and every refusal that has a name")
  func complete() throws {
    #expect(Set(Self.table.map(\.0.code)) == Set(JWTError.Code.allCases))
    // Two refusals may share a code, so the names are compared too.
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let source = try String(
      contentsOf: folder.appending(path: "../../Sources/Jot/JOSE/JWTError+Members.swift"),
      encoding: .utf8)
    let names = Set(source.matches(of: #/static (?:var|func) (\w+)/#).map { String($0.1) })
    let table = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
      .components(separatedBy: "func reasons")[0]
    let used = Set(table.matches(of: #/\(\.(\w+)/#).map { String($0.1) })
    #expect(names.subtracting(used).isEmpty && names.count > 45)
  }

  @Test("a code is made of its raw value, and an error of its code has no details")
  func plainCodes() {
    for code in JWTError.Code.allCases {
      #expect(JWTError.Code(rawValue: code.rawValue) == code)
      let error = JWTError(code)
      #expect(error.code == code && !error.description.isEmpty)
      #expect(Details(of: error) == Details())
    }
    #expect(JWTError(.expired) == JWTError.expired)
    #expect(JWTError(.claimMissing) != JWTError.claimMissing("role"))
    // One code, two meanings.
    #expect(JWTError.audienceMismatch != JWTError.audienceUnexpected)
    #expect(JWTError.keyWeak != JWTError.keyWeakModulus)
  }

  @Test("a fault is the client's for a token, the keys' for a key, the machine's for the rest")
  func faults() {
    let machine: Set<JWTError.Code> = [
      .issuerAbsent, .issuerDuplicate, .issuerKeyShared, .bufferTooSmall, .cryptographyFailed,
    ]
    for code in JWTError.Code.allCases {
      let isOfKeys = ["key_", "keys_", "jwks_", "remote_"].contains(where: code.rawValue.hasPrefix)
      // The set is there and has no such key: the token names a wrong one.
      let isUnknownKey = code == .keyNotFound
      let expected: JWTError.Fault =
        machine.contains(code) ? .machine : isOfKeys && !isUnknownKey ? .keys : .client
      #expect(code.fault == expected && JWTError(code).fault == expected)
    }
  }

  /// Every detail of an error; those that it lacks are nil.
  struct Details: Equatable {
    var claim: String?
    var segment: JWTError.Segment?
    var neededBytes: Int?
    var bits: Int?
    var limit: Int?
    var index: Int?
  }

  @Test("an error has the details of its code and no others")
  func details() {
    func expect(
      _ error: JWTError, _ details: Details, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(Details(of: error) == details, sourceLocation: sourceLocation)
    }
    expect(.expired, Details())
    expect(.keyPassphraseCost, Details())
    expect(.keyMember(.kid, .type), Details())
    expect(.claimMissing("role"), Details(claim: "role"))
    expect(.claimMissing("iss"), Details(claim: "iss"))
    expect(.claimMissing(""), Details(claim: ""))
    expect(.claimType(.audience), Details(claim: "aud"))
    expect(.claimType("azp"), Details(claim: "azp"))
    expect(.claimMismatch("nonce"), Details(claim: "nonce"))
    expect(.claimRange(.expiration), Details(claim: "exp"))
    expect(.notYetValid(.issuedAt), Details(claim: "iat"))
    expect(.base64Invalid(.header), Details(segment: .header))
    expect(.base64Invalid(.payload), Details(segment: .payload))
    expect(.base64Invalid(.signature), Details(segment: .signature))
    expect(.keyTooShort(needed: 32, has: 6), Details(neededBytes: 32))
    expect(.bufferTooSmall(needed: 9), Details(neededBytes: 9))
    expect(.keyTooSmall(bits: 1024), Details(bits: 1024))
    expect(.keyTooLarge(bits: 16384), Details(bits: 16384))
    expect(.keySetTooMany(limit: 1000), Details(limit: 1000))
    expect(.tokenTooLarge(limit: 9000), Details(limit: 9000))
    expect(.issuerAbsent(at: 0), Details(index: 0))
    expect(.issuerDuplicate(at: 2), Details(index: 2))
    expect(.issuerKeyShared(at: 3), Details(index: 3))
  }

  @Test("the errors that verifiers, keys and sets throw have the details of what was refused")
  func thrown() throws {
    let key = try SigningKey(secret: Secret(VerifierTests.secret))
    let signer = try Signer(key: key, algorithm: .hs256)
    func error(
      _ token: String, required: [String] = [], audience: [String]? = nil
    ) throws -> JWTError? {
      let verifier = try Verifier(
        key: key.verificationKey, algorithms: [.hs256], audience: audience, required: required,
        clock: { VerifierTests.now })
      do throws(JWTError) {
        _ = try verifier.verify(token)
        return nil
      } catch {
        return error
      }
    }
    let later = JSON.integer(VerifierTests.now + 1)
    let token = try signer.sign(["sub": "x"])
    let parts = token.split(separator: ".")
    // Each verifier's own name, also when another one has interned it before.
    for name in ["role", "tenant", "role", "exp", "jti", "", "x.y", "é", "e\u{301}"] {
      let error = try #require(try error(token, required: ["sub", name]))
      #expect(error.code == .claimMissing && error == .claimMissing(name))
      #expect(error.claim.map { Array($0.utf8) } == Array(name.utf8))
      #expect(error.description.utf8.elementsEqual("the token lacks the claim \(name)".utf8))
    }
    for (claim, name) in [(RegisteredClaim.issuedAt, "iat"), (.notBefore, "nbf")] {
      let error = try error(signer.sign([name: later] as Claims))
      #expect(error == .notYetValid(claim) && error?.claim == name)
    }
    #expect(try error(signer.sign(["exp": "soon"]))?.claim == "exp")
    #expect(try error(signer.sign(["jti": 1]))?.claim == "jti")
    #expect(try error("\(parts[0])A.\(parts[1]).\(parts[2])")?.segment == .header)
    #expect(try error("\(parts[0]).\(parts[1]).A")?.segment == .signature)

    let needed = Verifier.scratchLength(forToken: token.utf8.count)
    let short = try Self.refusal(of: token, key.verificationKey, scratch: needed - 1)
    #expect(short?.code == .bufferTooSmall && short?.neededBytes == needed)
    let weak = try VerificationKey(secret: Secret("0123456789abcdef"))
    #expect(throws: JWTError.keyTooShort(needed: 32, has: 16)) {
      try Verifier(key: weak, algorithms: [.hs256])
    }
    let anonymous = try Verifier(key: key.verificationKey, algorithms: [.hs256])
    let named = try Verifier(key: key.verificationKey, algorithms: [.hs256], issuer: "a")
    #expect {
      try IssuerVerifier([named, anonymous])
    } throws: { error in
      (error as? JWTError)?.code == .issuerAbsent && (error as? JWTError)?.index == 1
    }
    let small = try #require(TestKeys.shared["rsa1024"]?.publicSpkiPem)
    #expect {
      try VerificationKey(publicKey: small)
    } throws: { error in
      (error as? JWTError)?.bits == 1024
    }
    let jwk = try #require(SigningKey.generate(.p256).verificationKey.jwkRepresentation).text
    #expect {
      try KeySet(jwks: #"{"keys":[\#(jwk),\#(jwk)]}"#, keyLimit: 1)
    } throws: { error in
      (error as? JWTError)?.limit == 1
    }
  }

  /// Why `token` is refused with a scratch of `count` bytes.
  private static func refusal(
    of token: String, _ key: VerificationKey, scratch count: Int
  ) throws -> JWTError? {
    let verifier = try Verifier(key: key, algorithms: [.hs256])
    let bytes = Array(token.utf8)
    var scratch = [UInt8](repeating: 0, count: count)
    var span = scratch.mutableSpan
    do throws(JWTError) {
      _ = try verifier.verify(bytes.span, scratch: &span)
      return nil
    } catch {
      return error
    }
  }

  @Test("names of claims are compared as bytes: é in two forms are two names")
  func claimNames() {
    let (composed, decomposed) = (
      JWTError.claimMissing("\u{e9}"), JWTError.claimMissing("e\u{301}")
    )
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
    #expect(composed.claim.map { Array($0.utf8) } == [0xc3, 0xa9])
    #expect(decomposed.claim.map { Array($0.utf8) } == [0x65, 0xcc, 0x81])
    #expect(JWTError.claimMissing("role") == JWTError.claimMissing("role"))
    #expect(JWTError.claimMissing("role") != JWTError.claimMissing("Role"))
    #expect(JWTError.claimMissing("exp") != JWTError.claimType(.expiration))
  }

  @Test("what only explains a refusal does not count when errors are compared")
  func explanations() throws {
    let key = try SigningKey.generate(.secret)
    let set = try KeySet(jwks: #"{"keys":[{"kty":"AKP","kid":"a"},\#(Self.jwk)]}"#)
    let verifier = Verifier(keys: set, algorithms: [.hs256], tokenLimit: 9000)
    func error(_ token: String) -> JWTError? {
      do throws(JWTError) {
        _ = try verifier.verify(token)
        return nil
      } catch {
        return error
      }
    }
    func token(_ header: String) -> String { "\(Base64URL.encode(Array(header.utf8))).e30.AA" }
    let digits = String(repeating: "1", count: 4301)
    let named = try Signer(key: key, algorithm: .hs256, keyID: "a").sign([:])
    for (token, plain) in [
      ("", .tokenMalformed), ("e30=.e30.AA", .tokenMalformed), ("Bearer x", .tokenMalformed),
      (token("{}"), .headerInvalid), (token(#"{"alg":1}"#), .headerInvalid),
      (token(#"{"alg":"HS256","x":\#(digits)}"#), .headerInvalid), (named, .keyNotFound),
      (String(repeating: "a", count: 9001), .tokenTooLarge),
    ] as [(String, JWTError)] {
      let error = try #require(error(token))
      #expect(error.description != plain.description)
      #expect(error == plain && plain == error && error == JWTError(plain.code))
      #expect(error.hashValue == plain.hashValue && Set([error, plain]).count == 1)
      #expect(plain ~= (error as any Error))
      #expect(Self.name { throw error } == (plain == .tokenMalformed ? "malformed" : "other"))
    }
    // Facts count.
    for (left, right) in [
      (.base64Invalid(.header), .base64Invalid(.payload)), (.keyWeak, .keyWeakModulus),
      (.keySetTooMany(limit: 1), .keySetTooMany(limit: 2)),
      (.issuerAbsent(at: 0), .issuerAbsent(at: 1)),
      (.audienceMismatch, .audienceUnexpected), (.keyTooSmall(bits: 1), .keyTooSmall(bits: 2)),
      (.keyMember(.kid, .type), .keyMember(.alg, .type)),
    ] as [(JWTError, JWTError)] {
      #expect(left != right && Set([left, right]).count == 2)
    }
  }

  /// A set's usable key.
  private static let jwk = try! SigningKey.generate(.p256).verificationKey.jwkRepresentation!.text

  @Test("each message about a token's text is one line of its own")
  func flaws() {
    let lines = TokenFlaw.allCases.map(\.rawValue)
    #expect(lines.allSatisfy { $0.hasPrefix("the token") && !$0.contains("\n") && $0.count < 100 })
  }

  @Test("eight threads that name claims at once get their own names back")
  func threads() {
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for number in 0..<200 {
        // Half of the names are the same on all threads.
        let name = number % 2 == 0 ? "shared \(number)" : "own \(thread) \(number)"
        if JWTError.claimMissing(name).claim != name { Issue.record("\(name)") }
      }
    }
  }

  @Test("an error and a verdict are trivial values: throwing one retains nothing")
  func trivial() {
    #expect(_isPOD(JWTError.self) && _isPOD(JWTError?.self) && _isPOD(Verifier.Verdict.self))
  }

  @Test("an error is caught by its name, where other errors are thrown too")
  func caught() throws {
    let key = try SigningKey(secret: Secret(VerifierTests.secret))
    let token = try Signer(key: key, algorithm: .hs256).sign(["exp": 1])
    let verifier = try Verifier(key: key.verificationKey, algorithms: [.hs256])
    #expect(Self.name { () throws(JWTError) in _ = try verifier.verify(token) } == "expired")
    #expect(Self.name { throw JWTError.expired } == "expired")
    #expect(Self.name { throw JWTError.signatureInvalid } == "signature")
    #expect(Self.name { throw JWTError.claimMissing("role") } == "role")
    #expect(Self.name { throw JWTError.claimMissing("exp") } == "other")
    #expect(Self.name { throw CancellationError() } == "other")
  }

  /// The clause that catches what `body` throws.
  private static func name(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "none"
    } catch JWTError.signatureInvalid {
      return "signature"
    } catch JWTError.tokenMalformed {
      return "malformed"
    } catch JWTError.expired {
      return "expired"
    } catch JWTError.claimMissing("role") {
      return "role"
    } catch {
      return "other"
    }
  }
}

extension ErrorTests.Details {
  init(of error: JWTError) {
    self.init(
      claim: error.claim, segment: error.segment, neededBytes: error.neededBytes, bits: error.bits,
      limit: error.limit, index: error.index)
  }
}
