import CProbe
import Foundation
import Jot
import Synchronization
import Testing

/// A pool of contexts that threads borrow: one per CPU, created on demand, used by one thread at a
/// time.
@Suite("KeyContexts")
struct KeyContextsTests {
  static let cpus = min(64, ProcessInfo.processInfo.activeProcessorCount)
  static let types = KeyType.allCases.filter { $0 != .secret }

  @Test("a context is created at first use and then kept", arguments: types)
  func lazy(type: KeyType) throws {
    let key = try SigningKey.generate(type, bits: 2048)
    #expect(key.waitingContexts == 1, "the one that checked the key")
    // The portable kernel makes OpenSSL verify for every type of key.
    let publicKey = try VerificationKey(
      publicKey: Secret(key.verificationKey.pemRepresentation ?? ""), rsaKernel: .portable,
      tables: nil)
    let algorithms = type == .rsa ? type.algorithms : Array(type.algorithms.prefix(1))
    let verifier = try Verifier(key: publicKey, algorithms: algorithms)
    #expect(publicKey.waitingContexts == 0)
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var counts: [Int] = []
    Thread {
      probe_stay()
      for algorithm in algorithms {
        guard let signer = try? Signer(key: key, algorithm: algorithm) else { break }
        for _ in 0..<2 {
          guard let token = try? signer.sign(["sub": "x"]), (try? verifier.verify(token)) != nil
          else { break }
          unsafe counts.append(key.waitingContexts)
          unsafe counts.append(publicKey.waitingContexts)
        }
      }
      done.signal()
    }.start()
    done.wait()
    // The thread stayed on its CPU; the key may have been checked on this CPU or another.
    let before = unsafe (counts.first ?? 0) - 1
    #expect([0, 1].contains(before))
    #expect(
      unsafe counts
        == (1...algorithms.count).flatMap { [$0 + before, $0, $0 + before, $0] })
  }

  @Test(
    "more threads than contexts sign and verify concurrently, and keep no extra contexts",
    arguments: types)
  func contention(type: KeyType) throws {
    let pem = try SigningKey.generate(type, bits: 2048).pemRepresentation!
    let key = try SigningKey(privateKey: pem)
    // The portable kernel makes OpenSSL verify for every type of key.
    let publicKey = try VerificationKey(
      publicKey: Secret(key.verificationKey.pemRepresentation ?? ""), rsaKernel: .portable,
      tables: nil)
    let algorithms = type == .rsa ? [.rs256, .ps512] : Array(type.algorithms.prefix(1))
    let signers = try algorithms.map { try Signer(key: key, algorithm: $0) }
    let verifier = try Verifier(key: publicKey, algorithms: algorithms)
    let threads = 4 * Self.cpus + 2
    let rounds = 20
    let contention = Counters()
    for thread in 0..<threads {
      Thread {
        contention.arrived.add(1, ordering: .relaxed)
        // Start together, to force contention.
        while contention.arrived.load(ordering: .relaxed) < threads { usleep(100) }
        for round in 0..<rounds {
          let subject = "\(thread) \(round)"
          if let token = try? signers[round % signers.count].sign(["sub": .string(subject)]),
            (try? verifier.verify(token))?.subject == subject
          {
            contention.good.add(1, ordering: .relaxed)
          }
          contention.most.max(
            max(key.waitingContexts, publicKey.waitingContexts), ordering: .relaxed)
        }
        contention.done.signal()
      }.start()
    }
    for _ in 0..<threads { contention.done.wait() }
    #expect(contention.good.load(ordering: .relaxed) == threads * rounds)
    #expect(contention.most.load(ordering: .relaxed) <= algorithms.count * Self.cpus)
    // When two threads return contexts at once, both may free one.
    #expect((1...algorithms.count * Self.cpus).contains(key.waitingContexts))
  }
}

private final class Counters: Sendable {
  let arrived = Atomic(0)
  let good = Atomic(0)
  let most = Atomic(0)
  let done = DispatchSemaphore(value: 0)
}
