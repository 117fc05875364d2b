import CMallocCount
import CProbe
import Foundation
import Jot
import TestSupport
import Testing

/// What a thread needs to call each public function: the stack size that Design.md states, and no
/// memory before its first token or after its end.
@Suite("Threads", .serialized)
struct StackTests {
  static let now: Int64 = 1_767_225_600

  // In KiB, as in Design.md's table. Debug builds need more.
  #if DEBUG
    static let factor = 8
  #else
    static let factor = 1
  #endif

  @Test("each public function runs on a thread with the stated stack size")
  func entryPoints() throws {
    try skipIfSanitized()
    var report: [String] = []
    for entryPoint in try Self.entryPoints() {
      // First on a large stack: overflowing a small one would end the process.
      let used = Self.run(1 << 20, entryPoint.body)
      report.append("\(entryPoint.name) \((used + 1023) / 1024)/\(entryPoint.kilobytes)")
      let stated = Self.factor * entryPoint.kilobytes * 1024
      #expect(used > 0 && used <= stated, "\(entryPoint.name): \(used) bytes of \(stated)")
      if used <= stated { #expect(Self.run(stated, entryPoint.body) > 0, "\(entryPoint.name)") }
    }
    print("stack in KiB, used/stated: \(report.joined(separator: ", "))")
  }

  @Test("a thread's first plain token allocates once, and the thread's end frees that")
  func firstToken() throws {
    try requireCounts()
    let (signing, verifier) = try Self.hmac()
    let keyed = Verifier(
      keys: try KeySet([VerificationKey(secret: Secret(AllocationTests.secret), keyID: "a")]),
      algorithms: [.hs256])
    let signer = try Signer(key: signing, algorithm: .hs256)
    let named = try Signer(key: signing, algorithm: .hs256, keyID: "a")
    let claims = (0..<10).map { number -> Claims in
      ["n": .integer(Int64(number)), "s": .string("\(number / 5)"), "b": true]
    }
    let plain = try claims.map { Array(try signer.sign($0).utf8) }
    let headed = try claims.map { Array(try named.sign($0).utf8) }
    // Warm up once: Swift creates metadata at first use.
    _ = Self.lifetime(plain, headed, verifier, keyed)
    let outcome = Self.lifetime(plain, headed, verifier, keyed)
    let wanted: UInt64 = CPUFeature.avx2.isAvailable ? 1 : 0
    #expect(
      outcome.first == wanted && outcome.later == 0,
      "calls of the allocator: \(outcome.first), \(outcome.later)")
    #expect(
      outcome.end == wanted && outcome.afterEnd == 0,
      "calls at the end: \(outcome.end), \(outcome.afterEnd)")
    #expect(outcome.failures == 0)
  }

  /// Verifies on a new thread, and again in a destructor at the thread's end.
  private static func lifetime(
    _ plain: [[UInt8]], _ headed: [[UInt8]], _ verifier: Verifier, _ keyed: Verifier
  ) -> Outcome {
    let outcome = Outcome()
    _ = run(1 << 20) {
      var scratch = [UInt8](repeating: 0, count: 8192)
      var span = scratch.mutableSpan
      malloc_count_start()
      let first = plain[0]
      if (try? verifier.verify(first.span, scratch: &span)) == nil { outcome.failures += 1 }
      outcome.first = malloc_count_stop()
      malloc_count_start()
      for _ in 0..<3 {
        for index in 0..<plain.count {
          let (token, named) = (plain[index], headed[index])
          if (try? verifier.verify(token.span, scratch: &span)) == nil { outcome.failures += 1 }
          if (try? keyed.verify(named.span, scratch: &span)) == nil { outcome.failures += 1 }
        }
      }
      outcome.later = malloc_count_stop()
    } beforeEnd: {
      malloc_count_start()
    } end: {
      outcome.end = malloc_count_stop()
      // Verifying in another destructor gives the right verdict and keeps no memory.
      var scratch = [UInt8](repeating: 0, count: 8192)
      var span = scratch.mutableSpan
      malloc_count_start()
      for _ in 0..<3 {
        for index in 0..<plain.count {
          let token = plain[index]
          if (try? verifier.verify(token.span, scratch: &span)) == nil { outcome.failures += 1 }
        }
      }
      outcome.afterEnd = malloc_count_stop()
    }
    return outcome
  }

  @Test("a thread verifies even when its allocation fails")
  func noMemory() throws {
    try requireCounts()
    let (signing, verifier) = try Self.hmac()
    let signer = try Signer(key: signing, algorithm: .hs256)
    let tokens = try (0..<4).map {
      Array(try signer.sign(["n": .integer($0), "sub": "x", "exp": .integer(Self.now + 1)]).utf8)
    }
    let outcome = Outcome()
    // The first run warms up, as above.
    for refuses in [0, 1] as [Int32] {
      _ = Self.run(1 << 20) {
        var scratch = [UInt8](repeating: 0, count: 8192)
        var span = scratch.mutableSpan
        malloc_count_refuse(refuses)
        for _ in 0..<100 {
          for index in 0..<tokens.count {
            let token = tokens[index]
            let claims = try? verifier.verify(token.span, scratch: &span)
            if claims?.expiration != Self.now + 1 { outcome.failures += 1 }
          }
        }
        malloc_count_refuse(0)
      }
    }
    #expect(outcome.failures == 0)
  }

  // MARK: -

  private struct EntryPoint {
    let name: String
    let kilobytes: Int
    let body: () -> Void
  }

  private static func entryPoints() throws -> [EntryPoint] {
    var entryPoints: [EntryPoint] = []
    func add(_ name: String, _ kilobytes: Int, _ body: @escaping () -> Bool) {
      entryPoints.append(
        EntryPoint(name: name, kilobytes: kilobytes) {
          precondition(body(), "\(name) gives its answer")
        })
    }
    let id = "a \"key\""
    let secret = try SigningKey(secret: Secret(AllocationTests.secret), keyID: id)
    var keys: [(Algorithm, SigningKey)] = [
      (.hs256, secret), (.hs384, secret), (.hs512, secret),
    ]
    for (algorithm, type) in [
      (Algorithm.rs256, KeyType.rsa), (.ps256, .rsa), (.es256, .p256), (.es512, .p521),
      (.edDSA, .ed25519), (.edDSA, .ed448),
    ] {
      keys.append(
        (algorithm, try SigningKey.generate(type, bits: 4096, keyID: id))
      )
    }
    let cache = TokenCache(entries: 100, bytes: 1 << 18)
    for (algorithm, key) in keys {
      let isSecret = key.type == .secret
      let name = "\(algorithm.rawValue) \(key.type.rawValue)"
      let publicKey = key.verificationKey
      let verifier = try Verifier(key: publicKey, algorithms: [algorithm], clock: { now })
      let set = Verifier(
        keys: try KeySet([publicKey]), algorithms: [algorithm], clock: { now })
      let signer = try Signer(key: key, algorithm: algorithm)
      let payload = Array(#"{"sub":"\u0061","exp":1767225601,"x":[{"y":1.5}]}"#.utf8)
      var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
      do {
        var span = token.mutableSpan
        _ = try signer.sign(payload: payload.span, into: &span)
      }
      let (whole, length) = (token, token.count)
      let bytes = Verifier.scratchLength(forTokens: 33, longest: length)
      for (name, verifier) in [(name, verifier), ("\(name) in a set", set)] {
        add("verify \(name)", algorithm.family == .ecdsa ? 48 : 32) {
          var scratch = [UInt8](repeating: 0, count: bytes)
          var span = scratch.mutableSpan
          return (try? verifier.verify(whole.span, scratch: &span)) != nil
        }
        add("batch \(name)", isSecret || algorithm.family == .edDSA ? 64 : 96) {
          let text = [[UInt8]](repeating: whole, count: 33).flatMap { $0 }
          let places = (0..<33).map { $0 * length..<($0 + 1) * length }
          var scratch = [UInt8](repeating: 0, count: bytes)
          var verdicts = [Verifier.Verdict](repeating: Verifier.Verdict(), count: 33)
          do {
            var span = scratch.mutableSpan
            var results = verdicts.mutableSpan
            try? verifier.verify(batch: places.span, of: text.span, scratch: &span, into: &results)
          }
          return verdicts.allSatisfy { $0.error == nil }
        }
      }
      add("sign \(name)", 32) {
        var token = [UInt8](repeating: 0, count: length)
        var span = token.mutableSpan
        return (try? signer.sign(payload: payload.span, into: &span)) == length
      }
      add("sign batch \(name)", 32) {
        var tokens = [UInt8](repeating: 0, count: 33 * length)
        var places = [Range<Int>](repeating: 0..<0, count: 33)
        let payloads = [Range<Int>](repeating: 0..<payload.count, count: 33)
        var span = tokens.mutableSpan
        var results = places.mutableSpan
        do throws(JWTError) {
          try signer.sign(batch: payloads.span, of: payload.span, into: &span, ranges: &results)
          return true
        } catch { return false }
      }
      for hit in isSecret ? [] : ["miss", "hit"] {
        add("cache \(hit) \(name)", algorithm.family == .ecdsa ? 48 : 32) {
          var scratch = [UInt8](repeating: 0, count: bytes)
          var span = scratch.mutableSpan
          return (try? cache.verify(whole.span, with: verifier, scratch: &span)) != nil
        }
      }
      if !isSecret {
        let pem = try #require(publicKey.pemRepresentation)
        add("load public \(name)", 32) { (try? VerificationKey(publicKey: pem)) != nil }
      }
    }
    for (type, bits) in [(KeyType.rsa, 4096), (.p256, 0), (.ed25519, 0), (.ed448, 0)] {
      let pem = try SigningKey.generate(type, bits: bits == 0 ? 2048 : bits).pemRepresentation!
      let text = pem.withBytes { pem in
        String(decoding: (0..<pem.count).map { pem[$0] }, as: UTF8.self)
      }
      add("load private \(type.rawValue)", 32) { (try? SigningKey(privateKey: text)) != nil }
    }
    return entryPoints
  }

  private static func hmac() throws -> (SigningKey, Verifier) {
    let key = try SigningKey(secret: Secret(AllocationTests.secret))
    return (key, try Verifier(key: key.verificationKey, algorithms: [.hs256], clock: { now }))
  }

  private func requireCounts() throws {
    guard malloc_count_is_available() != 0 else {
      try skip("the allocator is not interposed here: a sanitizer, or no glibc")
    }
  }

  private final class Work {
    let body: () -> Void
    let beforeEnd: () -> Void
    let end: () -> Void

    init(
      _ body: @escaping () -> Void, _ beforeEnd: @escaping () -> Void, _ end: @escaping () -> Void
    ) {
      (self.body, self.beforeEnd, self.end) = (body, beforeEnd, end)
    }
  }

  /// Runs `body` on a thread with `size` bytes of stack, and `end` in a destructor at the thread's
  /// end. Returns how many bytes of stack were touched, or 0 if the thread can't start.
  private static func run(
    _ size: Int, _ body: @escaping () -> Void, beforeEnd: @escaping () -> Void = {},
    end: @escaping () -> Void = {}
  ) -> Int {
    let work = Work(body, beforeEnd, end)
    return withExtendedLifetime(work) {
      Int(
        unsafe probe_thread(
          size,
          { context in
            let work = unsafe Unmanaged<Work>.fromOpaque(context!).takeUnretainedValue()
            work.body()
            work.beforeEnd()
          },
          { context in
            let work = unsafe Unmanaged<Work>.fromOpaque(context!).takeUnretainedValue()
            work.end()
          }, Unmanaged.passUnretained(work).toOpaque()))
    }
  }

  private final class Outcome: @unchecked Sendable {
    var (first, later, end, afterEnd) = (0, 0, 0, 0) as (UInt64, UInt64, UInt64, UInt64)
    var failures = 0
  }
}
