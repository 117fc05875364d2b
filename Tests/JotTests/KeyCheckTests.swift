import Foundation
import Jot
import Testing

/// Checks that every key must pass, in each format.
@Suite("Key checks")
struct KeyCheckTests {
  static func reason(_ make: () throws -> Void) -> String? {
    do {
      try make()
      return nil
    } catch {
      return (error as? JWTError)?.code.rawValue ?? "\(error)"
    }
  }

  @Test("an RSA modulus of the faulty generator (ROCA) is refused, from a JWK and an OpenSSH line")
  func roca() throws {
    // A product of powers of 65537 modulo the small primes that the ROCA fingerprint tests; not a
    // real key.
    let n =
      "nXfFzL-HIakTX-5tTl0DKy8CXf5masfwgoQdSxRScZgEP6NpUhDQpGit0QD1GSWz3Q_ipr1tCIOf1kOq"
      + "VaUb7H4kSdx6U1nyqOnYOJU5Eup20uio7mNiPSdCdxS116q8NCAdhYPOzhwMhdl-EYxBtGUL--z0NQet"
      + "6k_toAWK1jegiujIBYU-EonqsEKdcUTorgJeO1cWamI11fjHSKvhmfGEtQuAh_lltW7xAiWV5xAbu7fK"
      + "fPyTTk-D0_hM8RocEKgNCLjCZOIwmuaCIeIfwqibqLCyBceoYC_1c01dps-JQ77vO3uVjnAghX1jlODb"
      + "b9SiClZCo48hXkFvDLL6ww"
    let modulus = try #require(
      Data(
        base64Encoded: n.replacing("-", with: "+").replacing("_", with: "/") + "=="))
    #expect(
      Self.reason { _ = try VerificationKey(jwk: #"{"kty":"RSA","n":"\#(n)","e":"AQAB"}"#) }
        == "key_weak")
    func field(_ bytes: [UInt8]) -> [UInt8] {
      [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
    }
    let blob = field(Array("ssh-rsa".utf8)) + field([1, 0, 1]) + field([0] + Array(modulus))
    let line = "ssh-rsa \(Data(blob).base64EncodedString()) nobody"
    #expect(Self.reason { _ = try VerificationKey(publicKey: line) } == "key_weak")
  }

  @Test(
    "Edwards points of small order, beyond the field or off the curve are refused",
    arguments: [
      ("Ed25519", "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU"),
      ("Ed25519", "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o"),
      ("Ed25519", "7v_______________________________________38"),
      ("Ed25519", "7f_______________________________________38"),
      ("Ed25519", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
      ("Ed25519", "7P_______________________________________38"),
      ("Ed25519", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA"),
      ("Ed25519", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
      (
        "Ed448", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" + "AAAAAAAAAAAAAAAA"
      ),
      (
        "Ed448", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" + "AAAAAAAAAAAAAAAA"
      ),
      (
        "Ed448", "_v____________________________________7_____________________" + "______________8A"
      ),
      (
        "Ed448", "______________________________________7_____________________" + "______________8A"
      ),
      (
        "Ed448", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP______________________" + "______________8A"
      ),
      (
        "Ed448", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" + "AAAAAAAAAAAAAAAA"
      ),
    ])
  func points(curve: String, x: String) throws {
    let jwk = #"{"kty":"OKP","crv":"\#(curve)","x":"\#(x)"}"#
    #expect(Self.reason { _ = try VerificationKey(jwk: jwk) } == "key_invalid_point")
  }

  @Test("an EC key with explicit parameters is refused, even if they are P-256's")
  func explicitParameters() throws {
    let pem = """
      -----BEGIN PUBLIC KEY-----
      MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA
      AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////
      ///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd
      NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5
      RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA
      //////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABPTcnlvf1ey03GGh7Pv6srQB
      uSD7mnf/DtSYH8IBOI7b0t9E0ciC7QILemdYHxuluspSAJK1e/TpmK+6WEmuf68=
      -----END PUBLIC KEY-----
      """
    #expect(Self.reason { _ = try VerificationKey(publicKey: pem) } == "key_unsupported")
  }

  @Test("the parameters that openssl writes before an EC key are skipped")
  func parameters() throws {
    // TEST KEY: never use it.
    let pem = """
      -----BEGIN EC PARAMETERS-----
      BggqhkjOPQMBBw==
      -----END EC PARAMETERS-----
      -----BEGIN EC PRIVATE KEY-----
      MHcCAQEEIAINXad2HU77elj6IvbFwE0lKhRopgD4FvwrdQXNbfdPoAoGCCqGSM49
      AwEHoUQDQgAEtKWNSzixI1PaYSeCMtnHKcOgb1jciaUhUByQJwXwcFYidjiWECt3
      X1aPSKpwp/SG9iPnNtqJGas2X+FMYvuOIw==
      -----END EC PRIVATE KEY-----
      """
    #expect(try SigningKey(privateKey: pem).type == .p256)
  }

  @Test("a key whose numbers don't match is refused: another d, p or y")
  func pairs() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Vectors/fastapi-users-interop.json")
    let keys = try #require(try JSON(object: String(contentsOf: file, encoding: .utf8))["keys"])
    for (name, member, other) in [
      ("rsa2048", "d", "rsa3072"), ("rsa2048", "p", "rsa3072"), ("p256", "d", "secp256k1"),
      ("ed25519", "d", "p256"), ("ed25519", "x", "p256"), ("p384", "y", "p384_x"),
    ] {
      guard case .object(var members)? = keys[name]?["jwk_private"] else { continue }
      let replacement =
        other.hasSuffix("_x")
        ? keys[name]?["jwk_private"]?["x"] : keys[other]?["jwk_private"]?[member]
      let at = try #require(members.firstIndex { $0.name == member })
      members[at] = .init(member, try #require(replacement))
      let jwk = JSON.object(members).text
      let reason = Self.reason { _ = try SigningKey(jwk: jwk) }
      #expect(
        ["key_malformed", "key_invalid_point", "key_too_small"].contains(reason),
        "\(name) \(member)")
    }
  }

  @Test("no text of a key traps: each byte changed, each length cut")
  func hostile() throws {
    let pem = try #require(TestKeys.shared["p256"]?.privatePkcs8Pem)
    let key = try SigningKey(privateKey: pem).verificationKey
    let publicPEM = try #require(key.pemRepresentation)
    let jwk = try #require(key.jwkRepresentation).text
    func der(_ pem: String) throws -> [UInt8] {
      let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
      return Array(try #require(Data(base64Encoded: body)))
    }
    let ssh = try JSON(
      object: String(
        contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
          .appending(path: "../Vectors/key-formats.json"), encoding: .utf8)
    )["keys"]
    var texts = [
      Array(publicPEM.utf8), try der(publicPEM), Array(pem.utf8), try der(pem), Array(jwk.utf8),
      Array(#"{"keys":[\#(jwk),{"kty":"oct"},[],"\\""]}"#.utf8),
    ]
    for name in ["ed25519", "p256", "rsa2048"] {
      texts.append(Array(try #require(ssh?[name]?["openssh_public"]?.string).utf8))
    }
    texts.append(try der(#require(TestKeys.shared["ed25519"]?.privatePkcs8Pem)))
    texts.append(try der(#require(TestKeys.shared["rsa2048"]?.publicSpkiPem)))
    var (tried, refused) = (0, 0)
    func attempt(_ bytes: [UInt8]) {
      tried += 1
      let isSound = [
        Self.reason { _ = try VerificationKey(publicKey: Secret(copying: bytes.span)) },
        Self.reason { _ = try VerificationKey(jwk: Secret(copying: bytes.span)) },
        Self.reason { _ = try SigningKey(privateKey: Secret(copying: bytes.span)) },
        Self.reason { _ = try KeySet(jwks: Secret(copying: bytes.span)) },
        Self.reason {
          _ = try VerificationKey(secret: Secret(copying: bytes.span), allowingShort: true)
        },
      ].contains(nil)
      if !isSound { refused += 1 }
    }
    for text in texts {
      for length in stride(from: 0, to: text.count, by: text.count > 200 ? 7 : 1) {
        attempt(Array(text[..<length]))
      }
      for offset in stride(from: 0, to: text.count, by: text.count > 200 ? 5 : 1) {
        for change: UInt8 in [0x01, 0x80, 0xff] {
          var bytes = text
          bytes[offset] ^= change
          attempt(bytes)
        }
      }
    }
    #expect(tried > 3000 && refused > tried / 2, "\(refused) of \(tried)")
  }
}
