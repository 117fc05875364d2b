import Dispatch
import Foundation
import Jot
import Synchronization
import TestSupport
import Testing

/// Which keys have a table, and that no verdict depends on it.
@Suite("KeyTables")
struct KeyTablesTests {
  static let types: [KeyType] = [.p256, .p384, .p521, .secp256k1, .ed25519]

  /// A key, its tokens, and verifiers with and without tables.
  struct Signed {
    let tokens: [[UInt8]]
    let key: VerificationKey
    let verifier: Verifier
    let oracle: Verifier

    init(_ type: KeyType, _ count: Int, in tables: KeyTables) throws {
      let signing = try SigningKey.generate(type)
      let algorithm = type.algorithms[0]
      let signer = try Signer(key: signing, algorithm: algorithm)
      tokens = try (0..<count).map { Array(try signer.sign(["n": .integer(Int64($0))]).utf8) }
      let pem = Secret(try #require(signing.verificationKey.pemRepresentation))
      key = try VerificationKey(publicKey: pem, tables: tables)
      verifier = try Verifier(key: key, algorithms: [algorithm])
      oracle = try Verifier(
        key: VerificationKey(publicKey: pem, tables: nil), algorithms: [algorithm])
    }

    /// Whether the next `count` tokens are all valid.
    func use(_ count: Int) -> Bool {
      (0..<count).allSatisfy { (try? verifier.verify(tokens[$0 % tokens.count])) != nil }
    }
  }

  /// A token with one character of its signature or payload replaced.
  static func damaged(_ token: [UInt8], _ random: inout Seeded) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var token = token
    let first = token.firstIndex(of: UInt8(ascii: "."))! + 1
    var index = Int.random(in: first..<token.count, using: &random)
    if token[index] == UInt8(ascii: ".") { index -= 1 }
    token[index] = alphabet.filter { $0 != token[index] }.randomElement(using: &random)!
    return token
  }

