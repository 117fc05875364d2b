import Foundation
import Jot
import TestSupport
import Testing

/// Third-party vectors, kept outside this project: the folder that JOT_VECTORS names.
enum Vectors {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["JOT_VECTORS"] {
      return URL(filePath: path, directoryHint: .isDirectory)
    }
    return URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../shared/vectors", directoryHint: .isDirectory)
  }()

  /// Reads a file of the folder; skips the test, with a message, if it is missing.
  static func load(_ path: String) throws -> JSON {
    guard let data = try? Data(contentsOf: folder.appending(path: path)) else {
      try skip("no \(path) in JOT_VECTORS")
    }
    // Some files have lone surrogates or duplicate names on purpose, but only inside strings.
    return try JSON(object: String(decoding: data, as: UTF8.self))
  }

  static func bytes(_ hex: JSON?) -> [UInt8] {
    let digits = Array((hex?.string ?? "").utf8)
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
    }
  }
}

/// Promises P3 and P4: the primitives and the JOSE layer are correct.
@Suite("Wycheproof")
struct WycheproofTests {
  @Test(
    "HMAC: full tags verify, truncated ones never",
    arguments: [(256, Algorithm.hs256), (384, .hs384), (512, .hs512)])
  func hmac(bits: Int, algorithm: Algorithm) throws {
    let count = try each("hmac_sha\(bits)_test") { group, test in
      let secret = Vectors.bytes(test["key"])
      let key = try VerificationKey(secret: Secret(copying: secret.span), allowingShort: true)
      let whole = group["tagSize"]?.integer == Int64(bits)
      return (key, algorithm, test["tag"], whole && test["result"]?.string == "valid")
    }
    #expect(count == 174)
  }

  @Test(
    "RSASSA-PKCS1-v1_5, lenient encodings refused",
    arguments: [2048, 3072, 4096, 8192], [(256, Algorithm.rs256), (384, .rs384), (512, .rs512)])
  func rsa(bits: Int, hash: (Int, Algorithm)) throws {
    let count = try each("rsa_signature_\(bits)_sha\(hash.0)_test") { group, test in
      (try Self.key(group), hash.1, test["sig"], test["result"]?.string == "valid")
    }
    #expect((258...260).contains(count))
  }

  @Test(
    "RSASSA-PSS: only the salt length and mask hash of RFC 7518",
    arguments: [
      ("2048_sha256_mgf1_0", 103), ("2048_sha256_mgf1_32", 108), ("2048_sha256_mgf1sha1_20", 108),
      ("2048_sha384_mgf1_48", 141), ("3072_sha256_mgf1_32", 108), ("4096_sha256_mgf1_32", 108),
      ("4096_sha384_mgf1_48", 141), ("4096_sha512_mgf1_32", 177), ("4096_sha512_mgf1_64", 179),
      ("misc", 150),
    ])
  func pss(file: String, expected: Int) throws {
    let count = try each("rsa_pss_\(file)_test") { group, test in
      let sha = group["sha"]?.string ?? ""
      let algorithm: Algorithm =
        sha == "SHA-512" ? .ps512 : sha == "SHA-384" ? .ps384 : .ps256
      let fits =
        ["SHA-256", "SHA-384", "SHA-512"].contains(sha) && group["mgfSha"]?.string == sha
        && group["sLen"]?.integer == algorithm.hash.map { Int64($0.digestLength) }
      // In files of another salt length, the modified vectors have RFC 7518's length.
      let isModified =
        test["comment"]?.string == "s_len changed to 32" && file == "2048_sha256_mgf1_0"
      return (
        try Self.key(group), algorithm, test["sig"],
        fits && test["result"]?.string == "valid" || isModified
      )
    }
    #expect(count == expected)
  }

  @Test(
    "ECDSA, raw r and s of the exact length",
    arguments: [
      ("secp256r1_sha256", Algorithm.es256, 262), ("secp384r1_sha384", .es384, 280),
      ("secp521r1_sha512", .es512, 318), ("secp521r1_sha512", .es521, 318),
      ("secp256k1_sha256", .es256k, 252),
      // No JWS algorithm uses P-256 with SHA-512, so none of these is valid.
      ("secp256r1_sha512", .es256, 332),
    ])
  func ecdsa(file: String, algorithm: Algorithm, expected: Int) throws {
    let isHashed = file != "secp256r1_sha512"
    let count = try each("ecdsa_\(file)_p1363_test") { group, test in
      (
        try Self.key(group), algorithm, test["sig"],
        isHashed && test["result"]?.string == "valid"
      )
    }
    #expect(count == expected)
  }

  @Test(
    "ECDSA in DER is no JWS signature; converted, it verifies if the encoding is strict",
    arguments: [
      ("secp256r1_sha256", Algorithm.es256, 484), ("secp384r1_sha384", .es384, 504),
      ("secp521r1_sha512", .es512, 542),
    ])
  func der(file: String, algorithm: Algorithm, expected: Int) throws {
    var translated = 0
    let count = try each("ecdsa_\(file)_test") { group, test in
      let key = try Self.key(group)
      let message = Vectors.bytes(test["msg"])
      let raw = algorithm.signature(fromDER: Vectors.bytes(test["sig"]))
      let isValid = raw.map { key.isSignature($0.span, of: message.span, by: algorithm) } ?? false
      #expect(isValid == (test["result"]?.string == "valid"), "\(test["tcId"]?.text ?? "")")
      translated += raw == nil ? 0 : 1
      return (key, algorithm, test["sig"], false)
    }
    #expect(count == expected && translated > 100)
  }

