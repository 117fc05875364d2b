import Foundation
import JotCore
import TestSupport
import Testing

/// Wycheproof's signatures through the kernels, one at a time and in batches.
@Suite("ECDSA: Wycheproof")
struct ECDSAVectorTests {
  private struct File: Decodable {
    struct Group: Decodable {
      struct Key: Decodable { let uncompressed: String }
      struct Test: Decodable { let tcId: Int, msg: String, sig: String, result: String }
      let publicKey: Key
      let tests: [Test]
    }
    let testGroups: [Group]
  }

  /// The folder that JOT_VECTORS names, or a folder shared/vectors beside one that has this file.
  private static func load(_ name: String) throws -> File {
    var folders: [URL] = []
    if let path = ProcessInfo.processInfo.environment["JOT_VECTORS"] {
      folders.append(URL(filePath: path, directoryHint: .isDirectory))
    }
    var folder = URL(filePath: #filePath).resolvingSymlinksInPath()
    while folder.path.count > 1 {
      folder = folder.deletingLastPathComponent()
      folders.append(folder.appending(path: "shared/vectors"))
    }
    for folder in folders {
      if let data = try? Data(contentsOf: folder.appending(path: "wycheproof/\(name).json")) {
        return try JSONDecoder().decode(File.self, from: data)
      }
    }
    try skip("no wycheproof/\(name).json in JOT_VECTORS")
  }

  @Test(
    "raw r and s; of a longer digest the first bytes count",
    arguments: [
      ("secp256r1_sha256", ECDSACurve.p256, SHA2.sha256, 262),
      ("secp256r1_sha512", .p256, .sha512, 332), ("secp384r1_sha384", .p384, .sha384, 280),
      ("secp521r1_sha512", .p521, .sha512, 318), ("secp256k1_sha256", .secp256k1, .sha256, 252),
    ])
  func vectors(name: String, curve: ECDSACurve, hash: SHA2, expected: Int) throws {
    let file = try Self.load("ecdsa_\(name)_p1363_test")
    let reference = ECReference(curve)
    var cases = ECDSACases(reference)
    var count = 0
    for group in file.testGroups {
      let point = bytes(group.publicKey.uncompressed)
      let key = try ECTestKey(
        reference,
        ECReference.Point(
          x: Array(point[1...reference.length]), y: Array(point[(reference.length + 1)...])))
      for test in group.tests {
        count += 1
        let signature = bytes(test.sig)
        // Of another length it is no signature, which the caller sees.
        guard signature.count == 2 * reference.length else {
          #expect(test.result != "valid")
          continue
        }
        let message = bytes(test.msg)
        let digest = hash.hash(message.span, in: 0..<message.count)
        cases.add(key, signature, of: (0..<digest.count).map { digest[$0] })
        #expect(cases.cases.last?.isValid == (test.result == "valid"), "\(test.tcId)")
      }
    }
    #expect(count == expected && cases.cases.count > 150)
    cases.check()
  }

  private func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8)
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
    }
  }
}
