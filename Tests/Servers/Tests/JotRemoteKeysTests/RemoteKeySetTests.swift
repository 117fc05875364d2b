import Jot
import Logging
import MetricsTestKit
import Synchronization
import Testing

@testable import JotRemoteKeys

/// Behaviour over time: a clock and a transport of the test's own.
@Suite("RemoteKeySet")
struct RemoteKeySetTests {
  private static let url = "https://id.example.com/keys"

  /// A set with a scripted transport; its answers come at once.
  private struct Fixture {
    let clock = ManualClock()
    let transport: ScriptedTransport
    let log = LogLines()
    let remote: RemoteKeySet
    let verifier: Verifier

    init(
      _ configuration: RemoteKeySet.Configuration = RemoteKeySet.Configuration(),
      names: @escaping ScriptedTransport.Names = { _ in ["10.0.0.1"] },
      _ script: @escaping ScriptedTransport.Script
    ) throws {
      transport = ScriptedTransport(names: names, script)
      remote = try RemoteKeySet(
        url: RemoteKeySetTests.url, configuration: configuration, transport: transport,
        clock: clock, logger: log.logger)
      verifier = TestIssuer.verifier(remote.keys)
    }

    func verify(_ token: String) async -> String {
      await outcome { () throws(JWTError) in try await remote.verify(token, with: verifier) }
    }

    var fetches: Int { transport.requests.count }
  }

