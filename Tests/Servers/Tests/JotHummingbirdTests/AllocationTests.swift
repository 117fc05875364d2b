import CMallocCount
import Hummingbird
import Jot
import JotHummingbird
import Logging
import NIOEmbedded
import Testing

/// Calls of the C allocator: the middleware must add few to those of the verification.
@Suite("Allocations of a request", .serialized)
struct AllocationTests {
  private typealias Context = BasicIdentityRequestContext<VerifiedClaims>

  /// Calls of the allocator in 1,000 calls of `body`, which must not suspend.
  private func calls(_ body: () async throws -> Bool) async throws -> UInt64 {
    for _ in 0..<20 { #expect(try await body()) }
    malloc_count_start()
    var isRight = true
    for _ in 0..<1000 {
      if try await !body() { isRight = false }
    }
    let count = malloc_count_stop()
    #expect(isRight)
    return count
  }

  @Test("are those of the verification and a few more, not one for each field or cookie")
  func request() async throws {
    try #require(malloc_count_is_available() != 0)
    let maker = try TokenMaker()
    let token = maker.token(["scope": "orders:read"])
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let context = Context(
      source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
    let answer = Response(status: .ok)
    let scopes = AuthorizationMiddleware<Context>(requiring: ["orders:read"])
    let alone = try await calls { try maker.verifier.verify(token[...]).subject != nil }
    let others = (0..<20).map { ("Field-\($0)", "value") }
    for fields in [
      others + [("Authorization", "Bearer \(token)")],
      others + [("Cookie", "a=b; c=d; e=f; g=h; i=j; session=\(token); k=l")],
    ] {
      let middleware = TokenMiddleware<Context>(
        maker.verifier, from: [.bearer, .cookie("session")])
      let request = Request(
        head: HTTPRequest(
          method: .get, scheme: "http", authority: "a", path: "/", headerFields: HTTPFields(fields)),
        body: RequestBody(buffer: ByteBuffer()))
      let token = try await calls {
        try await middleware.handle(request, context: context) { _, context in
          // The same claim as above, so that its text counts in both.
          context.identity?.subject == nil ? Response(status: .notFound) : answer
        }.status == .ok
      }
      let both = try await calls {
        try await middleware.handle(request, context: context) { request, context in
          try await scopes.handle(request, context: context) { _, context in
            context.identity?.subject == nil ? Response(status: .notFound) : answer
          }
        }.status == .ok
      }
      // What a debug build allocates for closures and generic calls is in it.
      print("jot: \(alone) allocator calls for 1,000 tokens alone, \(token) with the middleware")
      print("jot: \(both) with scopes")
      #expect(alone > 0 && token <= alone + 4000 && both <= alone + 8000)
    }
  }
}
