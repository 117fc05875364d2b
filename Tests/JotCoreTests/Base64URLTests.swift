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
      // The same offence behind whole good blocks is found at its place.
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

  // From the shortest that a kernel takes to those of a few steps, with each rest modulo 4.
  @Test("every kernel says of each byte at each place what the portable one says")
  func everyByte() throws {
    var generator = Seeded(seed: 13)
    for length in [2, 22, 32, 43, 71, 98] {
      let bytes = (0..<length * 3 / 4).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let good = try encoded(bytes, .portable)
      for place in 0..<length {
        var (text, one, other) = (good, Room(length), Room(length))
        for byte in UInt8.min...UInt8.max {
          text[place] = byte
          let expected = one.decode(text, .portable)
          for kernel in Base64URL.kernels.dropFirst() where kernel.isAvailable {
            let answer = other.decode(text, kernel)
            if answer != expected || answer == nil && one.bytes != other.bytes {
              Issue.record("\(kernel), \(length): \(byte) at \(place)")
            }
          }
        }
        #expect(other.isIntact)
      }
    }
  }

  @Test("every kernel refuses a last character with bits to spare", arguments: Base64URL.kernels)
  func strayBits(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    for length in 2...140 where length % 4 > 1 {
      for (value, character) in alphabet.enumerated() {
        let text = [UInt8](repeating: UInt8(ascii: "_"), count: length - 1) + [character]
        let isStray = value % (length % 4 == 2 ? 16 : 4) != 0
        var room = Room(length)
        if (room.decode(text, kernel) == .trailingBits) != isStray {
          Issue.record("\(length): \(value)")
        }
      }
    }
  }

  // A character's hash rests on its neighbour's bits not reaching it.
  @Test(
    "every kernel takes a character the same whatever stands beside it",
    arguments: Base64URL.kernels.dropFirst())
  func neighbours(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    let isLegal = (UInt8.min...UInt8.max).map { alphabet.contains($0) }
    var (text, room) = ([UInt8](repeating: UInt8(ascii: "A"), count: 44), Room(44))
    for first in UInt8.min...UInt8.max {
      for second in UInt8.min...UInt8.max {
        (text[5], text[6]) = (first, second)
        let offence = isLegal[Int(first)] ? (isLegal[Int(second)] ? nil : 6) : 5
        if room.decode(text, kernel) != offence.map(Base64URLError.invalidCharacter) {
          Issue.record("\(first), \(second)")
        }
      }
    }
  }

  @Test("throws before it writes where the destination is too small")
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

  @Test("each byte string has one text: what decodes encodes to itself, and back")
  func oneSpelling() throws {
    let rounds = ProcessInfo.processInfo.environment["JOT_CAMPAIGN"].flatMap { Int($0) } ?? 20_000
    var generator = Seeded(seed: 11)
    // Now and then something foreign.
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

@Suite("Digest.isEncoded")
struct DigestIsEncodedTests {
  @Test("every kernel takes a digest's one text and no other", arguments: Base64URL.kernels)
  func oneText(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    for hash in [SHA2.sha256, .sha384, .sha512] {
      for message in 0..<2 as Range<UInt8> {
        let message = [message]
        let digest = hash.hash(message.span, in: 0..<1)
        let bytes = (0..<digest.count).map { digest[$0] }
        let text = try encoded(bytes, .portable)
        // What stands around is no part of it.
        var room = [0] + text + [UInt8](repeating: 0, count: 64)
        func isEncoded(_ range: Range<Int>) -> Bool {
          digest.isEncoded(room.span, in: range, kernel: kernel)
        }
        let range = 1..<text.count + 1
        #expect(isEncoded(range))
        #expect(!isEncoded(0..<text.count))
        #expect(!isEncoded(1..<text.count))
        #expect(!isEncoded(1..<text.count + 2))
        for place in range {
          // Among them, at the last place, the spellings with stray bits.
          for change in 1...UInt8.max {
            room[place] ^= change
            if isEncoded(range) { Issue.record("\(hash): \(change) at \(place)") }
            room[place] ^= change
          }
        }
      }
    }
  }
}

private let best = Base64URL.bestKernel

private let alphabet = Array(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

/// Room for the bytes of one text, exactly, with guard bytes around: a kernel that writes beside it
/// is seen.
private struct Room {
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
  var room = Room(text.count)
  if let error = room.decode(text, kernel) { throw error }
  #expect(room.isIntact)
  return room.decoded
}

private func encoded(_ bytes: [UInt8], _ kernel: CPUFeature) throws -> [UInt8] {
  let room = Base64URL.encodedLength(of: bytes.count)
  var text = [UInt8](repeating: 0xa5, count: 64 + room + 64)
  do {
    var span = text.mutableSpan
    let count = try Base64URL.encode(
      bytes.span, in: 0..<bytes.count, into: &span, at: 64, kernel: kernel)
    #expect(count == room)
  }
  #expect(text[..<64].allSatisfy { $0 == 0xa5 } && text[(64 + room)...].allSatisfy { $0 == 0xa5 })
  return Array(text[64..<64 + room])
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
