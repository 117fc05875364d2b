import Foundation
import JotCore
import TestSupport
import Testing

@Suite("Base64URL.decode")
struct Base64URLDecodeTests {
  @Test(
    "names the first offence",
    arguments: [
      ("Zg=", .invalidCharacter(offset: 2)), ("Zm+/", .invalidCharacter(offset: 2)),
      ("Zh", .trailingBits), ("Zm9", .trailingBits), ("Zm9vY", .impossibleLength(5)),
      ("=Zm9v", .invalidCharacter(offset: 0)), ("Zm9v\n", .invalidCharacter(offset: 4)),
      ("Z", .impossibleLength(1)), ("Zg==", .invalidCharacter(offset: 2)),
      ("Z=Zh", .invalidCharacter(offset: 1)), ("Z=Z", .invalidCharacter(offset: 1)),
      ("é", .invalidCharacter(offset: 0)),
    ] as [(String, Base64URLError)])
  func refuses(text: String, error: Base64URLError) {
    for kernel in Base64URL.kernels where kernel.isAvailable {
      #expect(throws: error) { try decoded(Array(text.utf8), kernel) }
      // After whole valid blocks the same offence is found at its shifted offset.
      let (lead, shift) = (String(repeating: "Zm9v", count: 24), 96)
      #expect(throws: error.moved(by: shift)) { try decoded(Array((lead + text).utf8), kernel) }
    }
  }

  @Test("every kernel agrees with the portable one", arguments: Base64URL.kernels)
  func agrees(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 7)
    for length in 0...300 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let text = try encoded(bytes, kernel)
      #expect(text == (try encoded(bytes, .portable)), "encode, length \(length)")
      #expect(text.count == Base64URL.encodedLength(of: length))
      #expect(try decoded(text, kernel) == bytes, "decode, length \(length)")
    }
  }

  // From the shortest text that a kernel decodes to a few steps, with each remainder modulo 4.
  @Test("every kernel agrees with the portable one on each byte at each offset")
  func everyByte() throws {
    var generator = Seeded(seed: 13)
    for length in [2, 22, 32, 43, 71, 98] {
      let bytes = (0..<length * 3 / 4).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let good = try encoded(bytes, .portable)
      for offset in 0..<length {
        var (text, one, other) = (good, GuardedBuffer(length), GuardedBuffer(length))
        for byte in UInt8.min...UInt8.max {
          text[offset] = byte
          let expected = one.decode(text, .portable)
          for kernel in Base64URL.kernels.dropFirst() where kernel.isAvailable {
            let answer = other.decode(text, kernel)
            if answer != expected || answer == nil && one.bytes != other.bytes {
              Issue.record("\(kernel), \(length): \(byte) at \(offset)")
            }
          }
        }
        #expect(other.isIntact)
      }
    }
  }

  @Test("every kernel refuses a last character with stray bits", arguments: Base64URL.kernels)
  func strayBits(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    for length in 2...140 where length % 4 > 1 {
      for (value, character) in alphabet.enumerated() {
        let text = [UInt8](repeating: UInt8(ascii: "_"), count: length - 1) + [character]
        let isStray = value % (length % 4 == 2 ? 16 : 4) != 0
        var buffer = GuardedBuffer(length)
        if (buffer.decode(text, kernel) == .trailingBits) != isStray {
          Issue.record("\(length): \(value)")
        }
      }
    }
  }

  // The hash of a character must not depend on its neighbour's bits.
  @Test(
    "every kernel decodes a character the same whatever its neighbours",
    arguments: Base64URL.kernels.dropFirst())
  func neighbours(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    let isLegal = (UInt8.min...UInt8.max).map { alphabet.contains($0) }
    var (text, buffer) = ([UInt8](repeating: UInt8(ascii: "A"), count: 44), GuardedBuffer(44))
    for first in UInt8.min...UInt8.max {
      for second in UInt8.min...UInt8.max {
        (text[5], text[6]) = (first, second)
        let offence = isLegal[Int(first)] ? (isLegal[Int(second)] ? nil : 6) : 5
        if buffer.decode(text, kernel) != offence.map(Base64URLError.invalidCharacter) {
          Issue.record("\(first), \(second)")
        }
      }
    }
  }

  @Test("throws before it writes if the destination is too small")
  func tooSmall() {
    var bytes: [UInt8] = [9, 9]
    #expect(throws: Base64URLError.destinationTooSmall(needed: 3)) {
      let text = Array("Zm9v".utf8)
      var span = bytes.mutableSpan
      _ = try Base64URL.decode(text.span, in: 0..<text.count, into: &span)
    }
    #expect(throws: Base64URLError.destinationTooSmall(needed: 4)) {
      let source: [UInt8] = [1, 2, 3]
      var span = bytes.mutableSpan
      _ = try Base64URL.encode(source.span, in: 0..<source.count, into: &span)
    }
    #expect(bytes == [9, 9])
  }

  @Test(
    "gives the RFC 4648 §10 values",
    arguments: [
      ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
      ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
    ])
  func standard(plain: String, text: String) throws {
    #expect(try decoded(Array(text.utf8), best) == Array(plain.utf8))
    #expect(try encoded(Array(plain.utf8), best) == Array(text.utf8))
  }

  @Test("each byte string has one text: decoding and encoding are inverse")
  func oneSpelling() throws {
    let rounds = ProcessInfo.processInfo.environment["JOT_CAMPAIGN"].flatMap { Int($0) } ?? 20_000
    var generator = Seeded(seed: 11)
    // A few characters outside the alphabet.
    let letters = alphabet + alphabet + alphabet + Array("=+/. ".utf8)
    var accepted = 0
    for _ in 0..<rounds {
      let count = Int.random(in: 0...40, using: &generator)
      let text = (0..<count).map { _ in letters.randomElement(using: &generator)! }
      if let bytes = try? decoded(text, best) {
        accepted += 1
        if try encoded(bytes, best) != text { Issue.record("\(text) has two spellings") }
      }
      let bytes = text.map { $0 &* 167 }
      if try decoded(encoded(bytes, best), best) != bytes { Issue.record("\(bytes) is lost") }
    }
    #expect(accepted > rounds / 50)
  }
}

