// Fence: tokens of a batch on their way together: opened one by one, their signatures checked side by
// side, their claims read one by one. Before it: Verifier.verify(batch:). After it: the verdicts.

/// Up to as many tokens as one kernel takes at once, with what is known of each; on the stack.
///
/// A token waits here until the wave is full or the next token needs another kernel, hash or length of
/// key. Kernels are for HMAC, and for RSA where the CPU has one; other tokens pass through alone.
struct Wave: ~Copyable {
  /// A token that is open and not yet verified.
  struct Token {
    /// Its place in the batch.
    let index: Int
    /// Where it lies in the text.
    let range: Range<Int>
    let opened: VerificationSteps.Opened

    /// A range of the token as one of the text.
    @_noAllocation @inline(__always)
    func inText(_ part: Range<Int>) -> Range<Int> {
      part.lowerBound + range.lowerBound..<part.upperBound + range.lowerBound
    }
  }

  private enum Kind { case none, hmac, rsa }

  private static var room: Int { @_noAllocation get { SHA2Batch.capacity } }
  // Bytes that a signature may have in a lane: 4096 bits.
  private static var lane: Int { @_noAllocation get { 512 } }

  private let now: Int64
  /// Where the next payload will stand in the scratch.
  private var place = 0
  private var count = 0
  private var kind = Kind.none
  private var tokens: [32 of Token?]
  private var digests = SHA2Batch(.sha256)
  private var lanes: RSAMany?
  private var signatures: [4096 of UInt8]
  private var signatureLength = 0

  init(now: Int64) {
    self.now = now
    tokens = .init(repeating: nil)
    signatures = .init(repeating: 0)
    lanes = RSAMany.bestKernel.map { RSAMany($0) }
  }

  /// Checks a token's form and header.
  func open(
    _ index: Int, _ range: Range<Int>, of text: Span<UInt8>, _ steps: borrowing VerificationSteps,
    _ scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> Token {
    let opened = try steps.open(text.extracting(range), &scratch, at: place)
    return Token(index: index, range: range, opened: opened)
  }

  /// Takes a token in whose signature is to be checked with `key`, which lives until `finish`.
  ///
  /// - Throws: What is wrong with this token; others find their verdicts by themselves.
  mutating func add(
    _ token: Token, _ key: borrowing VerificationKey.Material,
    _ steps: borrowing VerificationSteps, _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) throws(JWTError) {
    do throws(JWTError) {
      try take(token, key, steps, text, &scratch, &verdicts)
    } catch {
      throw steps.reason(error, text.extracting(token.range), token.opened)
    }
  }

  private mutating func take(
    _ token: Token, _ key: borrowing VerificationKey.Material,
    _ steps: borrowing VerificationSteps, _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) throws(JWTError) {
    let hash = Algorithm.hash(ofNumber: token.opened.algorithm)
    let message = token.inText(token.opened.jws.signingInput)
    switch key {
    case .hmac(let key):
      prepare(.hmac, hash, 0, steps, text, &scratch, &verdicts)
      // SAFETY: the key lives until `finish`, as the caller promises, so until it is used.
      unsafe digests.add(message, key: key)
    case .asymmetric(let key):
      switch key.many {
      case .some(let many):
        prepare(.rsa, hash, many.length, steps, text, &scratch, &verdicts)
        let start = count * Self.lane
        try decode(token, many, text, &scratch, at: start)
        // SAFETY: as above.
        unsafe lanes!.add(many, signature: start, result: start)
        digests.add(message)
      case .none:
        try alone(token, key, steps, text, &scratch, &verdicts)
        return
      }
    }
    tokens[count] = token
    count += 1
  }

  /// Verifies all tokens that wait.
  mutating func finish(
    _ steps: borrowing VerificationSteps, _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) {
    guard count > 0 else { return }
    digests.finish(text)
    if case .rsa = kind {
      var room = signatures.mutableSpan
      lanes!.raise(in: &room)
    }
    for number in 0..<count {
      guard let token = tokens[number] else { continue }
      verdicts[token.index] = verdict(number, token, steps, text, &scratch)
    }
    count = 0
    digests.removeAll()
  }

  /// Empties the wave if the next token does not fit into it.
  private mutating func prepare(
    _ kind: Kind, _ hash: SHA2, _ length: Int, _ steps: borrowing VerificationSteps,
    _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) {
    let capacity = length == 0 ? Self.room : lanes!.lanes
    if count < capacity, self.kind == kind, digests.hash == hash, signatureLength == length {
      return
    }
    finish(steps, text, &scratch, &verdicts)
    if digests.hash != hash { digests = SHA2Batch(hash) }
    (self.kind, signatureLength) = (kind, length)
  }

  /// Decodes a token's signature to its lane: as long as the modulus, and below it.
  private mutating func decode(
    _ token: Token, _ key: borrowing RSAManyKey, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>, at start: Int
  ) throws(JWTError) {
    let range = token.inText(token.opened.jws.signature)
    guard Base64URL.decodedLength(of: range.count) == key.length else {
      // Refused already; decoding only finds the better name for it.
      _ = try Segments.decode(text, range, .signature, into: &scratch, at: place)
      throw .signatureInvalid
    }
    var room = signatures.mutableSpan
    _ = try Segments.decode(text, range, .signature, into: &room, at: start)
    guard key.isAbove(room, at: start) else { throw .signatureInvalid }
  }

  private mutating func verdict(
    _ number: Int, _ token: Token, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>
  ) -> Verifier.Verdict {
    let signature = token.inText(token.opened.jws.signature)
    do throws(JWTError) {
      let digest = digests.digest(at: number)
      if case .hmac = kind {
        guard digest.isEncoded(text, in: signature) else {
          _ = try Segments.decode(text, signature, .signature, into: &scratch, at: place)
          throw .signatureInvalid
        }
      } else {
        let start = number * Self.lane
        guard
          RSAEncoding.isEncoded(
            signatures.span, in: start..<start + signatureLength, of: digest,
            by: token.opened.algorithm)
        else { throw .signatureInvalid }
      }
      return .success(try claims(token, steps, text, &scratch))
    } catch {
      return .failure(steps.reason(error, text.extracting(token.range), token.opened))
    }
  }

  /// Reads the claims of a token whose signature is good; its payload stays in the scratch.
  private mutating func claims(
    _ token: Token, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> ClaimIndex {
    var claims = ClaimIndex()
    claims.payloadStart = place
    try steps.check(
      text.extracting(token.range), token.opened.jws, now: now, scratch: &scratch, into: &claims)
    place += claims.payloadLength
    return claims
  }

  /// Verifies a token that no kernel is for.
  private mutating func alone(
    _ token: Token, _ key: borrowing PublicKey, _ steps: borrowing VerificationSteps,
    _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) throws(JWTError) {
    let jws = token.opened.jws
    try VerificationSteps.checkSignature(
      text.extracting(token.range), jws, key, token.opened.algorithm, &scratch, at: place)
    verdicts[token.index] = .success(try claims(token, steps, text, &scratch))
  }
}
