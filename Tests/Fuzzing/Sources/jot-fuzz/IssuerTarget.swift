// Issuers: the one that the unverified payload selects is the one that a full parse finds, and its
// verifier's answer is the answer.
import Jot

/// The input: who signs, whether the text is base64url already, and the payload.
struct IssuerTarget: FuzzTarget {
  private let oracles = [
    TokenOracle(
      keys: [TestKey("hs256")], algorithms: [.hs256], issuer: "https://a.example",
      tokenLimit: 400),
    // One name in two Unicode forms: two issuers.
    TokenOracle(
      keys: [TestKey("hs384")], algorithms: [.hs384], sharedIssuers: ["b", "\u{e9}"]),
    TokenOracle(keys: [TestKey("p256")], algorithms: [.es256], issuer: "e\u{301}"),
    TokenOracle(keys: [TestKey("hs512")], algorithms: [.hs512], issuer: "https://a.example/"),
  ]
  private let verifiers: [Verifier]
  private let issuers: IssuerVerifier

  init() {
    verifiers = oracles.map(\.verifier)
    issuers = try! IssuerVerifier(verifiers)
  }

  var seeds: [[UInt8]] {
    let payloads = Vectors.segments(1)
    return oracles.indices.flatMap { number -> [[UInt8]] in
      let oracle = oracles[number]
      return ([oracle.issuer].compactMap { $0 } + (oracle.sharedIssuers ?? [])).map { issuer in
        [UInt8(number), 0] + Array(#"{"sub":"a","iss":"\#(issuer)","iat":1}"#.utf8)
      }
    } + payloads.map { [0, 0] + $0 }
  }

  func run(_ input: [UInt8]) {
    var reader = ByteReader(input)
    let signer = oracles[reader.number(below: oracles.count)]
    let isEncoded = reader.byte() & 1 == 1
    let text = reader.bytes(.max)
    let header = SlowBase64URL.encoded(
      Array(#"{"alg":"\#(signer.algorithms[0].rawValue)"}"#.utf8))
    let message = header + [UInt8(ascii: ".")] + (isEncoded ? text : SlowBase64URL.encoded(text))
    let key = signer.keys[0].signing
    let signature = try! key.signature(of: message.span, by: signer.algorithms[0])
    check(message + [UInt8(ascii: ".")] + SlowBase64URL.encoded(signature))
  }

  private func check(_ token: [UInt8]) {
    let wanted = Result { () throws(Refusal) in try issuer(of: token) }
    let bytes = ExactBytes(token)
    let scratch = ExactBytes(count: Verifier.scratchLength(forToken: token.count))
    let found = bytes.withSpan { token in
      scratch.withMutableSpan { scratch in
        Result { () throws(JWTError) in try issuers.verifier(for: token, scratch: &scratch) }
      }
    }
    let answer = Answer(token) { token, scratch throws(JWTError) in
      try issuers.verify(token, scratch: &scratch)
    }
    switch (wanted, found) {
    case (.failure(let refusal), .failure(let error)):
      requireEqual(error.code, refusal.code, "the issuer of \(shown(token))")
      requireEqual(answer.error, error, "the answer for \(shown(token))")
    case (.success(let number), .success(let verifier)):
      require(verifier === verifiers[number], "another issuer's verifier for \(shown(token))")
      answer.check(token, oracles[number], "issuer \(number)")
    default: finding("the issuer of \(shown(token)): \(found), not \(wanted)")
    }
    verifyElsewhere(token, answer)
  }

  /// The issuer's index.
  private func issuer(of token: [UInt8]) throws(Refusal) -> Int {
    guard token.count <= issuers.tokenLimit else { throw Refusal(.tokenTooLarge) }
    let segments = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { Array($0) }
    guard segments.count == 3 else {
      let isText = segments.joined().allSatisfy { SlowBase64URL.encodes($0) }
      throw Refusal(segments.count == 5 && isText ? .encrypted : .tokenMalformed)
    }
    let payload: [UInt8]
    switch SlowBase64URL.decode(segments[1]) {
    case .success(let bytes): payload = bytes
    case .failure(let error):
      if case .character = error.failure { throw Refusal(.tokenMalformed) }
      throw Refusal(.base64Invalid)
    }
    guard let members = JSONOracle.members(payload) else { throw Refusal(.claimsInvalid) }
    let claims = SlowMembers(members)
    guard claims["iss"] != nil else { throw Refusal(.claimMissing) }
    guard let name = claims.string("iss") else { throw Refusal(.claimType) }
    let found = oracles.firstIndex { oracle in
      ([oracle.issuer].compactMap { $0 } + (oracle.sharedIssuers ?? [])).contains {
        Array($0.utf8) == name
      }
    }
    guard let found else { throw Refusal(.issuerUnknown) }
    return found
  }

  /// The same answer in a batch, and through a cache twice.
  private func verifyElsewhere(_ token: [UInt8], _ answer: Answer) {
    let text = ExactBytes(token + token)
    let ranges = [0..<token.count, token.count..<2 * token.count]
    let scratch = ExactBytes(
      count: Verifier.scratchLength(
        forTokens: 2, longest: min(token.count, issuers.tokenLimit)))
    var verdicts = [Verifier.Verdict](repeating: Verifier.Verdict(), count: 2)
    text.withSpan { text in
      scratch.withMutableSpan { scratch in
        var span = verdicts.mutableSpan
        do throws(JWTError) {
          try issuers.verify(batch: ranges.span, of: text, scratch: &scratch, into: &span)
        } catch {
          finding("a batch: \(error)")
        }
      }
    }
    for verdict in verdicts {
      let found = verdict.error.map { Answer($0) } ?? Answer(verdict.claims, scratch)
      requireEqual(found, answer, "in a batch: \(shown(token))")
    }
    let cached = CachedVerifier(issuers, cache: TokenCache(entries: 2, bytes: 1 << 16))
    for _ in 0..<2 {
      let found = Answer(token) { token, scratch throws(JWTError) in
        try cached.verify(token, scratch: &scratch)
      }
      requireEqual(found, answer, "through a cache: \(shown(token))")
    }
  }
}
