// A slow verifier: what each token's answer must be, computed without any of Jot's own parsers,
// kernels and policies, and with OpenSSL for each signature.
import CFuzz
import Jot

/// What a verifier expects. Makes the verifier and is its oracle.
struct TokenOracle {
  /// The only key; or a set of which a header names one.
  var keys: [TestKey]
  var isSet = false
  var algorithms: [Algorithm]
  var audience: [String]?
  var allowsNullAudience = false
  var issuer: String?
  var sharedIssuers: [String]?
  var subject: String?
  var required: [String] = []
  var type: String?
  var leeway: Int64 = 0
  var maximumAge: Int64?
  var tokenLimit = Verifier.defaultTokenLimit
  var now: Int64 = 1_767_225_600

  var verifier: Verifier {
    let now = now
    if isSet {
      return Verifier(
        keys: try! KeySet(keys.map(\.verification)), algorithms: algorithms, audience: audience,
        issuer: issuer, sharedIssuers: sharedIssuers, subject: subject, required: required,
        type: type, leeway: leeway, maximumAge: maximumAge, tokenLimit: tokenLimit, clock: { now })
    }
    return try! Verifier(
      key: keys[0].verification,
      expecting: Expectations(
        algorithms: algorithms, audience: audience, allowingNullAudience: allowsNullAudience,
        issuer: issuer, sharedIssuers: sharedIssuers, subject: subject, required: required,
        type: type, leeway: leeway, maximumAge: maximumAge, tokenLimit: tokenLimit,
        clock: { now }))
  }

  /// The payload of a valid token; throws the reason of a refusal.
  func payload(_ token: [UInt8]) throws(Refusal) -> [UInt8] {
    guard token.count <= tokenLimit else { throw Refusal(.tokenTooLarge) }
    let segments = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { Array($0) }
    guard segments.count == 3 else {
      let isText = segments.allSatisfy { segment in
        segment.allSatisfy { SlowBase64URL.encodes($0) }
      }
      throw Refusal(segments.count == 5 && isText ? .encrypted : .tokenMalformed)
    }
    let (algorithm, keyID) = try header(decode(segments[0]))
    let key = try key(keyID, algorithm)
    try checkSignature(segments, key, algorithm)
    let payload = try decode(segments[1])
    try checkClaims(payload)
    return payload
  }

  private func decode(_ text: [UInt8]) throws(Refusal) -> [UInt8] {
    switch SlowBase64URL.decode(text) {
    case .success(let bytes): return bytes
    case .failure(let error):
      if case .character = error.failure { throw Refusal(.tokenMalformed) }
      throw Refusal(.base64Invalid)
    }
  }

  // MARK: The header

  /// The algorithm of a header (RFC 7515 §4.1), and its `kid`.
  func header(_ text: [UInt8]) throws(Refusal) -> (Algorithm, [UInt8]?) {
    guard let members = JSONOracle.members(text, limit: 64) else { throw Refusal(.headerInvalid) }
    let values = SlowMembers(members)
    guard let name = values.string("alg"), values.isStringOrNull("typ"),
      values.isStringOrNull("cty"), values["kid"] == nil || values.string("kid") != nil
    else { throw Refusal(.headerInvalid) }
    guard let algorithm = algorithms.first(where: { Array($0.rawValue.utf8) == name }) else {
      throw Refusal(.algorithmNotAllowed)
    }
    if values["crit"] != nil { throw Refusal(.criticalUnsupported) }
    if let b64 = values["b64"], b64 != Array("true".utf8) { throw Refusal(.b64Unsupported) }
    if let type {
      // ASCII letters are compared without their case.
      let accepted = [type, "application/\(type)"].map { Array($0.utf8) }
      guard let found = values.string("typ"), accepted.contains(found.map(Self.lower)) else {
        throw Refusal(.typeMismatch)
      }
    }
    if !isSet, !keys[0].verification.algorithms.contains(algorithm) {
      throw Refusal(.algorithmKeyMismatch)
    }
    return (algorithm, values.string("kid"))
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte + 32 : byte
  }

  private func key(_ keyID: [UInt8]?, _ algorithm: Algorithm) throws(Refusal) -> TestKey {
    if !isSet { return keys[0] }
    func fits(_ key: TestKey) -> Bool {
      key.verification.algorithms.contains(algorithm)
        && (key.secret == nil || key.secret!.count >= algorithm.hash!.digestLength)
    }
    guard let keyID else {
      let fitting = keys.filter(fits)
      if fitting.count == 1 { return fitting[0] }
      throw Refusal(keys.count == 1 ? .algorithmKeyMismatch : .keyNotFound)
    }
    let named = keys.filter { Array($0.verification.keyID!.utf8) == keyID }
    guard !named.isEmpty else { throw Refusal(.keyNotFound) }
    guard let key = named.first(where: fits) else { throw Refusal(.algorithmKeyMismatch) }
    return key
  }

