import Foundation
import Jot
import Testing

@testable import JotBench

@Suite("Pools")
struct PoolTests {
  @Test(
    "tokens are distinct, shuffled, the same for a seed, and what Jot reads is what they were made of",
    arguments: Shape.allCases)
  func tokens(shape: Shape) throws {
    let pool = try Pool(.hs256, shape)
    #expect(Set(pool.tokens.map(\.text)).count == 1024)
    #expect(pool.tokens.map(\.expiration) != pool.tokens.map(\.expiration).sorted())
    #expect(try Pool(.hs256, shape).tokens.map(\.text) == pool.tokens.map(\.text))
    #expect(try Pool(.hs256, shape, seed: 2).tokens.map(\.text) != pool.tokens.map(\.text))
    let worker = try JotEngine().workers(.tokens(.verify, pool), threads: 1)[0]
    #expect(worker.run(1024) == worker.expected.reduce(0, &+))
    #expect(worker.refusesBadTokens())
  }

  @Test(
    "tokens of every algorithm are what Jot reads and signs, and a signer's wrong token is seen",
    arguments: Scenario.Algorithm.allCases)
  func algorithms(algorithm: Scenario.Algorithm) throws {
    let pool = try Pool(algorithm, count: 4)
    for engine: any Engine in [JotEngine(), OpenSSLEngine()] {
      for operation in [Scenario.Operation.sign, .verify] {
        let worker = try engine.workers(.tokens(operation, pool), threads: 1)[0]
        #expect(worker.run(4) == worker.expected.reduce(0, &+), "\(engine.name) \(operation)")
        #expect(worker.refusesBadTokens())
      }
    }
    let judge = try #require(TokenJudge(pool))
    #expect(judge.isRight(pool.tokens[0].text) && !judge.isRight(pool.tokens[0].broken))
    let other = try Pool(algorithm, .oneKiB, count: 4)
    // A signer with another key makes what looks right until it is verified.
    if algorithm.isRandomised {
      let worker = JotSign(pool, try Signer(other))
      #expect(worker.run(4) == worker.expected.reduce(0, &+) && !worker.refusesBadTokens())
    }
    #expect(Base64.bytes(Base64.url(other.tokens[0].claims)) == other.tokens[0].claims)
  }

  @Test("a batch's verdicts are its tokens' own, bad beside good ones")
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

  @Test("each shape has the header and the claims of its name")
  func shapes() throws {
    func parts(_ shape: Shape) throws -> [(header: String, claims: String, json: [String: Any])] {
      try Pool(.hs256, shape).tokens.map { token in
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
    "texts are distinct, as long as they should be, and what Foundation makes of them",
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

  @Test("each attack is refused for its reason, and a verifier that gave another is void")
  func attacks() throws {
    for attack in Attack.allCases {
      let pool = try HostilePool(attack, count: 32)
      #expect(Set(pool.tokens).count == pool.tokens.count)
      let key = try VerificationKey(secret: Pool.jotSecret())
      func reasons(_ audience: [String]?) throws -> Set<String> {
        let verifier = try Verifier(
          key: key, algorithms: [.hs256], audience: audience, required: ["exp"],
          tokenLimit: HostilePool.tokenLimit, clock: { Pool.now })
        return Set(
          pool.tokens.map { token in
            do throws(JWTError) {
              _ = try verifier.verify(String(decoding: token, as: UTF8.self))
              return "accepted"
            } catch {
              return error.reason
            }
          })
      }
      #expect(try reasons(["fastapi-users:auth"]) == [attack.reason], "\(attack)")
    }
    // Tokens that are refused, but not for the attack's reason: no answer is right.
    let other = HostilePool(.expired, tokens: try HostilePool(.dots).tokens)
    let worker = try JotEngine().workers(.hostile(other), threads: 1)[0]
    #expect(worker.run(10) == 0)
  }

  @Test("16 KiB of dots, 12 KiB of brackets and 1,500 members are what they are called")
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
