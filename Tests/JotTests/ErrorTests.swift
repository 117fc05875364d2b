import Foundation
import Jot
import Testing

@Suite("JWTError")
struct ErrorTests {
  /// Every case, with its code for logs and metrics.
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
      (.subjectMismatch, "subject_mismatch"),
      (.audienceMismatch, "audience_mismatch"), (.audienceUnexpected, "audience_mismatch"),
      (.keyEmpty, "key_empty"), (.keyTooShort(needed: 32, has: 6), "key_too_short"),
      (.keyWeak, "key_weak"), (.keyTooSmall(bits: 1024), "key_too_small"),
      (.keyTooLarge(bits: 16384), "key_too_large"), (.keyBadExponent, "key_bad_exponent"),
      (.keyInvalidPoint, "key_invalid_point"), (.keyWeakModulus, "key_weak"),
      (.keyEncrypted, "key_encrypted"), (.keyPassphraseWrong, "key_passphrase_wrong"),
      (.keyUse, "key_use"), (.keyAlgorithmMismatch, "key_alg_mismatch"),
      (.keyNotFound, "key_not_found"), (.keySetDuplicateID, "jwks_duplicate_kid"),
      (.keySetMixed, "jwks_mixed"), (.keySetPrivate, "jwks_private"),
      (.keySetEmpty, "jwks_empty"), (.keySetTooMany(limit: 1000), "jwks_too_many"),
      (.keyPassphraseCost, "key_passphrase_cost"), (.tooOld, "token_too_old"),
      (.remoteSignatureInvalid, "remote_signature_invalid"),
      (.bufferTooSmall(needed: 9), "buffer_too_small"),
      (.cryptographyFailed, "cryptography_failed"),
    ]
    + RegisteredClaim.allCases.flatMap { claim -> [(JWTError, String)] in
      [
        (.claimMissing(claim.rawValue), "claim_missing"), (.claimType(claim), "claim_type"),
        (.claimRange(claim), "claim_range"),
      ]
    }
    + JWTError.JWKMember.allCases.map { (.keyMember($0), "key_malformed") }
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
        "make ", "pass ", "use ", "export ", "correct ", "get ", "with this passphrase",
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
        "subject_mismatch", "issuer_unknown", "issuer_absent", "issuer_duplicate",
        "issuer_key_shared",
        "token_too_old", "key_encrypted", "key_passphrase_wrong", "key_passphrase_cost",
        "jwks_too_many",
        "remote_signature_invalid", "buffer_too_small", "cryptography_failed",
      ])
  }

  @Test("the table has every case of the enumeration")
  func complete() throws {
    let source = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/Jot/JOSE/JWTError+Members.swift"), encoding: .utf8)
    // `reason` is a switch that the compiler checks for completeness: each of its codes must be
    // here.
    let codes = source.split(separator: "\n").compactMap { line -> String? in
      let parts = line.split(separator: "\"")
      return line.hasPrefix("    case .") && parts.count == 2 && !parts[1].contains(" ")
        ? String(parts[1]) : nil
    }
    #expect(Set(codes) == Set(Self.table.map(\.1)) && codes.count > 25)
  }
}
