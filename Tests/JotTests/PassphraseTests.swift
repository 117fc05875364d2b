import Foundation
import Jot
import TestSupport
import Testing

/// The limits on the work that an encrypted private key may demand.
@Suite("Passphrases")
struct PassphraseTests {
  // TEST KEYS: never use them. One Ed25519 key, by `openssl pkcs8 -topk8` with each of its options.
  static let usual = [
    "-v2 aes-256-cbc -iter 2048":
      "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjvcYa1mmzJTAICCAAwDAYIKoZIhvcNAgkFADAdBglghkgB"
      + "ZQMEASoEEOK+h0t+xppKNfvxf/GF3hsEQB9K91vCkbuR4+v3JX5euk4Fbd6I325BVVYhQuoHAaCu+Fufny1MeQehGwtA"
      + "y6j+XycAh5o0DsQ7oftOtnw+0hg=",
    "-v2 aes-256-cbc -iter 600000":
      "MIGcMFgGCSqGSIb3DQEFDTBLMCoGCSqGSIb3DQEFDDAdBAgwH/RHifLVhQIDCSfAMAwGCCqGSIb3DQIJBQAwHQYJYIZI"
      + "AWUDBAEqBBB2xEHBy4en+MKGvnFsvZkJBED+Adb3U9HojJCTaVQLaSy1q7fsrGLqcLbIMqmIXeN0xBwC2sVQ4lLRIBZz"
      + "Zqi5kapGqkx6semzU24TYXp4KdUM",
    "-scrypt":
      "MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAi88Wljb0vUvwICQAACAQgCAQEwHQYJYIZIAWUDBAEqBBAu"
      + "segNLoIC4uFB7QCQybGRBEB4WFhx8b6BmiTSlpmKwyhq5Sg7hFQ6L+0blkq/Z4YfopiNAyO0f19gEvyKTrMCFszc0p/9"
      + "Q6tagIynghu1DN82",
    "-v1 PBE-SHA1-3DES":
      "MFgwHAYKKoZIhvcNAQwBAzAOBAimBg9vufPfvQICCAAEONco3pNrbYb+P+6/XYC6VEj1rxITTCc5+1eKRKgAuJylXUY0"
      + "fKLWWFmDyVhkjTuyXoMbwMHdLYBP",
    "-v2 aes-128-cbc -v2prf hmacWithSHA1":
      "MIGNMEkGCSqGSIb3DQEFDTA8MBsGCSqGSIb3DQEFDDAOBAii+JsySIawbQICCAAwHQYJYIZIAWUDBAECBBD0FWvwdSBT"
      + "fBHytojoxnlRBECbjHVGGN+IrGIlpZLLuyXpSzVmk3zHszIgBfpNG8ffoJpoY9SV1Ik9+pUf7jy67U8i0AymINxoI17Y"
      + "EkHRbAmt",
  ]

