// Forks while eight threads verify, sign, rotate key sets and use a cache, and does all of it in
// the child. A separate process, because a test process has unrelated threads.
//
// Each output line is one child's result: "right", or what was wrong.
import CProbe
import Foundation
import Jot
import Synchronization

/// The state that the threads share.
final class SharedState: Sendable {
  let signers: [Signer]
  let publicKeys: [VerificationKey]
  let secrets: [VerificationKey]
  let publicSet: RotatingKeySet
  let secretSet: RotatingKeySet
  let verifiers: [Verifier]
  let tokens: [[String]]
  let cache = TokenCache(entries: 64, bytes: 1 << 18)
  let rsa: SigningKey
  /// Whether the threads pause, so that a child gets the CPUs.
  let isPaused = Atomic(false)

  init() throws {
    rsa = try SigningKey.generate(.rsa, bits: 2048)
    let ec = try SigningKey.generate(.p256)
    let ed = try SigningKey.generate(.ed25519)
    let text = "a secret of more than 64 bytes for a fork: 0123456789abcdefghijklmnopqrst"
    let hmac = try SigningKey(secret: Secret(text), keyID: "h")
    signers = try [
      Signer(key: hmac, algorithm: .hs256, keyID: "h"),
      Signer(key: rsa, algorithm: .rs256, keyID: "r"),
      Signer(key: ec, algorithm: .es256, keyID: "e"),
      Signer(key: ed, algorithm: .edDSA, keyID: "d"),
    ]
    secrets = [hmac.verificationKey]
    publicKeys = try [("r", rsa), ("e", ec), ("d", ed)].map { id, key in
      try VerificationKey(publicKey: key.verificationKey.pemRepresentation!, keyID: id)
    }
    publicSet = RotatingKeySet(try KeySet(publicKeys))
    secretSet = RotatingKeySet(try KeySet(secrets))
    let ofPublic = Verifier(keys: publicSet, algorithms: [.rs256, .es256, .edDSA])
    verifiers = [
      Verifier(keys: secretSet, algorithms: [.hs256]), ofPublic, ofPublic, ofPublic,
    ]
    tokens = try signers.map { signer in
      try (0..<64).map { try signer.sign(["sub": .string("user \($0)")]) }
    }
  }

  /// Verifies tokens of each kind, and forged ones; returns the first fault.
  func verify(_ number: Int) -> String? {
    for kind in signers.indices {
      let token = tokens[kind][number % 64]
      guard (try? verifiers[kind].verify(token))?.subject == "user \(number % 64)" else {
        return "a good token of kind \(kind) is refused"
      }
      let forged = String(token.dropLast(8)) + "AAAAAAAA"
      guard (try? verifiers[kind].verify(forged)) == nil else {
        return "a forged token of kind \(kind) is valid"
      }
      guard (try? CachedVerifier(verifiers[kind], cache: cache).verify(token)) != nil else {
        return "the cache refuses a good token of kind \(kind)"
      }
    }
    return nil
  }

  func sign() throws -> [String] { try signers.map { try $0.sign(["sub": "the child"]) } }

  func rotate() throws {
    publicSet.replace(with: try KeySet(publicKeys))
    secretSet.replace(with: try KeySet(secrets))
  }

  /// What a child does; the parent does it once before it forks.
  func exercise(isChild: Bool) throws -> String? {
    let dropped = cache.statistics.dropped
    let hits = cache.statistics.hits
    for number in 0..<64 {
      if let wrong = verify(number) { return wrong }
      let token = tokens[2][number]
      guard (try? CachedVerifier(verifiers[2], cache: cache).verify(token)) != nil else {
        return "the cache refuses a good token"
      }
    }
    // A single-threaded process caches what it verifies and finds it at the next look-up.
    guard cache.statistics.dropped == dropped else {
      return "the cache drops \(cache.statistics.dropped - dropped) of 256 tokens"
    }
    guard cache.statistics.hits - hits >= 64 else {
      return "the cache finds \(cache.statistics.hits - hits) of 64 tokens again"
    }
    for _ in 0..<RotatingKeySet.supersededLimit + 50 { try rotate() }
    for (kind, token) in try sign().enumerated() {
      guard (try? verifiers[kind].verify(token))?.subject == "the child" else {
        return "what the child signs is refused"
      }
    }
    // The child does not use the parent's contexts: they hold the parent's blinding.
    guard !isChild || rsa.waitingContexts == 1 else {
      return "\(rsa.waitingContexts) contexts wait, one is the child's own"
    }
    return try exerciseWithThreads()
  }

  /// The child's own readers are counted too.
  private func exerciseWithThreads() throws -> String? {
    let threads = (0..<2).map { _ in
      Thread.start { for number in 0..<50 { if self.verify(number) != nil { exit(2) } } }
    }
    for _ in 0..<RotatingKeySet.supersededLimit + 50 { try rotate() }
    for thread in threads { thread.join() }
    return nil
  }
}

/// A bare pthread.
struct Thread {
  private let id: pthread_t

  static func start(_ body: @escaping @Sendable () -> Void) -> Thread {
    final class Box {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var id = pthread_t()
    let box = Unmanaged.passRetained(Box(body)).toOpaque()
    let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { box in
      Unmanaged<Box>.fromOpaque(box!).takeRetainedValue().body()
      return nil
    }
    let status = pthread_create(&id, nil, run, box)
    guard status == 0 else { fatalError("no thread") }
    return Thread(id: id)
  }

  func join() { pthread_join(id, nil) }
}

let shared = try SharedState()
// Use everything once before forking. A first use in the child could wait for a lock that a thread
// of the parent holds.
_ = try shared.exercise(isChild: false)
let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 50
for thread in 0..<8 {
  _ = Thread.start {
    var number = thread
    while true {
      while shared.isPaused.load(ordering: .relaxed) { usleep(1000) }
      if let wrong = shared.verify(number) { fatalError(wrong) }
      // This thread rotates without a pause, so that it is often waiting for readers at a fork.
      if thread == 0 { for _ in 0..<1000 { try? shared.rotate() } }
      if thread == 1 { try? shared.rotate() }
      if thread > 4, (try? shared.sign()) == nil { fatalError("a signer fails") }
      number += 1
    }
  }
}
for _ in 0..<count {
  usleep(UInt32.random(in: 1000...5000))
  let pause: @convention(c) () -> Void = { shared.isPaused.store(true, ordering: .relaxed) }
  let exercise: @convention(c) () -> Int32 = {
    do {
      guard let wrong = try shared.exercise(isChild: true) else { return 0 }
      print(wrong)
    } catch { print(error) }
    fflush(nil)
    return 1
  }
  let result = probe_fork(8, pause, exercise)
  shared.isPaused.store(false, ordering: .relaxed)
  switch result {
  case 0: print("right")
  case 1: break
  case -SIGALRM: print("hangs")
  default: print("ends with \(result)")
  }
  fflush(nil)
}
// Not `exit`: it would tear down OpenSSL while the threads use it.
_exit(0)
