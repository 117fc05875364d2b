// Each step of a verification is one call, in the order in which the token meets them.

/// What every token passes, in order; behind the door, so that nothing here is shared or counted.
struct VerificationSteps: ~Copyable, Sendable {
  let header: Header
  let policy: Policy
  let tokenLimit: Int

  @_noAllocation
  static func scratchLength(forToken count: Int) -> Int {
    let text = count / 4 * 3 + 3
    return text + JSONScanner.workspaceLength(forText: text)
  }

  /// Whether `room` bytes of scratch are enough for a token of `count` bytes.
  @_noAllocation @inline(__always)
  static func isEnough(_ room: Int, forToken count: Int) -> Bool {
    // An upper bound, at first: what is really needed takes longer to say.
    room >= 5 * count + 2048 || room >= scratchLength(forToken: count)
  }

  /// Verifies with the one key there is.
  @_noAllocation
  borrowing func verify(
    _ token: Span<UInt8>, key: borrowing VerificationKey.Material, now: Int64,
    scratch: inout MutableSpan<UInt8>, into claims: inout ClaimIndex
  ) throws(JWTError) {
    let place = claims.payloadStart
    let opened = try open(token, &scratch, at: place)
    do throws(JWTError) {
      try Self.checkSignature(token, opened.jws, key, opened.algorithm, &scratch, at: place)
      try check(token, opened.jws.payload, now: now, scratch: &scratch, into: &claims)
    } catch {
      throw opened.hasCountedDots ? error : reason(error, token)
    }
  }

  /// What a token says before its signature is checked: enough to find the key.
  struct Opened {
    let jws: CompactJWS
    /// The algorithm's number, one of the allow list.
    let algorithm: Int
    /// The place of the header's `kid` in the scratch, or an absent value.
    let keyID: JSONValue
    /// Whether the token is known to have two dots and no more.
    let hasCountedDots: Bool
  }

  /// Checks the form and the header; what has to be decoded goes to `scratch` from `place` on.
  @_noAllocation @inline(__always)
  borrowing func open(
    _ token: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>, at place: Int
  ) throws(JWTError) -> Opened {
    guard token.count <= tokenLimit else { throw .tokenTooLarge }
    if let usual = header.usualParts(token) {
      try checkRoom(token, scratch, place)
      return Opened(
        jws: usual.jws, algorithm: usual.algorithm, keyID: .absent, hasCountedDots: false)
    }
    let jws = try segments(token)
    try checkRoom(token, scratch, place)
    var keyID = JSONValue.absent
    let algorithm = try header.algorithm(
      token, in: jws.header, scratch: &scratch, at: place, keyID: &keyID)
    return Opened(jws: jws, algorithm: algorithm, keyID: keyID, hasCountedDots: true)
  }

  @_noAllocation @inline(__always)
  private borrowing func checkRoom(
    _ token: Span<UInt8>, _ scratch: borrowing MutableSpan<UInt8>, _ place: Int
  ) throws(JWTError) {
    guard Self.isEnough(scratch.count - place, forToken: token.count) else {
      _ = try segments(token)
      throw .bufferTooSmall(needed: place + Self.scratchLength(forToken: token.count))
    }
  }

  /// Returns why a token is refused whose dots nobody has counted yet: for its form, if that is bad.
  @_noAllocation
  borrowing func reason(_ error: JWTError, _ token: Span<UInt8>) -> JWTError {
    do throws(JWTError) {
      _ = try segments(token)
      return error
    } catch {
      return error
    }
  }

  /// Decodes the payload at `range`, whose signature is good, and checks the claims.
  @_noAllocation @inline(__always)
  borrowing func check(
    _ token: Span<UInt8>, _ range: Range<Int>, now: Int64, scratch: inout MutableSpan<UInt8>,
    into claims: inout ClaimIndex
  ) throws(JWTError) {
    claims.payloadLength = try Segments.decode(
      token, range, .payload, into: &scratch, at: claims.payloadStart)
    try policy.check(&scratch, now: now, into: &claims)
  }

  /// Checks what the clock decides, for claims that passed all else.
  @_noAllocation
  borrowing func checkTimes(_ claims: inout ClaimIndex, _ now: Int64) throws(JWTError) {
    try policy.checkTimes(&claims, now)
  }

  @_noAllocation @inline(__always)
  private borrowing func segments(_ token: Span<UInt8>) throws(JWTError) -> CompactJWS {
    do throws(CompactJWSError) {
      return try CompactJWS(token, limit: tokenLimit)
    } catch {
      throw JWTError(error)
    }
  }

  /// Checks the signature over header and payload as they stand in the token.
  @_noAllocation
  static func checkSignature(
    _ token: Span<UInt8>, _ jws: CompactJWS, _ key: borrowing VerificationKey.Material,
    _ algorithm: Int, _ scratch: inout MutableSpan<UInt8>, at place: Int
  ) throws(JWTError) {
    switch key {
    case .hmac(let key):
      let hash = Algorithm.hash(ofNumber: algorithm)
      if key.isTag(jws.signature, of: jws.signingInput, in: token, with: hash) { return }
      // Refused already; decoding only finds the better name for it.
      _ = try Segments.decode(token, jws.signature, .signature, into: &scratch, at: place)
    case .asymmetric(let key):
      try checkSignature(
        token, jws.signature, of: jws.signingInput, key, algorithm, &scratch, at: place)
      return
    }
    throw .signatureInvalid
  }

  /// The same with a public key.
  @_noAllocation
  static func checkSignature(
    _ text: Span<UInt8>, _ signature: Range<Int>, of message: Range<Int>,
    _ key: borrowing PublicKey, _ algorithm: Int, _ scratch: inout MutableSpan<UInt8>,
    at place: Int
  ) throws(JWTError) {
    let count = try Segments.decode(text, signature, .signature, into: &scratch, at: place)
    let isValid = key.isValid(
      scratch, at: place, count: count, of: text, in: message, by: algorithm)
    if !isValid { throw .signatureInvalid }
  }
}
