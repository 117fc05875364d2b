import Jot
import Logging
import Testing

@testable import JotRemoteKeys

@Suite("RemoteKeySet(issuer:)")
struct ProviderMetadataTests {
  private static let issuer = "https://id.example.com/tenant"
  private static let jwks = "https://keys.example.com/jwks"

  private static func metadata(
    issuer: String = issuer, keys: String = jwks
  ) -> String { #"{"issuer":"\#(issuer)","jwks_uri":"\#(keys)","x":[1]}"# }

  private func fetch(
    from transport: ScriptedTransport, _ issuer: String = Self.issuer, allowed: [String] = []
  ) async throws -> String {
    var configuration = RemoteKeySet.Configuration()
    configuration.allowedHosts = allowed
    let remote = try RemoteKeySet(
      issuer: issuer, configuration: configuration, transport: transport, clock: ManualClock(),
      logger: .silent)
    do throws(RemoteKeyError) {
      try await remote.refresh()
      return "fetched"
    } catch {
      return error.code.rawValue
    }
  }

  @Test("asks OpenID Connect's place first, then RFC 8414's")
  func places() async throws {
    let key = try TestIssuer("1")
    for known in [
      "/tenant/.well-known/openid-configuration",
      "/.well-known/oauth-authorization-server/tenant",
    ] {
      let transport = ScriptedTransport { request in
        switch request.url {
        case "https://id.example.com" + known: ScriptedTransport.ok(Self.metadata())
        case Self.jwks: ScriptedTransport.ok(TestIssuer.set(key))
        default: RemoteKeyResponse(status: 404, headers: [], body: [])
        }
      }
      #expect(try await fetch(from: transport) == "fetched", "\(known)")
    }
  }

  @Test(
    "the metadata's issuer is the one that was asked for, byte for byte",
    arguments: [
      ("https://id.example.com/tenant", "fetched"),
      ("https://id.example.com/tenant/", "issuer_mismatch"),
      ("https://ID.example.com/tenant", "issuer_mismatch"),
      ("https://id.example.com:443/tenant", "issuer_mismatch"), ("", "issuer_mismatch"),
      ("https://evil.example", "issuer_mismatch"),
    ])
  func issuer(named: String, result: String) async throws {
    let key = try TestIssuer("1")
    let transport = ScriptedTransport { request in
      request.url == Self.jwks
        ? ScriptedTransport.ok(TestIssuer.set(key))
        : ScriptedTransport.ok(Self.metadata(issuer: named))
    }
    #expect(try await fetch(from: transport) == result)
  }

  @Test("composed and decomposed characters are different issuers")
  func normalization() async throws {
    let transport = ScriptedTransport { _ in
      ScriptedTransport.ok(Self.metadata(issuer: "https://id.example.com/e\u{301}"))
    }
    // The issuer itself must be ASCII, so only the document can differ.
    #expect(throws: RemoteKeyError.self) {
      try RemoteKeySet(issuer: "https://id.example.com/é", transport: transport)
    }
    #expect(try await fetch(from: transport, "https://id.example.com/e") == "issuer_mismatch")
  }

  @Test(
    "jwks_uri leads by HTTPS to public addresses, or to hosts that the caller lists",
    arguments: [
      ("http://keys.example.com/jwks", [], "not_https"), ("/jwks", [], "metadata_invalid"),
      ("https://internal.example/jwks", [], "address_forbidden"),
      ("https://internal.example/jwks", ["Internal.Example"], "fetched"),
      ("https://[fd00::1]/jwks", [], "address_forbidden"),
      ("https://[fd00::1]/jwks", ["fd00:0::1"], "fetched"),
      ("https://localhost/jwks", [], "address_forbidden"),
      ("https://127.0.0.1/jwks", [], "address_forbidden"),
      ("https://id.example.com/jwks", [], "fetched"),
    ] as [(String, [String], String)])
  func uri(uri: String, allowed: [String], result: String) async throws {
    let key = try TestIssuer("1")
    let names: ScriptedTransport.Names = { host in
      if host == "keys.example.com" { return ["93.184.216.34"] }
      return [IPAddress(host)?.description ?? "10.1.2.3"]
    }
    let transport = ScriptedTransport(names: names) { request in
      request.url.hasSuffix("/jwks")
        ? ScriptedTransport.ok(TestIssuer.set(key)) : ScriptedTransport.ok(Self.metadata(keys: uri))
    }
    #expect(try await fetch(from: transport, allowed: allowed) == result)
  }

