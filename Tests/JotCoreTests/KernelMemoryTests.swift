import CJotKernels
import CProbe
import JotCore
import TestSupport
import Testing

/// Calls kernels with memory that ends, or begins, exactly where they may read and write; and without
/// the portable code that hides whatever a kernel refuses.
@Suite("Kernels on memory of the exact size")
struct KernelMemoryTests {
  @Test(
    "base64url: takes each text from its shortest length on", arguments: [CPUFeature.avx2, .vbmi],
    Memory.all)
  func base64URL(kernel: CPUFeature, memory: Memory) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 31)
    for length in 0...200 {
      let bytes = random(length, &generator)
      let text = try encoded(bytes)
      // A text too short for a kernel is refused.
      let (isDecoded, isEncoded) = (
        kernel == .vbmi || text.count >= 22, kernel == .vbmi || length >= 16
      )
      let decoded = call(kernel, .decode, text, bytes.count, memory)
      #expect(decoded.answer == isDecoded && (!isDecoded || decoded.bytes == bytes), "\(length)")
      let encoded = call(kernel, .encode, bytes, text.count, memory)
      #expect(encoded.answer == isEncoded && (!isEncoded || encoded.bytes == text), "\(length)")
      guard length > 0 else { continue }
      for offset in [0, text.count / 2, text.count - 1] {
        var wrong = text
        wrong[offset] = UInt8(ascii: "=")
        #expect(!call(kernel, .decode, wrong, bytes.count, memory).answer, "\(length)")
      }
      guard length >= 16 else { continue }
      #expect(matches(kernel, text, bytes, memory), "\(length)")
      for offset in [0, text.count / 2, text.count - 1] {
        var wrong = text
        wrong[offset] ^= 1
        #expect(!matches(kernel, wrong, bytes, memory), "\(length)")
      }
    }
  }

  @Test("SHA-256 of one message, and its HMAC", arguments: Memory.all)
  func oneMessage(memory: Memory) throws {
    guard CPUFeature.sha.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 32)
    let key = random(40, &generator)
    let prepared = HMACKey(Secret(copying: key.span))
    for length in 0...200 {
      let message = random(length, &generator)
      let digest = memory.with([UInt8](repeating: 0, count: 32)) { digest in
        memory.with(message) { message in
          // SAFETY: reads the message and writes 32 bytes.
          unsafe message.withUnsafeBufferPointer { message in
            unsafe digest.withUnsafeMutableBufferPointer {
              unsafe jot_sha256_shani($0.baseAddress, message.baseAddress, message.count)
            }
          }
        }
        return array(digest)
      }
      let expected = SHA2.sha256.hashByOpenSSL(message.span, in: 0..<length)
      #expect(digest == bytes(expected), "\(length)")
      let tag = memory.with(message) { message in
        let tag = prepared.authenticate(message.span, in: 0..<length, with: .sha256)
        return bytes(tag)
      }
      #expect(tag == plainHMAC(message, key, .sha256), "\(length)")
    }
  }

  @Test("SHA-2 of several messages, each the whole text", arguments: hashes, Memory.all)
  func batch(hash: SHA2, memory: Memory) throws {
    var generator = Seeded(seed: 33)
    let key = random(40, &generator)
    let prepared = HMACKey(Secret(copying: key.span))
    for kernel in hash.batchKernels {
      guard kernel.isAvailable else {
        print("jot: skipped: not on this CPU")
        continue
      }
      for length in [0, 1, 31, 32, 55, 56, 63, 64, 65, 111, 112, 119, 120, 127, 128, 129, 192, 257]
      {
        let message = random(length, &generator)
        let digest = hash.hashByOpenSSL(message.span, in: 0..<length)
        let expected = [bytes(digest), plainHMAC(message, key, hash)]
        for count in [1, 2, 7, 19] {
          var batch = SHA2Batch(hash)
          for index in 0..<count {
            if index % 2 == 0 {
              batch.add(0..<length)
            } else {
              // SAFETY: the key lives to the end of this function.
              unsafe batch.add(0..<length, key: prepared)
            }
          }
          memory.with(message) { batch.finish($0.span, by: kernel) }
          for index in 0..<count {
            let result = batch.digest(at: index)
            #expect(
              bytes(result) == expected[index % 2], "\(kernel), \(length): \(index) of \(count)")
          }
        }
      }
    }
    withExtendedLifetime(prepared) {}
  }

  @Test("RSA, one signature and several", arguments: [256, 384, 512], Memory.all)
  func rsa(length: Int, memory: Memory) throws {
    var generator = Seeded(seed: 34)
    var modulus = random(length, &generator)
    (modulus[0], modulus[length - 1]) = (modulus[0] | 0x80, modulus[length - 1] | 1)
    let number = [0x7f] + random(length - 1, &generator)
    var power = [UInt8](repeating: 0, count: length)
    // SAFETY: all have `length` bytes.
    try #require(unsafe reference_rsa_power(&power, number, modulus, length) == 1)
    for kernel in RSAPublicKey.kernels {
      guard kernel.isAvailable else {
        print("jot: skipped: not on this CPU")
        continue
      }
      let key = RSAPublicKey(modulus: modulus.span, kernel: kernel)!
      let result = memory.with(number) { number in
        memory.with([UInt8](repeating: 0, count: length)) { encoded in
          let isDone = key.apply(to: number, count: length, into: &encoded)
          #expect(isDone)
          return array(encoded)
        }
      }
      #expect(result == power, "\(kernel)")
    }
    for kernel in RSABatch.kernels where kernel.isAvailable {
      let key = RSABatchKey(modulus: modulus.span)!
      var batch = RSABatch(kernel)
      let count = batch.lanes
      for index in 0..<count {
        // SAFETY: the key lives until the batch is computed.
        unsafe batch.add(key, signature: index * length, result: index * length)
      }
      let numbers = [[UInt8]](repeating: number, count: count).flatMap { $0 }
      let results = memory.with(numbers) { bytes in
        batch.exponentiate(in: &bytes)
        return array(bytes)
      }
      withExtendedLifetime(key) {}
      #expect(results == [[UInt8]](repeating: power, count: count).flatMap { $0 }, "\(kernel)")
    }
  }

  @Test("Ed25519: signature, message and table", arguments: Ed25519Key.kernels, Memory.all)
  func ed25519(kernel: CPUFeature, memory: Memory) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    let seed = [UInt8](repeating: 35, count: 32)
    let point = Ed25519Case(seed: seed, message: []).point
    let table = [UInt8](repeating: 0, count: Ed25519Key.byteCount)
    // The heap aligns to 16 bytes only.
    (memory == .heap ? .page : memory).with(table) { table in
      // SAFETY: the memory has a table's size and alignment, and outlives the key.
      let key = unsafe table.withUnsafeMutableBufferPointer {
        unsafe Ed25519Prepared(
          Ed25519Key(point: point.span, kernel: kernel, memory: $0.baseAddress!)!)
      }
      for count in [0, 1, 63, 64, 65, 200] {
        let test = Ed25519Case(seed: seed, message: [UInt8](repeating: 1, count: count))
        let (isValid, mask) = memory.with(test.signature) { signature in
          memory.with(test.message) { message in
            var batch = Ed25519Batch(kernel)
            for _ in 0..<(count % 2 == 0 ? 5 : 1) {
              // SAFETY: the key lives to the end of the outer closure.
              unsafe batch.add(key.key, signature: 0, message: 0..<count)
            }
            let mask = batch.verify(signature, of: message.span)
            return (key.key.isValid(signature, at: 0, of: message.span, in: 0..<count), mask)
          }
        }
        #expect(isValid && mask == (count % 2 == 0 ? 0x1f : 1), "\(count)")
      }
    }
  }

  @Test("the dots of a token, and the first special character of a string", arguments: Memory.all)
  func searches(memory: Memory) throws {
    guard CPUFeature.avx2.isAvailable else { try skip("not on this CPU") }
    for count in 0...140 {
      for offset in 0...count {
        var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: count)
        if offset < count { bytes[offset] = UInt8(ascii: ".") }
        let expected = bytes.span.dotsOneByOne()
        #expect(memory.with(bytes) { $0.span.dots() == expected }, "\(offset) of \(count)")
        if offset < count { bytes[offset] = [0x22, 0x5c, 0x1f, 0x80, 0xff][offset % 5] }
        let first = memory.with(bytes) { $0.firstSpecial(from: offset / 2) }
        #expect(first == offset, "\(offset) of \(count)")
      }
    }
  }

  @Test("texts in frames and in a table, of every length", arguments: Memory.all)
  func texts(memory: Memory) {
    let frames = TextFrames(
      [
        TextFrames.Beginning(Array("abcdefgh".utf8), number: -1, endings: 0..<2),
        TextFrames.Beginning(Array("abcd.".utf8), number: 3, endings: 0..<0),
      ],
      [
        TextFrames.Ending(["xxyz", "xyz", "yz"].map { Array($0.utf8) }, byteCount: 3, number: 1),
        TextFrames.Ending(["z", "z", "z"].map { Array($0.utf8) }, byteCount: 1, number: 2),
      ])
    for length in 0...100 {
      let bytes = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 8) }
      for end in ["", ".", "xxyz.", "xyz.", "yz.", "z."] {
        let text = bytes + Array(end.utf8)
        let match = memory.with(text) { frames.match($0.span) }
        let isKnown = length == 4 && end == "." || length >= 8 && end.hasSuffix("z.")
        #expect(match == nil || isKnown, "\(length) \(end)")
        guard let match, match.alignment >= 0 else { continue }
        #expect(match.length == text.count - 1 && match.middle.lowerBound == 8)
        #expect(match.bytes.lowerBound == 6 && match.alignment == 0)
        #expect(
          match.number == 2 || text[match.middle.upperBound...].starts(with: "yz".utf8)
            || text[match.middle.upperBound...].first == UInt8(ascii: "x"))
      }
      guard length > 0 else { continue }
      let table = TextTable([TextTable.Text(bytes, kind: 2, number: 7)])
      let found = memory.with(bytes) { table.number(of: $0.span, in: 0..<length, kind: 2) }
      #expect(found == 7)
    }
    let one = memory.with(Array("abcd.".utf8)) { frames.match($0.span) }
    #expect(one?.number == 3 && one?.length == 4 && one?.alignment == -1)
  }

  @Test("plain JSON: reads 64 bytes behind the text, and writes 8", arguments: Memory.all)
  func json(memory: Memory) throws {
    guard CPUFeature.avx2.isAvailable else { try skip("not on this CPU") }
    for length in 0...140 {
      let value = String(repeating: "x", count: length)
      for text in [
        #"{"sub":"\#(value)","exp":1767225600}"#, #"{"exp":1,"a":["\#(value)",{"b":-1.5e3}]}"#,
        #"{"kid":"\#(value)","alg":"RS256"}"#, #"{"a":"\#(value)\u00e9é"}"#,
      ] {
        // The second and third time the shape is cached.
        for _ in 0..<3 {
          for isHeader in [false, true] {
            let answer = members(Array(text.utf8), room: 64, isHeader, memory)
            #expect(answer.isRead)
            #expect(answer.words == members(Array(text.utf8), room: 400, isHeader, .heap).words)
          }
        }
        let cut = members(Array(text.utf8.dropLast()), room: 64, false, memory)
        #expect(!cut.isRead)
      }
    }
  }

  @Test("a plain string written as JSON", arguments: Memory.all)
  func string(memory: Memory) {
    for count in 0...100 {
      let text = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
      for hasComma in [0, 1] {
        let written = memory.with(text) { text in
          memory.with([UInt8](repeating: 0, count: count + 3)) { target in
            // SAFETY: reads the text; writes at most its length and three bytes.
            let isWritten = unsafe text.withUnsafeBufferPointer { text in
              unsafe target.withUnsafeMutableBufferPointer {
                unsafe jot_json_string($0.baseAddress, text.baseAddress, count, hasComma)
              }
            }
            #expect(isWritten == 1)
            return Array(array(target).prefix(count + 2 + hasComma))
          }
        }
        #expect(written == Array((hasComma == 1 ? "," : "").utf8) + [0x22] + text + [0x22])
      }
    }
  }

  // MARK: - Calls

  private enum Direction { case decode, encode }

  /// A kernel's answer, and the `count` bytes that it may write.
  private func call(
    _ kernel: CPUFeature, _ direction: Direction, _ source: [UInt8], _ count: Int, _ memory: Memory
  ) -> (answer: Bool, bytes: [UInt8]) {
    memory.with(source) { source in
      memory.with([UInt8](repeating: 0, count: count)) { target in
        // SAFETY: the kernels read the source and write as many bytes as the target has.
        let answer = unsafe source.withUnsafeBufferPointer { source in
          unsafe target.withUnsafeMutableBufferPointer { target in
            let (to, from) = (target.baseAddress, source.baseAddress)
            return switch (kernel, direction) {
            case (.vbmi, .decode): unsafe jot_base64url_decode_vbmi(to, from, source.count)
            case (.vbmi, .encode): unsafe jot_base64url_encode_vbmi(to, from, source.count)
            case (_, .decode): unsafe jot_base64url_decode_avx2(to, from, source.count)
            case (_, .encode): unsafe jot_base64url_encode_avx2(to, from, source.count)
            }
          }
        }
        return (answer != 0, array(target))
      }
    }
  }

  private func matches(
    _ kernel: CPUFeature, _ text: [UInt8], _ bytes: [UInt8], _ memory: Memory
  ) -> Bool {
    memory.with(text) { text in
      memory.with(bytes) { bytes in
        // SAFETY: the kernels read the bytes and as many characters as encode them.
        unsafe text.withUnsafeBufferPointer { text in
          unsafe bytes.withUnsafeBufferPointer { bytes in
            let (left, right) = (text.baseAddress, bytes.baseAddress)
            return kernel == .vbmi
              ? unsafe jot_base64url_matches_vbmi(left, right, bytes.count) != 0
              : unsafe jot_base64url_matches_avx2(left, right, bytes.count) != 0
          }
        }
      }
    }
  }

  /// Whether a text is read, and the words of its members.
  private func members(
    _ text: [UInt8], room: Int, _ isHeader: Bool, _ memory: Memory
  ) -> (isRead: Bool, words: [UInt64]) {
    var members = jot_members()
    let answer = memory.with(text + [UInt8](repeating: 0x22, count: room)) { buffer in
      // SAFETY: behind the text are the 64 bytes that the kernel may touch.
      unsafe buffer.withUnsafeMutableBufferPointer {
        isHeader
          ? unsafe jot_json_header_avx2($0.baseAddress, 0, text.count, &members)
          : unsafe jot_json_claims_avx2($0.baseAddress, 0, text.count, &members)
      }
    }
    // SAFETY: plain words.
    return unsafe withUnsafeBytes(of: members.words) {
      (answer != 0, unsafe Array($0.bindMemory(to: UInt64.self)))
    }
  }

  private func encoded(_ bytes: [UInt8]) throws -> [UInt8] {
    var text = [UInt8](repeating: 0, count: Base64URL.encodedLength(of: bytes.count))
    var span = text.mutableSpan
    _ = try Base64URL.encode(
      bytes.span, in: 0..<bytes.count, into: &span, at: 0, kernel: .portable)
    return text
  }
}

private func array(_ span: borrowing MutableSpan<UInt8>) -> [UInt8] {
  (0..<span.count).map { span[$0] }
}