  @Test(
    "a key gets its table by the eighth valid signature; forged ones don't count", arguments: types)
  func begins(type: KeyType) throws {
    let tables = KeyTables(limit: KeyTables.defaultLimit)
    let key = try Signed(type, 4, in: tables)
    var random = Seeded(seed: 1)
    for _ in 0..<20 {
      #expect(throws: JWTError.self) {
        try key.verifier.verify(Self.damaged(key.tokens[0], &random))
      }
    }
    #expect(key.use(KeyTables.usesToPay - 1) && tables.usage == (0, 0))
    #expect(key.use(1) && tables.usage.count == 1)
    #expect(tables.usage.bytes > 50_000 && tables.usage.bytes < 500_000)
    #expect(key.use(20) && tables.usage.count == 1)
  }

  @Test("a table decides as OpenSSL does, one token and batches", arguments: types)
  func agrees(type: KeyType) throws {
    let tables = KeyTables(limit: KeyTables.defaultLimit)
    let keys = try [Signed(type, 40, in: tables), Signed(type, 8, in: tables)]
    #expect(keys.allSatisfy { $0.use(KeyTables.usesToPay) } && tables.usage.count == 2)
    var random = Seeded(seed: 2)
    let key = keys[0]
    // Of another key, and damaged ones.
    var tokens = key.tokens + keys[1].tokens
    tokens += (0..<200).map { Self.damaged(key.tokens[$0 % 40], &random) }
    tokens.shuffle(using: &random)
    for token in tokens {
      #expect(code(token, key.verifier) == code(token, key.oracle))
    }
    for count in [1, 2, 3, 31, 32, 33, 64, 65, tokens.count] {
      let verdicts = batch(Array(tokens.prefix(count)), key.verifier)
      #expect(verdicts == tokens.prefix(count).map { code($0, key.oracle) }, "\(count)")
    }
  }

  @Test("keys of every kind take turns in a batch")
  func mixed() throws {
    let tables = KeyTables(limit: KeyTables.defaultLimit)
    var keys: [VerificationKey] = []
    var oracles: [VerificationKey] = []
    var tokens: [[UInt8]] = []
    let types: [KeyType] = Self.types + [.p256, .ed448, .rsa, .ed25519]
    for (number, type) in types.enumerated() {
      let signing = try SigningKey.generate(type, bits: 2048, keyID: "\(number)")
      let pem = Secret(try #require(signing.verificationKey.pemRepresentation))
      keys.append(try VerificationKey(publicKey: pem, keyID: "\(number)", tables: tables))
      oracles.append(try VerificationKey(publicKey: pem, keyID: "\(number)", tables: nil))
      let signer = try Signer(key: signing, algorithm: type.algorithms[0], keyID: "\(number)")
      tokens += try (0..<12).map { Array(try signer.sign(["n": .integer($0)]).utf8) }
    }
    let algorithms = Array(Set(types.map { $0.algorithms[0] }))
    let verifier = Verifier(keys: try KeySet(keys), algorithms: algorithms)
    let oracle = Verifier(keys: try KeySet(oracles), algorithms: algorithms)
    for token in tokens { #expect(throws: Never.self) { try verifier.verify(token) } }
    #expect(tables.usage.count == types.count - 2)
    var random = Seeded(seed: 3)
    for _ in 0..<20 {
      // In runs, so that some batches fill.
      var list: [[UInt8]] = []
      while list.count < 150 {
        let start = 12 * Int.random(in: 0..<types.count, using: &random)
        for _ in 0..<Int.random(in: 1...40, using: &random) {
          let token = tokens[start + Int.random(in: 0..<12, using: &random)]
          list.append(Bool.random(using: &random) ? token : Self.damaged(token, &random))
        }
      }
      #expect(batch(list, verifier) == list.map { code($0, oracle) })
    }
  }

  @Test("tables stay within the limit: one out of use makes room, one in use does not")
  func replaces() throws {
    let size = try {
      let tables = KeyTables(limit: KeyTables.defaultLimit)
      _ = try Signed(.ed25519, 1, in: tables).use(8)
      let key = try Signed(.ed25519, 1, in: tables)
      return key.use(8) ? tables.usage.bytes : 0
    }()
    let tables = KeyTables(limit: 2 * size)
    let keys = try (0..<3).map { _ in try Signed(.ed25519, 2, in: tables) }
    #expect(keys[0].use(8) && keys[1].use(8) && tables.usage == (2, 2 * size))
    // The third begins, and both others are used: all keep what they have.
    for _ in 0..<40 { #expect(keys.allSatisfy { $0.use(1) }) }
    #expect(keys[0].key.hasTable && keys[1].key.hasTable)
    #expect(!keys[2].key.hasTable)
    // The first is no longer used, the second is.
    for _ in 0..<20 { #expect(keys[1].use(1) && keys[2].use(1)) }
    #expect(!keys[0].key.hasTable && keys[2].key.hasTable)
    #expect(tables.usage == (2, 2 * size))
    // A lower limit takes the least recently used away; more room gives it back.
    #expect(keys[2].use(1) && keys[0].use(1) && keys[2].use(1))
    tables.limit = size
    #expect(tables.usage == (1, size))
    tables.limit = 0
    #expect(tables.usage == (0, 0) && keys.allSatisfy { $0.use(20) } && tables.usage == (0, 0))
    tables.limit = 3 * size
    // Without this, optimized code releases the keys after their last use.
    withExtendedLifetime(keys) {
      #expect(keys.allSatisfy { $0.use(16) } && tables.usage == (3, 3 * size))
    }
  }

  @Test("a key that is released frees its table")
  func releases() throws {
    let tables = KeyTables(limit: KeyTables.defaultLimit)
    do {
      let key = try Signed(.p256, 1, in: tables)
      #expect(key.use(8) && tables.usage.count == 1)
    }
    #expect(tables.usage == (0, 0))
  }

  @Test("threads verify while tables come and go, one token and batches")
  func threads() throws {
    let tables = KeyTables(limit: 300_000)
    let keys = try (0..<6).map { try Signed($0 % 2 == 0 ? .p256 : .ed25519, 6, in: tables) }
    let wrong = Atomic<Int>(0)
    let changes = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      var random = Seeded(seed: UInt64(10 + thread))
      for round in 0..<300 {
        let key = keys[Int.random(in: 0..<6, using: &random)]
        let token = key.tokens.randomElement(using: &random)!
        if round % 10 == 0 {
          let bad = Self.damaged(token, &random)
          if code(bad, key.verifier) == nil { wrong.add(1, ordering: .relaxed) }
          if batch([token, bad, token], key.verifier).map({ $0 == nil }) != [true, false, true] {
            wrong.add(1, ordering: .relaxed)
          }
        } else if code(token, key.verifier) != nil {
          wrong.add(1, ordering: .relaxed)
        }
        if thread == 0, round % 25 == 0 {
          tables.limit = round % 50 == 0 ? 0 : 300_000
          changes.add(1, ordering: .relaxed)
        }
        if tables.usage.bytes > 300_000 { wrong.add(1, ordering: .relaxed) }
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0 && changes.load(ordering: .relaxed) == 12)
  }

  private func code(_ token: [UInt8], _ verifier: Verifier) -> JWTError.Code? {
    do throws(JWTError) {
      _ = try verifier.verify(token)
      return nil
    } catch {
      return error.code
    }
  }

  private func batch(_ tokens: [[UInt8]], _ verifier: Verifier) -> [JWTError.Code?] {
    let text = tokens.flatMap { $0 }
    var places: [Range<Int>] = []
    var start = 0
    for token in tokens {
      places.append(start..<start + token.count)
      start += token.count
    }
    let longest = tokens.map(\.count).max() ?? 0
    var scratch = [UInt8](
      repeating: 0, count: Verifier.scratchLength(forTokens: tokens.count, longest: longest))
    var verdicts = [Verifier.Verdict](repeating: Verifier.Verdict(), count: tokens.count)
    var span = scratch.mutableSpan
    var results = verdicts.mutableSpan
    try? verifier.verify(batch: places.span, of: text.span, scratch: &span, into: &results)
    return verdicts.map { $0.error?.code }
  }
}
