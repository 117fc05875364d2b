// Fence: tokens of a batch on their way together: opened one by one, their signatures checked side by
// side, their claims read one by one. Before it: Verifier.verify(batch:). After it: the verdicts.

/// Up to as many tokens as one kernel takes at once, with what is known of each; on the stack.
///
/// A token waits here until the wave is full or the next token needs another kernel, hash or length of
/// key. Kernels are for HMAC, and for RSA where the CPU has one; other tokens pass through alone.
struct Wave: ~Copyable {
  /// A token that is open and not yet verified.
  private struct Token {
    /// Its place in the batch, and where it begins and ends in the text.
    var index = 0
    var start = 0
    var end = 0
    /// Where its payload begins and ends in the text.
    var payload = 0
    var payloadEnd = 0
    var algorithm = 0
    var hasCountedDots = false

    var signingInput: Range<Int> { start..<payloadEnd }
    var signature: Range<Int> { payloadEnd + 1..<end }
  }

  private enum Kind { case none, hmac, rsa }

  private static var room: Int { SHA2Batch.capacity }
  // Bytes that a signature may have in a lane: 4096 bits.
  private static var lane: Int { 512 }
  // Bytes that the kernel writes behind a payload.
  private static var gap: Int { 8 }

  private let now: Int64
  /// Where the next payload will stand in the scratch.
  private(set) var place: Int
  /// Tokens that wait; behind them, in the last place, the one that was opened last.
  private var count = 0
  private var tokens = [33 of Token](repeating: Token())
  private var kind = Kind.none
  private var digests = SHA2Batch(.sha256)
  private var lanes = RSAMany.bestKernel.map { RSAMany($0) }
  private var signatures = [4096 of UInt8](repeating: 0)
  private var signatureLength = 0

  // Inlined, so that ten kilobytes are made where they stay.
  @inline(__always)
  init(now: Int64, from place: Int) { (self.now, self.place) = (now, place) }

