import Foundation
import Jot
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Pools")
struct PoolTests {
  @Test(
    "tokens are distinct, shuffled, reproducible from a seed, and Jot reads their claims",
    arguments: TokenProfile.allCases)
  func tokens(profile: TokenProfile) throws {
    let pool = try Pool(.hs256, profile)
    #expect(Set(pool.tokens.map(\.text)).count == 1024)
    #expect(pool.tokens.map(\.expiration) != pool.tokens.map(\.expiration).sorted())
    #expect(try Pool(.hs256, profile).tokens.map(\.text) == pool.tokens.map(\.text))
    #expect(try Pool(.hs256, profile, seed: 2).tokens.map(\.text) != pool.tokens.map(\.text))
    let worker = try JotEngine().workers(.tokens(.verify, pool), threads: 1)[0]
    #expect(worker.run(1024) == worker.expected.reduce(0, &+))
    #expect(worker.refusesBadTokens())
  }

  @Test(
    "Jot reads and signs tokens of every algorithm, and detects a signer's wrong token",
    arguments: JotScenario.Algorithm.allCases)
  func algorithms(algorithm: JotScenario.Algorithm) throws {
    let pool = try Pool(algorithm, count: 4)
    for engine: any Engine<JotWorkload> in [JotEngine(), OpenSSLEngine()] {
      for operation in [JotScenario.Operation.sign, .verify] {
        let worker = try engine.workers(.tokens(operation, pool), threads: 1)[0]
        #expect(worker.run(4) == worker.expected.reduce(0, &+), "\(engine.name) \(operation)")
        #expect(worker.refusesBadTokens())
      }
    }
    let judge = try #require(TokenJudge(pool))
    #expect(judge.isRight(pool.tokens[0].text) && !judge.isRight(pool.tokens[0].broken))
    let other = try Pool(algorithm, .oneKiB, count: 4)
    // A randomised signature of another key can be detected only by verifying it.
    if algorithm.isRandomised {
      let worker = JotSign(pool, try Signer(other))
      #expect(worker.run(4) == worker.expected.reduce(0, &+) && !worker.refusesBadTokens())
    }
    #expect(Base64.bytes(Base64.url(other.tokens[0].claims)) == other.tokens[0].claims)
  }

  @Test("a key set's tokens are spread evenly over its keys, and no other key verifies them")
  func keySets() throws {
    let pool = try Pool(.hs256, .kidHeader, keys: 10, count: 64)
    let keyIDs = try #require(pool.keyIDs)
    #expect(Set(keyIDs).count == 10 && Set(pool.keys.map(\.secret)).count == 10)
    let counts = (0..<10).map { key in pool.tokens.count { $0.key == key } }
    #expect(counts == [7, 7, 7, 7, 6, 6, 6, 6, 6, 6])
    for token in pool.tokens {
      let header = try #require(token.text.split(separator: UInt8(ascii: ".")).first)
      let text = String(decoding: Base64.bytes(header), as: UTF8.self)
      #expect(text.contains(keyIDs[token.key]))
      for key in 0..<10 {
        let verifier = try OpenSSLWorker(pool.keys[key], signs: false)
        #expect(verifier.verify(token.signingInput, token.signature) == (key == token.key))
      }
    }
    let worker = try JotEngine().workers(.keySet(.verify, pool), threads: 1)[0]
    #expect(worker.run(64) == worker.expected.reduce(0, &+) && worker.refusesBadTokens())
    #expect(pool.refused.map(\.reason).contains("key_not_found"))
  }

  @Test("tokens of many issuers name their issuer, and another issuer's signature is refused")
  func issuers() throws {
    let pool = try Pool(.hs256, issuers: 10, count: 64)
    let names = try #require(pool.issuers)
    #expect(Set(names).count == 10 && Set(pool.keys.map(\.secret)).count == 10)
    for token in pool.tokens {
      #expect(String(decoding: token.claims, as: UTF8.self).contains(names[token.key]))
    }
    #expect(pool.refused.map(\.reason).count { $0 == "signature_invalid" } == 2)
    for reading in [JotScenario.Reading.peek, .verify] {
      let worker = try JotEngine().workers(.issuers(reading, pool), threads: 1)[0]
      #expect(worker.run(64) == worker.expected.reduce(0, &+) && worker.refusesBadTokens())
    }
    let other = try IssuerVerifier(Pool(.hs256, issuers: 9, count: 64))
    #expect(JotVerify(pool, other).run(64) != pool.tokens.map(\.claimsAnswer).reduce(0, &+))
  }

