// Fence: tokens that are verified together: headers one by one, signatures in parallel lanes,
// claims one by one.

/// A batch of at most as many tokens as a kernel takes, with the state of each; on the stack.
///
/// A token waits here until the batch is full. All its tokens are of one lane: they need the same
/// kernel, hash and length of key; each has its own key. Kernels serve HMAC, RSA of their key sizes
/// and exponent if the CPU has one, and keys of curves that have a table; other tokens are verified
/// one by one.
@safe struct VerificationBatch: ~Copyable {
  /// A token that was opened and not yet verified.
  private struct Token {
    /// Its index in the caller's list, and where it begins and ends in the text.
    var index = 0
    var start = 0
    var end = 0
    /// Where its payload begins and ends in the text.
    var payload = 0
    var payloadEnd = 0
    var algorithm = Algorithm.hs256.id
    var hasCountedDots = false

    var signingInput: Range<Int> { start..<payloadEnd }
    var signature: Range<Int> { payloadEnd + 1..<end }
  }

  private static var capacity: Int { SHA2Batch.capacity }
  // The distance between two signatures: the most bytes of one, 4096 bits in a lane of RSA's, or two
  // numbers of P-521.
  private var signatureStride: Int { lane.kind == .rsa ? 512 : 132 }
  // The bytes that the kernel writes behind a payload.
  private static var padding: Int { 8 }

  private let now: Int64
  /// The offset of the next payload in the scratch.
  private(set) var offset: Int
  /// The number of waiting tokens. `tokens[count]` is opened and not added yet, so there is one more
  /// than `capacity`.
  private var count = 0
  private var tokens = [33 of Token](repeating: Token())
  /// That of all waiting tokens.
  private var lane = Lane.none
  private var digests = SHA2Batch(.sha256)
  private var lanes = RSABatch.bestKernel.map { RSABatch($0) }
  // The tables in use for the waiting tokens of a curve.
  private var uses = unsafe [32 of KeyTables.Use?](repeating: nil)
  // Bit i: the i-th token's signature, by a curve, is valid.
  private var isValid: UInt32 = 0
  private var signatures = [4224 of UInt8](repeating: 0)

  // Inlined, so that ten kilobytes are initialised in place, not copied.
  @inline(__always)
  init(now: Int64, from offset: Int) { (self.now, self.offset) = (now, offset) }

  /// Checks a token's form and header.
  @inline(__always)
  mutating func open(
    _ index: Int, _ range: Range<Int>, of text: Span<UInt8>, _ keys: KeySet,
    _ steps: borrowing VerificationSteps, _ scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) -> VerificationSteps.Opened {
    let opened = try steps.open(text.extracting(range), keys, &scratch, at: offset)
    let start = range.lowerBound
    tokens[count].index = index
    tokens[count].start = start
    tokens[count].end = range.upperBound
    tokens[count].payload = start + opened.jws.payload.lowerBound
    tokens[count].payloadEnd = start + opened.jws.payload.upperBound
    tokens[count].algorithm = opened.algorithm
    tokens[count].hasCountedDots = opened.hasCountedDots
    return opened
  }

  /// Adds the opened token, whose signature `key` will check; the key must live until `flush`.
  ///
  /// - Returns: The lane of a token that was not added, because tokens of another one wait. It must
  ///   be opened again when they are flushed. Otherwise `none`.
  /// - Throws: The error of this token; other tokens get their verdicts separately.
  @inline(__always)
  mutating func add(
    _ key: borrowing VerificationKey.Material, _ steps: borrowing VerificationSteps,
    _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) throws(JWTError) -> Lane {
    let hash = tokens[count].algorithm.hash
    switch key {
    case .hmac(let key):
      let lane = Lane(.hmac, hash)
      guard hasRoom(lane, hash, steps, text, &scratch, &verdicts) else { return lane }
      // SAFETY: the caller guarantees that the key lives until `flush`, which is its last use.
      unsafe digests.add(tokens[count].signingInput, key: key)
    case .asymmetric(let key):
      switch key.batchKey {
      case .some(let batchKey):
        let lane = Lane(.rsa, hash, batchKey.length)
        guard hasRoom(lane, hash, steps, text, &scratch, &verdicts) else { return lane }
        let start = count * signatureStride
        try decodeSignature(text, &scratch, at: start, steps)
        let span = signatures.mutableSpan
        guard batchKey.isBelowModulus(span, at: start) else {
          throw refusal(.signatureInvalid, count, steps, text)
        }
        // SAFETY: as above.
        unsafe lanes!.add(batchKey, signature: start, result: start)
        digests.add(tokens[count].signingInput)
      case .none:
        guard let use = unsafe key.acquireTable() else {
          try verifySingle(key, steps, text, &scratch, &verdicts)
          return .none
        }
        // SAFETY: the table lives until `end`, which is called once: here, by `add`, or by `flush`.
        let kind = Kind(unsafe use.table.pointee)
        let lane = Lane(kind, hash, key.signatureLength)
        guard hasRoom(lane, hash, steps, text, &scratch, &verdicts) else {
          unsafe use.end()
          return lane
        }
        try unsafe add(use, kind, steps, text, &scratch)
      }
    }
    count += 1
    return .none
  }

