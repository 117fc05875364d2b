import Foundation
import JotFastAPIUsers
import TestSupport
import Testing

/// Round trips with the real FastAPI Users, in the Python that JOT_PYTHON names.
@Suite("FastAPI Users, live")
struct LiveTests {
  @Test("Python's strategy reads Jot's tokens and Jot reads Python's, for every algorithm")
  func bothWays() async throws {
    guard let python = ProcessInfo.processInfo.environment["JOT_PYTHON"], !python.isEmpty else {
      try skip("no JOT_PYTHON with FastAPI Users")
    }
    let user = Interop.json["users"]!["uuid"]![0]!.string!
    let manager = Users<FastAPIUsers.UUIDValue>(known: [user])
    var lines: [String] = []
    var strategies: [(String, JWTStrategy)] = []
    // PyJWT does not know the names of RFC 9864.
    for algorithm in Algorithm.allCases where ![.ed25519, .ed448].contains(algorithm) {
      for name in Self.keys(algorithm) {
        let secret =
          algorithm.family == .hmac
          ? Interop.key(name, "secret")! : Interop.key(name, "private_pkcs8_pem")!
        let publicKey = Interop.key(name, "public_spki_pem")
        let strategy = try JWTStrategy(
          secret: secret, lifetimeSeconds: 3600, algorithm: algorithm, publicKey: publicKey)
        let token = try strategy.writeToken(Users<String>.User(id: user))
        let line: JSON = [
          "algorithm": .string(algorithm.rawValue), "secret": .string(secret),
          "public_key": publicKey.map { .string($0) } ?? .null, "token": .string(token),
          "user": .string(user),
        ]
        lines.append(line.text)
        strategies.append(("\(algorithm.rawValue) \(name)", strategy))
      }
    }
    let answers = try Self.run(python, lines.joined(separator: "\n") + "\n")
    try #require(answers.count == strategies.count && answers.count >= 16)
    for ((name, strategy), answer) in zip(strategies, answers) {
      let answer = try JSON(object: answer)
      #expect(answer["user"]?.string == user, "\(name): Python reads Jot's token")
      let read = try await strategy.readToken(answer["token"]?.string, manager)
      #expect(read?.id.tokenSubject == user, "\(name): Jot reads Python's token")
    }
    print("live: \(answers.count) strategies, both ways")
  }

  private static func keys(_ algorithm: Algorithm) -> [String] {
    switch algorithm {
    case .hs256, .hs384, .hs512: ["hs"]
    case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: ["rsa2048"]
    case .es256: ["p256"]
    case .es384: ["p384"]
    case .es512, .es521: ["p521"]
    case .es256k: ["secp256k1"]
    case .edDSA: ["ed25519", "ed448"]
    case .ed25519, .ed448: []
    }
  }

  private static func run(_ python: String, _ input: String) throws -> [String] {
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = [Project.file("Tests/JotFastAPIUsersTests/live.py").standardized.path]
    let (stdin, stdout) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
