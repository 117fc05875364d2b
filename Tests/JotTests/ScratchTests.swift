import Jot
import TestSupport
import Testing

/// Every public door that takes a scratch, with one that is too short or another's. `make sanitize`
/// runs these under the address sanitizer, for which each buffer has exactly the bytes that it needs.
@Suite("Scratch")
struct ScratchTests {
  static let payloads = [
    #"{"r":["aaaaaaaa"]}"#, #"{"r":["aaaaaaaa","b"],"n":12345678}"#,
    #"{"r":"x","s":true,"t":null}"#,
    #"{ "r" : [ "\u00e9\n" , "\ud83d\ude00" ] , "n" : -1.5e3 }"#,
    #"{"n":123456789012345678901234}"#,
    #"{"o":{"r":["]}"]},"r":[["a"],{"b":"c"}],"s":false,"n":1}"#, #"{"r":[],"\u006e":7}"#, "{}",
    #"{"r":["\#(String(repeating: "y", count: 70))","ü"],"n":99999999}"#,
  ]

  @Test("claims are read from a payload's own bytes alone, with nothing behind them")
  func exactPayload() throws {
    let (name, text, other) = (Array("r".utf8), Array("aaaaaaaa".utf8), Array("aaaaaaab".utf8))
    let (index, payload) = try Self.verified(#"{"r":["aaaaaaaa"]}"#)
    var kept = payload
    let room = kept.mutableSpan
    let found = index.contains(text.span, in: name.span, room)
    let foundOther = index.contains(other.span, in: name.span, room)
    #expect(found && !foundOther)
    let number = Array("n".utf8)
    for (payload, expected) in [
      (#"{"r":1,"n":12345678}"#, 12_345_678), (#"{"n":1}"#, 1), (#"{"n":-1.5e3}"#, -1500),
    ] as [(String, Int64)] {
      let (index, payload) = try Self.verified(payload)
      var kept = payload
      let room = kept.mutableSpan
      let integer = index.integer(of: number.span, in: room)
      #expect(integer == expected)
    }
  }

  @Test("a scratch that ends too soon, or is another's, gives no place outside of it")
  func otherScratch() throws {
    var generator = Seeded(seed: 17)
    for text in Self.payloads {
      let (index, payload) = try Self.verified(text)
      for length in 0...payload.count { Self.read(index, Array(payload[..<length])) }
      for other in Self.payloads { Self.read(index, Array(other.utf8)) }
      for _ in 0..<2000 {
        // Bytes of JSON in any order, and what may stand nowhere.
        let alphabet = Array("{}[]\":,\\ntf0123456789.-+eEur\u{0}\u{7f}é ".utf8)
        let count = Int.random(in: 0...80, using: &generator)
        var bytes = (0..<count).map { _ in alphabet.randomElement(using: &generator)! }
        if Bool.random(using: &generator) { bytes = Array(payload.prefix(count / 2)) + bytes }
        Self.read(index, bytes)
      }
    }
  }

  @Test("each door that is given too little room says how much it needs, and writes nothing")
  func shortScratch() throws {
    let key = try SigningKey(
      secret: Secret("a test secret that is long enough for HS512: 0123456789abcdefghij"))
    let rsa = try SigningKey(privateKey: SigningKey.generatePEM(.rsa, bits: 2048))
    let curve = try SigningKey(privateKey: SigningKey.generatePEM(.p256))
    let cache = TokenCache(entries: 10, bytes: 1 << 16)
    for (key, algorithm) in [
      (key, .hs256), (key, .hs512), (rsa, .rs256), (curve, .es256),
    ] as [(SigningKey, Algorithm)] {
      let signer = try Signer(key: key, algorithm: algorithm)
      let payload = Array(#"{"iss":"i","r":["aaaaaaaa"]}"#.utf8)
      let length = signer.tokenLength(forPayload: payload.count)
      for count in [0, 1, 31, length - 1] {
        var token = [UInt8](repeating: 0xaa, count: count)
        var room = token.mutableSpan
        let thrown = error { () throws(JWTError) in
          _ = try signer.sign(payload: payload.span, into: &room)
        }
        #expect(thrown == .bufferTooSmall(needed: length))
        var places = [0..<0]
        var results = places.mutableSpan
        let whole = [0..<payload.count]
        let batch = error { () throws(JWTError) in
          try signer.sign(batch: whole.span, of: payload.span, into: &room, places: &results)
        }
        #expect(batch == .bufferTooSmall(needed: length))
        #expect(token.allSatisfy { $0 == 0xaa })
      }
      var token = [UInt8](repeating: 0, count: length)
      do {
        var room = token.mutableSpan
        _ = try signer.sign(payload: payload.span, into: &room)
      }
      let verifier = try Verifier(
        key: key.verificationKey(), algorithms: [algorithm], issuer: "i")
      let issuers = try IssuerVerifier([verifier])
      let needed = Verifier.scratchLength(forToken: token.count)
      for count in [0, 1, 43, token.count, needed - 1] {
        var scratch = [UInt8](repeating: 0xaa, count: count)
        var room = scratch.mutableSpan
        var claims = ClaimIndex()
        let doors: [JWTError?] = [
          error { () throws(JWTError) in _ = try verifier.verify(token.span, scratch: &room) },
          error { () throws(JWTError) in
            try verifier.verify(token.span, scratch: &room, into: &claims)
          },
          error { () throws(JWTError) in
            _ = try cache.verify(token.span, with: verifier, scratch: &room)
          },
          error { () throws(JWTError) in _ = try issuers.verify(token.span, scratch: &room) },
          error { () throws(JWTError) in
            _ = try issuers.verifier(for: token.span, scratch: &room)
          },
          error { () throws(JWTError) in
            _ = try cache.verify(token.span, with: issuers, scratch: &room)
          },
        ]
        #expect(doors.allSatisfy { $0 == .bufferTooSmall(needed: needed) }, "\(doors)")
        var verdicts = [Verifier.Verdict()]
        var results = verdicts.mutableSpan
        let whole = [0..<token.count]
        let most = Verifier.scratchLength(forTokens: 1, longest: token.count)
        let batches: [JWTError?] = [
          error { () throws(JWTError) in
            try verifier.verify(
              batch: whole.span, of: token.span, scratch: &room, into: &results)
          },
          error { () throws(JWTError) in
            try issuers.verify(batch: whole.span, of: token.span, scratch: &room, into: &results)
          },
        ]
        #expect(batches.allSatisfy { $0 == .bufferTooSmall(needed: most) })
        #expect(scratch.allSatisfy { $0 == 0xaa })
      }
      // Exactly enough is enough, for all of them.
      var scratch = [UInt8](repeating: 0, count: needed)
      var room = scratch.mutableSpan
      let found = [
        try verifier.verify(token.span, scratch: &room),
        try issuers.verify(token.span, scratch: &room),
        try cache.verify(token.span, with: verifier, scratch: &room),
        try cache.verify(token.span, with: verifier, scratch: &room),
      ]
      #expect(found.allSatisfy { $0.issuer != nil })
    }
  }

  @Test("base64url asks for the room that it needs")
  func base64URL() throws {
    let text = Array("Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy".utf8)
    for count in 0..<36 {
      var bytes = [UInt8](repeating: 0xaa, count: count)
      var room = bytes.mutableSpan
      var thrown: [Base64URLError] = []
      do throws(Base64URLError) {
        _ = try Base64URL.decode(text.span, in: 0..<48, into: &room)
      } catch { thrown.append(error) }
      var other = [UInt8](repeating: 0xaa, count: count)
      var target = other.mutableSpan
      let source = Array(text[..<36])
      do throws(Base64URLError) {
        _ = try Base64URL.encode(source.span, in: 0..<36, into: &target)
      } catch { thrown.append(error) }
      #expect(thrown == [.destinationTooSmall(needed: 36), .destinationTooSmall(needed: 48)])
      #expect(bytes.allSatisfy { $0 == 0xaa } && other.allSatisfy { $0 == 0xaa })
    }
  }

  /// Asks for claims in every way; all places must lie inside of the scratch.
  private static func read(_ index: ClaimIndex, _ bytes: [UInt8]) {
    var bytes = bytes
    let count = bytes.count
    let room = bytes.mutableSpan
    for name in ["r", "n", "s", "o", "", "\u{e9}\n"] {
      let name = Array(name.utf8)
      if let value = index.value(of: name.span, in: room) {
        #expect(value.start <= value.end && value.end <= count)
      }
      if let string = index.string(of: name.span, in: room) { #expect(string.end <= count) }
      _ = index.integer(of: name.span, in: room)
      _ = index.bool(of: name.span, in: room)
      for text in ["aaaaaaaa", "", "\u{1f600}"] {
        let text = Array(text.utf8)
        _ = index.contains(text.span, in: name.span, room)
      }
    }
  }

  /// A payload that was verified, and its bytes in a buffer of their own.
  private static func verified(_ payload: String) throws -> (ClaimIndex, [UInt8]) {
    let key = try SigningKey(secret: Secret("a test secret that is long enough for it"))
    let signer = try Signer(key: key, algorithm: .hs256)
    let verifier = try Verifier(key: key.verificationKey(), algorithms: [.hs256])
    let payload = Array(payload.utf8)
    var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
    do {
      var room = token.mutableSpan
      _ = try signer.sign(payload: payload.span, into: &room)
    }
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    var room = scratch.mutableSpan
    let index = try verifier.verify(token.span, scratch: &room)
    return (index, Array(scratch[index.payload]))
  }

  private func error(_ body: () throws(JWTError) -> Void) -> JWTError? {
    do throws(JWTError) {
      try body()
      return nil
    } catch {
      return error
    }
  }
}
