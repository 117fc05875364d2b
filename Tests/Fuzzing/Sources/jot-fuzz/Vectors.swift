// The vectors and the test keys in the repository.
import Foundation
import Jot

enum Vectors {
  /// The folder of this package.
  static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  nonisolated(unsafe) static let attacks = json("attacks-public")
  nonisolated(unsafe) static let world = json("world-keys")

  static func json(_ name: String) -> [String: Any] {
    let file = package.appending(path: "../Vectors/\(name).json")
    return try! JSONSerialization.jsonObject(with: Data(contentsOf: file)) as! [String: Any]
  }

  /// Test keys of types of which the attacks have no private key.
  nonisolated(unsafe) static let furtherKeys: [String: [String: Any]] = [
    "secp256k1": [
      "kty": "EC", "crv": "secp256k1", "x": "bgM0NfhquR0qcHuOS5XaoCpNNo9z1qOP35TOO38pQLQ",
      "y": "8Bin0nyyjMG_866mxFoI3QbJ5_FADPNi_CvLAoQm77U",
      "d": "R-01YFB1fLdd15pGl18Kmwl_-UatM_MLymwH2OVW2PA",
    ]
  ]

  /// The attacks of one kind.
  static func attacks(_ operation: String) -> [[String: Any]] {
    (attacks["cases"] as! [[String: Any]]).filter { $0["op"] as? String == operation }
  }

  /// The tokens of the attacks, each with the name of its key.
  static var tokens: [(key: String, token: [UInt8])] {
    let steps = attacks("sequence").flatMap { $0["steps"] as! [[String: Any]] }
    return (attacks("verify") + steps).compactMap { attack in
      guard let token = attack["token"] as? String, let key = attack["key"] as? String else {
        return nil
      }
      return (key, Array(token.utf8))
    }
  }

  /// The decoded headers or payloads of the attacks' tokens, each once.
  static func segments(_ index: Int) -> [[UInt8]] {
    let all = tokens.compactMap { _, token -> [UInt8]? in
      let segments = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      return index < segments.count ? SlowBase64URL.decoded(Array(segments[index])) : nil
    }
    return Array(Set(all)).sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The texts of keys.
  static var keyTexts: [[UInt8]] {
    let keys = world["keys"] as! [String: [String: String]]
    let material = attacks("load_key").compactMap { attack -> [UInt8]? in
      let material = attack["material"] as! [String: Any]
      if let text = material["pem"] as? String { return Array(text.utf8) }
      guard let object = material["jwk"] ?? material["jwks"],
        let text = try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
      else { return nil }
      return Array(text)
    }
    return keys.sorted { $0.key < $1.key }.flatMap { _, forms in
      forms.sorted { $0.key < $1.key }.map { form, text in
        form.hasSuffix("_base64") ? Array(Data(base64Encoded: text)!) : Array(text.utf8)
      }
    } + material
  }
}

/// A key whose private half is in the vectors, so that a mutator can sign.
struct TestKey {
  let signing: SigningKey
  let verification: VerificationKey
  /// The bytes of a secret, or the public key in PEM, which OpenSSL reads.
  let secret: [UInt8]?
  let pem: UnsafeMutablePointer<CChar>?

  /// - Parameter name: In the corpus of attacks.
  init(_ name: String, keyID: String? = nil) {
    let keys = Vectors.attacks["keys"] as! [String: [String: Any]]
    let privateKeys = Vectors.attacks["private_keys"] as! [String: [String: Any]]
    if let jwk = privateKeys[name] ?? Vectors.furtherKeys[name] {
      let text = try! JSONSerialization.data(withJSONObject: jwk)
      signing = try! SigningKey(jwk: String(decoding: text, as: UTF8.self), keyID: keyID)
      let publicText = signing.publicKey!.pemRepresentation!
      verification = try! VerificationKey(publicKey: publicText, keyID: keyID)
      (secret, pem) = (nil, Self.kept(publicText))
    } else {
      let hex = Array((keys[name]!["hex"] as! String).utf8)
      let bytes = stride(from: 0, to: hex.count, by: 2).map {
        UInt8(String(decoding: hex[$0..<$0 + 2], as: UTF8.self), radix: 16)!
      }
      signing = try! SigningKey(secret: Secret(copying: bytes.span), keyID: keyID)
      verification = try! VerificationKey(secret: Secret(copying: bytes.span), keyID: keyID)
      (secret, pem) = (bytes, nil)
    }
  }

  nonisolated(unsafe) private static var texts: [String: UnsafeMutablePointer<CChar>] = [:]

  /// The text in memory that stays: C knows a key by its address.
  private static func kept(_ text: String) -> UnsafeMutablePointer<CChar> {
    let copy = texts[text] ?? strdup(text)!
    texts[text] = copy
    return copy
  }
}