  @Test("common encrypted keys decrypt, in PEM and DER, and only with their passphrase")
  func opens() throws {
    var thumbprints: Set<String?> = []
    for (option, base64) in Self.usual {
      let der = try #require(Data(base64Encoded: base64), "\(option)")
      for text in [Self.pem(der), der] {
        let secret = Secret(copying: Array(text).span)
        let key = try SigningKey(privateKey: secret, passphrase: Secret("horse"))
        thumbprints.insert(key.verificationKey.thumbprint)
        #expect(throws: JWTError.keyPassphraseWrong, "\(option)") {
          try SigningKey(privateKey: secret, passphrase: Secret("mule"))
        }
      }
    }
    #expect(thumbprints.count == 1 && thumbprints.first != .some(nil))
  }

  @Test("a key that demands too much work is refused at once")
  func refuses() throws {
    let most = 10_000_000
    let counts = [most + 1, 1 << 31 - 1, 1 << 31, 1 << 32 + 5, 1 << 62, .max]
    var costly: [(String, Data)] = []
    for count in counts {
      costly.append(("PBKDF2 \(count)", Self.pbes2(Self.pbkdf2(count))))
      let parameters = Self.salt + Self.number(count)
      for scheme in [1, 3, 4, 6, 10, 11] as [UInt8] {
        costly.append(("PBES1 \(scheme) \(count)", Self.key(Self.pkcs5 + [scheme], parameters)))
      }
      for scheme in 1...6 as ClosedRange<UInt8> {
        costly.append(("PKCS#12 \(scheme) \(count)", Self.key(Self.pkcs12 + [scheme], parameters)))
      }
    }
    let scrypt: [(Int, Int, Int)] = [
      // Too much memory; too many blocks; both; products that overflow a word.
      (1 << 18, 1, 1), (1 << 15, 8, 1), (1 << 16, 1, 65), (1 << 14, 8, 33), (2, 1, 1 << 21),
      (1 << 17, 1, 1 << 17), (1 << 62, 1, 1), (1, 1 << 62, 1), (1, 1, 1 << 62),
      (1 << 32, 1 << 32, 1 << 32), (.max, .max, .max),
    ]
    for (cost, size, lanes) in scrypt {
      costly.append(
        ("scrypt \(cost) \(size) \(lanes)", Self.pbes2(Self.scrypt(cost, size, lanes))))
    }
    let start = CPUTime()
    for (name, der) in costly {
      for text in [Self.pem(der), der] {
        let secret = Secret(copying: Array(text).span)
        #expect(throws: JWTError.keyPassphraseCost, "\(name)") {
          try SigningKey(privateKey: secret, passphrase: Secret("horse"))
        }
        #expect(throws: JWTError.keyPassphraseCost, "\(name)") {
          try SigningKey(privateKey: secret)
        }
      }
    }
    let time = start.elapsed
    print("\(4 * costly.count) costly keys refused in \(time)")
    // Computing one of them would take minutes.
    #expect(time < .seconds(20))
    // Values inside the limits reach OpenSSL, which then finds no key.
    for der in [
      Self.pbes2(Self.pbkdf2(1)), Self.pbes2(Self.pbkdf2(most / 100)),
      Self.pbes2(Self.scrypt(2, 1, 1)), Self.pbes2(Self.scrypt(1 << 10, 8, 16)),
      Self.key(Self.pkcs12 + [3], Self.salt + Self.number(5)),
    ] {
      #expect(throws: JWTError.keyPassphraseWrong) {
        try SigningKey(
          privateKey: Secret(copying: Array(der).span), passphrase: Secret("horse"))
      }
    }
  }

  @Test("a key that encodes its cost in another form never reaches OpenSSL")
  func otherForms() throws {
    let count = 1 << 31 - 1
    let unknown: [UInt8] = [0x2a, 3, 4]
    // An indefinite length, and a length with leading zeros: BER, which OpenSSL accepts.
    let parameters = Self.salt + Self.number(count)
    let open = Data([0x30, 0x80]) + parameters + Data([0, 0])
    let long = Data([0x30, 0x83, 0, 0, UInt8(parameters.count)]) + parameters
    let name = Self.value(6, Data(Self.pkcs5 + [12]))
    let forms: [Data] = [
      Self.pbes2(Self.value(0x30, name + open)), Self.pbes2(Self.value(0x30, name + long)),
      Self.key(unknown, parameters), Self.pbes2(Self.value(0x30, Self.value(6, Data(unknown)))),
      Self.pbes2(Self.pbkdf2(count)) + Data([0]),
      Self.key(Self.pkcs5 + [3], Self.value(0x24, Self.salt) + Self.number(count)),
      Self.key(Self.pkcs5 + [3], Self.salt + Self.value(2, Data([0xff]))),
    ]
    let start = CPUTime()
    for (index, der) in forms.enumerated() {
      for text in [Self.pem(der), der] {
        #expect(throws: JWTError.self, "\(index)") {
          try SigningKey(
            privateKey: Secret(copying: Array(text).span), passphrase: Secret("horse"))
        }
      }
    }
    #expect(start.elapsed < .seconds(20))
  }

  @Test("a costly block is refused also before or inside another PEM block")
  func smuggled() throws {
    let bomb = Self.pbes2(Self.pbkdf2(1 << 31 - 1))
    let block = String(decoding: Self.pem(bomb), as: UTF8.self)
    let body = block.split(separator: "\n").dropFirst().dropLast().joined(separator: "\n")
    let vector = "000102030405060708090A0B0C0D0E0F"
    let headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,\(vector)\n\n"
    func old(_ label: String, _ body: String) -> String {
      "-----BEGIN \(label)-----\n\(headers)\(body)\n-----END \(label)-----\n"
    }
    let start = CPUTime()
    for text in [
      // The parameters that may precede a key end with this line.
      block + "-----END EC PARAMETERS-----\n" + old("RSA PRIVATE KEY", body),
      old("ENCRYPTED PRIVATE KEY", body), old("RSA PRIVATE KEY", block + body),
      block.replacing("KEY-----\nM", with: "KEY-----\nX: ENCRYPTED\n\nM"),
      old("RSA PRIVATE KEY", "ENCRYPTED") + block,
    ] {
      #expect(throws: JWTError.self) {
        try SigningKey(privateKey: Secret(text), passphrase: Secret("horse"))
      }
    }
    #expect(start.elapsed < .seconds(20))
  }

  @Test("a private key of an unsupported type is refused before OpenSSL computes its public half")
  func others() throws {
    // DSA's public half is g^x mod p, of any size. 20,000 bits took 3 s in each format, also inside
    // a JWK set.
    let numbers = (1...3).map { seed -> Data in
      var bytes = (0..<2500).map { UInt8(truncatingIfNeeded: seed &* 77 &+ $0 &* $0) | 1 }
      bytes[0] = 0x7f
      return Self.value(2, Data(bytes))
    }
    let dsa: [UInt8] = [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1]
    let prime = numbers[0] + Self.value(2, Data(repeating: 0x7f, count: 32)) + numbers[1]
    let algorithm = Self.value(0x30, Self.value(6, Data(dsa)) + Self.value(0x30, prime))
    let der = Self.value(0x30, Self.number(0) + algorithm + Self.value(4, numbers[2]))
    let pem = Data(
      String(decoding: Self.pem(der), as: UTF8.self).replacing("ENCRYPTED ", with: "").utf8)
    let clock = CPUTime()
    for text in [der, pem] {
      let text = Secret(copying: Array(text).span)
      #expect(throws: JWTError.keyUnsupported(.otherAlgorithm)) {
        try SigningKey(privateKey: text)
      }
      #expect(throws: JWTError.keyMalformed(wanted: .publicKey, found: .privateKey)) {
        try VerificationKey(publicKey: text)
      }
      // It is a key, so it is refused as a secret.
      #expect(throws: JWTError.self) { try SigningKey(secret: text) }
    }
    let member = der.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
    let element = #"{"kty":"oct","kid":"NAME","k":"\#(member)"}"#
    let names = (0..<20).map { element.replacing("NAME", with: "\($0)") }
    #expect(throws: JWTError.keySetEmpty) {
      try KeySet(jwks: #"{"keys":[\#(names.joined(separator: ","))]}"#)
    }
    #expect(clock.elapsed < .seconds(3))
  }

  // The subset of DER (X.690) that these tests need.
  static let pkcs5: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5]
  static let pkcs12: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1]
  static let salt = value(4, Data("saltsalt".utf8))

  static func value(_ tag: UInt8, _ content: Data) -> Data {
    let count = content.count
    let length: [Int] =
      count < 128 ? [count] : count < 256 ? [0x81, count] : [0x82, count >> 8, count & 0xff]
    return Data([tag] + length.map { UInt8($0) }) + content
  }

  static func number(_ number: Int) -> Data {
    var bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    while bytes.count > 1, bytes[0] == 0, bytes[1] < 0x80 { bytes.removeFirst() }
    return value(2, Data(bytes))
  }

  /// An encrypted key with this algorithm's OID and these parameters.
  static func key(_ name: [UInt8], _ parameters: Data) -> Data {
    let algorithm = value(0x30, value(6, Data(name)) + value(0x30, parameters))
    return value(0x30, algorithm + value(4, Data(repeating: 0, count: 64)))
  }

  static func pbes2(_ function: Data) -> Data {
    let aes: [UInt8] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a]
    let vector = value(4, Data(repeating: 0, count: 16))
    return key(pkcs5 + [13], function + value(0x30, value(6, Data(aes)) + vector))
  }

  static func pbkdf2(_ count: Int) -> Data {
    value(0x30, value(6, Data(pkcs5 + [12])) + value(0x30, salt + number(count)))
  }

  static func scrypt(_ cost: Int, _ size: Int, _ lanes: Int) -> Data {
    let name: [UInt8] = [0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11]
    let parameters = salt + number(cost) + number(size) + number(lanes)
    return value(0x30, value(6, Data(name)) + value(0x30, parameters))
  }

  static func pem(_ der: Data) -> Data {
    let text = der.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
    return Data(
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\(text)\n-----END ENCRYPTED PRIVATE KEY-----\n".utf8)
  }
}