  @Test("starts without keys, fetches them for the first token, and then not for each")
  func first() async throws {
    let issuer = try TestIssuer("1")
    let fixture = try Fixture { _ in ScriptedTransport.ok(TestIssuer.set(issuer)) }
    let token = try issuer.token()
    #expect(fixture.remote.state.phase == .unavailable)
    func now() async -> String {
      await outcome { () throws(JWTError) in try fixture.verifier.verify(token) }
    }
    #expect(await now() == "keys_unavailable")
    for _ in 0..<10 { #expect(await fixture.verify(token) == "accepted") }
    #expect(await now() == "accepted")
    #expect(fixture.fetches == 1 && fixture.remote.state.phase == .fresh)
    #expect(fixture.remote.state.keyCount == 1 && fixture.remote.state.url == Self.url)
  }

  @Test("one fetch serves all who wait")
  func single() async throws {
    let issuer = try TestIssuer("1")
    let gate = Gate()
    let fixture = try Fixture { _ throws(RemoteKeyError) in
      await gate.wait()
      return ScriptedTransport.ok(TestIssuer.set(issuer))
    }
    let token = try issuer.token()
    let results = await withTaskGroup(of: String.self) { group in
      for _ in 0..<500 { group.addTask { await fixture.verify(token) } }
      #expect(await eventually { fixture.fetches == 1 && fixture.remote.waiterCount == 500 })
      gate.open()
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results == Array(repeating: "accepted", count: 500) && fixture.fetches == 1)
  }

  @Test("more tokens than the limit don't wait, and are not called unknown")
  func waiters() async throws {
    let issuer = try TestIssuer("1")
    let gate = Gate()
    var configuration = RemoteKeySet.Configuration()
    configuration.waiterLimit = 3
    let fixture = try Fixture(configuration) { _ throws(RemoteKeyError) in
      await gate.wait()
      return ScriptedTransport.ok(TestIssuer.set(issuer))
    }
    let token = try issuer.token()
    async let waiting = withTaskGroup(of: String.self) { group in
      for _ in 0..<3 { group.addTask { await fixture.verify(token) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(await eventually { fixture.remote.waiterCount == 3 })
    for _ in 0..<100 { #expect(await fixture.verify(token) == "keys_unavailable") }
    gate.open()
    #expect(await waiting == ["accepted", "accepted", "accepted"])
    #expect(fixture.remote.waiterCount == 0)
  }

  @Test("ten thousand forged kids cost one fetch in a cool-down, and a new key is found after it")
  func forged() async throws {
    let (issuer, new) = (try TestIssuer("1"), try TestIssuer("2"))
    let fixture = try Fixture { _ in ScriptedTransport.ok(TestIssuer.set(issuer)) }
    #expect(await fixture.verify(try issuer.token()) == "accepted")
    let forger = try SigningKey.generate(.p256)
    var forgeries: [String] = []
    for number in 0..<100 {
      forgeries.append(
        try Signer(key: forger, algorithm: .es256, keyID: "forged-\(number)").sign(["exp": 1]))
    }
    for number in 0..<10_000 {
      if number % 10 == 0 { fixture.clock.advance(by: .milliseconds(1)) }
      #expect(await fixture.verify(forgeries[number % 100]) == "key_not_found")
    }
    #expect(fixture.fetches == 2)
    #expect(fixture.remote.state.isCoolingDown)
    fixture.transport.answer { _ in ScriptedTransport.ok(TestIssuer.set(issuer, new)) }
    #expect(await fixture.verify(try new.token()) == "key_not_found")
    fixture.clock.advance(by: .seconds(30))
    #expect(await fixture.verify(try new.token()) == "accepted")
    #expect(fixture.fetches == 3)
  }

  @Test("an unknown key is not called unknown while the provider can't be asked")
  func unknown() async throws {
    let issuer = try TestIssuer("1")
    let fixture = try Fixture { _ in ScriptedTransport.ok(TestIssuer.set(issuer)) }
    let forged = try TestIssuer("x").token()
    try await fixture.remote.refresh()
    fixture.transport.answer { _ throws(RemoteKeyError) in throw RemoteKeyError(.unreachable) }
    // The first waits for the fetch that fails; in the cool-down there is none.
    for _ in 0..<3 { #expect(await fixture.verify(forged) == "keys_unavailable") }
    #expect(fixture.fetches == 2 && fixture.remote.state.isCoolingDown)
    #expect(await fixture.verify(try issuer.token()) == "accepted")
  }

  @Test("an outage is tolerated for its time; then 503, not 401; and keys come back by themselves")
  func outage() async throws {
    let issuer = try TestIssuer("1")
    let fixture = try Fixture { _ in ScriptedTransport.ok(TestIssuer.set(issuer)) }
    let (token, forged) = (try issuer.token(), try TestIssuer("x").token())
    #expect(await fixture.verify(token) == "accepted")
    fixture.transport.answer { _ throws(RemoteKeyError) in throw RemoteKeyError(.unreachable) }
    var phases: [String] = []
    // 10 minutes fresh, an hour of outage.
    for minute in 1...75 {
      fixture.clock.advance(by: .seconds(60))
      let result = await fixture.verify(token)
      #expect(result == (minute < 70 ? "accepted" : "keys_unavailable"), "minute \(minute)")
      #expect(await fixture.verify(forged) != "accepted")
      #expect(await eventually { !fixture.remote.state.isFetching })
      let phase = fixture.remote.state.phase.rawValue
      if phases.last != phase { phases.append(phase) }
    }
    #expect(phases == ["fresh", "stale", "unavailable"])
    #expect(await fixture.verify(forged) == "keys_unavailable")
    let state = fixture.remote.state
    #expect(state.lastError?.code == .unreachable && state.lastErrorAt != nil)
    #expect(state.failureCount > 50)
    fixture.transport.answer { _ in ScriptedTransport.ok(TestIssuer.set(issuer)) }
    fixture.clock.advance(by: .seconds(30))
    #expect(await fixture.verify(token) == "accepted")
    #expect(await fixture.verify(forged) == "key_not_found")
    #expect(fixture.remote.state.failureCount == 0)
    #expect(fixture.log.has("dropped") && fixture.log.has("again"))
  }

  @Test("a withdrawn key ends with its set, also for tokens in a cache")
  func withdrawn() async throws {
    let (old, new) = (try TestIssuer("1"), try TestIssuer("2"))
    let fixture = try Fixture { _ in ScriptedTransport.ok(TestIssuer.set(old, new)) }
    let cached = CachedVerifier(fixture.verifier, cache: TokenCache())
    let token = try old.token()
    func verify() async -> String {
      await outcome { () throws(JWTError) in try await fixture.remote.verify(token, with: cached) }
    }
    #expect(await verify() == "accepted")
    #expect(await verify() == "accepted")
    fixture.transport.answer { _ in ScriptedTransport.ok(TestIssuer.set(new)) }
    #expect(await verify() == "accepted")
    fixture.clock.advance(by: .seconds(600))
    _ = await verify()
    #expect(await eventually { !fixture.remote.state.isFetching })
    let (state, answer) = (fixture.remote.state, await verify())
    #expect(answer == "key_not_found", "after \(state)")
  }

  @Test("an answer without a usable set changes nothing, and an unchanged one keeps the set itself")
  func unchanged() async throws {
    let issuer = try TestIssuer("1")
    let fixture = try Fixture { request in
      request.headers.contains { $0.name == "if-none-match" && $0.value == "\"a\"" }
        ? RemoteKeyResponse(status: 304, headers: [], body: [])
        : ScriptedTransport.ok(TestIssuer.set(issuer), [("ETag", "\"a\"")])
    }
    try await fixture.remote.refresh()
    let set = fixture.remote.keys.keySet
    try await fixture.remote.refresh()
    #expect(fixture.fetches == 2 && fixture.remote.keys.keySet === set)
    // 200 with the same text is no change either.
    fixture.transport.answer { _ in ScriptedTransport.ok(TestIssuer.set(issuer)) }
    try await fixture.remote.refresh()
    #expect(fixture.remote.keys.keySet === set)
    fixture.transport.answer { _ in ScriptedTransport.ok("{\"keys\":[]}") }
    await #expect { try await fixture.remote.refresh() } throws: { error in
      (error as? RemoteKeyError)?.reason == .keySetEmpty
    }
    #expect(fixture.remote.keys.keySet === set)
  }

  @Test("the address that is asked is the one that was checked, and a name that changes is refused")
  func rebinding() async throws {
    let issuer = try TestIssuer("1")
    let lookups = Mutex(0)
    // The other host is public when it is looked up first, and the machine itself from then on.
    let names: ScriptedTransport.Names = { host in
      guard host == "evil.example" else { return ["10.0.0.1"] }
      return lookups.withLock { count in
        count += 1
        return [count == 1 ? "93.184.216.34" : "127.0.0.1"]
      }
    }
    let fixture = try Fixture(names: names) { request in
      request.host == "evil.example"
        ? ScriptedTransport.ok(TestIssuer.set(issuer))
        : ScriptedTransport.redirect(to: "https://evil.example/keys")
    }
    try await fixture.remote.refresh()
    #expect(fixture.transport.requests.map(\.address) == ["10.0.0.1", "93.184.216.34"])
    await #expect { try await fixture.remote.refresh() } throws: { error in
      (error as? RemoteKeyError)?.code == .addressForbidden
    }
    #expect(fixture.transport.requests.map(\.address).suffix(1) == ["10.0.0.1"])
    #expect(lookups.withLock { $0 } == 2)
  }

  @Test("a second URL stands in for the first, and the first comes back")
  func failover() async throws {
    let issuer = try TestIssuer("1")
    var configuration = RemoteKeySet.Configuration()
    configuration.fallbacks = ["https://backup.example.com/keys"]
    let fixture = try Fixture(configuration) { request throws(RemoteKeyError) in
      if request.host == "id.example.com" { throw RemoteKeyError(.unreachable, host: request.host) }
      return ScriptedTransport.ok(TestIssuer.set(issuer))
    }
    #expect(await fixture.verify(try issuer.token()) == "accepted")
    let state = fixture.remote.state
    #expect(state.url == "https://backup.example.com/keys" && state.failureCount == 0)
    #expect(state.lastError == RemoteKeyError(.unreachable, host: "id.example.com"))
    fixture.transport.answer { _ in ScriptedTransport.ok(TestIssuer.set(issuer)) }
    try await fixture.remote.refresh()
    #expect(fixture.remote.state.url == Self.url)
  }

  @Test("what a set passed over is logged once per change, with a kid that can't forge a line")
  func skipped() async throws {
    let issuer = try TestIssuer("1")
    let bad: JSON = ["kty": "AKP", "kid": "a\nlevel=error\u{202e}\u{200b}"]
    let fixture = try Fixture { _ in ScriptedTransport.ok(TestIssuer.set([issuer.jwk, bad])) }
    for _ in 0..<3 { try await fixture.remote.refresh() }
    let lines = fixture.log.lines.filter { $0.contains("can't be used") }
    #expect(lines.count == 1 && lines[0].contains("index=1"))
    #expect(lines[0].contains("key_unsupported") && !lines[0].contains("\n"))
    #expect(!lines[0].unicodeScalars.contains { ["\u{202e}", "\u{200b}"].contains($0) })
    fixture.transport.answer { _ in ScriptedTransport.ok(TestIssuer.set([bad, issuer.jwk])) }
    try await fixture.remote.refresh()
    #expect(fixture.log.lines.filter { $0.contains("can't be used") }.count == 2)
  }

  @Test("metrics count fetches by their result, unknown keys and keys; no line has a token")
  func metrics() async throws {
    let issuer = try TestIssuer("1")
    let metrics = TestMetrics()
    var configuration = RemoteKeySet.Configuration()
    configuration.metrics = metrics
    let fixture = try Fixture(configuration) { _ in ScriptedTransport.ok(TestIssuer.set(issuer)) }
    let forged = try TestIssuer("x").token()
    try await fixture.remote.refresh()
    #expect(await fixture.verify(forged) == "key_not_found")
    fixture.transport.answer { _ in RemoteKeyResponse(status: 500, headers: [], body: []) }
    fixture.clock.advance(by: .seconds(30))
    #expect(await fixture.verify(forged) == "keys_unavailable")
    let provider = [("provider", "id.example.com")]
    func fetches(_ result: String) throws -> Int64 {
      try metrics.expectCounter("jot.remote_keys.fetches", provider + [("result", result)])
        .totalValue
    }
    for result in ["changed", "unchanged", "status_unexpected"] {
      #expect(try fetches(result) == 1)
    }
    #expect(try metrics.expectCounter("jot.remote_keys.unknown_keys", provider).totalValue == 2)
    #expect(try metrics.expectGauge("jot.remote_keys.keys", provider).lastValue == 1)
    #expect(try metrics.expectTimer("jot.remote_keys.fetch_duration", provider).values.count == 3)
    #expect(!fixture.log.lines.isEmpty)
    for line in fixture.log.lines { #expect(!line.contains(forged) && !line.contains("eyJ")) }
  }

  @Test("several issuers: only the set of the token's issuer is fetched")
  func issuers() async throws {
    let (one, two) = (try TestIssuer("1"), try TestIssuer("1"))
    let first = try Fixture { _ in ScriptedTransport.ok(TestIssuer.set(one)) }
    let second = try Fixture { _ in ScriptedTransport.ok(TestIssuer.set(two)) }
    let verifier = try IssuerVerifier([
      first.verifier,
      Verifier(keys: second.remote.keys, algorithms: [.es256], issuer: "https://other.example"),
    ])
    let sets = [first.remote, second.remote]
    for set in sets { try await set.refresh() }
    let forged = try TestIssuer("x").token()
    let result = await outcome { () throws(JWTError) in
      try await verifier.verify(forged, fetching: sets)
    }
    #expect(result == "key_not_found" && first.fetches == 2 && second.fetches == 1)
    let token = try one.token()
    #expect(
      await outcome { () throws(JWTError) in try await verifier.verify(token, fetching: sets) }
        == "accepted")
  }

  @Test("a URL of the caller must be HTTPS, unless it is HTTP of a loopback host")
  func callersURL() throws {
    for (url, code) in [
      ("http://id.example.com/keys", .notSecure), ("id.example.com", .urlInvalid),
      ("http://10.0.0.1/keys", .notSecure), ("file:///etc/passwd", .urlInvalid),
      ("http://127.0.0.1/keys", nil), ("http://localhost:8080/keys", nil),
      ("https://10.0.0.1/keys", nil),
    ] as [(String, RemoteKeyError.Code?)] {
      var found: RemoteKeyError.Code?
      do throws(RemoteKeyError) { _ = try RemoteKeySet(url: url) } catch { found = error.code }
      #expect(found == code, "\(url)")
    }
  }

  @Test("every error says in one line what to do")
  func errors() {
    for code in RemoteKeyError.Code.allCases {
      let line = RemoteKeyError(code, host: "id.example.com").description
      #expect(line.hasPrefix("id.example.com: ") && line.count < 200 && !line.contains("\n"))
    }
  }
}

/// Opens once.
private final class Gate: Sendable {
  private let isOpen = Mutex(false)
  func open() { isOpen.withLock { $0 = true } }
  func wait() async { _ = await eventually { isOpen.withLock { $0 } } }
}
