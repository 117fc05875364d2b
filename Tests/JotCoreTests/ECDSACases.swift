import JotCore
import TestSupport
import Testing

/// Signatures with OpenSSL's verdicts, for every kernel to repeat: one at a time and in batches.
struct ECDSACases {
  struct Case {
    let key: ECTestKey
    let signature: [UInt8]
    let digest: [UInt8]
    let isValid: Bool
  }

  let reference: ECReference
  private(set) var cases: [Case] = []

  var validCount: Int { cases.count { $0.isValid } }

  init(_ reference: ECReference) { self.reference = reference }

  mutating func add(_ key: ECTestKey, _ signature: [UInt8], of digest: [UInt8]) {
    cases.append(
      Case(
        key: key, signature: signature, digest: digest,
        isValid: key.isValid(signature, of: digest)))
  }

  /// Adds two signatures whose verification computes u G + v Q: r is right, and wrong. The private key
  /// must be known. Without an effect if the digest would need more than 64 bytes.
  mutating func add(_ key: ECTestKey, u: [UInt8], v: [UInt8]) {
    let zero = reference.small(0)
    let scalar = reference.calculate(u, "+", reference.calculate(v, "*", key.scalar!))
    // If the sum is infinity, no r is right; that of u G may be left from before the last addition.
    guard let sum = reference.point(scalar) ?? reference.point(u) else { return }
    let right = reference.calculate(sum.x, "+", zero)
    for r in [right, reference.calculate(right, "+", reference.small(1))] where r != zero {
      let s = reference.calculate(r, "*", reference.calculate(v, "/"))
      var digest = reference.calculate(u, "*", s)
      if digest.count > 64 {
        guard digest[0] == 0, digest[1] == 0 else { continue }
        digest.removeFirst(2)
      }
      add(key, r + s, of: digest)
    }
  }

  /// Adds a signature by one of `keys`, changed somewhere or not, and a copy of the one before with a
  /// bit changed; `index` decides its kind.
  mutating func addPair(_ index: Int, _ keys: [ECTestKey], _ generator: inout Seeded) {
    add(index, keys, &generator)
    let before = cases[cases.count - 1]
    var signature = before.signature
    let place = Int.random(in: 0..<signature.count, using: &generator)
    signature[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
    add(before.key, signature, of: before.digest)
  }

  /// Adds a signature by one of `keys`, changed somewhere or not; `index` decides its kind.
  mutating func add(_ index: Int, _ keys: [ECTestKey], _ generator: inout Seeded) {
    var key = keys[index % keys.count]
    // Shorter than the order, as long, and longer; all zeros, and all ones.
    let length = [20, 32, 48, 64, 64][index % 5]
    var digest = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
    if index % 11 == 0 { digest = [UInt8](repeating: index % 2 == 0 ? 0 : 0xff, count: length) }
    var signature = key.sign(digest)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0...2:
      let place = Int.random(in: 0..<signature.count, using: &generator)
      signature[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
    case 3:
      digest[Int.random(in: 0..<min(length, 32), using: &generator)] ^= 0x10
    case 4:
      key = keys[(index + 1) % keys.count]
    case 5:
      // n - s is valid too.
      let s = Array(signature.suffix(reference.length))
      signature.replaceSubrange(
        reference.length..., with: reference.calculate(reference.small(0), "-", s))
    default: break
    }
    add(key, signature, of: digest)
  }

  /// Compares every kernel's verdicts, on one signature and in full batches; then in batches of each
  /// size, with each case in several places, unless `isBrief`.
  func check(isBrief: Bool = false, sourceLocation: SourceLocation = #_sourceLocation) {
    for kernel in reference.kernels {
      for (index, each) in cases.enumerated() {
        var bytes = [0xa5] + each.signature
        let isValid = each.key.isValid(&bytes, at: 1, of: each.digest, by: kernel)
        if isValid != each.isValid {
          Issue.record(
            "\(reference.curve), \(kernel): case \(index)", sourceLocation: sourceLocation)
        }
      }
      for start in stride(from: 0, to: cases.count, by: ECDSABatch.capacity) {
        let all = (start..<start + ECDSABatch.capacity).map { $0 % cases.count }
        check(all, kernel, sourceLocation)
      }
      if isBrief { continue }
      var (start, size) = (0, 1)
      while start < 2 * cases.count {
        check((start..<start + size).map { $0 % cases.count }, kernel, sourceLocation)
        start += size
        size = size % ECDSABatch.capacity + 1
      }
    }
  }

  private func check(
    _ chosen: [Int], _ kernel: CPUFeature, _ sourceLocation: SourceLocation
  ) {
    // The signatures in reverse order, with a byte between them.
    var bytes: [UInt8] = chosen.reversed().flatMap { cases[$0].signature + [0xa5] }
    let step = 2 * reference.length + 1
    var batch = ECDSABatch()
    for (place, index) in chosen.enumerated() {
      let each = cases[index]
      each.key.add(
        to: &batch, at: step * (chosen.count - 1 - place), of: each.digest, by: kernel)
    }
    let span = bytes.mutableSpan
    let verdicts = batch.verify(in: span)
    for (place, index) in chosen.enumerated()
    where (verdicts >> UInt32(place) & 1 == 1) != cases[index].isValid {
      Issue.record(
        "\(reference.curve), \(kernel): case \(index), place \(place) of \(chosen.count)",
        sourceLocation: sourceLocation)
    }
    #expect(batch.count == 0, sourceLocation: sourceLocation)
    if chosen.count < 32 {
      #expect(verdicts >> UInt32(chosen.count) == 0, sourceLocation: sourceLocation)
    }
  }
}
