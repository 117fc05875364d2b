import Foundation
import JotAuth
import Testing

/// The interop file: what FastAPI Users and PyJWT write, and what they say of tokens and keys.
struct Interop: Decodable {
  struct Key: Decodable {
    let privatePkcs8Pem: String?
    let publicSpkiPem: String?
  }

  struct Settings: Decodable {
    let secret: String
    let algorithm: String
    let lifetimeSeconds: Double?
    let audience: Audience?
    let publicKey: String?

    func strategy(now: Double, warn: @Sendable (String) -> Void = { _ in }) throws -> JWTStrategy {
      // What the type of a Swift argument refuses is refused here.
      guard let algorithm = Algorithm(rawValue: algorithm) else { throw Refused.unknownAlgorithm }
      if let lifetimeSeconds, lifetimeSeconds != lifetimeSeconds.rounded() {
        throw Refused.fractionalLifetime
      }
      let second = Int64(now.rounded(.down))
      return try JWTStrategy(
        secret: secret, lifetimeSeconds: lifetimeSeconds.map { Int($0) },
        tokenAudience: audience?.value ?? .none, algorithm: algorithm, publicKey: publicKey,
        clock: { second }, warn: warn)
    }
  }

  enum Refused: Error { case unknownAlgorithm, fractionalLifetime }

  struct Audience: Decodable {
    let value: TokenAudience

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let one = try? container.decode(String.self) {
        value = .one(one)
      } else {
        value = .list(try container.decode([String].self))
      }
    }
  }

  struct Verdict: Decodable, Equatable {
    let result: String
    let userId: String?
  }

  struct Vector: Decodable {
    let id: String
    let strategy: String
    let ids: String
    let now: Double
    let token: String
    let userId: String?
    let insecureKeyLengthWarning: Bool?
    let decode: Verdict
    let readToken: Verdict
  }

  struct WriteError: Decodable {
    let strategy: String?
    let lifetimeSeconds: Double?
    let writeToken: String
    let payloadJson: String?
  }

  struct KeyLength: Decodable {
    let algorithm: String
    let keyLength: Int?
    let key: String?
    let encodeWarns: Bool
    let decodeWarns: Bool
    let enforcedEncode: String
    let enforcedDecode: String
  }

  let users: [String: [String]]
  let keys: [String: Key]
  let strategies: [String: Settings]
  let write: [Vector]
  let writeErrors: [WriteError]
  let edge: [Vector]
  let keyLength: [KeyLength]

  static let shared: Interop = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom { path in
      // Only the names of fields are in snake case; names of keys and strategies stay as they are.
      let name = path.last!.stringValue
      let inDictionary = path.count == 2 && ["keys", "strategies"].contains(path[0].stringValue)
      return Name(stringValue: inDictionary ? name : Name.camelCase(name))!
    }
    return try! decoder.decode(
      Interop.self, from: Data(contentsOf: Project.file("Tests/Vectors/fastapi-users-interop.json"))
    )
  }()

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    static func camelCase(_ name: String) -> String {
      let words = name.split(separator: "_")
      return words.prefix(1).joined() + words.dropFirst().map { $0.capitalized }.joined()
    }
  }
}

/// Files of this project, wherever it was cloned.
enum Project {
  static func file(_ path: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(path)")
  }
}

/// The vectors' users, found by id.
struct Users<ID: UserID>: UserManager {
  struct User: JotAuth.User { let id: ID }

  let known: [String]

  func get(_ id: ID) async throws -> User {
    guard known.contains(id.subject) else { throw UserError.notFound }
    return User(id: id)
  }
}