  @Test("neither of two issuers' verifiers accepts the other's tokens")
  func mixed() throws {
    let pools = (try Pool(.hs256, count: 64), try Pool(.rs256, count: 64))
    let both = Pool(pools.0, pools.1)
    #expect(both.tokens.count == 128 && both.tokens[1].text == pools.1.tokens[0].text)
    for engine: any Engine<JotWorkload> in [JotEngine(), OpenSSLEngine()] {
      let worker = try engine.workers(.mixed(pools.0, pools.1), threads: 1)[0]
      #expect(worker.run(128) == worker.expected.reduce(0, &+) && worker.refusesBadTokens())
    }
    let verifier = try Verifier(pools.0)
    let careless = JotMixed((pools.0, pools.0), (verifier, verifier))
    #expect(careless.run(128) == careless.expected.reduce(0, &+))
    #expect(!careless.refusesBadTokens())
  }

  @Test("Zipf's law: the first rank is twice as frequent as the second")
  func zipf() throws {
    let ranks = Zipf.indices(200_000, of: 1000, seed: 1)
    #expect(ranks == Zipf.indices(200_000, of: 1000, seed: 1))
    #expect(ranks != Zipf.indices(200_000, of: 1000, seed: 2))
    let counts = ranks.reduce(into: [Int](repeating: 0, count: 1000)) { $0[$1] += 1 }
    for (rank, share) in [(0, 1.0), (1, 0.5), (9, 0.1)] {
      let expected = 200_000 * share / 7.4855
      #expect(abs(Double(counts[rank]) - expected) < 5 * expected.squareRoot(), "\(rank)")
    }
    #expect(counts.allSatisfy { $0 > 0 } && abs(Zipf.share(of: 1, in: 1000) - 1 / 7.4855) < 1e-4)
    #expect(Zipf.share(of: 1000, in: 1000) == 1)

    // A plain FIFO queue of 100 entries as reference.
    var (queue, cached, hits) = ([Int](), Set<Int>(), 0)
    for rank in ranks {
      if cached.contains(rank) {
        hits += 1
      } else {
        queue.append(rank)
        cached.insert(rank)
        if queue.count > 100 { cached.remove(queue[queue.count - 101]) }
      }
    }
    let share = Zipf.fifoShare(of: 100, in: 1000)
    #expect(abs(share - 0.5202) < 1e-4 && abs(Double(hits) / 200_000 - share) < 0.01)
  }

  @Test(
    "a cache has the scenario's hit ratio, on one thread and on three",
    arguments: [0, 25, 50, 75, 90, 100])
  func patterns(percent: Int) throws {
    let work = JotWorkload.cached(.percent(percent), try Pool(.rs256, count: 256))
    for threads in [1, 3] {
      let workers = try JotEngine().workers(work, threads: threads)
      let before = try #require(workers[0].cache)
      var operations = 0
      for _ in 0..<40 {
        for worker in workers {
          let times = max(1, 256 / worker.expected.count)
          let sum = worker.expected.reduce(0, &+) &* UInt64(times)
          #expect(worker.run(worker.expected.count * times) == sum)
          operations += worker.expected.count * times
        }
      }
      let after = try #require(workers[0].cache)
      let ratio = Double(after.hits - before.hits) / Double(operations)
      #expect(after.promised.contains(ratio), "\(ratio)")
      #expect(abs(ratio - Double(percent) / 100) < 0.011)
      #expect(workers.allSatisfy { $0.refusesBadTokens() })
    }
  }

  @Test("a batch gives each token its own verdict, with good and bad tokens mixed")
  func batches() throws {
    let pool = try Pool(.hs256)
    let worker = try JotEngine().workers(.tokens(.verifyBatch, pool), threads: 1)[0]
    #expect(worker.batchSize == 64 && worker.refusesBadTokens())
    for batch in 0..<32 {
      let tokens = worker.expected[batch % 16 * 64..<(batch % 16 + 1) * 64]
      #expect(worker.run(64) == tokens.reduce(0, &+))
    }
    let signer = try JotEngine().workers(.tokens(.signBatch, pool), threads: 1)[0]
    for batch in 0..<32 {
      let tokens = pool.tokens[batch % 16 * 64..<(batch % 16 + 1) * 64]
      #expect(signer.run(64) == tokens.reduce(0) { $0 &+ $1.tokenAnswer })
    }
  }

