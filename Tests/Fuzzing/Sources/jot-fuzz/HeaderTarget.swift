// Headers: which algorithm and key a header selects, or why it is refused, against the slow verifier.
import CFuzz
import Jot

/// The input: a verifier, whether the text is base64url already, and the header.
struct HeaderTarget: FuzzTarget {
  private let oracles: [TokenOracle] = {
    let secrets = ["hs256", "hs384", "hs512"]
    let hmac: [Algorithm] = [.hs256, .hs384, .hs512]
    return [
      TokenOracle(keys: [TestKey("hs256")], algorithms: [.hs256]),
      TokenOracle(keys: [TestKey("hs512")], algorithms: hmac + [.rs256], type: "at+jwt"),
      TokenOracle(
        keys: zip(secrets, ["a", "2026-01", "\u{e9}"]).map { TestKey($0, keyID: $1) }, isSet: true,
        algorithms: hmac),
      TokenOracle(
        keys: [TestKey("hs256", keyID: ""), TestKey("hs256-other", keyID: "k")], isSet: true,
        algorithms: [.hs256, .hs384]),
      TokenOracle(keys: [TestKey("hs384", keyID: "k")], isSet: true, algorithms: [.hs384, .hs512]),
      TokenOracle(
        keys: [
          TestKey("rsa", keyID: "r"), TestKey("p256", keyID: "e"), TestKey("p384", keyID: "e"),
        ], isSet: true, algorithms: [.rs256, .es256, .es384, .hs256]),
    ]
  }()
  private let verifiers: [Verifier]
  private let payload = SlowBase64URL.encoded(Array("{}".utf8))

  init() { verifiers = oracles.map(\.verifier) }

  var seeds: [[UInt8]] {
    let raw = Vectors.tokens.map { $0.token.prefix { $0 != UInt8(ascii: ".") } }
    return oracles.indices.flatMap { number in
      Vectors.segments(0).map { [UInt8(number), 0] + $0 }
    } + Set(raw.map { Array($0) }).sorted { $0.lexicographicallyPrecedes($1) }.map { [0, 1] + $0 }
  }

  func run(_ input: [UInt8]) {
    var reader = ByteReader(input)
    let number = reader.number(below: oracles.count)
    let isEncoded = reader.byte() & 1 == 1
    let text = reader.bytes(.max)
    let oracle = oracles[number]
    let header = isEncoded ? text : SlowBase64URL.encoded(text)
    let message = header + [UInt8(ascii: ".")] + payload
    var token = message + Array(".AAAA".utf8)
    // A header that the oracle accepts gets its signature, if that is a MAC.
    if let selected = try? oracle.header(SlowBase64URL.decoded(header) ?? []),
      let key = oracle.keys.first(where: { key in
        key.verification.algorithms.contains(selected.0)
          && selected.1.map { Array((key.verification.keyID ?? "").utf8) == $0 } ?? true
      }) ?? oracle.keys.first, let secret = key.secret
    {
      var tag = [UInt8](repeating: 0, count: 64)
      let count = fuzz_hmac(
        &tag, selected.0.rawValue, secret, secret.count, message, message.count)
      token = message + [UInt8(ascii: ".")] + SlowBase64URL.encoded(Array(tag[..<count]))
    }
    let verifier = verifiers[number]
    Answer(token) { token, scratch throws(JWTError) in
      try verifier.verify(token, scratch: &scratch)
    }.check(token, oracle, "verifier \(number)")
    checkUnverified(token)
  }

  /// The content for people has the same header, if it has one.
  private func checkUnverified(_ token: [UInt8]) {
    let segments = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { Array($0) }
    let unverified = try? UnverifiedToken(decoding: String(decoding: token, as: UTF8.self))
    let isReadable =
      segments.count == 3 && segments.allSatisfy { SlowBase64URL.decoded($0) != nil }
      && JSONOracle.members(SlowBase64URL.decoded(segments[0])!, limit: 64) != nil
      && JSONOracle.members(SlowBase64URL.decoded(segments[1])!) != nil
      && token.count <= Verifier.defaultTokenLimit
    requireEqual(unverified != nil, isReadable, "an unverified \(shown(token))")
  }
}
