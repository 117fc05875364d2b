import CProbe
import Foundation
import Jot
import TestSupport
import Testing

/// Calls every public function that takes a scratch with one that is too short or belongs to
/// another token. It must throw, or trap if that is the caller's mistake, and access nothing
/// outside.
///
/// `make sanitize` runs this with AddressSanitizer too.
@Suite("Scratch")
struct ScratchTests {
  static let now: Int64 = 1_767_225_600
  static let names = ["r", "n", "b", "s", "o", "e", "", "exp", "none"]
  static let texts = ["", "a", "aaaaaaaa", "é", "\"", "admin", String(repeating: "x", count: 70)]

  /// Payloads whose last value ends near the end of the text, at every distance.
  static let payloads: [String] =
    [
      #"{"r":["aaaaaaaa"]}"#, #"{"r":["aaaaaaa"]}"#, #"{"r":[]}"#, #"{"r":["a",1]}"#, "{}",
      #"{"n":12345678}"#, #"{"n":-1.5e2}"#, #"{"n":1e1}"#, #"{"b":true}"#, #"{"b":false}"#,
      #"{"e":null}"#, #"{"s":"a"}"#, #"{"s":"\u00e9"}"#, #"{"s":"\\"}"#, #"{"s":"\""}"#,
      #"{"r":["\u00e9"]}"#, #"{"r":["\ud83d\udd11","a\\"]}"#, #"{"r":["é"]}"#, #"{"":""}"#,
      #"{"o":{"s":["a",{"r":["b"]}]},"r":["admin"],"exp":9999999999}"#,
      #"{ "r" : [ "a" , "admin" ] , "n" : 12 }"#,
    ]
    + (0...80).map { #"{"r":["b","\#(String(repeating: "x", count: $0))"]}"# }
    + (0...40).map { #"{"n":1,"r":["\#(String(repeating: "y", count: $0))\""]}"# }

  @Test(
    "claims are read from the payload only, never from the bytes after it", arguments: Memory.all)
  func payloadAlone(memory: Memory) throws {
    for payload in Self.payloads {
      let (index, scratch) = try Self.verified(payload)
      let expected = Self.answers(index, scratch, Memory.heap)
      #expect(Self.answers(index, Array(scratch[index.payload]), memory) == expected, "\(payload)")
      #expect(!expected.isEmpty || payload.count < 5)
    }
  }

  @Test("a scratch that ends before the payload gives no claims", arguments: Memory.all)
  func cutOff(memory: Memory) throws {
    for payload in Self.payloads.prefix(24) {
      let (index, scratch) = try Self.verified(payload)
      for count in 0..<index.payloadLength {
        #expect(Self.answers(index, Array(scratch[..<count]), memory) == [], "\(payload), \(count)")
      }
    }
  }

  @Test(
    "with another token's scratch the search for claims ends, and stays inside",
    arguments: Memory.all
  )
  func foreign(memory: Memory) throws {
    var generator = Seeded(seed: 6)
    let pieces = [
      "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "0", "-", "e", "1e", "\"n\":",
      "\"r\":[", "t", "f", "n", " ", "\u{0}", "é",
    ].map { Array($0.utf8) }
    var found = 0
    for payload in Self.payloads.prefix(60) {
      let (index, scratch) = try Self.verified(payload)
      let count = index.payloadLength
      for filler in Array("\"\\{[:, 0ntf-".utf8) + [0, 0xff] {
        found += Self.answers(index, [UInt8](repeating: filler, count: count), memory).count
      }
      for _ in 0..<200 {
        var other = Array(scratch[..<count])
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          let start = Int.random(in: 0..<count, using: &generator)
          let piece = pieces[Int.random(in: 0..<pieces.count, using: &generator)]
          for (offset, byte) in piece.enumerated() where start + offset < count {
            other[start + offset] = byte
          }
        }
        found += Self.answers(index, other, memory).count
      }
    }
    #expect(found > 1000, "not all that is changed hides the claims")
  }

  @Test("a batch finds no claims in a scratch that ends before them", arguments: Memory.all)
  func batchOffsets(memory: Memory) throws {
    let (signer, verifier) = try Self.hmac()
    let tokens = try (0..<5).map { try Array(signer.sign(["s": "a", "n": .integer($0)]).utf8) }
    let text = tokens.flatMap { $0 }
    let places = (0..<5).map { $0 * tokens[0].count..<($0 + 1) * tokens[0].count }
    let needed = Verifier.scratchLength(forTokens: 5, longest: tokens[0].count)
    var verdicts = [Verifier.Verdict](repeating: Verifier.Verdict(), count: 5)
    for count in [0, 1, needed / 2, needed - 1] {
      let thrown = memory.with([UInt8](repeating: 0xff, count: count)) { scratch in
        var results = verdicts.mutableSpan
        return Self.error { () throws(JWTError) in
          try verifier.verify(
            batch: places.span, of: text.span, scratch: &scratch, into: &results)
        }
      }
      #expect(thrown == .bufferTooSmall(needed: needed))
    }
    let scratch = try memory.with([UInt8](repeating: 0xff, count: needed)) { scratch in
      var results = verdicts.mutableSpan
      try verifier.verify(batch: places.span, of: text.span, scratch: &scratch, into: &results)
      return Self.bytes(scratch)
    }
    for (number, verdict) in verdicts.enumerated() {
      let index = try verdict.get()
      let n = ["n"].map { Array($0.utf8) }[0]
      for count in 0...index.payload.upperBound {
        let value = memory.with(Array(scratch[..<count])) { index.integer(of: n.span, in: $0) }
        #expect(value == (count < index.payload.upperBound ? nil : Int64(number)))
      }
    }
  }

  @Test("verify refuses every scratch that is too short", arguments: Memory.all)
  func verify(memory: Memory) throws {
    let cache = TokenCache(entries: 100, bytes: 1 << 18)
    for algorithm in [Algorithm.hs256, .hs512, .rs256, .es256, .edDSA] {
      let key = try #require(TestKeys.signingKeys(for: algorithm).first)
      let publicKey = key.verificationKey
      for (keyID, payload) in [
        (nil, #"{"r":["aaaaaaaa"],"exp":9999999999}"#), ("a\"key", #"{"r":["\u00e9"],"n":1e1}"#),
      ] {
        let signer = try Signer(key: key, algorithm: algorithm, keyID: keyID)
        let token = try Self.sign(payload, signer)
        let verifier =
          keyID == nil
          ? try Verifier(key: publicKey, algorithms: [algorithm], clock: { Self.now })
          : Verifier(
            keys: try KeySet([publicKey]), algorithms: [algorithm], clock: { Self.now })
        let needed = Verifier.scratchLength(forToken: token.count)
        for call in 0..<3 {
          // The sufficient length first, so that the cache holds the token.
          for count in [needed, needed] + (0..<needed) {
            // The scratch's old contents must not matter.
            let filler: UInt8 = count % 2 == 0 ? 0xff : UInt8(ascii: "\"")
            let thrown = memory.with([UInt8](repeating: filler, count: count)) { scratch in
              Self.error { () throws(JWTError) in
                var claims = ClaimIndex()
                switch call {
                case 0: claims = try verifier.verify(token.span, scratch: &scratch)
                case 1: try verifier.verify(token.span, scratch: &scratch, into: &claims)
                default: claims = try cache.verify(token.span, with: verifier, scratch: &scratch)
                }
              }
            }
            let isUnknown = keyID != nil
            let expected: JWTError? =
              count < needed
              ? .bufferTooSmall(needed: needed) : isUnknown ? .keyNotFound : nil
            guard thrown == expected else {
              Issue.record("\(algorithm), call \(call), \(count) of \(needed): \(thrown as Any)")
              break
            }
          }
        }
      }
    }
  }

  @Test("writers ask for the capacity that they need, and write no further", arguments: Memory.all)
  func writers(memory: Memory) throws {
    let (signer, _) = try Self.hmac()
    let payload = Array(#"{"sub":"a","exp":1767225600}"#.utf8)
    let length = signer.tokenLength(forPayload: payload.count)
    for count in 0...length {
      let thrown = memory.with([UInt8](repeating: 0, count: count)) { token in
        Self.error { () throws(JWTError) in
          _ = try signer.sign(payload: payload.span, into: &token)
        }
      }
      #expect(thrown == (count < length ? .bufferTooSmall(needed: length) : nil))
    }
    let payloads = [0..<payload.count, 0..<2, 0..<payload.count]
    let needed = payloads.reduce(0) { $0 + signer.tokenLength(forPayload: $1.count) }
    for count in [0, 1, needed - 1, needed] {
      var places = payloads
      let thrown = memory.with([UInt8](repeating: 0, count: count)) { tokens in
        var results = places.mutableSpan
        return Self.error { () throws(JWTError) in
          try signer.sign(batch: payloads.span, of: payload.span, into: &tokens, ranges: &results)
        }
      }
      #expect(thrown == (count < needed ? .bufferTooSmall(needed: needed) : nil))
    }
    for count in Array(0...100) + [255, 256, 257] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      let characters = Base64URL.encodedLength(of: count)
      for (short, offset) in [(0, 0), (1, 0), (characters, 0), (0, 3)] where short <= characters {
        let text = memory.with([UInt8](repeating: 0, count: characters - short + offset)) { text in
          (try? Base64URL.encode(bytes.span, in: 0..<count, into: &text, at: offset)).map { _ in
            Array(Self.bytes(text)[offset...])
          }
        }
        #expect((text == nil) == (short > 0 && characters > 0))
        guard let text else { continue }
        for short in [0, 1, count] where short <= count {
          let back = memory.with([UInt8](repeating: 0, count: count - short)) { back in
            (try? Base64URL.decode(text.span, in: 0..<text.count, into: &back)).map { _ in
              Self.bytes(back)
            }
          }
          #expect(back == (short > 0 ? nil : bytes))
        }
      }
    }
    for hash in [SHA2.sha256, .sha384, .sha512] {
      let digest = hash.hash(payload.span, in: 0..<payload.count)
      let characters = Base64URL.encodedLength(of: digest.count)
      for count in 0...characters {
        let written = memory.with([UInt8](repeating: 0, count: count)) {
          try? digest.encode(into: &$0, at: 0)
        }
        #expect(written == (count < characters ? nil : characters))
      }
    }
    // A JSONWriter counts what does not fit.
    let name = Array("exp".utf8)
    let texts = ["a", "a longer string of more than 16 bytes", "é\"\\\u{1}"].map { Array($0.utf8) }
    var whole = 0
    for count in (0...300).reversed() {
      let end = memory.with([UInt8](repeating: 0, count: count)) { buffer in
        var json = JSONWriter()
        json.open(UInt8(ascii: "{"), into: &buffer)
        for text in texts {
          json.name(name.span, into: &buffer)
          json.string(text.span, into: &buffer)
          json.name(text.span, into: &buffer)
          json.integer(Self.now, into: &buffer)
          json.name(name.span, into: &buffer)
          json.verbatim(text.span, into: &buffer)
        }
        json.close(UInt8(ascii: "}"), into: &buffer)
        return json.count
      }
      if count == 300 { whole = end }
      #expect(end == whole && whole < 300)
    }
  }

  @Test("a scanner refuses every workspace that is too short", arguments: Memory.all)
  func scanner(memory: Memory) throws {
    for payload in Self.payloads.prefix(24) {
      let text = Array(payload.utf8)
      let needed = text.count + JSONScanner.workspaceLength(forText: text.count)
      for count in text.count...needed {
        let buffer = text + [UInt8](repeating: 0xff, count: count - text.count)
        let members = memory.with(buffer) { span -> Int? in
          var scanner = JSONScanner(seed: 1)
          var members = 0
          do throws(JSONError) {
            try scanner.open(&span, count: text.count)
            while try scanner.next(&span) != nil { members += 1 }
          } catch { return error == .workspaceTooSmall ? nil : -1 }
          return members
        }
        #expect(count < needed ? members == nil : members ?? -1 >= 0)
      }
    }
  }

  // MARK: - A caller's mistakes

  #if arch(x86_64)
    static let trap = ExitTest.Condition.signal(SIGILL)
  #else
    static let trap = ExitTest.Condition.signal(SIGTRAP)
  #endif

  @Test("a scanner traps if the buffer becomes shorter between calls")
  func scannerShortened() async {
    await #expect(processExitsWith: Self.trap) {
      let text = Array(#"{"\#(String(repeating: "a", count: 60))":1}"#.utf8)
      var buffer = text + [UInt8](repeating: 0, count: 4096)
      var scanner = JSONScanner(seed: 1)
      var span = buffer.mutableSpan
      try scanner.open(&span, count: text.count)
      try Memory.page.with(Array(text.prefix(20))) { _ = try scanner.next(&$0) }
    }
  }

  @Test("a scanner ends if the workspace is replaced between calls")
  func scannerExchanged() async {
    await #expect(processExitsWith: Self.trap) {
      // A loop without end must end otherwise; CPU time, since the machine may be busy.
      probe_limit_cpu(20)
      let text = Array(#"{"a":1,"b":2}"#.utf8)
      var buffer = text + [UInt8](repeating: 0, count: 4096)
      var scanner = JSONScanner(seed: 1)
      do {
        var span = buffer.mutableSpan
        try scanner.open(&span, count: text.count)
      }
      // Fill the whole table of names with names of other objects.
      for index in text.count..<buffer.count { buffer[index] = 0xff }
      var span = buffer.mutableSpan
      while try scanner.next(&span) != nil {}
    }
  }

  @Test("ranges outside the bytes trap")
  func ranges() async {
    await #expect(processExitsWith: Self.trap) {
      var span = [UInt8](repeating: 0, count: 100)
      var bytes = span.mutableSpan
      let text = [UInt8](repeating: 0x41, count: 40)
      _ = try Base64URL.decode(text.span, in: 4..<44, into: &bytes)
    }
    await #expect(processExitsWith: Self.trap) {
      var span = [UInt8](repeating: 0, count: 100)
      var bytes = span.mutableSpan
      let text = [UInt8](repeating: 0x41, count: 40)
      _ = try Base64URL.encode(text.span, in: 0..<41, into: &bytes)
    }
    await #expect(processExitsWith: Self.trap) {
      let text = [UInt8](repeating: 0x41, count: 40)
      _ = SHA2.sha256.hash(text.span, in: 0..<41)
    }
    await #expect(processExitsWith: Self.trap) {
      let text = [UInt8](repeating: 0x41, count: 40)
      _ = HMACKey(Secret("secret")).isTag(0..<43, of: 0..<10, in: text.span, with: .sha256)
    }
    await #expect(processExitsWith: Self.trap) {
      let text = [UInt8](repeating: 0x41, count: 40)
      _ = ByteStrings([[0x41]]).index(of: text.span, in: 40..<41)
    }
    await #expect(processExitsWith: Self.trap) {
      var text = [UInt8](repeating: 0x41, count: 40)
      var span = text.mutableSpan
      ByteStrings([[0x41, 0x42]]).copy(0, to: &span, at: 39)
    }
  }

  @Test("a batch with tokens outside the text, or with too few verdicts, traps")
  func batches() async {
    await #expect(processExitsWith: Self.trap) {
      let (signer, verifier) = try Self.hmac()
      let text = try Array(signer.sign(["sub": "x"]).utf8)
      var scratch = [UInt8](repeating: 0, count: 8192)
      var verdicts = [Verifier.Verdict()]
      var span = scratch.mutableSpan
      var results = verdicts.mutableSpan
      let places = [1..<text.count + 1]
      try verifier.verify(batch: places.span, of: text.span, scratch: &span, into: &results)
    }
    await #expect(processExitsWith: Self.trap) {
      let (signer, verifier) = try Self.hmac()
      let text = try Array(signer.sign(["sub": "x"]).utf8)
      var scratch = [UInt8](repeating: 0, count: 8192)
      var verdicts = [Verifier.Verdict()]
      var span = scratch.mutableSpan
      var results = verdicts.mutableSpan
      let places = [0..<text.count, 0..<text.count]
      try verifier.verify(batch: places.span, of: text.span, scratch: &span, into: &results)
    }
    await #expect(processExitsWith: Self.trap) {
      let (signer, _) = try Self.hmac()
      let text = Array("{}".utf8)
      var tokens = [UInt8](repeating: 0, count: 8192)
      var placed = [0..<0]
      var span = tokens.mutableSpan
      var results = placed.mutableSpan
      let payloads = [0..<3]
      try signer.sign(batch: payloads.span, of: text.span, into: &span, ranges: &results)
    }
  }

  // MARK: -

  private static func hmac() throws -> (Signer, Verifier) {
    let key = try SigningKey(secret: Secret(VerifierTests.secret))
    return (
      try Signer(key: key, algorithm: .hs256),
      try Verifier(key: key.verificationKey, algorithms: [.hs256], clock: { now })
    )
  }

  private static func sign(_ payload: String, _ signer: Signer) throws -> [UInt8] {
    let payload = Array(payload.utf8)
    var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
    var span = token.mutableSpan
    _ = try signer.sign(payload: payload.span, into: &span)
    return token
  }

  /// The claims of a verified payload, and the scratch used to verify it.
  private static func verified(_ payload: String) throws -> (ClaimIndex, [UInt8]) {
    let (signer, verifier) = try hmac()
    let token = try sign(payload, signer)
    return try Memory.heap.with(
      [UInt8](repeating: 0xff, count: Verifier.scratchLength(forToken: token.count))
    ) { scratch in
      let index = try verifier.verify(token.span, scratch: &scratch)
      return (index, bytes(scratch))
    }
  }

  /// Every answer that the claims give for names and texts, read from these scratch bytes.
  private static func answers(_ index: ClaimIndex, _ bytes: [UInt8], _ memory: Memory) -> [String] {
    memory.with(bytes) { scratch in
      var answers: [String] = []
      for name in names.map({ Array($0.utf8) }) {
        guard let value = index.value(of: name.span, in: scratch) else { continue }
        answers.append("\(name) \(value.kind) \(value.start) \(value.end)")
        if let string = index.string(of: name.span, in: scratch) {
          answers.append("\(string.range) \(string.isEscaped)")
        }
        if let integer = index.integer(of: name.span, in: scratch) { answers.append("\(integer)") }
        if let bool = index.bool(of: name.span, in: scratch) { answers.append("\(bool)") }
        for text in texts where index.contains(Array(text.utf8).span, of: name.span, in: scratch) {
          answers.append(text)
        }
      }
      return answers
    }
  }

  private static func error(_ body: () throws(JWTError) -> Void) -> JWTError? {
    do throws(JWTError) {
      try body()
      return nil
    } catch { return error }
  }

  private static func bytes(_ span: borrowing MutableSpan<UInt8>) -> [UInt8] {
    (0..<span.count).map { span[$0] }
  }
}
