import Jot
import TestSupport
import Testing

/// Promise P3, for the kernels: WycheproofTests takes the way of a key.
@Suite("Wycheproof, Ed25519's kernels")
struct Ed25519WycheproofTests {
  @Test("one by one and in batches", arguments: Ed25519Key.kernels)
  func verdicts(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    var count = 0
    for group in try Vectors.load("wycheproof/ed25519_test.json")["testGroups"]?.array ?? [] {
      let point = Vectors.bytes(group["publicKey"]?["pk"])
      guard let key = Ed25519Key(point: point.span, kernel: kernel) else {
        Issue.record("no point")
        continue
      }
      for test in group["tests"]?.array ?? [] {
        count += 1
        var signature = Vectors.bytes(test["sig"])
        let message = Vectors.bytes(test["msg"])
        let expected = test["result"]?.string == "valid"
        // A signature of another length is not for the kernels.
        guard signature.count == Ed25519Key.signatureLength else {
          #expect(!expected)
          continue
        }
        let span = signature.mutableSpan
        let isValid = key.isValid(span, at: 0, of: message.span, in: 0..<message.count)
        #expect(isValid == expected, "\(test["tcId"]?.text ?? "")")
        var batch = Ed25519Batch(kernel)
        for _ in 0..<4 {
          // SAFETY: the key lives to the end of this loop.
          unsafe batch.add(key, signature: 0, message: 0..<message.count)
        }
        let mask = batch.verify(span, of: message.span)
        #expect(mask == (expected ? 0xf : 0), "\(test["tcId"]?.text ?? "")")
      }
    }
    #expect(count == 151)
  }
}
