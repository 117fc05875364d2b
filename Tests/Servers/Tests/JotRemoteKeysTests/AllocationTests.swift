import CMallocCount
import Jot
import JotRemoteKeys
import Logging
import Testing

/// Calls of the C allocator: a remote set must cost a token that has its key nothing.
@Suite("Allocations of a remote set", .serialized)
struct AllocationTests {
  private static func remote(_ issuer: TestIssuer) async throws -> RemoteKeySet {
    let set = TestIssuer.set(issuer)
    let remote = try RemoteKeySet(
      url: "https://id.example.com/keys",
      transport: ScriptedTransport { _ in ScriptedTransport.ok(set) }, logger: .silent)
    try await remote.refresh()
    return remote
  }

  /// Calls of the allocator in `rounds` calls of `body`, which must not suspend.
  private func calls(
    _ rounds: Int = 1000, _ body: () async -> Bool
  ) async -> UInt64 {
    // The key's table is made after eight valid signatures.
    for _ in 0..<20 { #expect(await body()) }
    malloc_count_start()
    var isRight = true
    for _ in 0..<rounds {
      if await !body() { isRight = false }
    }
    let count = malloc_count_stop()
    #expect(isRight)
    return count
  }

  @Test("a verifier of remote keys allocates nothing, as with any other set")
  func verifier() async throws {
    try #require(malloc_count_is_available() != 0)
    let issuer = try TestIssuer("1")
    let remote = try await Self.remote(issuer)
    let verifier = TestIssuer.verifier(remote.keys)
    let token = Array(try issuer.token().utf8)
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    for _ in 0..<20 { _ = try verifier.verify(token) }
    malloc_count_start()
    var accepted = 0
    for _ in 0..<1000 {
      var span = scratch.mutableSpan
      if (try? verifier.verify(token.span, scratch: &span)) != nil { accepted += 1 }
    }
    let count = malloc_count_stop()
    #expect(accepted == 1000 && count == 0)
  }

  @Test("verify with await allocates as the verifier alone does, while the key is there")
  func waiting() async throws {
    try #require(malloc_count_is_available() != 0)
    let issuer = try TestIssuer("1")
    let remote = try await Self.remote(issuer)
    let verifier = TestIssuer.verifier(remote.keys)
    let token = try issuer.token()
    let alone = await calls { (try? verifier.verify(token)) != nil }
    let waiting = await calls { (try? await remote.verify(token, with: verifier)) != nil }
    #expect(alone > 0 && waiting == alone)
  }
}
