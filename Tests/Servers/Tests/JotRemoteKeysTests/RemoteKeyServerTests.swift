import Jot
import JotRemoteKeys
import Logging
import NIOSSL
import Testing

/// What a key server may do wrong, over real connections to loopback.
@Suite("A key server")
struct RemoteKeyServerTests {
  /// An answer, and what becomes of it: `replaced`, or the code of the error.
  struct Row: CustomTestStringConvertible, Sendable {
    let name: String
    let expected: String
    /// Makes the answer to `/keys`; others are at the paths of the second.
    let answer: @Sendable (_ new: TestIssuer) throws -> ScriptedServer.Answer
    var testDescription: String { "\(name): \(expected)" }

    init(
      _ name: String, _ expected: String,
      _ answer: @escaping @Sendable (TestIssuer) throws -> ScriptedServer.Answer
    ) { (self.name, self.expected, self.answer) = (name, expected, answer) }
  }

  private static func body(_ text: String) -> [UInt8] { Array(text.utf8) }
  private static func good(_ issuer: TestIssuer) -> [UInt8] { body(TestIssuer.set(issuer)) }

  private static let long = String(repeating: " ", count: 10_000_000)

  static let rows: [Row] = [
    Row("a good set", "replaced") { .init(body: good($0)) },
    Row("a chunked set", "replaced") { .init(body: good($0), isChunked: true) },
    // The media type is not checked: providers write many, and only a JWK set is one.
    Row("a wrong content type", "replaced") {
      .init(headers: [("content-type", "text/html")], body: good($0))
    },
    Row("a redirect on the same host", "replaced") { _ in
      .init(status: 307, headers: [("location", "/moved")])
    },
    Row("a redirect to plain HTTP elsewhere", "not_https") { _ in
      .init(status: 302, headers: [("location", "http://example.com/keys")])
    },
    Row("a redirect to another scheme", "redirect_invalid") { _ in
      .init(status: 302, headers: [("location", "file:///etc/passwd")])
    },
    Row("a redirect to a private address", "address_forbidden") { _ in
      .init(status: 302, headers: [("location", "https://10.0.0.1/keys")])
    },
    Row("a redirect to link-local metadata", "address_forbidden") { _ in
      .init(status: 302, headers: [("location", "https://169.254.169.254/latest")])
    },
    Row("a redirect without end", "redirect_invalid") { _ in
      .init(status: 302, headers: [("location", "/keys")])
    },
    Row("a redirect to nowhere", "redirect_invalid") { _ in .init(status: 302) },
    Row("no answer in time", "timed_out") { .init(body: good($0), delay: 60_000) },
    Row("a byte now and then", "timed_out") { .init(body: good($0), drip: 500) },
    Row("10 MB with their length", "body_too_large") { _ in .init(body: body(long)) },
    Row("10 MB in chunks", "body_too_large") { _ in .init(body: body(long), isChunked: true) },
    Row("a field of 1 MB", "unreachable") {
      .init(headers: [("x", String(repeating: "y", count: 1 << 20))], body: good($0))
    },
    Row("100,000 fields", "unreachable") {
      .init(headers: Array(repeating: ("x", "y"), count: 100_000), body: good($0))
    },
    Row("garbage", "keys_invalid") { _ in .init(body: (0..<500).map { UInt8($0 & 255) }) },
    Row("a page", "keys_invalid") { _ in .init(body: body("<html>503</html>")) },
    Row("nothing", "keys_invalid") { _ in .init() },
    Row("keys in another form", "keys_invalid") { issuer in
      let pem = try! #require(VerificationKey(jwk: issuer.jwk.text).pemRepresentation)
      let object: JSON = ["a": .string(pem)]
      return .init(body: body(object.text))
    },
    Row("a set behind a byte order mark", "keys_invalid") {
      .init(body: [0xef, 0xbb, 0xbf] + good($0))
    },
    Row("an empty set", "keys_invalid") { _ in .init(body: body(#"{"keys":[]}"#)) },
    Row("a set without a usable key", "keys_invalid") { _ in
      .init(body: body(#"{"keys":[{"kty":"AKP"}]}"#))
    },
    Row("more keys than the limit", "keys_invalid") { issuer in
      .init(body: body(TestIssuer.set(Array(repeating: issuer.jwk, count: 101))))
    },
    Row("a private key", "keys_invalid") { issuer in
      var text = issuer.jwk.text
      text.removeLast()
      let zeros = String(repeating: "A", count: 42)
      return .init(body: body(#"{"keys":[\#(text),"d":"\#(zeros)E"}]}"#))
    },
    Row("a secret", "keys_secret") { _ in
      let k = Base64URL.encode((0..<64).map { UInt8($0) })
      return .init(body: body(#"{"keys":[{"kty":"oct","kid":"1","k":"\#(k)"}]}"#))
    },
    Row("half a body", "unreachable") { issuer in
      let whole = good(issuer)
      return .init(body: Array(whole[..<(whole.count / 2)]), statedLength: whole.count)
    },
    Row("a content coding", "body_encoded") {
      .init(headers: [("content-encoding", "gzip")], body: good($0))
    },
    Row("404", "status_unexpected") { .init(status: 404, body: good($0)) },
    Row("500", "status_unexpected") { .init(status: 500, body: good($0)) },
    Row("204", "status_unexpected") { _ in .init(status: 204) },
    Row("206, a part", "status_unexpected") { .init(status: 206, body: good($0)) },
    Row("304 that was not asked for", "status_unexpected") { _ in .init(status: 304) },
  ]

  @Test(
    "does what it likes: a good set replaces the keys, anything else keeps them",
    .serialized, arguments: rows)
  func misbehaves(row: Row) async throws {
    let (old, new) = (try TestIssuer("old"), try TestIssuer("new"))
    let server = try await ScriptedServer { _ in .init(body: Self.good(old)) }
    var configuration = RemoteKeySet.Configuration()
    // Short only where it is what ends the fetch: this machine may be busy.
    configuration.timeout = row.expected == "timed_out" ? .seconds(3) : .seconds(60)
    let remote = try RemoteKeySet(
      url: server.url + "/keys", configuration: configuration, logger: .silent)
    let verifier = TestIssuer.verifier(remote.keys)
    try await remote.refresh()
    let answer = try row.answer(new)
    server.answer { request in
      request.path == "/moved" ? .init(body: Self.good(new)) : answer
    }
    var found = "replaced"
    do throws(RemoteKeyError) { try await remote.refresh() } catch { found = error.code.rawValue }
    #expect(found == row.expected)
    let (oldToken, newToken) = (try old.token(), try new.token())
    let isReplaced = row.expected == "replaced"
    let results = [
      await outcome { () throws(JWTError) in try verifier.verify(oldToken) },
      await outcome { () throws(JWTError) in try verifier.verify(newToken) },
    ]
    #expect(
      results == (isReplaced ? ["key_not_found", "accepted"] : ["accepted", "key_not_found"]))
    let state = remote.state
    #expect(state.failureCount == (isReplaced ? 0 : 1) && state.keyCount == 1)
    try await server.kill()
  }

  @Test("that is down at the start is waited for, and its keys come when it is up")
  func startsLater() async throws {
    let issuer = try TestIssuer("1")
    let server = try await ScriptedServer { _ in .init(body: Self.good(issuer)) }
    try await server.kill()
    var configuration = RemoteKeySet.Configuration()
    configuration.retries = .milliseconds(20) ... .milliseconds(100)
    let remote = try RemoteKeySet(url: server.url, configuration: configuration, logger: .silent)
    let verifier = TestIssuer.verifier(remote.keys)
    let token = try issuer.token()
    #expect(
      await outcome { () throws(JWTError) in try await remote.verify(token, with: verifier) }
        == "keys_unavailable")
    await #expect {
      try await remote.waitForKeys(upTo: .milliseconds(300))
    } throws: { ($0 as? RemoteKeyError)?.code == .unreachable }
    async let waiting: Void = remote.waitForKeys(upTo: .seconds(20))
    try await server.revive()
    try await waiting
    #expect(
      await outcome { () throws(JWTError) in try verifier.verify(token) } == "accepted")
    try await server.kill()
  }

  @Test("gets its entity tag back and may answer 304; the tag goes to no other URL")
  func entityTag() async throws {
    let issuer = try TestIssuer("1")
    let server = try await ScriptedServer { request in
      request.entityTag == "W/\"7\""
        ? .init(status: 304, headers: [("etag", "W/\"7\"")])
        : .init(headers: [("etag", "W/\"7\"")], body: Self.good(issuer))
    }
    let remote = try RemoteKeySet(url: server.url + "/keys", logger: .silent)
    for _ in 0..<3 { try await remote.refresh() }
    #expect(server.requests.map(\.entityTag) == [nil, "W/\"7\"", "W/\"7\""])
    #expect(remote.state.keyCount == 1 && remote.state.failureCount == 0)
    server.answer { request in
      request.path == "/keys"
        ? .init(status: 302, headers: [("location", "/moved")]) : .init(body: Self.good(issuer))
    }
    try await remote.refresh()
    #expect(server.requests.suffix(2).map(\.entityTag) == ["W/\"7\"", nil])
    try await server.kill()
  }

  @Test("must have a certificate for its name: TLS checks the name, not the address")
  func tls() async throws {
    let issuer = try TestIssuer("1")
    let server = try await ScriptedServer(tls: TestCertificate.server()) { _ in
      .init(body: Self.good(issuer))
    }
    func refresh(_ host: String, _ transport: some RemoteKeyTransport) async throws -> String {
      let remote = try RemoteKeySet(
        url: "https://\(host):\(server.port)/keys", transport: transport,
        logger: .silent)
      do throws(RemoteKeyError) {
        try await remote.refresh()
        return "replaced"
      } catch {
        return error.code.rawValue
      }
    }
    let trusting = HTTPTransport(tlsConfiguration: try TestCertificate.client())
    var old = try TestCertificate.server()
    old.minimumTLSVersion = .tlsv1
    old.maximumTLSVersion = .tlsv11
    let outdated = try await ScriptedServer(tls: old) { _ in .init(body: Self.good(issuer)) }
    let set = try RemoteKeySet(url: outdated.url, transport: trusting, logger: .silent)
    await #expect { try await set.refresh() } throws: { error in
      (error as? RemoteKeyError)?.code == .unreachable
    }
    try await outdated.kill()
    #expect(try await refresh("localhost", trusting) == "replaced")
    #expect(try await refresh("127.0.0.1", trusting) == "replaced")
    #expect(server.requests.map(\.host).first == "localhost:\(server.port)")
    // The same server under two names that it has not looked up: one of them it has a certificate for.
    let elsewhere = NamedTransport(base: trusting)
    #expect(try await refresh("keys.test", elsewhere) == "replaced")
    #expect(try await refresh("other.test", elsewhere) == "unreachable")
    #expect(try await refresh("localhost", HTTPTransport()) == "unreachable")
    try await server.kill()
  }

  /// Every name is this machine.
  private struct NamedTransport: RemoteKeyTransport {
    let base: HTTPTransport
    func addresses(of host: String) async throws(RemoteKeyError) -> [String] { ["127.0.0.1"] }
    func response(
      to request: RemoteKeyRequest
    ) async throws(RemoteKeyError) -> RemoteKeyResponse { try await base.response(to: request) }
  }
}
