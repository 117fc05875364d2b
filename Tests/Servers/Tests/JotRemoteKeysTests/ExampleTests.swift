import Foundation
import Jot
import JotRemoteKeys
import Logging
import ServiceLifecycle
import Testing

/// The article's examples, compiled: each block is in one of these functions, line by line.
private func make(token: String) async throws {
  let remote = try RemoteKeySet(issuer: "https://id.example.com")
  let verifier = Verifier(
    keys: remote.keys, algorithms: [.rs256, .es256], audience: ["shop"],
    issuer: "https://id.example.com", required: ["exp"])
  do {
    let claims = try await remote.verify(token, with: verifier)
    print("200", claims.subject ?? "no subject")
  } catch JWTError.keysUnavailable {
    print("503, Retry-After: 5")
  } catch {
    print("401")
  }
  let group = ServiceGroup(services: [remote], logger: Logger(label: "shop"))
  try await group.run()
}

private func join(token: String) async throws {
  let ours = try RemoteKeySet(issuer: "https://shop.example")
  let theirs = try RemoteKeySet(issuer: "https://id.example.com")
  let issuers = try IssuerVerifier([
    Verifier(keys: ours.keys, algorithms: [.es256], issuer: "https://shop.example"),
    Verifier(keys: theirs.keys, algorithms: [.rs256], issuer: "https://id.example.com"),
  ])
  let claims = try await issuers.verify(token, fetching: [ours, theirs])
  print(claims.subject ?? "no subject")
}

private func keep() throws {
  var configuration = RemoteKeySet.Configuration()
  configuration.file = "/var/lib/shop/keys.json"
  let kept = try RemoteKeySet(issuer: "https://id.example.com", configuration: configuration)
  print(kept.state.phase)
}

@Suite("The article on remote keys")
struct ExampleTests {
  @Test("has only examples that compile, and names every member of the configuration")
  func examples() throws {
    let root = URL(filePath: #filePath).appending(path: "../../../../..").standardized
    func lines(_ path: String) throws -> [String] {
      try String(contentsOf: root.appending(path: path), encoding: .utf8)
        .components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let code = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
      .components(separatedBy: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    let article = try lines("Sources/JotRemoteKeys/JotRemoteKeys.docc/RemoteKeys.md")
    var blocks = 0
    var block: [String]?
    for line in article {
      if line == "```swift" {
        block = []
      } else if line == "```", let found = block {
        let wanted = found.filter { !$0.isEmpty && !$0.hasPrefix("import ") }
        let isThere = code.indices.contains { code[$0...].starts(with: wanted) }
        #expect(isThere, "\(wanted.first ?? "")")
        for line in found where line.hasPrefix("import ") { #expect(code.contains(line)) }
        blocks += 1
        block = nil
      } else {
        block?.append(line)
      }
    }
    #expect(blocks == 5)
    let source = try lines("Sources/JotRemoteKeys/Configuration.swift").joined(separator: "\n")
    let members = source.matches(of: #/public var (\w+)/#).map { String($0.1) }
    #expect(members.count >= 12)
    // What an embedder sets for tests only is not a limit.
    for member in members where !["wallClock", "metrics"].contains(member) {
      #expect(article.contains { $0.contains("`\(member)`") }, "\(member)")
    }
  }
}