  /// Checks a token's form and header; returns the place of its `kid` and its algorithm's number.
  @inline(__always)
  mutating func open(
    _ index: Int, _ range: Range<Int>, of text: Span<UInt8>, _ steps: borrowing VerificationSteps,
    _ scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> (keyID: JSONValue, algorithm: Int) {
    let opened = try steps.open(text.extracting(range), &scratch, at: place)
    let start = range.lowerBound
    tokens[count].index = index
    tokens[count].start = start
    tokens[count].end = range.upperBound
    tokens[count].payload = start + opened.jws.payload.lowerBound
    tokens[count].payloadEnd = start + opened.jws.payload.upperBound
    tokens[count].algorithm = opened.algorithm
    tokens[count].hasCountedDots = opened.hasCountedDots
    return (opened.keyID, opened.algorithm)
  }

  /// Takes in the token that was opened, whose signature is to be checked with `key`, which lives
  /// until `finish`.
  ///
  /// - Throws: What is wrong with this token; others find their verdicts by themselves.
  @inline(__always)
  mutating func add(
    _ key: borrowing VerificationKey.Material, _ steps: borrowing VerificationSteps,
    _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) throws(JWTError) {
    let hash = Algorithm.hash(ofNumber: tokens[count].algorithm)
    switch key {
    case .hmac(let key):
      prepare(.hmac, hash, 0, steps, text, &scratch, &verdicts)
      // SAFETY: the key lives until `finish`, as the caller promises, so until it is used.
      unsafe digests.add(tokens[count].signingInput, key: key)
    case .asymmetric(let key):
      switch key.many {
      case .some(let many):
        prepare(.rsa, hash, many.length, steps, text, &scratch, &verdicts)
        let start = count * Self.lane
        try decodeSignature(many, text, &scratch, at: start, steps)
        // SAFETY: as above.
        unsafe lanes!.add(many, signature: start, result: start)
        digests.add(tokens[count].signingInput)
      case .none:
        try alone(key, steps, text, &scratch, &verdicts)
        return
      }
    }
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
    // All payloads are decoded before the first is read: what was just stored is not there yet.
    for number in 0..<count {
      let index = tokens[number].index
      do throws(JWTError) {
        try checkSignature(number, text, &scratch)
        try decodePayload(number, text, &scratch, &verdicts[index].claims)
        verdicts[index].error = nil
      } catch {
        verdicts[index].refuse(reason(error, number, steps, text))
      }
    }
    for number in 0..<count {
      let index = tokens[number].index
      guard verdicts[index].error == nil else { continue }
      do throws(JWTError) {
        try readClaims(number, steps, text, &scratch, &verdicts[index].claims)
      } catch {
        verdicts[index].refuse(reason(error, number, steps, text))
      }
    }
    count = 0
    digests.removeAll()
  }

  /// Empties the wave if the token that was opened does not fit into it.
  @inline(__always)
  private mutating func prepare(
    _ kind: Kind, _ hash: SHA2, _ length: Int, _ steps: borrowing VerificationSteps,
    _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) {
    let capacity = length == 0 ? Self.room : lanes!.lanes
    if count < capacity, self.kind == kind, digests.hash == hash, signatureLength == length {
      return
    }
    empty(kind, hash, length, steps, text, &scratch, &verdicts)
  }

  @inline(never)
  private mutating func empty(
    _ kind: Kind, _ hash: SHA2, _ length: Int, _ steps: borrowing VerificationSteps,
    _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) {
    let opened = count
    finish(steps, text, &scratch, &verdicts)
    tokens[0] = tokens[opened]
    if digests.hash != hash { digests = SHA2Batch(hash) }
    (self.kind, signatureLength) = (kind, length)
  }

  /// Decodes the signature of the token that was opened to its lane: it is as long as the modulus, and
  /// below it.
  private mutating func decodeSignature(
    _ key: borrowing RSAManyKey, _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    at start: Int, _ steps: borrowing VerificationSteps
  ) throws(JWTError) {
    let range = tokens[count].signature
    do throws(JWTError) {
      guard Base64URL.decodedLength(of: range.count) == key.length else {
        // Refused already; decoding only finds the better name for it.
        _ = try Segments.decode(text, range, .signature, into: &scratch, at: place)
        throw .signatureInvalid
      }
      var room = signatures.mutableSpan
      _ = try Segments.decode(text, range, .signature, into: &room, at: start)
      guard key.isAbove(room, at: start) else { throw .signatureInvalid }
    } catch {
      throw reason(error, count, steps, text)
    }
  }

  @inline(__always)
  private mutating func checkSignature(
    _ number: Int, _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) {
    let range = tokens[number].signature
    if case .hmac = kind {
      if digests.isEncoded(at: number, text, in: range) { return }
      _ = try Segments.decode(text, range, .signature, into: &scratch, at: place)
    } else {
      let start = number * Self.lane
      let isEncoded = RSAEncoding.isEncoded(
        signatures.span, in: start..<start + signatureLength, of: digests.digest(at: number),
        by: tokens[number].algorithm)
      if isEncoded { return }
    }
    throw .signatureInvalid
  }

  /// Decodes the payload of a token whose signature is good.
  private mutating func decodePayload(
    _ number: Int, _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ claims: inout ClaimIndex
  ) throws(JWTError) {
    claims = ClaimIndex()
    claims.payloadStart = place
    claims.payloadLength = try Segments.decode(
      text, tokens[number].payload..<tokens[number].payloadEnd, .payload, into: &scratch, at: place)
    place += claims.payloadLength + Self.gap
  }

  /// Reads the claims of a payload that was decoded; it stays in the scratch.
  private mutating func readClaims(
    _ number: Int, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>, _ claims: inout ClaimIndex
  ) throws(JWTError) {
    let plain = claims.values.readPlain(
      &scratch, from: claims.payloadStart, count: claims.payloadLength)
    if !plain.isRead {
      // A workspace is wanted behind the payload, where others stand: it moves to their end.
      try decodePayload(number, text, &scratch, &claims)
      try claims.scan(&scratch, seed: steps.policy.seed)
    }
    try steps.policy.check(plain, scratch, now: now, &claims)
  }

  /// Verifies the token that was opened, which no kernel is for.
  private mutating func alone(
    _ key: borrowing PublicKey, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>, _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) throws(JWTError) {
    let index = tokens[count].index
    do throws(JWTError) {
      try VerificationSteps.checkSignature(
        text, tokens[count].signature, of: tokens[count].signingInput, key,
        tokens[count].algorithm, &scratch, at: place)
      try decodePayload(count, text, &scratch, &verdicts[index].claims)
      try readClaims(count, steps, text, &scratch, &verdicts[index].claims)
      verdicts[index].error = nil
    } catch {
      throw reason(error, count, steps, text)
    }
  }

  /// Why the token is refused: see `VerificationSteps.reason`.
  // Mutating in name only: all tokens were copied for a borrow.
  private mutating func reason(
    _ error: JWTError, _ number: Int, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>
  ) -> JWTError {
    guard !tokens[number].hasCountedDots else { return error }
    return steps.reason(error, text.extracting(tokens[number].start..<tokens[number].end))
  }
}
