import Foundation
import Jot
import Testing

/// The attack corpus, as far as its keys and algorithms are known here.
@Suite("The attack corpus")
struct AttackTests {
  static let corpus = try! Corpus.load()

  @Test("refuses what must be refused, for the right reason, and accepts what is valid")
  func verify() throws {
    var run = 0
    var skipped: [String: Int] = [:]
    for attack in Self.corpus.cases where attack.op == "verify" {
      guard let name = attack.key, let key = Self.corpus.keys[name], key.isKnown else {
        skipped["a key that is not a secret or an RSA PEM", default: 0] += 1
        continue
      }
      let options = try #require(attack.options)
      let algorithms = options.algorithms.compactMap(Algorithm.init(rawValue:))
      guard algorithms.count == options.algorithms.count else {
        skipped["an algorithm other than HS and RS", default: 0] += 1
        continue
      }
      run += 1
      #expect(attack.allows(outcome(attack, key, algorithms)), "\(attack.id) \(attack.title)")
    }
    print("attack corpus: \(run) verified, skipped \(skipped)")
    #expect(run == 287)
  }

  @Test("loads the keys that are sound and refuses the others, for the right reason")
  func loadKeys() throws {
    var run = 0
    for attack in Self.corpus.cases where attack.op == "load_key" {
      guard let material = attack.material, material.isKnown,
        let algorithm = attack.options?.alg.flatMap(Algorithm.init(rawValue:))
      else { continue }
      run += 1
      let result = Result {
        _ = try Verifier(
          key: material.key(allowingShort: attack.options?.allowShortSecret ?? false),
          algorithms: [algorithm])
      }
      #expect(attack.allows(result), "\(attack.id) \(attack.title)")
    }
    #expect(run == 26)
  }

  private func outcome(
    _ attack: Corpus.Case, _ key: Corpus.Key, _ algorithms: [Algorithm]
  ) -> Result<Void, any Error> {
    Result {
      let options = attack.options!
      let now = options.now ?? Self.corpus.meta.now
      let verifier = try Verifier(
        key: key.key(allowingShort: false), algorithms: algorithms, audience: options.audience,
        issuer: options.issuer?.strings, required: options.required ?? [], type: options.typ,
        leeway: options.leeway ?? 0,
        tokenLimit: options.maxTokenBytes ?? Verifier.defaultTokenLimit, clock: { now })
      let token = attack.bytes
      var scratch = [UInt8](
        repeating: 0x22, count: Verifier.scratchLength(forToken: token.count))
      var room = scratch.mutableSpan
      _ = try verifier.verify(token.span, scratch: &room)
      // The everyday door gives the same answer, where its argument can carry the bytes.
      if let text = String(validating: token, as: UTF8.self) { _ = try verifier.verify(text) }
    }
  }
}

/// The corpus's file.
struct Corpus: Decodable {
  struct Meta: Decodable { let now: Int64 }

  struct Key: Decodable {
    let type: String
    let hex: String?
    let pem: String?

    var isKnown: Bool { type == "secret" || type == "pem" }

    func key(allowingShort: Bool) throws -> VerificationKey {
      if let pem { return try VerificationKey(pem: pem) }
      let bytes = Corpus.bytes(hex ?? "")
      return try VerificationKey(
        secret: Secret(copying: bytes.span), allowingShort: allowingShort)
    }
  }

  struct Options: Decodable {
    let algorithms: [String]
    let alg: String?
    let audience: [String]?
    let issuer: Strings?
    let required: [String]?
    let typ: String?
    let leeway: Int64?
    let now: Int64?
    let maxTokenBytes: Int?
    let allowShortSecret: Bool?

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Keys.self)
      algorithms = try values.decodeIfPresent([String].self, forKey: .algorithms) ?? []
      alg = try values.decodeIfPresent(String.self, forKey: .alg)
      audience = try values.decodeIfPresent(Strings.self, forKey: .audience)?.strings
      issuer = try values.decodeIfPresent(Strings.self, forKey: .issuer)
      required = try values.decodeIfPresent([String].self, forKey: .required)
      typ = try values.decodeIfPresent(String.self, forKey: .typ)
      leeway = try values.decodeIfPresent(Int64.self, forKey: .leeway)
      now = try values.decodeIfPresent(Int64.self, forKey: .now)
      maxTokenBytes = try values.decodeIfPresent(Int.self, forKey: .maxTokenBytes)
      allowShortSecret = try values.decodeIfPresent(Bool.self, forKey: .allowShortSecret)
    }

    enum Keys: CodingKey {
      case algorithms, alg, audience, issuer, required, typ, leeway, now, maxTokenBytes
      case allowShortSecret
    }
  }

  /// One string or several.
  struct Strings: Decodable {
    let strings: [String]

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      strings = try (try? [value.decode(String.self)]) ?? value.decode([String].self)
    }
  }

  struct Case: Decodable {
    let id: String
    let op: String
    let title: String
    let key: String?
    let material: Key?
    let token: String?
    let tokenHex: String?
    let tokenRecipe: [Piece]?
    let options: Options?
    let expect: String?
    let reasonAny: [String]?

    /// The token, made of whichever form the case has.
    var bytes: [UInt8] {
      if let token { return Array(token.utf8) }
      if let tokenHex { return Corpus.bytes(tokenHex) }
      return tokenRecipe!.flatMap { Array(String(repeating: $0.text, count: $0.count).utf8) }
    }

    /// Whether `result` is what the case allows.
    func allows(_ result: Result<Void, any Error>) -> Bool {
      switch result {
      case .success: return expect == "accept"
      case .failure(let error):
        let reason = (error as? JWTError)?.reason ?? "not a JWTError"
        if expect == "reject", reasonAny!.contains(reason) { return true }
        print("\(id): \(reason), not \(reasonAny ?? [expect ?? ""])")
        return false
      }
    }
  }

  /// A text, or a text and how often it stands.
  struct Piece: Decodable {
    let text: String
    let count: Int

    init(from decoder: any Decoder) throws {
      if let text = try? decoder.singleValueContainer().decode(String.self) {
        (self.text, count) = (text, 1)
      } else {
        var pair = try decoder.unkeyedContainer()
        text = try pair.decode(String.self)
        count = try pair.decode(Int.self)
      }
    }
  }

  let meta: Meta
  let keys: [String: Key]
  let cases: [Case]

  static func load() throws -> Corpus {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Vectors/attacks-public.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Corpus.self, from: Data(contentsOf: file))
  }

  static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8)
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
    }
  }
}
