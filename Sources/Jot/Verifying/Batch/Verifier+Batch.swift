// Many tokens in one call: the same steps, each taken for a wave of tokens at once, so that independent
// signatures are checked side by side.

extension Verifier {
  /// What becomes of one token of a batch: its claims, or why it is refused.
  public struct Verdict: Sendable {
    /// Where the claims of a good token lie in the scratch; of a refused one, none are there.
    // They are written where they stay: a copy of what was just written waits for it.
    public internal(set) var claims = ClaimIndex()
    /// Why the token is refused; nil for a good one.
    public internal(set) var error: JWTError?

    /// The verdict on no token: a refusal.
    @_noAllocation
    public init() { error = .tokenMalformed }

    /// Returns where the claims of a good token lie in the scratch.
    ///
    /// - Throws: Why the token is refused.
    @_noAllocation
    public func get() throws(JWTError) -> ClaimIndex {
      if let error { throw error }
      return claims
    }

    @_noAllocation
    mutating func refuse(_ error: JWTError) {
      claims = ClaimIndex()
      self.error = error
    }

    /// Notes that the token is its issuer's verifier's to judge: no payload has this length.
    @_noAllocation
    mutating func wait(for issuer: Int) {
      (claims.payloadStart, claims.payloadLength) = (issuer, -1)
      error = nil
    }

    /// Whether the token waits for the verifier of this issuer.
    @_noAllocation @inline(__always)
    func isWaiting(for issuer: Int) -> Bool {
      claims.payloadLength == -1 && claims.payloadStart == issuer
    }

    /// The issuer whose verifier the token waits for, or nil.
    var awaitedIssuer: Int? {
      @_noAllocation get { claims.payloadLength == -1 ? claims.payloadStart : nil }
    }
  }

  /// Verifies many tokens without allocating; each verdict is the one that the token would get alone.
  ///
  /// The clock is read once for all. After the call the payloads of the good tokens stand decoded in
  /// `scratch`, one behind the other; their claims' places count from its front.
  ///
  /// - Parameters:
  ///   - tokens: Where each token lies in `text`.
  ///   - text: The bytes of all tokens.
  ///   - scratch: At least `scratchLength(forTokens:longest:)` bytes, the caller's own.
  ///   - verdicts: One for each token, in their order; what was there is overwritten.
  /// - Throws: `bufferTooSmall` for a short scratch, before anything is read.
  /// - Precondition: the tokens lie inside the text; there are as many verdicts as tokens, or more; the
  ///   scratch that they need is below 1 GiB.
  /// - Complexity: O(n); for HMAC, and RSA where a kernel serves the key, no allocation. The thread's
  ///   stack has 64 KiB; one token takes 32.
  public func verify(
    batch tokens: Span<Range<Int>>, of text: Span<UInt8>, scratch: inout MutableSpan<UInt8>,
    into verdicts: inout MutableSpan<Verdict>
  ) throws(JWTError) {
    try Self.checkBatch(tokens, scratch.count, verdicts.count, limit: tokenLimit)
    var place = 0
    verify(
      batch: tokens, 0..<tokens.count, of: text, from: &place, scratch: &scratch, into: &verdicts)
  }

  /// Checks that a batch has the room that it needs.
  static func checkBatch(
    _ tokens: Span<Range<Int>>, _ room: Int, _ verdicts: Int, limit: Int
  ) throws(JWTError) {
    precondition(verdicts >= tokens.count, "a verdict for each token")
    var longest = 0
    for index in 0..<tokens.count { longest = max(longest, tokens[index].count) }
    let needed = scratchLength(forTokens: tokens.count, longest: min(longest, limit))
    guard room >= needed else { throw .bufferTooSmall(needed: needed) }
    precondition(needed <= CompactJWS.maximumLength, "a batch needs less than 1 GiB: split it")
  }

  /// Verifies part of a batch that has the room it needs.
  ///
  /// - Parameters:
  ///   - part: Indices of the tokens.
  ///   - place: Where the next payload will stand in the scratch; moved behind the last.
  ///   - issuer: Takes only the tokens whose verdicts wait for this one; nil for all.
  func verify(
    batch tokens: Span<Range<Int>>, _ part: Range<Int>, of text: Span<UInt8>,
    from place: inout Int, scratch: inout MutableSpan<UInt8>,
    into verdicts: inout MutableSpan<Verdict>,
    waitingFor issuer: Int? = nil
  ) {
    let now = clock()
    if hasOneKey {
      verifyByKey(tokens, part, text, &place, &scratch, &verdicts, issuer, now)
    } else {
      verifyBySet(tokens, part, text, &place, &scratch, &verdicts, issuer, now)
    }
  }

