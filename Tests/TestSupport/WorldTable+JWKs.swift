// Kinds 1 to 6: JWKs, sets and what a token needs of them.
import Foundation
import Jot

extension WorldTable {
  func nullMembers() throws -> [WorldCase] {
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

  func sharedID() throws -> [WorldCase] {
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

  func withoutID() throws -> [WorldCase] {
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

  func bearer() throws -> [WorldCase] {
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

  func types() throws -> [WorldCase] {
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

  func jwks() throws -> [WorldCase] {
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
}
