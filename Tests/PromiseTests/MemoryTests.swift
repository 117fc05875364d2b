import CProbe
import Foundation
import Jot
import TestSupport
import Testing

/// Promise P11: keys leave memory when they are released. And P12, in a process of its own.
@Suite("Promises", .serialized)
struct MemoryTests {
  /// Random bytes that memory holds only in masked form.
  struct Needle {
    var masked: [UInt8]

    init(_ bytes: Span<UInt8>, _ range: Range<Int>) { masked = range.map { bytes[$0] ^ 0x5a } }

    var count: Int {
      unsafe masked.withUnsafeBufferPointer { Int(unsafe probe_count($0.baseAddress, $0.count)) }
    }
  }

  @Test("a secret is found while it is held, and nowhere after its keys are released")
  func secrets() throws {
    try skipIfSanitized()
    var bytes = (0..<48).map { _ in UInt8.random(in: 1...255) }
    let needle = Needle(bytes.span, 0..<48)
    var held: Int
    do {
      let secret = Secret(copying: bytes.span)
      for index in bytes.indices { bytes[index] = 0 }
      held = needle.count
      let signing = try SigningKey(secret: secret)
      let token = try Signer(key: signing, algorithm: .hs256).sign(["sub": "x"])
      let verifier = try Verifier(key: signing.verificationKey, algorithms: [.hs256])
      _ = try verifier.verify(token)
    }
    #expect(held >= 1, "the search finds what is there")
    #expect(needle.count == 0)
  }

  @Test("private numbers of every key type are wiped with the key, whatever it was read from")
  func keys() throws {
    try skipIfSanitized()
    for type in KeyType.allCases where type != .secret {
      let (needle, held) = try probe(type)
      #expect(held >= 1, "\(type.rawValue): the search finds what is there")
      #expect(needle.count == 0, "\(type.rawValue)")
    }
  }

  /// Makes a key, uses it and releases it.
  private func probe(_ type: KeyType) throws -> (Needle, Int) {
    let passphrase = "correct horse"
    // PKCS#8; but for EdDSA PKCS#1 or SEC 1, and that encrypted; PKCS#8 encrypted.
    let texts = try FaultProbe.run([type.rawValue, passphrase])
      .split(separator: "-----BEGIN ").map { "-----BEGIN \($0)" }
    try #require(texts.count == (type == .ed25519 || type == .ed448 ? 2 : 4))
    var der = Self.der(Secret(texts[0]))
    defer { for index in der.indices { der[index] = 0 } }
    // The private numbers are at the end of a PKCS#8 key for RSA (inside the coefficient) and
    // EdDSA, and at the start for EC.
    let width = 24
    let start: Int
    switch type {
    case .rsa: start = der.count - 64
    case .ed25519, .ed448: start = der.count - 32
    default:
      let marks: [UInt8] = [2, 1, 1, 4]
      start =
        try #require(
          der.indices.first { $0 + 4 < der.count && Array(der[$0..<$0 + 4]) == marks }) + 8
    }
    let needle = Needle(der.span, start..<start + width)
    let key = try SigningKey(privateKey: Secret(texts[0]))
    let fromDER = try SigningKey(privateKey: Secret(copying: der.span))
    var others: [SigningKey] = []
    for (index, text) in texts.enumerated().dropFirst() {
      others.append(try SigningKey(privateKey: Secret(text), passphrase: Secret(passphrase)))
      // Of a text with RFC 1421's headers the DER is not a key.
      if index == 2, texts.count == 4 { continue }
      var der = Self.der(Secret(text))
      others.append(
        try SigningKey(privateKey: Secret(copying: der.span), passphrase: Secret(passphrase)))
      for index in der.indices { der[index] = 0 }
    }
    #expect(others.allSatisfy { $0.verificationKey.thumbprint == key.verificationKey.thumbprint })
    let algorithm = type.algorithms[0]
    let token = try Signer(key: key, algorithm: algorithm).sign(["sub": "x"])
    let verifier = try Verifier(key: fromDER.verificationKey, algorithms: [algorithm])
    _ = try verifier.verify(token)
    // Exports leave nothing either.
    let lengths = [key.pemRepresentation?.count, key.jwkRepresentation?.count]
    try #require(!lengths.contains(nil))
    for index in der.indices { der[index] = 0 }
    return withExtendedLifetime((key, fromDER, others)) { (needle, needle.count) }
  }

  /// Decodes a PEM to DER and leaves no other copy.
  private static func der(_ pem: borrowing Secret) -> [UInt8] {
    pem.withBytes { bytes in
      var der: [UInt8] = []
      der.reserveCapacity(bytes.count)
      var (word, bits) = (0 as UInt32, 0)
      var line = 0
      for index in 0..<bytes.count {
        let byte = bytes[index]
        if byte == UInt8(ascii: "\n") { line += 1 }
        let value: UInt32
        if line > 0, byte == UInt8(ascii: "-") { break }
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(byte) + 4
        case UInt8(ascii: "+"): value = 62
        case UInt8(ascii: "/"): value = 63
        default: continue
        }
        // The first line is a marker.
        guard line > 0 else { continue }
        word = word << 6 | value
        bits += 6
        if bits >= 8 {
          bits -= 8
          der.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
        }
      }
      return der
    }
  }

  @Test("no failing allocation of OpenSSL makes a forged token valid, or breaks a key for good")
  func faults() throws {
    let output = try FaultProbe.run([])
    print("P12: \(output)", terminator: "")
    let match = try #require(
      output.wholeMatch(of: /(\d+) allocations failed in turn, (\d+) wrong\n/))
    #expect(Int(match.1) ?? 0 > 1500 && match.2 == "0", "\(output)")
  }
}

/// Runs FaultProbe.
enum FaultProbe {
  /// Returns what the probe prints.
  static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "FaultProbe")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return String(decoding: output, as: UTF8.self)
  }
}
