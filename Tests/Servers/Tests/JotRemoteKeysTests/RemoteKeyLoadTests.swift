import Jot
import Logging
import Synchronization
import Testing

@testable import JotRemoteKeys

/// Threads that verify all the time, while the key server changes; their counts are printed.
@Suite("Under load", .serialized)
struct RemoteKeyLoadTests {
  /// Outcomes by their names, for each kind of token.
  private final class Tally: Sendable {
    private struct State {
      var counts: [String: Int] = [:]
      var firsts: [String: ContinuousClock.Instant] = [:]
      var isStopped = false
    }
    private let state = Mutex(State())

    var isStopped: Bool { state.withLock { $0.isStopped } }
    func stop() { state.withLock { $0.isStopped = true } }
    func add(_ outcome: String) {
      state.withLock { state in
        state.counts[outcome, default: 0] += 1
        if state.firsts[outcome] == nil { state.firsts[outcome] = .now }
      }
    }
    func count(_ outcome: String) -> Int { state.withLock { $0.counts[outcome] ?? 0 } }
    func first(_ outcome: String) -> ContinuousClock.Instant? {
      state.withLock { $0.firsts[outcome] }
    }
    /// Forgets what has been counted, and returns it.
    func take() -> [String: Int] {
      state.withLock { state in
        defer { (state.counts, state.firsts) = ([:], [:]) }
        return state.counts
      }
    }
  }

  /// A value that threads share.
  private final class Held<Value: Sendable>: Sendable {
    private let state: Mutex<Value>
    init(_ value: Value) { state = Mutex(value) }
    var value: Value {
      get { state.withLock { $0 } }
      set { state.withLock { $0 = newValue } }
    }
  }

  private static func show(_ phase: String, _ counts: [String: Int]) {
    let text = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    print("jot: \(phase): \(text.joined(separator: ", "))")
  }

  @Test("kill and revival of the key server: no wrong answer, and recovery without a restart")
  func killed() async throws {
    let issuer = try TestIssuer("1")
    let body = Array(TestIssuer.set(issuer).utf8)
    let server = try await ScriptedServer { _ in .init(body: body) }
    var configuration = RemoteKeySet.Configuration()
    configuration.defaultLifetime = .milliseconds(300)
    configuration.lifetimes = .milliseconds(100) ... .seconds(60)
    configuration.outage = .seconds(3)
    configuration.coolDown = .milliseconds(200)
    configuration.retries = .milliseconds(50) ... .milliseconds(200)
    configuration.timeout = .seconds(20)
    let remote = try RemoteKeySet(url: server.url, configuration: configuration, logger: .silent)
    let service = Task { try await remote.run() }
    try await remote.waitForKeys()
    let verifier = TestIssuer.verifier(remote.keys)
    let cached = CachedVerifier(verifier, cache: TokenCache(entries: 100))
    let (token, forged) = (try issuer.token(), try TestIssuer("x").token())
    let (valid, invalid) = (Tally(), Tally())
    try await withThrowingTaskGroup { group in
      // Also if a requirement fails: the group waits for its tasks.
      defer { valid.stop() }
      for number in 0..<4 {
        group.addTask {
          while !valid.isStopped {
            valid.add(
              number % 2 == 0
                ? await outcome { () throws(JWTError) in
                  try await remote.verify(token, with: cached)
                } : await outcome { () throws(JWTError) in try verifier.verify(token) })
            invalid.add(
              await outcome { () throws(JWTError) in
                try await remote.verify(forged, with: verifier)
              })
            await Task.yield()
          }
        }
      }
      try await Task.sleep(for: .seconds(1))
      let up = valid.take()
      Self.show("the server is up", up)
      #expect(up.keys.sorted() == ["accepted"])

      let last = ContinuousClock.now
      // The first may join a fetch that began before; the second begins after it.
      for _ in 0..<2 { try await remote.refresh() }
      try await server.kill()
      #expect(await eventually { valid.count("keys_unavailable") > 100 })
      let unavailable = try #require(valid.first("keys_unavailable"))
      let down = valid.take()
      Self.show("it is killed", down)
      #expect(down.keys.sorted() == ["accepted", "keys_unavailable"])
      // A lifetime and the outage after the last fetch that succeeded.
      print("jot: unavailable \(unavailable - last) after the last keys, of 3.3 seconds")
      #expect(unavailable - last >= .milliseconds(3300))
      #expect(unavailable - last < .seconds(30))

      try await server.revive()
      let revived = ContinuousClock.now
      #expect(await eventually { valid.count("accepted") > 1000 })
      let recovery = try #require(valid.first("accepted")) - revived
      print("jot: accepted again \(recovery) after the revival")
      #expect(recovery < .seconds(30))
      _ = valid.take()
      #expect(await eventually { valid.count("accepted") > 1000 })
      valid.stop()
      try await group.waitForAll()
      let again = valid.take()
      Self.show("it is revived", again)
      #expect(again.keys.sorted() == ["accepted"])
    }
    let forgeries = invalid.take()
    Self.show("forged", forgeries)
    #expect(Set(forgeries.keys).isSubset(of: ["key_not_found", "keys_unavailable"]))
    service.cancel()
    try await service.value
    try await server.kill()
  }