  @Test(
    "metadata that is no strict object with both members is refused",
    arguments: [
      "", "[]", "{}", #"{"issuer":"https://id.example.com/tenant"}"#,
      #"{"issuer":1,"jwks_uri":"https://keys.example.com/jwks"}"#,
      #"{"issuer":"https://id.example.com/tenant","issuer":"x","jwks_uri":"https://k/"}"#,
    ])
  func broken(text: String) async throws {
    let transport = ScriptedTransport { _ in ScriptedTransport.ok(text) }
    #expect(try await fetch(from: transport) == "metadata_invalid")
  }

  @Test("an issuer with a query, a fragment or plain HTTP is refused before anything is asked")
  func issuers() {
    for issuer in [
      "https://id.example.com?x", "https://id.example.com/#x", "http://id.example.com", "id",
    ] { #expect(throws: RemoteKeyError.self) { try RemoteKeySet(issuer: issuer) } }
  }

  @Test("a fallback stands in for metadata or keys that can't be had, and both are asked again")
  func fallback() async throws {
    let key = try TestIssuer("1")
    var configuration = RemoteKeySet.Configuration()
    configuration.fallbacks = ["https://backup.example.com/jwks"]
    let transport = ScriptedTransport { request in
      switch request.host {
      case "id.example.com": ScriptedTransport.ok(Self.metadata())
      case "keys.example.com": RemoteKeyResponse(status: 404, headers: [], body: [])
      default: ScriptedTransport.ok(TestIssuer.set(key))
      }
    }
    let remote = try RemoteKeySet(
      issuer: Self.issuer, configuration: configuration, transport: transport,
      clock: ManualClock(), logger: .silent)
    for _ in 0..<2 { try await remote.refresh() }
    let hosts = ["id.example.com", "keys.example.com", "backup.example.com"]
    #expect(transport.requests.map(\.host) == hosts + hosts)
  }

  @Test("the metadata is asked again when its time is over, or when its keys can't be had")
  func metadataAgain() async throws {
    let key = try TestIssuer("1")
    let clock = ManualClock()
    let transport = ScriptedTransport { request in
      request.url == Self.jwks
        ? ScriptedTransport.ok(TestIssuer.set(key)) : ScriptedTransport.ok(Self.metadata())
    }
    let remote = try RemoteKeySet(
      issuer: Self.issuer, transport: transport, clock: clock, logger: .silent)
    func asked() -> [Bool] { transport.requests.map { $0.url == Self.jwks } }
    try await remote.refresh()
    try await remote.refresh()
    #expect(asked() == [false, true, true])
    clock.advance(by: .seconds(600))
    try await remote.refresh()
    #expect(asked() == [false, true, true, false, true])
    transport.answer { request throws(RemoteKeyError) in
      if request.url == Self.jwks { throw RemoteKeyError(.unreachable) }
      return ScriptedTransport.ok(Self.metadata(keys: "https://keys.example.com/new"))
    }
    await #expect(throws: RemoteKeyError.self) { try await remote.refresh() }
    transport.answer { request in
      request.url.hasSuffix("/new")
        ? ScriptedTransport.ok(TestIssuer.set(key))
        : ScriptedTransport.ok(Self.metadata(keys: "https://keys.example.com/new"))
    }
    try await remote.refresh()
    #expect(remote.state.url == "https://keys.example.com/new")
  }
}