@Suite("Base64URL of strings")
struct Base64URLStringTests {
  @Test("decoding and encoding are inverse at every length, and agree with the spans")
  func roundTrip() throws {
    var generator = Seeded(seed: 17)
    for length in 0...300 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let text = Base64URL.encode(bytes)
      #expect(Array(text.utf8) == (try encoded(bytes, .portable)), "encode, length \(length)")
      #expect(try Base64URL.decode(text) == bytes, "decode, length \(length)")
      // A part of another text.
      #expect(try Base64URL.decode(String("é\(text)=".dropFirst().dropLast())) == bytes)
      // A second spelling, or a length that no text has.
      for other in [text + "A", text + "=", text + "\n"] {
        let expected = error(Array(other.utf8))
        #expect(error(other) == expected, "\(length): \(other.suffix(4))")
        if other.utf8.last != UInt8(ascii: "A") {
          #expect(expected == .invalidCharacter(offset: text.utf8.count))
        }
      }
    }
  }

  @Test(
    "names the first offence by its offset in UTF-8",
    arguments: [
      ("Zg=", .invalidCharacter(offset: 2)), ("Zm+/", .invalidCharacter(offset: 2)),
      ("Zh", .trailingBits), ("Zm9", .trailingBits), ("Zm9vY", .impossibleLength(5)),
      ("Z", .impossibleLength(1)), ("Zm9v\n", .invalidCharacter(offset: 4)),
      (" Zm9v", .invalidCharacter(offset: 0)), ("Zm9v\0", .invalidCharacter(offset: 4)),
      ("é", .invalidCharacter(offset: 0)), ("Zm9vé", .invalidCharacter(offset: 4)),
      ("Zm9v🔑", .invalidCharacter(offset: 4)), ("ééZg=", .invalidCharacter(offset: 0)),
      // Not one character of the alphabet: a mark after it, fullwidth, Cyrillic.
      ("Zm9v\u{301}", .invalidCharacter(offset: 4)), ("Zm9\u{ff36}", .invalidCharacter(offset: 3)),
      ("\u{410}AAA", .invalidCharacter(offset: 0)), ("A\u{2010}A", .invalidCharacter(offset: 1)),
    ] as [(String, Base64URLError)])
  func refuses(text: String, error expected: Base64URLError) {
    #expect(error(text) == expected)
    // Behind whole blocks, at a shifted offset.
    let lead = String(repeating: "Zm9v", count: 24)
    #expect(error(lead + text) == expected.moved(by: 96))
  }

  /// The error of decoding `text`, or nil.
  private func error(_ text: String) -> Base64URLError? {
    do throws(Base64URLError) {
      _ = try Base64URL.decode(text)
      return nil
    } catch {
      return error
    }
  }

  /// The error of decoding bytes with the portable kernel, or nil.
  private func error(_ text: [UInt8]) -> Base64URLError? {
    var buffer = GuardedBuffer(text.count)
    return buffer.decode(text, .portable)
  }
}

