// A batch of tokens in one call: the same steps, with independent signatures checked together.

extension Verifier {
  /// The result for one token of a batch: its claims, or why it is refused.
  public struct Verdict: Sendable {
    /// The offsets of a valid token's claims in the scratch; empty for a refused token.
    // Written in place: a copy of recent stores would stall.
    public internal(set) var claims = ClaimIndex()
    /// Why the token is refused; nil for a valid one.
    public internal(set) var error: JWTError?

    /// The verdict before a token is verified: a refusal.
    @_noAllocation
    public init() { error = .tokenMalformed }

    /// Returns the offsets of a valid token's claims in the scratch.
    ///
    /// - Throws: The reason of a refusal.
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

    /// Marks the token as waiting for this issuer's verifier: no payload has length -1.
    @_noAllocation
    mutating func wait(for issuer: Int) {
      (claims.payloadStart, claims.payloadLength) = (issuer, -1)
      error = nil
    }

    /// Marks the token as waiting for other tokens of its lane.
    @_noAllocation
    mutating func wait(for lane: VerificationBatch.Lane) {
      (claims.payloadStart, claims.payloadLength) = (lane.number, -2)
      error = nil
    }

    /// The lane that the token waits for, or nil.
    var awaitedLane: VerificationBatch.Lane? {
      @_noAllocation get {
        claims.payloadLength == -2 ? VerificationBatch.Lane(number: claims.payloadStart) : nil
      }
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

  /// Verifies a batch of tokens without allocating; each verdict is the same as for the token
  /// alone.
  ///
  /// The clock is read once for all. After the call `scratch` has the decoded payloads of the valid
  /// tokens, one after the other; their claims' offsets count from its front.
  ///
  /// - Parameters:
  ///   - tokens: The range of each token in `text`.
  ///   - text: The bytes of all tokens.
  ///   - scratch: At least `scratchLength(forTokens:longest:)` bytes, not shared.
  ///   - verdicts: One for each token, in their order; overwritten.
  /// - Throws: `bufferTooSmall` for a short scratch, before anything is read.
  /// - Precondition: the tokens lie inside the text; there are at least as many verdicts as tokens;
  ///   the required scratch is below 1 GiB.
  /// - Complexity: O(n); for HMAC, RSA with a kernel and tables, no allocation. The thread needs
  ///   96 KiB of stack; for a single token 48.
  public func verify(
    batch tokens: Span<Range<Int>>, of text: Span<UInt8>, scratch: inout MutableSpan<UInt8>,
    into verdicts: inout MutableSpan<Verdict>
  ) throws(JWTError) {
    try Self.checkBatch(tokens, scratch.count, verdicts.count, limit: tokenLimit)
    var offset = 0
    verify(
      batch: tokens, 0..<tokens.count, of: text, from: &offset, scratch: &scratch, into: &verdicts)
  }

  /// Checks that a batch's scratch and verdicts are long enough.
  static func checkBatch(
    _ tokens: Span<Range<Int>>, _ length: Int, _ verdicts: Int, limit: Int
  ) throws(JWTError) {
    precondition(verdicts >= tokens.count, "a verdict for each token")
    var longest = 0
    for index in 0..<tokens.count { longest = max(longest, tokens[index].count) }
    let needed = scratchLength(forTokens: tokens.count, longest: min(longest, limit))
    guard length >= needed else { throw .bufferTooSmall(needed: needed) }
    precondition(needed <= CompactJWS.maximumLength, "a batch needs less than 1 GiB: split it")
  }

  /// Verifies part of a batch whose scratch is long enough.
  ///
  /// - Parameters:
  ///   - part: Indices of the tokens.
  ///   - offset: The offset of the next payload in the scratch; moved behind the last one.
  ///   - issuer: Verifies only the tokens whose verdicts wait for this issuer; nil for all.
  func verify(
    batch tokens: Span<Range<Int>>, _ part: Range<Int>, of text: Span<UInt8>,
    from offset: inout Int, scratch: inout MutableSpan<UInt8>,
    into verdicts: inout MutableSpan<Verdict>,
    waitingFor issuer: Int? = nil
  ) {
    guard !Primitives.areLeftToOpenSSL else {
      return verifyOneByOne(tokens, part, text, &offset, &scratch, &verdicts, issuer)
    }
    withKeys { keys in
      verify(tokens, part, text, keys, &offset, &scratch, &verdicts, issuer)
    }
  }

  /// Does the steps of `verify(_:at:scratch:into:)` per token, with signatures checked together.
  ///
  /// A token of another lane than those that wait is left until they are done, so that tokens of
  /// several algorithms in any order fill the kernels' lanes too.
  // Not inlined, so that the public function's frame has no batch; inlining would give it two.
  @inline(never)
  private func verify(
    _ tokens: Span<Range<Int>>, _ part: Range<Int>, _ text: Span<UInt8>, _ keys: KeySet,
    _ offset: inout Int, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verdict>, _ issuer: Int?
  ) {
    var batch = VerificationBatch(now: clock(), from: offset)
    // All tokens of a part are searched for those of each lane; fixed-size parts keep this O(n).
    for start in stride(from: part.lowerBound, to: part.upperBound, by: Self.part) {
      let part = start..<min(start + Self.part, part.upperBound)
      var left = part.upperBound
      for index in part {
        if let issuer, !verdicts[index].isWaiting(for: issuer) { continue }
        let lane = add(index, tokens[index], text, keys, &batch, &scratch, &verdicts)
        guard lane != .none else { continue }
        verdicts[index].wait(for: lane)
        left = min(left, index)
      }
      while left < part.upperBound {
        guard let lane = verdicts[left].awaitedLane else {
          left += 1
          continue
        }
        batch.flush(steps, text, &scratch, &verdicts)
        for index in left..<part.upperBound where verdicts[index].awaitedLane == lane {
          verdicts[index] = Verdict()
          _ = add(index, tokens[index], text, keys, &batch, &scratch, &verdicts)
        }
      }
    }
    batch.flush(steps, text, &scratch, &verdicts)
    offset = batch.offset
  }

  /// The most tokens among which those of one lane are searched.
  private static var part: Int { 256 }

  /// Opens a token and adds it to the batch, or refuses it. Returns the lane of a token that must
  /// wait.
  @inline(__always)
  private func add(
    _ index: Int, _ range: Range<Int>, _ text: Span<UInt8>, _ keys: KeySet,
    _ batch: inout VerificationBatch, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verdict>
  ) -> VerificationBatch.Lane {
    var lane = VerificationBatch.Lane.none
    do throws(JWTError) {
      let opened = try batch.open(index, range, of: text, keys, steps, &scratch)
      try withKey(of: opened, keys, &scratch) { key, scratch throws(JWTError) in
        lane = try batch.add(key, steps, text, &scratch, &verdicts)
      }
    } catch {
      verdicts[index].refuse(error)
    }
    return lane
  }

  /// Verifies part of a batch without kernels: OpenSSL's providers take one message at a time.
  private func verifyOneByOne(
    _ tokens: Span<Range<Int>>, _ part: Range<Int>, _ text: Span<UInt8>,
    _ offset: inout Int, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verdict>, _ issuer: Int?
  ) {
    let now = clock()
    for index in part {
      if let issuer, !verdicts[index].isWaiting(for: issuer) { continue }
      verdicts[index] = Verdict()
      verdicts[index].claims.payloadStart = offset
      do throws(JWTError) {
        try verify(
          text.extracting(tokens[index]), at: now, scratch: &scratch,
          into: &verdicts[index].claims)
        verdicts[index].error = nil
        offset = verdicts[index].claims.payload.upperBound
      } catch {
        verdicts[index].refuse(error)
      }
    }
  }

  /// Verifies a batch of tokens and returns the result of each, in their order.
  ///
  /// - Complexity: O(n).
  public func verify(_ tokens: [String]) -> [Result<VerifiedClaims, JWTError>] {
    Self.results(of: tokens, limit: tokenLimit) { ranges, text, scratch, verdicts in
      var offset = 0
      verify(
        batch: ranges, 0..<ranges.count, of: text, from: &offset, scratch: &scratch,
        into: &verdicts)
    } one: { token throws(JWTError) in
      try verify(token)
    }
  }

  /// Makes results from `batch`, or from `one` for each token, applied to the bytes of `tokens`.
  static func results(
    of tokens: [String], limit: Int,
    _ batch: (
      Span<Range<Int>>, Span<UInt8>, inout MutableSpan<UInt8>, inout MutableSpan<Verdict>
    ) -> Void,
    one: (String) throws(JWTError) -> VerifiedClaims
  ) -> [Result<VerifiedClaims, JWTError>] {
    let longest = tokens.reduce(0) { max($0, min($1.utf8.count, limit + 1)) }
    let needed = scratchLength(forTokens: tokens.count, longest: longest)
    // Too many or too long tokens gain nothing from a batch.
    guard needed <= 1 << 26 else {
      return tokens.map { token in Result { () throws(JWTError) in try one(token) } }
    }
    var text: [UInt8] = []
    var ranges: [Range<Int>] = []
    for token in tokens {
      let start = text.count
      // A token above the limit must not cost memory: its length suffices to refuse it.
      let utf8 = token.utf8
      text += utf8.count <= limit ? Array(utf8) : Array(utf8.prefix(limit + 1))
      ranges.append(start..<text.count)
    }
    var scratch = [UInt8](repeating: 0, count: needed)
    var verdicts = [Verdict](repeating: Verdict(), count: tokens.count)
    var scratchSpan = scratch.mutableSpan
    var results = verdicts.mutableSpan
    batch(ranges.span, text.span, &scratchSpan, &results)
    return zip(verdicts, ranges).map { verdict, range in
      Result { () throws(JWTError) in
        let index = try verdict.get()
        return VerifiedClaims(
          payload: Array(scratch[index.payload]), header: VerifiedHeader.text(of: text[range].span),
          index: index.movedToFront)
      }
    }
  }

  /// Returns the bytes of scratch for `count` tokens, each at most `longest` bytes long.
  public static func scratchLength(forTokens count: Int, longest: Int) -> Int {
    // Each payload twice: one that no kernel reads is decoded again, with a workspace behind it.
    count * 2 * (longest / 4 * 3 + 3 + 8) + scratchLength(forToken: longest)
  }
}