  // A function for each, so that the door's frame has no wave, of which inlining would give it two.
  @inline(never)
  private func verifyByKey(
    _ tokens: Span<Range<Int>>, _ part: Range<Int>, _ text: Span<UInt8>, _ place: inout Int,
    _ scratch: inout MutableSpan<UInt8>, _ verdicts: inout MutableSpan<Verdict>, _ issuer: Int?,
    _ now: Int64
  ) {
    var wave = Wave(now: now, from: place)
    for index in part {
      if let issuer, !verdicts[index].isWaiting(for: issuer) { continue }
      do throws(JWTError) {
        _ = try wave.open(index, tokens[index], of: text, steps, &scratch)
        try wave.add(key.material, steps, text, &scratch, &verdicts)
      } catch {
        verdicts[index].refuse(error)
      }
    }
    wave.finish(steps, text, &scratch, &verdicts)
    place = wave.place
  }

  @inline(never)
  private func verifyBySet(
    _ tokens: Span<Range<Int>>, _ part: Range<Int>, _ text: Span<UInt8>, _ place: inout Int,
    _ scratch: inout MutableSpan<UInt8>, _ verdicts: inout MutableSpan<Verdict>, _ issuer: Int?,
    _ now: Int64
  ) {
    keys.read { keys in
      var wave = Wave(now: now, from: place)
      for index in part {
        if let issuer, !verdicts[index].isWaiting(for: issuer) { continue }
        do throws(JWTError) {
          let (keyID, algorithm) = try wave.open(index, tokens[index], of: text, steps, &scratch)
          try keys.withKey(keyID, &scratch) { key, served, scratch throws(JWTError) in
            guard served >> UInt32(algorithm) & 1 == 1 else { throw .algorithmKeyMismatch }
            try wave.add(key, steps, text, &scratch, &verdicts)
          }
        } catch {
          verdicts[index].refuse(error)
        }
      }
      wave.finish(steps, text, &scratch, &verdicts)
      place = wave.place
    }
  }

  /// Verifies many tokens and returns what becomes of each, in their order.
  ///
  /// - Complexity: O(n).
  public func verify(_ tokens: [String]) -> [Result<VerifiedClaims, JWTError>] {
    Self.results(of: tokens, limit: tokenLimit) { places, text, scratch, verdicts in
      var place = 0
      verify(
        batch: places, 0..<places.count, of: text, from: &place, scratch: &scratch,
        into: &verdicts)
    } one: { token throws(JWTError) in
      try verify(token)
    }
  }

  /// Makes the results of what `batch`, or `one` for each alone, does with the bytes of `tokens`.
  static func results(
    of tokens: [String], limit: Int,
    _ batch: (
      Span<Range<Int>>, Span<UInt8>, inout MutableSpan<UInt8>, inout MutableSpan<Verdict>
    ) -> Void,
    one: (String) throws(JWTError) -> VerifiedClaims
  ) -> [Result<VerifiedClaims, JWTError>] {
    var text: [UInt8] = []
    var places: [Range<Int>] = []
    for token in tokens {
      let start = text.count
      // A token above the limit must not cost memory either: its length is enough to refuse it.
      let utf8 = token.utf8
      text += utf8.count <= limit ? Array(utf8) : Array(utf8.prefix(limit + 1))
      places.append(start..<text.count)
    }
    let longest = places.reduce(0) { max($0, $1.count) }
    let needed = scratchLength(forTokens: tokens.count, longest: longest)
    // Very many, or very long ones: side by side they gain nothing.
    guard needed <= 1 << 26 else {
      return tokens.map { token in Result { () throws(JWTError) in try one(token) } }
    }
    var scratch = [UInt8](repeating: 0, count: needed)
    var verdicts = [Verdict](repeating: Verdict(), count: tokens.count)
    var room = scratch.mutableSpan
    var results = verdicts.mutableSpan
    batch(places.span, text.span, &room, &results)
    return verdicts.map { verdict in
      Result { () throws(JWTError) in
        let index = try verdict.get()
        return VerifiedClaims(payload: Array(scratch[index.payload]), index: index.movedToFront)
      }
    }
  }

  /// Returns the bytes of scratch that `count` tokens need, none of them longer than `longest`.
  public static func scratchLength(forTokens count: Int, longest: Int) -> Int {
    // Each payload twice: one that no kernel reads is decoded once more, where there is room behind.
    count * 2 * (longest / 4 * 3 + 3 + 8) + scratchLength(forToken: longest)
  }
}
