// Texts of keys: no loader traps or takes long, what one reads is no secret, and a key that was read
// works and is the same when it is written and read again.
import CFuzz
import Foundation
import Jot

/// The input: a form that is made of the bytes, two things around it, and the bytes. The forms save
/// libFuzzer from having to write base64.
struct KeysTarget: FuzzTarget {
  private let passphrase = Vectors.world["passphrase"] as! String
  private let message = Array("message".utf8)

  var seeds: [[UInt8]] {
    Vectors.keyTexts.flatMap { text -> [[UInt8]] in
      guard let block = PEMText(text), let label = Self.labels.firstIndex(of: block.label) else {
        return [[0, 0, 0] + text]
      }
      return [[0, 0, 0] + text, [UInt8(label + 1), 0, 0] + block.body]
    }
  }

  private static let labels = [
    "PUBLIC KEY", "PRIVATE KEY", "RSA PUBLIC KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY",
    "CERTIFICATE", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY",
  ]
  private static let names = ["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256"]

  /// The text of a key, or nearly one.
  private func text(_ input: [UInt8]) -> [UInt8] {
    var reader = ByteReader(input)
    let form = Int(reader.byte())
    let around = (0..<2).map { _ in reader.number(below: KeyWrapping.all.count) }
    let bytes = reader.bytes(.max)
    let lines = Data(bytes).base64EncodedString(options: .lineLength64Characters)
    let made: [UInt8] =
      switch form {
      case 1...8:
        Array(
          "-----BEGIN \(Self.labels[form - 1])-----\n\(lines)\n-----END \(Self.labels[form - 1])-----\n"
            .utf8)
      case 9...11:
        Array("\(Self.names[form - 9]) \(Data(bytes).base64EncodedString()) a@b\n".utf8)
      case 12: Array("{\"keys\":[".utf8) + bytes + Array("]}".utf8)
      default: bytes
      }
    // The first wrapping is none. Some need a text in UTF-8, and repair it.
    return around.filter { $0 > 0 }.reduce(made) { KeyWrapping.all[$1].wrap($0) }
  }

  func run(_ input: [UInt8]) {
    let text = text(input)
    func secret() -> Secret { Secret(copying: text.span) }
    var time = fuzz_cpu_seconds()
    func read<Key>(_ load: (borrowing Secret) throws(JWTError) -> Key) -> Key? {
      do throws(JWTError) {
        return try load(secret())
      } catch {
        require(!error.description.isEmpty, "\(error.code) without a text: \(shown(text))")
        return nil
      }
    }
    let publicKey = read { text throws(JWTError) in try VerificationKey(publicKey: text) }
    let jwk = read { text throws(JWTError) in try VerificationKey(jwk: text) }
    let signingJWK = read { text throws(JWTError) in try SigningKey(jwk: text) }
    let set = read { text throws(JWTError) in try KeySet(jwks: text) }
    _ = KeyFormat(of: secret())
    let asSecret = read { text throws(JWTError) in
      try SigningKey(secret: text, allowingShort: true)
    }
    let plain = read { text throws(JWTError) in try SigningKey(privateKey: text) }
    requireQuick(&time, 1, text)
    // The cost of decryption has a limit of its own: see PassphraseCost.
    let privateKey = read { text throws(JWTError) in
      try SigningKey(privateKey: text, passphrase: Secret(passphrase))
    }
    requireQuick(&time, 20, text)

    let isRead =
      publicKey != nil || jwk != nil || signingJWK != nil || set != nil || privateKey != nil
    require(!isRead || asSecret == nil, "a key is a secret too: \(shown(text))")
    require(plain == nil || privateKey != nil, "only without a passphrase: \(shown(text))")
    for key in [publicKey, jwk].compactMap({ $0 }) { check(key, text) }
    for key in set?.keys ?? [] { check(key, text) }
    for key in [signingJWK, privateKey].compactMap({ $0 }) { check(key, text) }
    requireQuick(&time, 5, text)
  }

  private func requireQuick(_ time: inout Double, _ seconds: Double, _ text: [UInt8]) {
    let now = fuzz_cpu_seconds()
    require(now - time < seconds, "\(now - time) s of CPU time: \(shown(text))")
    time = now
  }

  /// The key is the same after being written and read again.
  private func check(_ key: VerificationKey, _ text: [UInt8]) {
    require(!key.algorithms.isEmpty, "a key without an algorithm: \(shown(text))")
    guard let algorithm = key.algorithms.first, let thumbprint = key.thumbprint else { return }
    let signature = [UInt8](repeating: 1, count: key.algorithms[0].family == .rsa ? 256 : 64)
    require(
      !key.isSignature(signature.span, of: message.span, by: algorithm),
      "a made-up signature is valid: \(shown(text))")
    let pem = key.pemRepresentation.flatMap { try? VerificationKey(publicKey: $0) }
    requireEqual(pem?.thumbprint, thumbprint, "as PEM: \(shown(text))")
    let jwk = key.jwkRepresentation.flatMap { try? VerificationKey(jwk: $0.text) }
    requireEqual(jwk?.thumbprint, thumbprint, "as JWK: \(shown(text))")
    // A JWK names one algorithm, or none: then it is for all of its type.
    let algorithms = key.algorithms.count == 1 ? key.algorithms : key.type.algorithms
    requireEqual(jwk?.algorithms, algorithms, "algorithms as JWK: \(shown(text))")
    requireEqual(jwk?.keyID, key.keyID, "kid as JWK: \(shown(text))")
  }

  /// What the key signs, its public half verifies; also after being written and read again.
  private func check(_ key: SigningKey, _ text: [UInt8]) {
    for algorithm in key.algorithms.prefix(1) {
      guard let signature = try? key.signature(of: message.span, by: algorithm) else {
        // Only a short secret can't sign, since it was not asked to be allowed.
        require(key.type == .secret, "a private key does not sign: \(shown(text))")
        continue
      }
      require(
        key.verificationKey.isSignature(signature.span, of: message.span, by: algorithm),
        "its own signature is invalid: \(shown(text))")
      var wrong = signature
      wrong[wrong.count / 2] ^= 1
      require(
        !key.verificationKey.isSignature(wrong.span, of: message.span, by: algorithm),
        "a changed signature is valid: \(shown(text))")
    }
    guard let publicKey = key.publicKey else { return }
    check(publicKey, text)
    if let pem = key.pemRepresentation {
      let again = try? SigningKey(privateKey: pem)
      requireEqual(again?.publicKey?.thumbprint, publicKey.thumbprint, "as PEM: \(shown(text))")
      let asSecret = try? SigningKey(secret: pem, allowingShort: true)
      require(asSecret == nil, "its PEM is a secret: \(shown(text))")
    }
    if let jwk = key.jwkRepresentation {
      let again = try? SigningKey(jwk: jwk)
      requireEqual(again?.publicKey?.thumbprint, publicKey.thumbprint, "as JWK: \(shown(text))")
    }
  }
}

/// The first block of a PEM text.
private struct PEMText {
  let label: String
  let body: [UInt8]

  init?(_ text: [UInt8]) {
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") }),
      let end = lines[begin...].firstIndex(where: { $0.hasPrefix("-----END ") }),
      let body = Data(base64Encoded: lines[begin + 1..<end].joined())
    else { return nil }
    label = String(lines[begin].dropFirst(11).dropLast(5))
    self.body = Array(body)
  }
}
