// Kinds 11 to 14: what is around a key, or beside it.
import Foundation
import Jot

extension WorldTable {
  func skipped() throws -> [WorldCase] {
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
        "kty or crv"
      ),
      (
        "a point off the curve",
        try jwk(Self.es, ["kid": kid, "x": .string(Base64URL.encode([UInt8](1...32)))]),
        .keyInvalidPoint, "point"
      ),
      (
        "another alg", try jwk(Self.es, ["kid": kid, "alg": "ES384"]), .keyAlgorithmMismatch,
        "alg does not fit"
      ),
      ("no y", try jwk(Self.es, ["kid": kid, "y": nil]), .keyMalformed, "JWK's y is absent"),
      (
        "a malformed n", try jwk(Self.rsa, ["kid": kid, "n": "A+"]), .keyMalformed,
        "JWK's n is not canonical base64url"
      ),
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

  func wrappings() throws -> [WorldCase] {
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
        12, "a service account in a line of .env",
        .privateKey(Array("ACCOUNT='\(account)'\n".utf8)),
        read),
      WorldCase(
        12, "a service account in a JSON string behind a name",
        .privateKey(Array("ACCOUNT=\(JSON.string(account).text)\n".utf8)), read),
      WorldCase(
        12, "key IDs and certificates in a line of .env", .keySet(Array("CERTS='\(map)'".utf8)),
        try reads("chain", Self.rsa)),
      WorldCase(
        12, "a provider's metadata", .keySet(Array(#"{"issuer":"i","jwks_uri":"u"}"#.utf8)),
        .refused(.keyMalformed, ["jwks_uri"])),
      WorldCase(
        12, "digits that are one byte, repeated",
        .publicKey(Array(String(repeating: "ab", count: 16).utf8)),
        .refused(.keyMalformed, ["unknown format"])),
      WorldCase(
        12, "blank", .publicKey([0xef, 0xbb, 0xbf] + Array(" \n".utf8)),
        .refused(.keyMalformed, ["the key is empty"])),
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
        12, "an encrypted key, DER", .privateKey(encrypted, passphrase: passphrase),
        try reads("legacy_rsa")),
      WorldCase(
        12, "an encrypted key, base64 of DER",
        .privateKey(Array(encryptedBody.utf8), passphrase: passphrase),
        try reads("legacy_rsa")),
      WorldCase(
        12, "an encrypted key, base64 of DER in JSON",
        .privateKey(
          Array(#"{"id":1,"key":"\#(encryptedBody)"}"#.utf8), passphrase: passphrase),
        try reads("legacy_rsa")),
      WorldCase(
        12, "an encrypted key, hexadecimal DER",
        .privateKey(
          Array(encrypted.map { String(format: "%02x", $0) }.joined().utf8),
          passphrase: passphrase), try reads("legacy_rsa")),
      WorldCase(
        12, "nothing of a key", .publicKey(Array("hello world".utf8)),
        .refused(.keyMalformed, ["unknown format", "pass one public key"])),
      WorldCase(
        12, "a token", .publicKey(Array(try token().utf8)),
        .refused(.keyMalformed, ["a token", "pass one public key"])),
      WorldCase(
        12, "PuTTY", .privateKey(bytes("others", "putty")),
        .refused(.keyMalformed, ["PuTTY", "puttygen", "-o NEW"])),
      WorldCase(
        12, "XML", .publicKey(bytes("others", "xml")),
        .refused(.keyMalformed, ["XML", "FromXmlString"])),
      WorldCase(
        12, "private XML", .privateKey(bytes("others", "xml_private")),
        .refused(.keyMalformed, ["XML", "FromXmlString"])),
    ]
  }

  static func body(_ pem: String) -> String {
    pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
  }

  static func der(_ pem: String) -> [UInt8] { Array(Data(base64Encoded: body(pem))!) }

  func chains() throws -> [WorldCase] {
    let leaf = text("chain", "leaf")
    let key = text("chain", "leaf_key")
    let chain = leaf + text("chain", "intermediate") + text("chain", "root")
    let two = text(Self.es, "pkcs8") + key
    let listed = JSON.array([.string(leaf), .string(text("chain", "root"))]).text
    let (es, rsa) = (try jwk(Self.es), try jwk(Self.rsa))
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
        13, "a private key, labelled as a public one",
        .publicKey(Array(key.replacing("PRIVATE KEY", with: "PUBLIC KEY").utf8)),
        .refused(.keyMalformed, ["labelled", "pass one public key"])),
      WorldCase(
        13, "a public key, labelled as a private one",
        .privateKey(
          Array(text(Self.es, "public_pem").replacing("PUBLIC KEY", with: "PRIVATE KEY").utf8)),
        .refused(.keyMalformed, ["labelled", "pass one private key"])),
      WorldCase(
        13, "no END line", .privateKey(Array(key.prefix(key.count - 20).utf8)),
        .refused(.keyMalformed, ["END line", "pass one private key"])),
      WorldCase(
        13, "PKCS#12", .publicKey(bytes("chain", "pkcs12_base64")),
        .refused(.keyMalformed, ["PKCS#12", "openssl pkcs12", "-in OLD -out NEW"])),
      WorldCase(
        13, "PKCS#7", .publicKey(bytes("chain", "pkcs7")),
        .refused(.keyMalformed, ["PKCS#7", "openssl pkcs7", "-in OLD -out NEW"])),
      WorldCase(
        13, "a request", .publicKey(bytes("chain", "csr")),
        .refused(.keyMalformed, ["certificate request", "pass one public key"])),
      WorldCase(
        13, "an array of certificates", .publicKey(Array(listed.utf8)),
        .refused(.keyMalformed, ["a JSON array", "pass one public key"])),
      WorldCase(
        13, "an array of certificates, as a set", .keySet(Array(" \n\(listed)\n".utf8)),
        .refused(.keyMalformed, ["a JSON array", #"{"keys":"#])),
      WorldCase(
        13, "an array of maps of certificates",
        .publicKey(
          Array(#"[{"a":\#(JSON.string(leaf).text),"b":\#(JSON.string(chain).text)}]"#.utf8)),
        .refused(.keyMalformed, ["a JSON array", "pass one public key"])),
      WorldCase(
        13, "an array of JWKs", .keySet(Array("[\(es),\(rsa)]".utf8)),
        .refused(.keyMalformed, ["a JSON array", #"{"keys":"#])),
      WorldCase(
        13, "an array of private keys", .privateKey(Array("[\(JSON.string(key).text)]".utf8)),
        .refused(.keyMalformed, ["a JSON array", "pass one private key"])),
      WorldCase(
        13, "a trusted certificate", .publicKey(bytes("chain", "trusted")),
        .refused(.keyMalformed, ["trusted certificate", "openssl x509", "-in OLD -out NEW"])),
    ]
  }

  func lines() throws -> [WorldCase] {
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
          .refused(.keyMalformed, ["an OpenSSH public key", "pass one private key"])))
    }
    let two = text("ssh_rsa", "line") + text("ssh_p256", "line")
    cases += [
      WorldCase(
        14, "two lines", .publicKey(Array(two.utf8)),
        .refused(.keyMalformed, ["several OpenSSH lines", "pass one public key"])),
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
          14, form, .privateKey(bytes(Self.rsa, form), passphrase: passphrase),
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
}
