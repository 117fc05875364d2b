// The tokens that every engine reads. OpenSSL makes them, so that no engine checks its own work.
import BenchKit

/// One token and its parts.
public struct PoolToken: Sendable {
  /// `sub`: a UUID in lower case.
  let subject: [UInt8]
  /// `exp`.
  let expiration: Int64
  /// The index of its key in the pool.
  var key: Int
  /// The claims as JSON.
  let claims: [UInt8]
  /// The header and the payload in base64url, and the dot between them.
  let signingInput: [UInt8]
  let signature: [UInt8]
  /// The whole token.
  public let text: [UInt8]

  /// The answer of a verification: words of `sub` and the value of `exp`.
  var claimsAnswer: UInt64 { subjectAnswer &+ UInt64(bitPattern: expiration) }

  /// The same without `exp`.
  var subjectAnswer: UInt64 {
    Checksum.word(subject, at: 0) &+ Checksum.word(subject, at: subject.count - 8)
  }

  /// The answer of signing, for a whole token.
  var tokenAnswer: UInt64 { tokenAnswer(isRandomised: false) }

  /// The same, without a randomised signature.
  func tokenAnswer(isRandomised: Bool) -> UInt64 {
    isRandomised ? Checksum.ofPayload(text) : Checksum.ofToken(text)
  }

  /// The answer of signing, for the signature alone.
  var signatureAnswer: UInt64 { Checksum.word(signature, at: signature.count - 8) }
}

/// Distinct tokens of one algorithm and profile, shuffled, and their keys.
public struct Pool: Sendable {
  /// The time of all verifications, in seconds since 1970.
  public static let now: Int64 = 1_767_225_600
  /// The most pairs of keys that are made: it takes long. More keys of a set are the same pairs again,
  /// which an engine reads for each ID anew.
  static let distinctPairs = 16
  public static let secret = [UInt8](
    "jot-bench test secret: not for use anywhere else, 64 bytes long.".utf8)

  public let algorithm: JotScenario.Algorithm
  public let profile: TokenProfile
  public let tokens: [PoolToken]
  public var key: OpenSSLKey { keys[0] }
  public let keys: [OpenSSLKey]
  /// The key IDs in the headers; nil for one key without an ID.
  let keyIDs: [String]?
  /// The issuers, in the order of their keys; nil if the tokens have no issuer.
  let issuers: [String]?
  /// Tokens that a verifier must refuse, with the reasons.
  public let refused: [(token: [UInt8], reason: String)]

