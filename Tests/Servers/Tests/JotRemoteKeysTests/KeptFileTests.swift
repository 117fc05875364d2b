import Foundation
import Jot
import Testing

@testable import JotRemoteKeys

@Suite("The kept file", .serialized)
struct KeptFileTests {
  private static let url = "https://id.example.com/keys"

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
  }

  private func remote(
    _ file: String, at time: Int64, url: String = Self.url, log: LogLines = LogLines(),
    _ script: @escaping ScriptedTransport.Script
  ) throws -> RemoteKeySet {
    var configuration = RemoteKeySet.Configuration()
    configuration.file = file
    configuration.wallClock = { time }
    return try RemoteKeySet(
      url: url, configuration: configuration, transport: ScriptedTransport(script),
      clock: ManualClock(), logger: log.logger)
  }

  private static let down: ScriptedTransport.Script = { _ throws(RemoteKeyError) in
    throw RemoteKeyError(.unreachable)
  }

  /// Writes a file with the keys of `issuer`, at second 1000.
  private func write(_ file: String, _ issuer: TestIssuer) async throws {
    let set = try remote(file, at: 1000) { _ in
      ScriptedTransport.ok(TestIssuer.set(issuer), [("etag", "\"1\"")])
    }
    try await set.refresh()
    await set.shutDown()
  }

  @Test("lets a program start while the provider is down, for as long as the keys count")
  func start() async throws {
    let issuer = try TestIssuer("1")
    let token = try issuer.token()
    try await withFolder { folder in
      let file = folder + "/keys.json"
      try await write(file, issuer)
      for (time, result) in [
        (1000, "accepted"), (5199, "accepted"), (5200, "keys_unavailable"),
        (999, "keys_unavailable"),
      ] {
        let set = try remote(file, at: Int64(time), Self.down)
        let verifier = TestIssuer.verifier(set.keys)
        #expect(
          await outcome { () throws(JWTError) in try verifier.verify(token) } == result, "\(time)")
        if result == "accepted" { try await set.waitForKeys() }
      }
    }
  }

  @Test("is written beside and renamed, readable by its owner only, and leaves nothing else")
  func writing() async throws {
    let issuer = try TestIssuer("1")
    try await withFolder { folder in
      let file = folder + "/keys.json"
      var numbers: Set<UInt64> = []
      for _ in 0..<3 {
        try await write(file, issuer)
        // Another link keeps the old file's number in use: the new one has a number of its own.
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        numbers.insert(try #require(attributes[.systemFileNumber] as? UInt64))
        try FileManager.default.linkItem(atPath: file, toPath: "\(folder)/\(numbers.count)")
      }
      #expect(numbers.count == 3)
      for number in 1...3 { try FileManager.default.removeItem(atPath: "\(folder)/\(number)") }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["keys.json"])
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      // A folder that is not there: the keys are used, and a line says what failed.
      let log = LogLines()
      let set = try remote(folder + "/none/keys.json", at: 1000, log: log) { _ in
        ScriptedTransport.ok(TestIssuer.set(issuer))
      }
      try await set.refresh()
      await set.shutDown()
      #expect(set.state.phase == .fresh && log.has("can't be written"))
    }
  }

  @Test("is not used if it is damaged, another provider's, or writable by others")
  func refusals() async throws {
    let issuer = try TestIssuer("1")
    try await withFolder { folder in
      let file = folder + "/keys.json"
      try await write(file, issuer)
      let good = try String(contentsOfFile: file, encoding: .utf8)
      func check(_ name: String, isUsed: Bool = false, url: String = Self.url) throws {
        let log = LogLines()
        let set = try remote(file, at: 1000, url: url, log: log, Self.down)
        #expect((set.state.keyCount == 1) == isUsed, "\(name)")
        #expect(log.has("can't be read") == !isUsed, "\(name)")
      }
      func put(_ text: String, mode: Int = 0o600) throws {
        try? FileManager.default.removeItem(atPath: file)
        _ = FileManager.default.createFile(
          atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
      }
      try check("good", isUsed: true)
      try check("another provider", url: "https://other.example/keys")
      for length in [0, 1, good.utf8.count / 2, good.utf8.count - 1] {
        try put(String(good.prefix(length)))
        try check("\(length) bytes")
      }
      try put(good.replacing("jot-remote-keys/1", with: "jot-remote-keys/2"))
      try check("another format")
      try put(good.replacing("\"fetched\":1000", with: "\"fetched\":1001"))
      try check("from the future")
      try put(good.replacing(#"\"kty\":\"EC\""#, with: #"\"kty\":\"XX\""#))
      try check("a broken key")
      for (mode, isUsed) in [(0o666, false), (0o620, false), (0o602, false), (0o644, true)] {
        try put(good, mode: mode)
        try check("mode \(String(mode, radix: 8))", isUsed: isUsed)
      }
      try put(String(repeating: " ", count: 7 << 20) + good)
      try check("too long")
      // A link may lead anywhere.
      try put(good)
      try FileManager.default.moveItem(atPath: file, toPath: folder + "/elsewhere")
      try FileManager.default.createSymbolicLink(
        atPath: file, withDestinationPath: folder + "/elsewhere")
      try check("a link")
      try FileManager.default.removeItem(atPath: file)
      try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
      try check("a folder")
    }
  }
}