@Suite("Digest.isEncoded")
struct DigestIsEncodedTests {
  @Test("every kernel accepts a digest's canonical text and no other", arguments: Base64URL.kernels)
  func oneText(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    for hash in [SHA2.sha256, .sha384, .sha512] {
      for message in 0..<2 as Range<UInt8> {
        let message = [message]
        let digest = hash.hash(message.span, in: 0..<1)
        let bytes = (0..<digest.count).map { digest[$0] }
        let text = try encoded(bytes, .portable)
        // Bytes around the range must not matter.
        var buffer = [0] + text + [UInt8](repeating: 0, count: 64)
        func isEncoded(_ range: Range<Int>) -> Bool {
          digest.isEncoded(buffer.span, in: range, kernel: kernel)
        }
        let range = 1..<text.count + 1
        #expect(isEncoded(range))
        #expect(!isEncoded(0..<text.count))
        #expect(!isEncoded(1..<text.count))
        #expect(!isEncoded(1..<text.count + 2))
        for offset in range {
          // At the last index these include the spellings with stray bits.
          for change in 1...UInt8.max {
            buffer[offset] ^= change
            if isEncoded(range) { Issue.record("\(hash): \(change) at \(offset)") }
            buffer[offset] ^= change
          }
        }
      }
    }
  }
}

private let best = Base64URL.bestKernel

private let alphabet = Array(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

/// A buffer of the exact length with guard bytes around it, to detect writes out of bounds.
private struct GuardedBuffer {
  private(set) var bytes: [UInt8]
  private let count: Int

  init(_ characters: Int) {
    count = Base64URL.decodedLength(of: characters) ?? 0
    bytes = [UInt8](repeating: 0xa5, count: 64 + count + 64)
  }

  var decoded: [UInt8] { Array(bytes[64..<64 + count]) }

  var isIntact: Bool {
    bytes[..<64].allSatisfy { $0 == 0xa5 } && bytes[(64 + count)...].allSatisfy { $0 == 0xa5 }
  }

  mutating func decode(_ text: [UInt8], _ kernel: CPUFeature) -> Base64URLError? {
    let count = count
    do throws(Base64URLError) {
      var whole = bytes.mutableSpan
      var span = whole._mutatingExtracting(64..<64 + count)
      let written = try Base64URL.decode(
        text.span, in: 0..<text.count, into: &span, kernel: kernel)
      if written != count { Issue.record("\(written) bytes instead of \(count)") }
      return nil
    } catch {
      return error
    }
  }
}

private func decoded(_ text: [UInt8], _ kernel: CPUFeature) throws -> [UInt8] {
  var buffer = GuardedBuffer(text.count)
  if let error = buffer.decode(text, kernel) { throw error }
  #expect(buffer.isIntact)
  return buffer.decoded
}

private func encoded(_ bytes: [UInt8], _ kernel: CPUFeature) throws -> [UInt8] {
  let length = Base64URL.encodedLength(of: bytes.count)
  var text = [UInt8](repeating: 0xa5, count: 64 + length + 64)
  do {
    var span = text.mutableSpan
    let count = try Base64URL.encode(
      bytes.span, in: 0..<bytes.count, into: &span, at: 64, kernel: kernel)
    #expect(count == length)
  }
  #expect(text[..<64].allSatisfy { $0 == 0xa5 } && text[(64 + length)...].allSatisfy { $0 == 0xa5 })
  return Array(text[64..<64 + length])
}

extension Base64URLError {
  fileprivate func moved(by shift: Int) -> Self {
    switch self {
    case .invalidCharacter(let offset): .invalidCharacter(offset: offset + shift)
    case .impossibleLength(let count): .impossibleLength(count + shift)
    default: self
    }
  }
}