  @Test("each profile has the header and the claims of its name")
  func profiles() throws {
    func parts(_ profile: TokenProfile) throws -> [(
      header: String, claims: String, json: [String: Any]
    )] {
      try Pool(.hs256, profile).tokens.map { token in
        let parts = String(decoding: token.text, as: UTF8.self).split(separator: ".")
        let texts = try parts.prefix(2).map { part in
          let base64 = part.replacing("-", with: "+").replacing("_", with: "/")
          let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
          return try #require(Data(base64Encoded: base64 + padding))
        }
        let json = try JSONSerialization.jsonObject(with: texts[1]) as? [String: Any]
        return (
          String(decoding: texts[0], as: UTF8.self), String(decoding: texts[1], as: UTF8.self),
          try #require(json)
        )
      }
    }
    for part in try parts(.accessToken) { #expect(part.claims.utf8.count == 92) }
    #expect(try parts(.typFirst)[0].header == #"{"typ":"JWT","alg":"HS256"}"#)
    #expect(
      try parts(.kidHeader)[0].header == #"{"alg":"HS256","kid":"2026-01","typ":"JWT"}"#)
    for part in try parts(.oneKiB) { #expect(part.claims.utf8.count == 1024) }
    for part in try parts(.fourKiB) { #expect(part.claims.utf8.count == 4096) }
    let shuffled = try parts(.shuffledClaims)
    #expect(shuffled.allSatisfy { $0.json.count == 6 })
    let places = ["sub", "aud", "exp"].map { name in
      Set(shuffled.map { $0.claims.range(of: "\"\(name)\"")!.lowerBound })
    }
    #expect(places.allSatisfy { $0.count > 6 })
    #expect(
      Set(try parts(.oidc)[0].json.keys) == [
        "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "auth_time", "nonce", "azp", "email",
        "email_verified", "name", "locale",
      ])
  }

  @Test(
    "texts are distinct, have the right length, and encode as Foundation does",
    arguments: [43, 123, 1024, 65536])
  func texts(characters: Int) {
    let pool = TextPool(.decode, characters: characters)
    #expect(pool.bytes.count == (characters == 65536 ? 16 : 1024))
    #expect(Set(pool.url).count == pool.bytes.count)
    for (index, text) in pool.url.enumerated() {
      #expect(text.count == characters)
      let base64 = Data(pool.bytes[index]).base64EncodedString()
      #expect(pool.standard[index] == Array(base64.utf8))
      let url = base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
      #expect(text == Array(url.utf8))
    }
  }

  @Test("each attack is refused for its reason, and a verifier with another reason is voided")
  func attacks() throws {
    for attack in Attack.allCases {
      let pool = try HostilePool(attack, count: 32)
      #expect(Set(pool.tokens).count == pool.tokens.count)
      let key = try VerificationKey(pool.key)
      func reasons(_ audience: [String]?) throws -> Set<String> {
        let verifier = try Verifier(
          key: key, algorithms: [pool.key.algorithm.jot], audience: audience, required: ["exp"],
          tokenLimit: HostilePool.tokenLimit, clock: { Pool.now })
        return Set(
          pool.tokens.map { token in
            do throws(JWTError) {
              _ = try verifier.verify(String(decoding: token, as: UTF8.self))
              return "accepted"
            } catch {
              return error.code.rawValue
            }
          })
      }
      #expect(try reasons(["fastapi-users:auth"]) == [attack.reason], "\(attack)")
    }
    // These tokens are refused for another reason than the attack's: no answer counts as correct.
    let other = try HostilePool(.expired, tokens: try HostilePool(.dots).tokens)
    let worker = try JotEngine().workers(.hostile(other), threads: 1)[0]
    #expect(worker.run(10) == 0)
  }

  @Test("dots, brackets and members have the sizes in their names")
  func sizes() throws {
    func decoded(_ attack: Attack, _ part: Int) throws -> [UInt8] {
      let token = String(decoding: try HostilePool(attack, count: 1).tokens[0], as: UTF8.self)
      let text = Array(token.split(separator: ".")[part].utf8)
      var bytes = [UInt8](repeating: 0, count: text.count)
      var room = bytes.mutableSpan
      let count = try Base64URL.decode(text.span, in: 0..<text.count, into: &room)
      return Array(bytes[..<count])
    }
    #expect(try HostilePool(.dots).tokens == [[UInt8](repeating: UInt8(ascii: "."), count: 16384)])
    for (nesting, members, part) in [
      (Attack.headerNesting, Attack.headerMembers, 0), (.payloadNesting, .payloadMembers, 1),
    ] {
      #expect(try decoded(nesting, part) == Array(repeating: UInt8(ascii: "["), count: 12288))
      let json = try JSONSerialization.jsonObject(with: Data(try decoded(members, part)))
      #expect((json as? [String: Any])?.filter { $0.key.hasPrefix("m") }.count == 1500)
    }
  }
}