  /// - Parameters:
  ///   - keys: The number of keys that sign in turn, each with its ID in the header; nil: one key,
  ///     with an ID if the profile has one.
  ///   - issuers: The number of issuers that sign in turn, each with its own key.
  ///   - count: The number of tokens. Their ids and their order come from `seed`.
  ///   - now: The time of verification: the tokens expire an hour later or more.
  public init(
    _ algorithm: JotScenario.Algorithm, _ profile: TokenProfile = .accessToken, keys: Int? = nil,
    issuers: Int? = nil, count: Int = 1024, seed: UInt64 = 1, now: Int64 = Pool.now
  ) throws(BenchError) {
    var random = Seeded(seed)
    let keyIDs = keys.map { count in (0..<count).map { _ in Self.uuid(&random) } }
    var all: [OpenSSLKey] = []
    var workers: [OpenSSLWorker] = []
    let issuers = issuers.map { count in
      (0..<count).map { "https://id.example.com/realms/\(1000 + $0)" }
    }
    for index in 0..<(keys ?? issuers?.count ?? 1) {
      if !algorithm.hasSecret, index >= Self.distinctPairs {
        all.append(all[index % Self.distinctPairs])
        workers.append(workers[index % Self.distinctPairs])
        continue
      }
      // The end makes the secrets distinct.
      let secret = index == 0 ? Self.secret : Self.secret.dropLast(8) + Array("\(index)".utf8)
      all.append(try OpenSSLKey(algorithm, secret: secret))
      workers.append(try OpenSSLWorker(all[index], signs: true))
    }
    func token(_ subject: String, _ expiration: Int64, key: Int) throws(BenchError) -> PoolToken {
      let claims = profile.claims(subject, expiration, issuer: issuers?[key], &random)
      let header = profile.header(algorithm, keyID: keyIDs?[key])
      let (input, signature, text) = try workers[key].token(header, claims)
      return PoolToken(
        subject: Array(subject.utf8), expiration: expiration, key: key, claims: Array(claims.utf8),
        signingInput: input, signature: signature, text: text)
    }
    var made: [PoolToken] = []
    for index in 0..<count {
      let expiration = now + 3600 + Int64(index)
      made.append(try token(Self.uuid(&random), expiration, key: index % all.count))
    }
    made.shuffle(using: &random)
    let first = made[0]
    let expired = try token(
      String(decoding: first.subject, as: UTF8.self), Self.now, key: first.key)
    let none = Base64.url(Array(#"{"alg":"none","typ":"JWT"}"#.utf8))
    let unsigned = none + first.text[first.text.firstIndex(of: UInt8(ascii: "."))!...]
    var refused = [
      (first.broken, "signature_invalid"), (expired.text, "expired"), (unsigned, "alg_not_allowed"),
    ]
    if keyIDs != nil {
      let header = profile.header(algorithm, keyID: Self.uuid(&random))
      let claims = String(decoding: first.claims, as: UTF8.self)
      refused.append((try workers[first.key].token(header, claims).text, "key_not_found"))
    }
    if let issuers, issuers.count > 1 {
      // A token that names another issuer than that of its key.
      let other = (first.key + 1) % issuers.count
      let claims = String(decoding: first.claims, as: UTF8.self)
        .replacing(issuers[first.key], with: issuers[other])
      refused.append(
        (try workers[first.key].token(profile.header(algorithm), claims).text, "signature_invalid"))
    }
    (self.algorithm, self.profile, tokens, self.refused) = (algorithm, profile, made, refused)
    (self.keys, self.keyIDs, self.issuers) = (all, keyIDs, issuers)
  }

  /// Tokens of one key without an ID.
  init(
    _ algorithm: JotScenario.Algorithm, _ profile: TokenProfile, _ tokens: [PoolToken],
    _ key: OpenSSLKey,
    refused: [(token: [UInt8], reason: String)]
  ) {
    (self.algorithm, self.profile, self.tokens, self.refused) = (
      algorithm, profile, tokens, refused
    )
    (keys, keyIDs, issuers) = ([key], nil, nil)
  }

  /// Alternates the tokens of two pools.
  init(_ one: Pool, _ other: Pool) {
    (algorithm, profile, refused) = (one.algorithm, one.profile, one.refused + other.refused)
    (keys, keyIDs, issuers) = (one.keys + other.keys, nil, nil)
    let count = one.keys.count
    tokens = zip(one.tokens, other.tokens).flatMap { first, second in
      var second = second
      second.key += count
      return [first, second]
    }
  }

  /// Characters of a token: the median.
  var tokenBytes: Int { tokens.map(\.text.count).sorted()[tokens.count / 2] }

  /// Bytes of a token's claims: the median.
  var claimsBytes: Int { tokens.map(\.claims.count).sorted()[tokens.count / 2] }

  static func uuid(_ random: inout Seeded) -> String {
    let digits = Array("0123456789abcdef")
    return String(
      (0..<36).map { index in
        [8, 13, 18, 23].contains(index) ? "-" : digits[Int.random(in: 0..<16, using: &random)]
      })
  }
}

extension PoolToken {
  /// The token with another first character of the signature, of which every bit counts.
  var broken: [UInt8] {
    var broken = text
    let index = signingInput.count + 1
    broken[index] = broken[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
    return broken
  }
}

extension OpenSSLWorker {
  /// Signs a header and claims, and returns the signing input, the signature and the whole token.
  func token(
    _ header: String, _ claims: String
  ) throws(BenchError) -> (input: [UInt8], signature: [UInt8], text: [UInt8]) {
    let dot = UInt8(ascii: ".")
    let input = Base64.url(Array(header.utf8)) + [dot] + Base64.url(Array(claims.utf8))
    let signature = try sign(input)
    return (input, signature, input + [dot] + Base64.url(signature))
  }
}