  @Test("EdDSA", arguments: [("ed25519", 151), ("ed448", 87)])
  func edwards(curve: String, expected: Int) throws {
    let count = try each("\(curve)_test") { group, test in
      (try Self.key(group), .edDSA, test["sig"], test["result"]?.string == "valid")
    }
    #expect(count == expected)
  }

  /// Vectors that are wrong, or that a strict library can't satisfy: RFC 7515 §2 and §4.1.1.
  static let exceptions: Set<Int64> = [346, 347, 350, 351, 367, 370, 372, 373]

  @Test(
    "JWS, JWK and the JWS part of JWC",
    arguments: [
      ("json_web_signature_test", 401, 0), ("json_web_key_test", 26, 0),
      ("json_web_crypto_test", 49, 34),
    ])
  func jose(file: String, expected: Int, encrypted: Int) throws {
    var (run, refused) = (0, 0)
    var differing: Set<Int64> = []
    for group in try Vectors.load("wycheproof/\(file).json")["testGroups"]?.array ?? [] {
      let source = try #require(group["public"] ?? group["private"])
      for test in group["tests"]?.array ?? [] {
        guard let token = test["jws"] else {
          // Encrypted tokens are refused, whatever they contain.
          let jwe = test["jwe"]?.string ?? test["jwe"]?.text ?? ""
          #expect(Self.verdict(jwe, source) == false)
          refused += 1
          continue
        }
        run += 1
        let isValid = Self.verdict(token.string ?? token.text, source)
        if isValid != (test["result"]?.string == "valid") {
          differing.insert(test["tcId"]?.integer ?? 0)
        }
      }
    }
    #expect(run == expected && refused == encrypted)
    // Two keys have one kid, but the second is not canonical base64url: it is skipped, and so the
    // first is the only one (RFC 7517 §5).
    let exceptions: [String: Set<Int64>] = [
      "json_web_signature_test": Self.exceptions, "json_web_key_test": [4],
    ]
    #expect(differing == exceptions[file] ?? [])
  }

  /// Whether the JWS layer accepts the token; its payload need not be claims.
  private static func verdict(_ token: String, _ source: JSON) -> Bool {
    do throws(JWTError) {
      let verifier: Verifier
      if source["keys"] != nil {
        verifier = Verifier(
          keys: try KeySet(jwks: source.text), algorithms: Algorithm.allCases,
          tokenLimit: 1 << 20, clock: { 0 })
      } else {
        let key: VerificationKey
        if source["k"]?.string == String(repeating: "A", count: 43) {
          // A key of zeros: Jot refuses it outside these vectors.
          let zeros = [UInt8](repeating: 0, count: 32)
          key = VerificationKey(unchecked: Secret(copying: zeros.span))
        } else {
          key = try VerificationKey(jwk: source.text)
        }
        verifier = try Verifier(
          key: key, algorithms: key.algorithms, tokenLimit: 1 << 20, clock: { 0 })
      }
      _ = try verifier.verify(token)
      return true
    } catch {
      switch error.code {
      case .claimsInvalid, .claimMissing, .claimType, .claimRange, .expired, .notYetValid:
        return true
      default: return error == .audienceUnexpected
      }
    }
  }

  /// Runs all tests of a file and returns how many there are.
  private func each(
    _ file: String,
    _ prepare: (JSON, JSON) throws -> (VerificationKey, Algorithm, JSON?, Bool)
  ) throws -> Int {
    var count = 0
    for group in try Vectors.load("wycheproof/\(file).json")["testGroups"]?.array ?? [] {
      for test in group["tests"]?.array ?? [] {
        count += 1
        let (key, algorithm, signature, expected) = try prepare(group, test)
        let (bytes, message) = (Vectors.bytes(signature), Vectors.bytes(test["msg"]))
        let isValid = key.isSignature(bytes.span, of: message.span, by: algorithm)
        #expect(isValid == expected, "\(file) \(test["tcId"]?.text ?? "")")
      }
    }
    return count
  }

  /// The group's key, from DER; also from PEM and JWK if the group has them.
  private static func key(_ group: JSON) throws -> VerificationKey {
    let der = group["publicKeyDer"]?.string ?? ""
    if let known = cache.key(der) { return known }
    let bytes = Vectors.bytes(group["publicKeyDer"])
    let key = try VerificationKey(publicKey: Secret(copying: bytes.span))
    if let pem = group["publicKeyPem"]?.string {
      let other = try VerificationKey(publicKey: pem)
      #expect(other.thumbprint == key.thumbprint && other.thumbprint != nil)
    }
    if let jwk = group["publicKeyJwk"] ?? group["keyJwk"] {
      let other = try VerificationKey(jwk: jwk.text)
      #expect(other.thumbprint == key.thumbprint)
    }
    cache.add(der, key)
    return key
  }

  private static let cache = Cache()

  /// Keys by their DER, since groups of hundreds of tests share one.
  private final class Cache: @unchecked Sendable {
    private let lock = NSLock()
    private var keys: [String: VerificationKey] = [:]

    func key(_ der: String) -> VerificationKey? { lock.withLock { keys[der] } }
    func add(_ der: String, _ key: VerificationKey) { lock.withLock { keys[der] = key } }
  }
}
