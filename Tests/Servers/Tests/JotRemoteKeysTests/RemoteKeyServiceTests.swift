import Jot
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import JotRemoteKeys

@Suite("RemoteKeySet as a service")
struct RemoteKeyServiceTests {
  private static let url = "https://id.example.com/keys"

  @Test("fetches before the keys are old, without a token, and drops them when they are too old")
  func schedule() async throws {
    let issuer = try TestIssuer("1")
    let clock = ManualClock()
    let transport = ScriptedTransport { _ in ScriptedTransport.ok(TestIssuer.set(issuer)) }
    let remote = try RemoteKeySet(
      url: Self.url, transport: transport, clock: clock, logger: .silent)
    let verifier = TestIssuer.verifier(remote.keys)
    let token = try issuer.token()
    let service = Task { try await remote.run() }
    #expect(await eventually { remote.state.phase == .fresh })
    // The time is moved only while the service sleeps.
    func pass(_ seconds: Int) async {
      for _ in 0..<seconds / 10 {
        #expect(await eventually { clock.sleeperCount == 1 && !remote.state.isFetching })
        clock.advance(by: .seconds(10))
      }
      #expect(await eventually { clock.sleeperCount == 1 && !remote.state.isFetching })
    }
    await pass(3600)
    // In an hour 6.7 to 8 fetches at 75 to 90 % of ten minutes, and the first.
    #expect((7...9).contains(transport.requests.count), "\(transport.requests.count)")
    #expect(remote.state.phase == .fresh)
    transport.answer { _ throws(RemoteKeyError) in throw RemoteKeyError(.unreachable) }
    await pass(3600)
    #expect(
      await outcome { () throws(JWTError) in try verifier.verify(token) } == "accepted")
    await pass(700)
    // The verifier alone, with no function of the set: the service has dropped the keys.
    #expect(
      await outcome { () throws(JWTError) in try verifier.verify(token) } == "keys_unavailable")
    transport.answer { _ in ScriptedTransport.ok(TestIssuer.set(issuer)) }
    await pass(30)
    #expect(
      await outcome { () throws(JWTError) in try verifier.verify(token) } == "accepted")
    service.cancel()
    try await service.value
  }

  @Test("a graceful shutdown ends fetches, waits for the one under way, and leaves the keys")
  func shutdown() async throws {
    let issuer = try TestIssuer("1")
    let isOpen = Mutex(true)
    let transport = ScriptedTransport { _ throws(RemoteKeyError) in
      _ = await eventually { isOpen.withLock { $0 } }
      return ScriptedTransport.ok(TestIssuer.set(issuer))
    }
    let remote = try RemoteKeySet(url: Self.url, transport: transport, logger: .silent)
    let group = ServiceGroup(
      services: [remote], logger: .silent)
    let running = Task { try await group.run() }
    #expect(await eventually { remote.state.phase == .fresh })
    isOpen.withLock { $0 = false }
    let (verifier, forged) = (TestIssuer.verifier(remote.keys), try TestIssuer("x").token())
    async let waiting = outcome { () throws(JWTError) in
      try await remote.verify(forged, with: verifier)
    }
    #expect(await eventually { transport.requests.count == 2 && remote.waiterCount == 1 })
    await group.triggerGracefulShutdown()
    #expect(await eventually { remote.isShutDown })
    isOpen.withLock { $0 = true }
    #expect(await waiting == "key_not_found")
    try await running.value
    let token = try issuer.token()
    #expect(
      await outcome { () throws(JWTError) in try await remote.verify(token, with: verifier) }
        == "accepted")
    await #expect { try await remote.refresh() } throws: { error in
      (error as? RemoteKeyError)?.code == .cancelled
    }
    // It can't be asked any more, so a new key is not called unknown.
    #expect(
      await outcome { () throws(JWTError) in try await remote.verify(forged, with: verifier) }
        == "keys_unavailable")
    #expect(transport.requests.count == 2)
    // Again: it returns at once.
    try await remote.run()
  }

  @Test("cancelling its task ends it while a fetch hangs")
  func cancelling() async throws {
    let transport = ScriptedTransport { _ throws(RemoteKeyError) in
      do { try await Task.sleep(for: .seconds(60)) } catch { throw RemoteKeyError(.cancelled) }
      throw RemoteKeyError(.unreachable)
    }
    var configuration = RemoteKeySet.Configuration()
    configuration.timeout = .seconds(60)
    let remote = try RemoteKeySet(
      url: Self.url, configuration: configuration, transport: transport, logger: .silent)
    let start = ContinuousClock.now
    let running = Task { try await remote.run() }
    #expect(await eventually { transport.requests.count == 1 })
    running.cancel()
    try await running.value
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(remote.state.lastError?.code == .cancelled)
  }
}
