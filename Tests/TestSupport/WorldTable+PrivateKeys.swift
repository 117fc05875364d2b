// Kinds 7 to 10: private keys.
import Foundation
import Jot

extension WorldTable {
  func ciphers() throws -> [WorldCase] {
    let legacy = [
      ("legacy_rsa", "pbe_md5_des"), ("legacy_rsa", "pbe_sha1_rc2_40"),
      ("legacy_rsa", "pbe_sha1_rc4_128"), ("legacy_rsa", "pbes2_des"), ("legacy_rsa", "pbes2_rc2"),
      ("legacy_rsa", "rfc1421_des"), ("legacy_ec", "rfc1421_des"), ("legacy_ec", "pbe_md5_des"),
    ]
    return legacy.map { key, form in
      WorldCase(
        7, "\(key) \(form)", .privateKey(bytes(key, form), passphrase: passphrase),
        .refused(.keyUnsupported, ["cipher", "OpenSSL lacks", "openssl pkcs8 -topk8", "legacy"]))
    } + [
      WorldCase(
        7, "AES by PBES2",
        .privateKey(bytes("legacy_rsa", "pbes2_aes"), passphrase: passphrase),
        try reads("legacy_rsa")),
      WorldCase(
        7, "AES by RFC 1421",
        .privateKey(bytes("legacy_rsa", "rfc1421_aes"), passphrase: passphrase),
        try reads("legacy_rsa")),
      WorldCase(
        7, "a wrong passphrase",
        .privateKey(bytes("legacy_rsa", "pbes2_aes"), passphrase: "battery staple"),
        .refused(.keyPassphraseWrong, ["this passphrase"])),
      WorldCase(
        7, "no passphrase", .privateKey(bytes("legacy_rsa", "pbes2_aes")),
        .refused(.keyEncrypted, ["encrypted", "pass its passphrase"])),
    ]
  }

  func openSSH() throws -> [WorldCase] {
    let keys = ["ssh_rsa", "ssh_p256", "ssh_p384", "ssh_p521", "ssh_ed25519"]
    let broken = ["private key", "pass one private key"]
    return try keys.flatMap { key in
      [
        WorldCase(8, key, .privateKey(bytes(key, "openssh")), try reads(key)),
        WorldCase(
          8, "\(key) encrypted",
          .privateKey(bytes(key, "openssh_encrypted"), passphrase: passphrase),
          .refused(.keyEncrypted, ["OpenSSH", "ssh-keygen -p -N '' -f COPY"])),
        WorldCase(
          8, "\(key) as a public key", .publicKey(bytes(key, "openssh")),
          .refused(.keyMalformed, ["an OpenSSH private key", "pass one public key"])),
      ]
    }
      + ["openssh_wrong_check", "openssh_two_keys"].map { form in
        WorldCase(
          8, form, .privateKey(bytes("ssh_ed25519", form)),
          .refused(.keyMalformed, ["can't be read"] + broken))
      }
      + ["openssh_wrong_public", "openssh_wrong_seed"].map { form in
        WorldCase(
          8, form, .privateKey(bytes("ssh_ed25519", form)),
          .refused(.keyMalformed, ["halves don't match"] + broken))
      } + [
        WorldCase(
          8, "a security key's", .privateKey(bytes("ssh_sk", "openssh")),
          .refused(.keyUnsupported, ["does not support", "pass RSA"]))
      ]
  }

  func numbers() throws -> [WorldCase] {
    let primes = WorldCase.Verdict.refused(
      .keyUnsupported, ["more than two primes", "openssl genrsa"])
    func contradicts(_ number: String) -> WorldCase.Verdict {
      .refused(.keyMalformed, ["the RSA key's \(number) contradicts", "export the key again"])
    }
    return [
      WorldCase(9, "three primes, PKCS#1", .privateKey(bytes("rsa_three_primes", "pkcs1")), primes),
      WorldCase(9, "three primes, PKCS#8", .privateKey(bytes("rsa_three_primes", "pkcs8")), primes),
      WorldCase(
        9, "three primes, JWK",
        .privateKey(Array(try privateJWK(Self.rsa, ["oth": [["r": "AQ"]]]).utf8)), primes),
      WorldCase(
        9, "another n", .privateKey(bytes("rsa_broken", "n_changed")), contradicts("p")),
      WorldCase(
        9, "another d", .privateKey(bytes("rsa_broken", "d_changed")), contradicts("d")),
      WorldCase(
        9, "another p", .privateKey(bytes("rsa_broken", "p_changed")), contradicts("p")),
      WorldCase(
        9, "another key's primes",
        .privateKey(bytes("rsa_broken", "primes_swapped_with_other_key")), contradicts("p")),
      WorldCase(
        9, "another d, JWK",
        .privateKey(
          Array(
            try privateJWK(
              Self.rsa,
              ["d": JSON(value: privateJWK("legacy_rsa"))["d"]]
            ).utf8)), .refused(.keyMalformed, ["JWK's d", "export"])),
      WorldCase(
        9, "the public half of three primes", .publicKey(bytes("rsa_three_primes", "public_pem")),
        try reads("rsa_three_primes")),
    ]
  }

  func pss() throws -> [WorldCase] {
    let allowed: [(String, [Algorithm])] = [
      ("pss", [.ps256, .ps384, .ps512]), ("pss_sha256", [.ps256]), ("pss_sha384", [.ps384]),
      ("pss_sha512", [.ps512]), ("pss_sha256_salt20", [.ps256]), ("pss_sha1", []),
      ("pss_mixed", []), ("pss_sha256_salt64", []),
    ]
    return try allowed.flatMap { key, algorithms in
      let verdict: WorldCase.Verdict =
        algorithms.isEmpty
        ? .refused(.keyUnsupported, ["RSA-PSS", "no PS algorithm", "openssl genrsa"])
        : .reads([try thumbprint(key)], algorithms: algorithms)
      return ["spki", "spki_base64"].map {
        WorldCase(10, "\(key) \($0)", .publicKey(bytes(key, $0)), verdict)
      }
        + ["pkcs8", "pkcs8_base64"].map {
          WorldCase(10, "\(key) \($0)", .privateKey(bytes(key, $0)), verdict)
        }
    }
      + ["pss", "pss_sha256"].map { key in
        WorldCase(
          10, "\(key) certificate", .publicKey(bytes(key, "certificate")),
          .reads(
            [try thumbprint(key)], algorithms: key == "pss" ? [.ps256, .ps384, .ps512] : [.ps256]))
      } + [
        WorldCase(
          10, "PS256 by such a key",
          .token(
            try token("pss_sha256", .ps256), key: bytes("pss_sha256", "spki"), .ps256), .verifies()),
        WorldCase(
          10, "RS256 with such a key",
          .token(try token(Self.rsa, .rs256), key: bytes("pss", "spki"), .rs256),
          .refused(.algorithmKeyMismatch, ["does not fit the key"])),
        WorldCase(
          10, "PS512 with a key for PS256",
          .token(try token(Self.rsa, .ps512), key: bytes("pss_sha256", "spki"), .ps512),
          .refused(.algorithmKeyMismatch, ["does not fit the key"])),
      ]
  }
}
