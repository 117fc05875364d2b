// Kinds 15 to 20: tokens, the machine, limits.
import Foundation
import Jot

extension WorldTable {
  func nullHeaders() throws -> [WorldCase] {
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

  func tokenTexts() throws -> [WorldCase] {
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
      (
        "white space in the payload",
        (
          .token(
            "\(parts[0]).\(parts[1].prefix(9))\n\(parts[1].dropFirst(9)).\(parts[2])", key: esKey),
          .refused(.signatureInvalid, ["white space inside"])
        )
      ),
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

  func times() throws -> [WorldCase] {
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

  func providers() throws -> [WorldCase] {
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

  func limits() throws -> [WorldCase] {
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

  func versions() throws -> [WorldCase] {
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
