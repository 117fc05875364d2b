import JotCore
import TestSupport
import Testing

@Suite("SHA2Batch")
struct SHA2BatchTests {
  @Test("gives RFC 4231's tags, all cases in one batch, each with its own key")
  func standard() {
    for (number, hash) in hashes.enumerated() {
      for kernel in hash.batchKernels where kernel.isAvailable {
        let tags = results(rfc4231.map { Message($0.message, key: $0.key) }, hash, kernel)
        #expect(tags.map(hex) == rfc4231.map { $0.tags[number] }, "\(hash), \(kernel)")
      }
    }
  }

  @Test("agrees with a plain RFC 2104", arguments: hashes)
  func plain(hash: SHA2) throws {
    for kernel in hash.batchKernels {
      guard kernel.isAvailable else {
        print("jot: skipped: not on this CPU")
        continue
      }
      var generator = Seeded(seed: 21)
      // Every length around block boundaries, in an order that puts each length in each lane.
      for shift in 0..<8 {
        for start in stride(from: 0, to: 400, by: 23) {
          let messages = (0..<23).map { Message.ofLength(start + ($0 + shift) % 23, &generator) }
          expect(messages, hash, kernel)
        }
      }
    }
  }

  @Test("any number of messages, of mixed lengths", arguments: hashes)
  func counts(hash: SHA2) {
    for kernel in hash.batchKernels where kernel.isAvailable {
      var generator = Seeded(seed: 22)
      for count in 0...SHA2Batch.capacity {
        for range in [0...140, 0...600] {
          let messages = (0..<count).map { _ in
            Message.ofLength(Int.random(in: range, using: &generator), &generator)
          }
          expect(messages, hash, kernel)
        }
      }
    }
  }

  @Test("one message longer than all others, at each index", arguments: hashes)
  func long(hash: SHA2) {
    for kernel in hash.batchKernels where kernel.isAvailable {
      var generator = Seeded(seed: 23)
      for index in 0..<SHA2Batch.capacity {
        var messages = (0..<SHA2Batch.capacity).map { _ in Message.ofLength(70, &generator) }
        messages[index] = .ofLength(index % 4 == 0 ? 16384 - index : 1000 + index, &generator)
        expect(messages, hash, kernel)
      }
    }
  }

  @Test("the best kernel gives the same answers, also when a batch is reused")
  func best() {
    var generator = Seeded(seed: 24)
    for hash in hashes {
      var batch = SHA2Batch(hash)
      for count in [32, 1, 2, 3, 0, 5, 31] {
        let text = random(40 * count, &generator)
        batch.removeAll()
        for index in 0..<count { batch.add(40 * index..<40 * index + index) }
        batch.finish(text.span)
        #expect(batch.count == count)
        for index in 0..<count {
          let range = 40 * index..<40 * index + index
          let expected = hash.hashByOpenSSL(text.span, in: range)
          let digest = batch.digest(at: index)
          #expect(bytes(digest) == bytes(expected), "\(hash), \(index) of \(count)")
        }
      }
    }
  }

  @Test("a digest's text is the one that the single-message path gives")
  func encoded() throws {
    let text = Array("abc".utf8)
    for hash in hashes {
      var batch = SHA2Batch(hash)
      for _ in 0..<5 { batch.add(0..<3) }
      batch.finish(text.span)
      var expected = [UInt8](repeating: 0, count: Base64URL.encodedLength(of: hash.digestLength))
      do {
        var span = expected.mutableSpan
        _ = try hash.hashByOpenSSL(text.span, in: 0..<3).encode(into: &span, at: 0)
      }
      for index in 0..<5 {
        let digest = batch.digest(at: index)
        let isEncoded = digest.isEncoded(expected.span, in: 0..<expected.count)
        #expect(isEncoded, "\(hash)")
        var written = [UInt8](repeating: 0xa5, count: expected.count + 20)
        do {
          var span = written.mutableSpan
          batch.encode(at: index, into: &span, at: 10)
        }
        let beside = [UInt8](repeating: 0xa5, count: 10)
        #expect(written == beside + expected + beside, "\(hash)")
      }
    }
  }

