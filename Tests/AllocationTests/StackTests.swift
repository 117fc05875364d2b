import CMallocCount
import CProbe
import Foundation
import Jot
import TestSupport
import Testing

/// What each door needs of a thread: its stack, measured, and no thread-local memory to speak of.
@Suite("Stacks", .serialized)
struct StackTests {
  /// KiB of stack that Design.md states for each door, with what the thread itself takes.
  static let stated: [(door: String, kibibytes: Int)] = [
    ("verify", 24), ("cache", 24), ("batch HS", 48), ("batch RS", 112), ("batch PS", 112),
    ("batch", 48), ("sign", 32), ("load", 48),
  ]

  @Test("the program has next to no thread-local memory")
  func threadLocal() {
    let bytes = probe_thread_local_bytes()
    #expect(bytes < 1024, "\(bytes) bytes in each thread")
  }

  @Test("a thread's shapes are one allocation, and end with it")
  func shapes() throws {
    let key = try SigningKey(secret: Secret(AllocationTests.secret))
    let verifier = try Verifier(key: key.verificationKey(), algorithms: [.hs256])
    let token = Array(try Signer(key: key, algorithm: .hs256).sign(["sub": "x", "n": 1]).utf8)
    let scratch = Lent([UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count)))
    let verify: @Sendable () -> Bool = {
      scratch.lend { room in
        let claims = try? verifier.verify(token.span, scratch: &room)
        return claims != nil
      }
    }
    let counted = Call {
      malloc_count_start()
      let isRight = verify()
      let first = malloc_count_stop()
      malloc_count_start()
      return verify() && malloc_count_stop() == 0 && isRight && first <= 1
    }
    run(counted)
    #expect(counted.isRight)
    let before = probe_heap_bytes()
    for _ in 0..<400 { run(Call(verify)) }
    // What was kept of each would be 36,640 bytes.
    #expect(probe_heap_bytes() < before + 1 << 20)
  }

  private func run(_ call: Call) {
    let error = unsafe probe_run_on_stack(
      1 << 18, { unsafe Unmanaged<Call>.fromOpaque($0!).takeUnretainedValue().run() },
      Unmanaged.passUnretained(call).toOpaque())
    #expect(error == 0)
  }

  @Test("each door fits into the stack that is stated for it, behind a guard page")
  func doors() throws {
    // Without optimisation every temporary has a place of its own.
    #if DEBUG
      let factor = 4
    #else
      let factor = 1
    #endif
    for (name, body) in try Self.doors() {
      let kibibytes = try #require(Self.stated.first { name.hasPrefix($0.door) }).kibibytes
      let used = Self.use(body)
      #expect(used > 4096 && used <= factor * kibibytes << 10, "\(name): \(used) bytes")
      let call = Call(body)
      let error = unsafe probe_run_on_stack(
        factor * kibibytes << 10,
        { unsafe Unmanaged<Call>.fromOpaque($0!).takeUnretainedValue().run() },
        Unmanaged.passUnretained(call).toOpaque())
      #expect(error == 0 && call.isRight, "\(name)")
    }
  }

  private static func use(_ body: @escaping @Sendable () -> Bool) -> Int {
    let call = Call(body)
    let used = unsafe probe_stack_use(
      { unsafe Unmanaged<Call>.fromOpaque($0!).takeUnretainedValue().run() },
      Unmanaged.passUnretained(call).toOpaque())
    #expect(call.isRight)
    return used
  }

  private static func doors() throws -> [(String, @Sendable () -> Bool)] {
    var doors: [(String, @Sendable () -> Bool)] = []
    for (algorithm, key) in [
      (Algorithm.hs256, try SigningKey(secret: Secret(AllocationTests.secret))),
      (.hs512, try SigningKey(secret: Secret(AllocationTests.secret))),
      (.rs256, try SigningKey(privateKey: SigningKey.generatePEM(.rsa, bits: 4096))),
      (.ps256, try SigningKey(privateKey: SigningKey.generatePEM(.rsa, bits: 2048))),
      (.es256, try SigningKey(privateKey: SigningKey.generatePEM(.p256))),
      (.es512, try SigningKey(privateKey: SigningKey.generatePEM(.p521))),
      (.edDSA, try SigningKey(privateKey: SigningKey.generatePEM(.ed25519))),
    ] {
      let signer = try Signer(key: key, algorithm: algorithm)
      let verifier = try Verifier(key: key.verificationKey(), algorithms: [algorithm])
      for length in [10, 9_000] {
        let payload = Array(
          #"{"sub":"\#(String(repeating: "x", count: length))","n":[{"a":"\u{e9}"}]}"#.utf8)
        let token = Array(
          try signer.sign([
            "sub": .string(String(repeating: "x", count: length)), "n": [["a": "\u{e9}\n"]],
          ]).utf8)
        let scratch = Lent([UInt8](repeating: 0, count: Verifier.scratchLength(forToken: 20_000)))
        let kind = "\(algorithm.rawValue) \(length)"
        doors.append(
          (
            "verify \(kind)",
            {
              scratch.lend { room in
                let done = try? verifier.verify(token.span, scratch: &room)
                return done != nil
              }
            }
          ))
        let cache = TokenCache(entries: 10)
        doors.append(
          (
            "cache \(kind)",
            {
              scratch.lend { room in
                let done = try? cache.verify(token.span, with: verifier, scratch: &room)
                return done != nil
              }
            }
          ))
        doors.append(
          (
            "sign \(kind)",
            {
              scratch.lend { room in
                let done = try? signer.sign(payload: payload.span, into: &room)
                return done != nil
              }
            }
          ))
        let tokens = Array(repeating: token, count: 40).flatMap { $0 }
        let ranges = (0..<40).map { $0 * token.count..<($0 + 1) * token.count }
        let large = Lent(
          [UInt8](repeating: 0, count: Verifier.scratchLength(forTokens: 40, longest: 20_000)))
        let verdicts = Lent([Verifier.Verdict](repeating: .init(), count: 40))
        doors.append(
          (
            "batch \(kind)",
            {
              large.lend { room in
                verdicts.lend { results in
                  try? verifier.verify(
                    batch: ranges.span, of: tokens.span, scratch: &room, into: &results)
                  return (0..<40).allSatisfy { results[$0].error == nil }
                }
              }
            }
          ))
      }
    }
    for type in [KeyType.rsa, .p256, .p521, .ed25519] {
      let pem = String(decoding: Self.bytes(try SigningKey.generatePEM(type)), as: UTF8.self)
      doors.append(("load \(type.rawValue)", { (try? SigningKey(privateKey: pem)) != nil }))
    }
    return doors
  }

  private static func bytes(_ secret: borrowing Secret) -> [UInt8] {
    secret.withBytes { bytes in (0..<bytes.count).map { bytes[$0] } }
  }
}

/// Memory that one thread at a time borrows.
private final class Lent<Element>: @unchecked Sendable {
  private var elements: [Element]

  init(_ elements: [Element]) { self.elements = elements }

  func lend(_ body: (inout MutableSpan<Element>) -> Bool) -> Bool {
    var own: [Element] = []
    swap(&own, &elements)
    defer { elements = own }
    var room = own.mutableSpan
    return body(&room)
  }
}

/// Something to run, and its answer.
private final class Call: @unchecked Sendable {
  private let body: @Sendable () -> Bool
  private(set) var isRight = false
  init(_ body: @escaping @Sendable () -> Bool) { self.body = body }
  func run() { isRight = body() }
}
