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
  func agrees(kernel: Kernel) throws {
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

  @Test("every kernel accepts and refuses each byte at each place of a block")
  func everyByte() throws {
    let legal = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    for kernel in Base64URL.kernels where kernel.isAvailable {
      for place in 0..<52 {
        for byte in UInt8.min...UInt8.max {
          var text = [UInt8](repeating: UInt8(ascii: "A"), count: 52)
          text[place] = byte
          if legal.contains(byte) {
            let bytes = try decoded(text, kernel)
            #expect(try encoded(bytes, .portable) == text)
          } else {
            #expect(throws: Base64URLError.invalidCharacter(offset: place)) {
              try decoded(text, kernel)
            }
          }
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
    #expect(try decoded(Array(text.utf8), Base64URL.bestKernel) == Array(plain.utf8))
    #expect(try encoded(Array(plain.utf8), Base64URL.bestKernel) == Array(text.utf8))
  }

  @Test("each byte string has one text: what decodes encodes to itself, and back")
  func oneSpelling() throws {
    let rounds = ProcessInfo.processInfo.environment["JOT_CAMPAIGN"].flatMap { Int($0) } ?? 20_000
    var generator = Seeded(seed: 11)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    // Now and then something foreign.
    let letters = alphabet + alphabet + alphabet + Array("=+/. ".utf8)
    var accepted = 0
    for _ in 0..<rounds {
      let count = Int.random(in: 0...40, using: &generator)
      let text = (0..<count).map { _ in letters.randomElement(using: &generator)! }
      if let bytes = try? decoded(text, Base64URL.bestKernel) {
        accepted += 1
        if try encoded(bytes, Base64URL.bestKernel) != text {
          Issue.record("\(text) has two spellings")
        }
      }
      let bytes = text.map { $0 &* 167 }
      let written = try encoded(bytes, Base64URL.bestKernel)
      if try decoded(written, Base64URL.bestKernel) != bytes { Issue.record("\(bytes) is lost") }
    }
    #expect(accepted > rounds / 50)
  }
}

private func decoded(_ text: [UInt8], _ kernel: Kernel) throws -> [UInt8] {
  // Guard bytes behind the exact room: a kernel that writes past its block is seen.
  let room = Base64URL.decodedLength(of: text.count) ?? 0
  var bytes = [UInt8](repeating: 0xa5, count: room + 64)
  do {
    var whole = bytes.mutableSpan
    var span = whole._mutatingExtracting(first: room)
    let count = try Base64URL.decode(text.span, in: 0..<text.count, into: &span, kernel: kernel)
    #expect(count == room)
  }
  #expect(bytes[room...].allSatisfy { $0 == 0xa5 })
  return Array(bytes[..<room])
}

private func encoded(_ bytes: [UInt8], _ kernel: Kernel) throws -> [UInt8] {
  let room = Base64URL.encodedLength(of: bytes.count)
  var text = [UInt8](repeating: 0xa5, count: room + 64)
  do {
    var whole = text.mutableSpan
    var span = whole._mutatingExtracting(first: room)
    let count = try Base64URL.encode(
      bytes.span, in: 0..<bytes.count, into: &span, at: 0, kernel: kernel)
    #expect(count == room)
  }
  #expect(text[room...].allSatisfy { $0 == 0xa5 })
  return Array(text[..<room])
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