  /// Adds the opened token, whose key has this table in use.
  @unsafe
  private mutating func add(
    _ use: KeyTables.Use, _ kind: Kind, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) {
    do throws(JWTError) {
      try decodeSignature(text, &scratch, at: count * signatureStride, steps)
    } catch {
      unsafe use.end()
      throw error
    }
    unsafe uses[count] = use
    // Ed25519 hashes more than the message.
    if kind != .ed25519 { digests.add(tokens[count].signingInput) }
  }

  /// Checks the waiting signatures of Ed25519.
  // Not inlined, here and below: the frame has a batch, which is not needed otherwise.
  @inline(never)
  private mutating func verifyEd25519(_ text: Span<UInt8>) {
    var batch = Ed25519Batch()
    for number in 0..<count {
      // SAFETY: the table lives until `end`.
      switch unsafe uses[number]!.table.pointee {
      case .ed25519(let key):
        unsafe batch.add(
          key, signature: number * signatureStride, message: tokens[number].signingInput)
      case .ecdsa: preconditionFailure("a table of the lane's curve")
      }
    }
    isValid = batch.verify(signatures.mutableSpan, of: text)
    endUses()
  }

  /// Checks the waiting signatures of ECDSA, of one curve.
  @inline(never)
  private mutating func verifyECDSA() {
    var batch = ECDSABatch()
    for number in 0..<count {
      // SAFETY: the table lives until `end`.
      switch unsafe uses[number]!.table.pointee {
      case .ecdsa(let key):
        unsafe batch.add(
          key, signature: number * signatureStride, of: digests.digest(at: number))
      case .ed25519: preconditionFailure("a table of the lane's curve")
      }
    }
    isValid = batch.verify(in: signatures.mutableSpan)
    endUses()
  }

  private mutating func endUses() {
    // SAFETY: no table is used any more.
    for number in 0..<count {
      unsafe uses[number]?.end()
      unsafe uses[number] = nil
    }
  }

  /// Verifies all waiting tokens.
  mutating func flush(
    _ steps: borrowing VerificationSteps, _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) {
    guard count > 0 else { return }
    digests.finish(text)
    switch lane.kind {
    case .none, .hmac: break
    case .rsa:
      var span = signatures.mutableSpan
      lanes!.exponentiate(in: &span)
    case .ed25519: verifyEd25519(text)
    case .p256, .p384, .p521, .secp256k1: verifyECDSA()
    }
    // Decode all payloads before reading the first, so that no load waits for a recent store.
    for number in 0..<count {
      let index = tokens[number].index
      do throws(JWTError) {
        try checkSignature(number, text, &scratch)
        try decodePayload(number, steps, text, &scratch, &verdicts[index].claims)
        verdicts[index].error = nil
      } catch {
        verdicts[index].refuse(refusal(error, number, steps, text))
      }
    }
    for number in 0..<count {
      let index = tokens[number].index
      guard verdicts[index].error == nil else { continue }
      do throws(JWTError) {
        try checkClaims(number, steps, text, &scratch, &verdicts[index].claims)
      } catch {
        verdicts[index].refuse(refusal(error, number, steps, text))
      }
    }
    count = 0
    digests.removeAll()
  }

