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
    precondition(verdicts.count >= tokens.count, "a verdict for each token")
    var longest = 0
    for index in 0..<tokens.count { longest = max(longest, tokens[index].count) }
    let needed = Self.scratchLength(
      forTokens: tokens.count, longest: min(longest, tokenLimit))
    guard scratch.count >= needed else { throw .bufferTooSmall(needed: needed) }
    precondition(needed <= CompactJWS.maximumLength, "a batch needs less than 1 GiB: split it")
    let now = clock()
    if hasOneKey {
      verifyByKey(tokens, text, &scratch, &verdicts, now)
    } else {
      verifyBySet(tokens, text, &scratch, &verdicts, now)
    }
  }

  // A function for each, so that the door's frame has no wave, of which inlining would give it two.
  @inline(never)
  private func verifyByKey(
    _ tokens: Span<Range<Int>>, _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verdict>, _ now: Int64
  ) {
    var wave = Wave(now: now)
    for index in 0..<tokens.count {
      do throws(JWTError) {
        _ = try wave.open(index, tokens[index], of: text, steps, &scratch)
        try wave.add(key.material, steps, text, &scratch, &verdicts)
      } catch {
        verdicts[index].refuse(error)
      }
    }
    wave.finish(steps, text, &scratch, &verdicts)
  }

  @inline(never)
  private func verifyBySet(
    _ tokens: Span<Range<Int>>, _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verdict>, _ now: Int64
  ) {
    keys.read { keys in
      var wave = Wave(now: now)
      for index in 0..<tokens.count {
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
    }
  }

  /// Verifies many tokens and returns what becomes of each, in their order.
  ///
  /// - Complexity: O(n).
  public func verify(_ tokens: [String]) -> [Result<VerifiedClaims, JWTError>] {
    var text: [UInt8] = []
    var places: [Range<Int>] = []
    for token in tokens {
      let start = text.count
      // A token above the limit must not cost memory either: its length is enough to refuse it.
      let utf8 = token.utf8
      text += utf8.count <= tokenLimit ? Array(utf8) : Array(utf8.prefix(tokenLimit + 1))
      places.append(start..<text.count)
    }
    let longest = places.reduce(0) { max($0, $1.count) }
    let needed = Self.scratchLength(forTokens: tokens.count, longest: longest)
    // Very many, or very long ones: nothing is gained by their company.
    guard needed <= 1 << 26 else {
      return tokens.map { token in Result { () throws(JWTError) in try verify(token) } }
    }
    var scratch = [UInt8](repeating: 0, count: needed)
    var verdicts = [Verdict](repeating: Verdict(), count: tokens.count)
    var room = scratch.mutableSpan
    var results = verdicts.mutableSpan
    do throws(JWTError) {
      try verify(batch: places.span, of: text.span, scratch: &room, into: &results)
    } catch {
      preconditionFailure("the scratch has the length that was asked for")
    }
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
