// The steps of a verification in the order in which a token passes them, one function each; finding
// the key is Verifier's. No step writes shared memory or retains an object.
//
//   open → find the key → check the signature → decode the payload → check the claims

/// The steps that every token passes.
struct VerificationSteps: ~Copyable, Sendable {
  let header: Header
  let policy: Policy
  let tokenLimit: Int

  /// - Parameter onlyKey: The single key; nil if each header names its key.
  init(_ expectations: Expectations, onlyKey: VerificationKey?, seed: UInt64) {
    header = Header(expectations, onlyKey: onlyKey, seed: seed)
    policy = Policy(expectations, seed: seed)
    tokenLimit = expectations.tokenLimit
  }

  @_noAllocation @inline(__always)
  static func scratchLength(forToken count: Int) -> Int {
    let text = count / 4 * 3 + 3
    return text + JSONScanner.workspaceLength(forText: text)
  }

  // MARK: Open

  /// A token before its signature is checked: enough to find the key.
  struct Opened {
    let jws: CompactJWS
    /// An algorithm of the allow list.
    let algorithm: AlgorithmID
    /// The location of the header's `kid` in the scratch, or an absent value.
    let keyID: JSONValue
    /// The key's entry in the set, if the text of the header has told it; otherwise -1.
    let entry: Int
    /// Whether the token is known to have exactly two dots.
    let hasCountedDots: Bool
  }

  /// Checks the form and the header; decodes to `scratch` from `offset` on.
  ///
  /// - Parameter keys: The set; for one key, the set of that one, or the empty set.
  @_noAllocation @inline(__always)
  borrowing func open(
    _ token: Span<UInt8>, _ keys: KeySet, _ scratch: inout MutableSpan<UInt8>, at offset: Int
  ) throws(JWTError) -> Opened {
    guard token.count <= tokenLimit else { throw .tokenTooLarge(limit: tokenLimit) }
    if let usual = header.usual(token, keys) {
      try checkLength(of: scratch, offset, token)
      // Not an ||, whose closure would capture the span.
      let keyID = usual.unknownKeyID
      var isKnown = keyID.upperBound == 0
      if !isKnown {
        isKnown = header.isPlain(keyID, token, in: usual.jws.header, &scratch, at: offset)
      }
      if isKnown {
        return Opened(
          jws: usual.jws, algorithm: usual.algorithm, keyID: .absent, entry: usual.entry,
          hasCountedDots: false)
      }
    }
    let jws = try segments(token)
    try checkLength(of: scratch, offset, token)
    var keyID = JSONValue.absent
    do throws(JWTError) {
      let algorithm = try header.algorithm(
        token, in: jws.header, scratch: &scratch, at: offset, keyID: &keyID)
      return Opened(
        jws: jws, algorithm: algorithm, keyID: keyID, entry: -1, hasCountedDots: true)
    } catch {
      throw error.explained(by: token)
    }
  }

  @_noAllocation @inline(__always)
  private borrowing func checkLength(
    of scratch: borrowing MutableSpan<UInt8>, _ offset: Int, _ token: Span<UInt8>
  ) throws(JWTError) {
    guard scratch.count - offset >= Self.scratchLength(forToken: token.count) else {
      // A malformed token is refused for its form, whatever the scratch.
      _ = try segments(token)
      throw .bufferTooSmall(needed: offset + Self.scratchLength(forToken: token.count))
    }
  }

  @_noAllocation @inline(__always)
  private borrowing func segments(_ token: Span<UInt8>) throws(JWTError) -> CompactJWS {
    do throws(CompactJWSError) {
      return try CompactJWS(token, limit: tokenLimit)
    } catch {
      throw JWTError(of: error, token, limit: tokenLimit)
    }
  }

  /// Returns the error of a refused token, explained. If the fast path skipped the dot count, it
  /// counts now: a malformed token gets that error instead.
  @_noAllocation
  borrowing func refusal(
    _ error: JWTError, _ hasCountedDots: Bool, _ token: Span<UInt8>
  ) -> JWTError {
    if hasCountedDots { return error.explained(by: token) }
    do throws(JWTError) {
      _ = try segments(token)
      return error.explained(by: token)
    } catch {
      return error
    }
  }

  // MARK: Check the signature

  /// Checks the signature over header and payload as they are in the token.
  @_noAllocation
  static func checkSignature(
    _ token: Span<UInt8>, _ opened: Opened, _ key: borrowing VerificationKey.Material,
    _ scratch: inout MutableSpan<UInt8>, at offset: Int
  ) throws(JWTError) {
    let jws = opened.jws
    switch key {
    case .hmac(let key):
      let hash = opened.algorithm.hash
      if key.isTag(jws.signature, of: jws.signingInput, in: token, with: hash) { return }
      // The token is refused in any case; decoding finds the precise error.
      _ = try Segments.decode(token, jws.signature, .signature, into: &scratch, at: offset)
      if Primitives.areLeftToOpenSSL { throw .signatureInvalid.orProviderMissing }
    case .asymmetric(let key):
      return try checkSignature(
        token, jws.signature, of: jws.signingInput, key, opened.algorithm, &scratch, at: offset)
    }
    throw .signatureInvalid
  }

  /// Checks a public key's signature: `text[signature]` over `text[message]`.
  @_noAllocation
  static func checkSignature(
    _ text: Span<UInt8>, _ signature: Range<Int>, of message: Range<Int>,
    _ key: borrowing PublicKey, _ algorithm: AlgorithmID, _ scratch: inout MutableSpan<UInt8>,
    at offset: Int
  ) throws(JWTError) {
    let count = try Segments.decode(text, signature, .signature, into: &scratch, at: offset)
    let isValid = try key.isValid(
      scratch, at: offset, count: count, of: text, in: message, by: algorithm)
    if !isValid { throw .signatureInvalid }
  }

  // MARK: Decode the payload, check the claims

  /// Decodes the payload in `range`, whose signature is valid, to the offset in `claims`.
  @_noAllocation @inline(__always)
  borrowing func decodePayload(
    _ token: Span<UInt8>, _ range: Range<Int>, into scratch: inout MutableSpan<UInt8>,
    _ claims: inout ClaimIndex
  ) throws(JWTError) {
    claims.payloadLength = try Segments.decode(
      token, range, .payload, into: &scratch, at: claims.payloadStart)
  }

  /// Scans the decoded payload and checks its claims.
  @_noAllocation @inline(__always)
  borrowing func checkClaims(
    _ scratch: inout MutableSpan<UInt8>, _ now: Int64, _ claims: inout ClaimIndex
  ) throws(JWTError) {
    try policy.check(&scratch, now: now, into: &claims)
  }
}
