import CProbe
import Foundation
import Jot
import Synchronization
import Testing

/// Contexts that threads borrow: one for each CPU, made as they are used, never two threads in one.
@Suite("KeyContexts")
struct KeyContextsTests {
  static let cpus = min(64, ProcessInfo.processInfo.activeProcessorCount)
  static let types = KeyType.allCases.filter { $0 != .secret }

  @Test("a context is made when it is first used, and then stays", arguments: types)
  func lazy(type: KeyType) throws {
    let key = try SigningKey(privateKey: SigningKey.generatePEM(type, bits: 2048))
    #expect(key.waitingContexts == 1, "the one that checked the key")
    // OpenSSL verifies for every type of key here.
    let publicKey = try VerificationKey(
      publicKey: Secret(key.verificationKey().pem ?? ""), rsaKernel: .portable)
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
    // The thread stayed on its CPU; the key was checked on this one or that.
    let before = unsafe (counts.first ?? 0) - 1
    #expect([0, 1].contains(before))
    #expect(
      unsafe counts
        == (1...algorithms.count).flatMap { [$0 + before, $0, $0 + before, $0] })
  }

  @Test(
    "more threads than contexts sign and verify side by side, and leave no more behind",
    arguments: types)
  func crowd(type: KeyType) throws {
    let pem = try SigningKey.generatePEM(type, bits: 2048)
    let key = try SigningKey(privateKey: pem)
    // OpenSSL verifies for every type of key here.
    let publicKey = try VerificationKey(
      publicKey: Secret(key.verificationKey().pem ?? ""), rsaKernel: .portable)
    let algorithms = type == .rsa ? [.rs256, .ps512] : Array(type.algorithms.prefix(1))
    let signers = try algorithms.map { try Signer(key: key, algorithm: $0) }
    let verifier = try Verifier(key: publicKey, algorithms: algorithms)
    let threads = 4 * Self.cpus + 2
    let rounds = 20
    let crowd = Crowd()
    for thread in 0..<threads {
      Thread {
        crowd.arrived.add(1, ordering: .relaxed)
        // Together, so that they meet.
        while crowd.arrived.load(ordering: .relaxed) < threads { usleep(100) }
        for round in 0..<rounds {
          let subject = "\(thread) \(round)"
          if let token = try? signers[round % signers.count].sign(["sub": .string(subject)]),
            (try? verifier.verify(token))?.subject == subject
          {
            crowd.good.add(1, ordering: .relaxed)
          }
          crowd.most.max(
            max(key.waitingContexts, publicKey.waitingContexts), ordering: .relaxed)
        }
        crowd.done.signal()
      }.start()
    }
    for _ in 0..<threads { crowd.done.wait() }
    #expect(crowd.good.load(ordering: .relaxed) == threads * rounds)
    #expect(crowd.most.load(ordering: .relaxed) <= algorithms.count * Self.cpus)
    // Two that pass each other may free one too many.
    #expect((1...algorithms.count * Self.cpus).contains(key.waitingContexts))
  }
}

private final class Crowd: Sendable {
  let arrived = Atomic(0)
  let good = Atomic(0)
  let most = Atomic(0)
  let done = DispatchSemaphore(value: 0)
}