  @Test("SHA-512 after a prefix, beside messages without one", arguments: SHA2.sha512.batchKernels)
  func prefixes(kernel: SHA2Batch.Kernel) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 21)
    let ends = [0, 1, 47, 48, 63, 64, 65, 111, 112, 127, 128, 175, 176, 191, 192, 193, 320, 500]
    let key = random(40, &generator)
    let prepared = HMACKey(Secret(copying: key.span))
    let text = random(700, &generator)
    for count in 1...32 {
      let ranges = (0..<count).map { index in
        let start = Int.random(in: 0..<200, using: &generator)
        return start..<start + ends[(index + 5 * count) % ends.count]
      }
      let prefix = random(64 * count, &generator)
      var batch = SHA2Batch(.sha512)
      // SAFETY: prefixes and key live until the batch is finished.
      unsafe prefix.withUnsafeBufferPointer { prefix in
        for (index, range) in ranges.enumerated() {
          switch index % 4 {
          case 0: batch.add(range)
          case 1: unsafe batch.add(range, key: prepared)
          default: unsafe batch.add(range, after: prefix.baseAddress! + 64 * index)
          }
        }
        batch.finish(text.span, by: kernel)
      }
      withExtendedLifetime(prepared) {}
      for (index, range) in ranges.enumerated() {
        let message = Array(text[range])
        let whole = (index % 4 > 1 ? prefix[64 * index..<64 * (index + 1)] : []) + message
        let digest = batch.digest(at: index)
        let expected =
          index % 4 == 1
          ? plainHMAC(message, key, .sha512)
          : bytes(SHA2.sha512.hashByOpenSSL(whole.span, in: 0..<whole.count))
        #expect(bytes(digest) == expected, "\(range.count) bytes: \(index) of \(count)")
      }
    }
  }
}

/// A message, and the key that it is authenticated with, if any.
private struct Message {
  let bytes: [UInt8]
  let key: [UInt8]?

  init(_ bytes: [UInt8], key: [UInt8]?) { (self.bytes, self.key) = (bytes, key) }

  /// Three of four messages have a key.
  static func ofLength(_ count: Int, _ generator: inout Seeded) -> Message {
    let hasKey = Int.random(in: 0..<4, using: &generator) != 0
    let key = random(Int.random(in: 1...140, using: &generator), &generator)
    return Message(random(count, &generator), key: hasKey ? key : nil)
  }
}

/// The digests or tags of one batch, whose messages have unused bytes between them.
private func results(_ messages: [Message], _ hash: SHA2, _ kernel: SHA2Batch.Kernel) -> [[UInt8]] {
  final class Key {
    let key: HMACKey
    init(_ bytes: [UInt8]) { key = HMACKey(Secret(copying: bytes.span)) }
  }
  var text: [UInt8] = []
  var ranges: [Range<Int>] = []
  for message in messages {
    text += [UInt8](repeating: 0xa5, count: 1 + ranges.count % 3)
    ranges.append(text.count..<text.count + message.bytes.count)
    text += message.bytes
  }
  let keys = messages.map { $0.key.map { Key($0) } }
  var batch = SHA2Batch(hash)
  for (range, key) in zip(ranges, keys) {
    if let key {
      // SAFETY: `withExtendedLifetime` below keeps the keys alive.
      unsafe batch.add(range, key: key.key)
    } else {
      batch.add(range)
    }
  }
  batch.finish(text.span, by: kernel)
  return withExtendedLifetime(keys) {
    messages.indices.map {
      let digest = batch.digest(at: $0)
      return bytes(digest)
    }
  }
}

private func expect(_ messages: [Message], _ hash: SHA2, _ kernel: SHA2Batch.Kernel) {
  for (index, result) in results(messages, hash, kernel).enumerated() {
    let message = messages[index]
    let expected =
      if let key = message.key {
        plainHMAC(message.bytes, key, hash)
      } else {
        bytes(hash.hashByOpenSSL(message.bytes.span, in: 0..<message.bytes.count))
      }
    if result != expected {
      Issue.record(
        "\(hash) by \(kernel): message \(index) of \(messages.count), \(message.bytes.count) bytes")
    }
  }
}