  /// Makes room for the opened token, by a flush if the batch is full. Returns false if tokens of
  /// another lane wait.
  @inline(__always)
  private mutating func hasRoom(
    _ lane: Lane, _ hash: SHA2, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>, _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) -> Bool {
    if lane != self.lane {
      guard count == 0 else { return false }
      if digests.hash != hash { digests = SHA2Batch(hash) }
      self.lane = lane
    } else if count >= (lane.kind == .rsa ? lanes!.lanes : Self.capacity) {
      makeRoom(steps, text, &scratch, &verdicts)
    }
    return true
  }

  @inline(never)
  private mutating func makeRoom(
    _ steps: borrowing VerificationSteps, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>, _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) {
    let opened = count
    flush(steps, text, &scratch, &verdicts)
    tokens[0] = tokens[opened]
  }

  /// Decodes the opened token's signature, which must be as long as its lane's.
  private mutating func decodeSignature(
    _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>, at start: Int,
    _ steps: borrowing VerificationSteps
  ) throws(JWTError) {
    let range = tokens[count].signature
    do throws(JWTError) {
      guard Base64URL.decodedLength(of: range.count) == lane.signatureLength else {
        // The token is refused in any case; decoding finds the precise error.
        _ = try Segments.decode(text, range, .signature, into: &scratch, at: offset)
        throw .signatureInvalid
      }
      var span = signatures.mutableSpan
      _ = try Segments.decode(text, range, .signature, into: &span, at: start)
    } catch {
      throw refusal(error, count, steps, text)
    }
  }

  @inline(__always)
  private mutating func checkSignature(
    _ number: Int, _ text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>
  ) throws(JWTError) {
    let range = tokens[number].signature
    switch lane.kind {
    case .none, .hmac:
      if digests.isEncoded(at: number, text, in: range) { return }
      _ = try Segments.decode(text, range, .signature, into: &scratch, at: offset)
    case .ed25519, .p256, .p384, .p521, .secp256k1:
      if isValid >> UInt32(number) & 1 == 1 { return }
    case .rsa:
      let start = number * signatureStride
      let isEncoded = tokens[number].algorithm.rsaEncoding.isEncoded(
        signatures.span, in: start..<start + lane.signatureLength, of: digests.digest(at: number))
      if isEncoded { return }
    }
    throw .signatureInvalid
  }

  /// Decodes the payload of a token with a valid signature.
  private mutating func decodePayload(
    _ number: Int, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>, _ claims: inout ClaimIndex
  ) throws(JWTError) {
    claims = ClaimIndex()
    claims.payloadStart = offset
    try steps.decodePayload(
      text, tokens[number].payload..<tokens[number].payloadEnd, into: &scratch, &claims)
    offset += claims.payloadLength + Self.padding
  }

  /// Scans a decoded payload, which stays in the scratch, and checks its claims.
  private mutating func checkClaims(
    _ number: Int, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>, _ claims: inout ClaimIndex
  ) throws(JWTError) {
    let plain = claims.members.readPlainPayload(
      &scratch, from: claims.payloadStart, count: claims.payloadLength)
    if !plain.isRead {
      // The scan needs a workspace, where other payloads are: decode the payload again at the end.
      try decodePayload(number, steps, text, &scratch, &claims)
      try claims.scan(&scratch, seed: steps.policy.seed)
    }
    try steps.policy.check(plain, scratch, now: now, &claims)
  }

  /// Verifies the opened token, for which there is no kernel.
  private mutating func verifySingle(
    _ key: borrowing PublicKey, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>, _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) throws(JWTError) {
    let index = tokens[count].index
    do throws(JWTError) {
      try VerificationSteps.checkSignature(
        text, tokens[count].signature, of: tokens[count].signingInput, key,
        tokens[count].algorithm, &scratch, at: offset)
      try decodePayload(count, steps, text, &scratch, &verdicts[index].claims)
      try checkClaims(count, steps, text, &scratch, &verdicts[index].claims)
      verdicts[index].error = nil
    } catch {
      throw refusal(error, count, steps, text)
    }
  }

  /// The error of a refused token: see `VerificationSteps.refusal`.
  // Mutating only to avoid a copy: a borrow would copy all tokens.
  private mutating func refusal(
    _ error: JWTError, _ number: Int, _ steps: borrowing VerificationSteps, _ text: Span<UInt8>
  ) -> JWTError {
    steps.refusal(
      error, tokens[number].hasCountedDots,
      text.extracting(tokens[number].start..<tokens[number].end))
  }
}
