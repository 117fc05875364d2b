// Whole tokens: one, in a batch and through a cache, the same answer as the slow verifier's.
import Jot

/// The input: a verifier, how often the batch repeats the tokens, and tokens in lines.
struct VerifyTarget: FuzzTarget {
  private let oracles: [TokenOracle]
  private let verifiers: [Verifier]
  private let mutator: TokenMutator

  private static let audience = ["fastapi-users:auth"]
  private static let keys = ["hs256", "rsa", "p256", "ed25519"]

  init() {
    let hmac: [Algorithm] = [.hs256, .hs384, .hs512]
    let one: [[Algorithm]] = [[.hs256], [.rs256, .ps256], [.es256], [.edDSA, .ed25519]]
    oracles =
      zip(Self.keys, one).map {
        TokenOracle(keys: [TestKey($0)], algorithms: $1, audience: Self.audience)
      } + [
        TokenOracle(
          keys: ["hs256", "hs384", "hs512"].map { TestKey($0, keyID: $0) }, isSet: true,
          algorithms: hmac, issuer: "https://issuer.test", required: ["exp", "scope"], leeway: 60),
        TokenOracle(
          keys: [
            TestKey("rsa", keyID: "1"), TestKey("rsa-b", keyID: "2"), TestKey("p256", keyID: "3"),
            TestKey("p384", keyID: "3"), TestKey("ed25519", keyID: "4"),
            TestKey("p521", keyID: "5"), TestKey("secp256k1", keyID: "6"),
            TestKey("ed448", keyID: "7"),
          ], isSet: true,
          algorithms: [.rs256, .ps384, .es256, .es384, .es512, .es256k, .ed25519, .ed448],
          audience: ["a", "b"], subject: "alice", type: "at+jwt", maximumAge: 600),
        TokenOracle(
          keys: [TestKey("hs512")], algorithms: hmac, allowsNullAudience: true, leeway: 100,
          now: .max - 10),
        TokenOracle(
          keys: [TestKey("hs256")], algorithms: [.hs256],
          sharedIssuers: ["a", "https://issuer.test"], maximumAge: .max, now: -5),
      ]
    verifiers = oracles.map(\.verifier)
    mutator = TokenMutator(oracles)
    // A key of a curve has a table from its eighth valid token on, and a finding needs it at once.
    var random = Seeded(seed: 2)
    for number in oracles.indices {
      for token in mutator.validTokens(number, &random) {
        let text = String(decoding: token, as: UTF8.self)
        for _ in 0..<9 { _ = try? verifiers[number].verify(text) }
      }
    }
  }

  var seeds: [[UInt8]] {
    let attacks = Vectors.tokens.compactMap { key, token in
      Self.keys.firstIndex(of: key).map { [UInt8($0), 0] + token }
    }
    var random = Seeded(seed: 1)
    return attacks
      + oracles.indices.flatMap { number in
        mutator.validTokens(number, &random).map { [UInt8(number), 1] + $0 }
      }
  }

  func mutated(_ input: [UInt8], most: Int, _ random: inout Seeded) -> [UInt8]? {
    mutator.mutated(input, most: most, &random)
  }

  func run(_ input: [UInt8]) {
    var reader = ByteReader(input)
    let number = reader.number(below: oracles.count)
    let repeats = [1, 2, 6, 17][reader.number(below: 4)]
    let tokens = reader.bytes(.max).split(separator: 0x0a, omittingEmptySubsequences: false)
      .prefix(6).map { Array($0) }
    let (oracle, verifier) = (oracles[number], verifiers[number])
    let answers = tokens.map { token in
      Answer(token) { token, scratch throws(JWTError) in
        try verifier.verify(token, scratch: &scratch)
      }
    }
    for (token, answer) in zip(tokens, answers) {
      answer.check(token, oracle, "verifier \(number)")
    }
    // RSA in batches takes longest.
    let isFast = oracle.keys.allSatisfy { $0.secret != nil }
    let isRSA = oracle.keys.allSatisfy { $0.signing.type == .rsa }
    verifyBatch(
      tokens, answers, verifier, repeats: isRSA ? min(repeats, 2) : repeats)
    if !isFast { verifyCached(tokens, answers, verifier) }
  }

  private func verifyBatch(
    _ tokens: [[UInt8]], _ answers: [Answer], _ verifier: Verifier, repeats: Int
  ) {
    let all = (0..<repeats).flatMap { _ in tokens }
    var (ranges, end) = ([Range<Int>](), 0)
    for token in all {
      ranges.append(end..<end + token.count)
      end += token.count
    }
    let longest = min(all.map(\.count).max() ?? 0, verifier.tokenLimit)
    let text = ExactBytes(all.flatMap { $0 })
    let scratch = ExactBytes(
      count: Verifier.scratchLength(forTokens: all.count, longest: longest))
    var verdicts = [Verifier.Verdict](repeating: Verifier.Verdict(), count: all.count)
    text.withSpan { text in
      scratch.withMutableSpan { scratch in
        var span = verdicts.mutableSpan
        do throws(JWTError) {
          try verifier.verify(batch: ranges.span, of: text, scratch: &scratch, into: &span)
        } catch {
          finding("a batch of \(all.count) tokens: \(error)")
        }
      }
    }
    for (index, verdict) in verdicts.enumerated() {
      let answer = verdict.error.map { Answer($0) } ?? Answer(verdict.claims, scratch)
      requireEqual(
        answer, answers[index % tokens.count],
        "token \(index) of a batch of \(all.count): \(shown(all[index]))")
    }
  }

  private func verifyCached(_ tokens: [[UInt8]], _ answers: [Answer], _ verifier: Verifier) {
    let cache = TokenCache(entries: 4, bytes: 1 << 16)
    for round in 0..<2 {
      for (token, answer) in zip(tokens, answers) {
        let found = Answer(token) { token, scratch throws(JWTError) in
          try cache.verify(token, with: verifier, scratch: &scratch)
        }
        requireEqual(found, answer, "in round \(round) of a cache: \(shown(token))")
      }
    }
  }
}