  // MARK: The signature

  private func checkSignature(
    _ segments: [[UInt8]], _ key: TestKey, _ algorithm: Algorithm
  ) throws(Refusal) {
    let message = segments[0] + [UInt8(ascii: ".")] + segments[1]
    let signature = try decode(segments[2])
    if let secret = key.secret {
      var tag = [UInt8](repeating: 0, count: 64)
      let count = fuzz_hmac(
        &tag, algorithm.rawValue, secret, secret.count, message, message.count)
      if Array(tag[..<count]) != signature { throw Refusal(.signatureInvalid) }
    } else {
      let isValid = fuzz_signature_is_valid(
        key.pem, algorithm.rawValue, signature, signature.count, message, message.count)
      if isValid == 0 { throw Refusal(.signatureInvalid) }
    }
  }

  // MARK: The claims

  /// The rules of RFC 7519 §4.1, in PyJWT's order.
  func checkClaims(_ text: [UInt8]) throws(Refusal) {
    guard let members = JSONOracle.members(text) else { throw Refusal(.claimsInvalid) }
    let claims = SlowMembers(members)
    for name in required {
      guard let value = claims[name], value != Array("null".utf8) else {
        throw Refusal(.claimMissing)
      }
    }
    for name in ["iss", "sub", "jti"] where claims[name] != nil && claims.string(name) == nil {
      throw Refusal(.claimType)
    }
    let issuedAt = try time("iat", claims)
    let notBefore = try time("nbf", claims)
    let expiration = try time("exp", claims)
    // In 128 bits nothing overflows.
    let (now, leeway) = (Int128(now), Int128(leeway))
    // Jot's own sums saturate at 64 bits.
    let latest = min(now + leeway, Int128(Int64.max))
    let earliest = max(now - leeway, Int128(Int64.min))
    if let issuedAt, issuedAt > latest { throw Refusal(.notYetValid) }
    if let maximumAge {
      guard let issuedAt else { throw Refusal(.claimMissing) }
      if issuedAt < earliest - Int128(maximumAge) { throw Refusal(.tooOld) }
    }
    if let notBefore, notBefore > latest { throw Refusal(.notYetValid) }
    if let expiration, expiration <= earliest { throw Refusal(.expired) }
    if let issuers = issuer.map({ [$0] }) ?? sharedIssuers {
      guard let found = claims.string("iss") else { throw Refusal(.claimMissing) }
      guard issuers.contains(where: { Array($0.utf8) == found }) else {
        throw Refusal(.issuerMismatch)
      }
    }
    try checkAudience(claims["aud"])
    if let subject {
      guard let found = claims.string("sub") else { throw Refusal(.claimMissing) }
      guard found == Array(subject.utf8) else { throw Refusal(.subjectMismatch) }
    }
  }

  private func time(_ name: String, _ claims: SlowMembers) throws(Refusal) -> Int128? {
    guard let value = claims[name] else { return nil }
    guard SlowJSON.isNumber(value) else { throw Refusal(.claimType) }
    guard let seconds = SlowJSON.integer(value) else { throw Refusal(.claimRange) }
    return Int128(seconds)
  }

  private func checkAudience(_ value: [UInt8]?) throws(Refusal) {
    guard let value else {
      if audience != nil { throw Refusal(.claimMissing) }
      return
    }
    if value == Array("null".utf8), allowsNullAudience, audience == nil { return }
    var names: [[UInt8]] = []
    if let name = SlowJSON.string(value) {
      names = [name]
    } else if value.first == UInt8(ascii: "[") {
      for element in SlowJSON.elements(value) {
        guard let name = SlowJSON.string(element) else { throw Refusal(.claimType) }
        names.append(name)
      }
      if names.isEmpty, audience != nil { throw Refusal(.claimMissing) }
    } else {
      throw Refusal(.claimType)
    }
    guard let audience, audience.contains(where: { names.contains(Array($0.utf8)) }) else {
      throw Refusal(.audienceMismatch)
    }
  }
}

/// Why a token is refused.
struct Refusal: Error, Equatable {
  let code: JWTError.Code
  init(_ code: JWTError.Code) { self.code = code }
}