  @Test("a rotation: no valid token is refused, and the withdrawn key is, within its lifetime")
  func rotated() async throws {
    let issuers = try (0..<6).map { try TestIssuer("key-\($0)") }
    let published = Held([issuers[0]])
    let server = try await ScriptedServer { _ in
      .init(body: Array(TestIssuer.set(published.value.map(\.jwk)).utf8))
    }
    var configuration = RemoteKeySet.Configuration()
    configuration.defaultLifetime = .milliseconds(400)
    configuration.lifetimes = .milliseconds(100) ... .seconds(60)
    configuration.coolDown = .milliseconds(10)
    let remote = try RemoteKeySet(url: server.url, configuration: configuration, logger: .silent)
    let service = Task { try await remote.run() }
    try await remote.waitForKeys()
    let cached = CachedVerifier(
      TestIssuer.verifier(remote.keys), cache: TokenCache(entries: 100))
    let current = Held(try issuers[0].token())
    let valid = Tally()
    var latest = Duration.zero
    try await withThrowingTaskGroup { group in
      defer { valid.stop() }
      for _ in 0..<4 {
        group.addTask {
          while !valid.isStopped {
            let token = current.value
            valid.add(
              await outcome { () throws(JWTError) in
                try await remote.verify(token, with: cached)
              })
            await Task.yield()
          }
        }
      }
      for (old, new) in zip(issuers, issuers.dropFirst()) {
        // Published and used at once: an unknown kid fetches.
        published.value = [old, new]
        let (oldToken, newToken) = (try old.token(), try new.token())
        current.value = newToken
        try await Task.sleep(for: .milliseconds(100))
        #expect(
          await outcome { () throws(JWTError) in try cached.verify(oldToken) } == "accepted")
        let withdrawn = ContinuousClock.now
        published.value = [new]
        #expect(
          await eventually {
            await outcome { () throws(JWTError) in try cached.verify(oldToken) } == "key_not_found"
          })
        latest = max(latest, ContinuousClock.now - withdrawn)
      }
      valid.stop()
      try await group.waitForAll()
    }
    let counts = valid.take()
    Self.show("five rotations", counts)
    print("jot: a withdrawn key was refused after \(latest) at the latest, of 0.4 seconds")
    #expect(counts.keys.sorted() == ["accepted"] && counts["accepted", default: 0] > 1000)
    // The lifetime, and what a busy machine adds.
    #expect(latest < .seconds(10))
    service.cancel()
    try await service.value
    try await server.kill()
  }

  @Test("ten thousand forged kids in a second: at most one fetch in a cool-down")
  func forged() async throws {
    let issuer = try TestIssuer("1")
    let body = Array(TestIssuer.set(issuer).utf8)
    let server = try await ScriptedServer { _ in .init(body: body) }
    var configuration = RemoteKeySet.Configuration()
    configuration.coolDown = .milliseconds(400)
    let remote = try RemoteKeySet(url: server.url, configuration: configuration, logger: .silent)
    try await remote.refresh()
    let verifier = TestIssuer.verifier(remote.keys)
    let forger = try SigningKey.generate(.p256)
    let tally = Tally()
    let forgeries = try (0..<10_000).map { number in
      // Only the header counts, so one signature is enough for all.
      try Signer(key: forger, algorithm: .es256, keyID: "forged-\(number)").sign(["exp": 1])
    }
    let start = ContinuousClock.now
    await withTaskGroup { group in
      for part in 0..<4 {
        group.addTask {
          for number in stride(from: part, to: 10_000, by: 4) {
            tally.add(
              await outcome { () throws(JWTError) in
                try await remote.verify(forgeries[number], with: verifier)
              })
            if number % 100 < 4 { try? await Task.sleep(for: .milliseconds(5)) }
          }
        }
      }
    }
    let elapsed = ContinuousClock.now - start
    let fetches = server.requests.count - 1
    print("jot: 10,000 forged kids in \(elapsed): \(fetches) fetches")
    #expect(tally.take() == ["key_not_found": 10_000])
    #expect(fetches >= 1 && Double(fetches) <= elapsed / .milliseconds(400) + 1)
    try await server.kill()
  }
}
