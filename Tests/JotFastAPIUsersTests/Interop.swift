import Foundation
import JotFastAPIUsers
import Testing

/// The interop file: what FastAPI Users and PyJWT write, and their verdicts on tokens and keys.
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
      // What a Swift argument's type can't express counts as refused.
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
    let value: FastAPIUsers.TokenAudience

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
      // Only field names are in snake case; names of keys and strategies stay unchanged.
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

extension Interop {
  /// The whole file, for sections that have no Swift type.
  static let json: JSON = {
    let file = Project.file("Tests/Vectors/fastapi-users-interop.json")
    return try! JSON(object: String(contentsOf: file, encoding: .utf8))
  }()

  static func vectors(_ section: String) -> [JSON] {
    section == "http" ? json["http"]![0]!["exchanges"]!.array! : json[section]!.array!
  }

  /// The sections whose vectors may deviate.
  static let sections = [
    "write", "write_errors", "generate", "manager", "flows", "edge", "options", "key_length",
    "key_formats", "encode", "jwk", "jwk_sets", "pyjwk_decode", "detached", "unverified",
    "parse_id", "http",
  ]

  /// The ids that the table uses for a section's vectors.
  static func ids(of section: String) -> [String] {
    vectors(section).enumerated().map { index, vector in
      let parts: [JSON?]
      switch section {
      case "write_errors": parts = [vector["strategy"] ?? vector["lifetime_seconds"]]
      case "key_length":
        let key = vector["key"]
        parts = [vector["algorithm"], key == .null ? vector["key_length"] : key]
      case "key_formats": parts = [vector["algorithm"], vector["key"], vector["format"]]
      case "parse_id": parts = [vector["ids"], .integer(Int64(index))]
      default: return vector["id"]!.string!
      }
      let words = parts.compactMap { $0?.string ?? $0?.text }.filter { $0 != "null" }
      return ([section] + words).joined(separator: "/")
    }
  }

  /// A secret or the text of a key, by the key's name.
  static func key(_ name: String, _ part: String) -> String? { json["keys"]?[name]?[part]?.string }
}

extension JSON {
  /// The element at `index` of an array.
  subscript(index: Int) -> JSON? { array.flatMap { index < $0.count ? $0[index] : nil } }
}

/// Files of this project, wherever it was cloned.
enum Project {
  static func file(_ path: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(path)")
  }
}

/// The vectors' users, found by id.
struct Users<ID: FastAPIUsers.UserID>: FastAPIUsers.UserManager {
  struct User: FastAPIUsers.User { let id: ID }

  let known: [String]

  func get(_ id: ID) async throws -> User {
    guard known.contains(id.tokenSubject) else { throw FastAPIUsers.UserError.notFound }
    return User(id: id)
  }
}
