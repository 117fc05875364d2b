// The public API for signing: claims in, a token out.

/// Signs tokens with one key and algorithm: immutable, made once, used by any number of threads.
///
/// ```swift
/// let signer = try Signer(key: key, algorithm: .hs256)
/// let token = try signer.sign(["sub": "7e0c…", "exp": 1767229200])
/// ```
public final class Signer: Sendable {
  let key: SigningKey
  let steps: SigningSteps

  /// Makes a signer.
  ///
  /// The header's members are sorted, as PyJWT writes them: `alg`, `cty`, `kid`, `typ`. The first
  /// signature with a private key on each CPU makes a context for later ones: some 10 µs and a few
  /// KB.
  ///
  /// - Parameters:
  ///   - key: The signing key.
  ///   - algorithm: One of the key's algorithms.
  ///   - keyID: The header's `kid`; nil uses the key's, if it has one.
  ///   - type: The header's `typ`; nil leaves it out.
  ///   - contentType: The header's `cty`; nil leaves it out.
  /// - Throws: `algorithmKeyMismatch`, `keyTooShort`, `cryptographyFailed`.
  public init(
    key: SigningKey, algorithm: Algorithm, keyID: String? = nil, type: String? = "JWT",
    contentType: String? = nil
  ) throws(JWTError) {
    try algorithm.check(key.algorithms, key.secretLength)
    let length: Int
    switch key.material {
    case .hmac: length = algorithm.hash?.digestLength ?? 0
    case .asymmetric(let key):
      length = key.signatureLength
      try key.check(algorithm.id)
    }
    steps = SigningSteps(
      header: ByteStrings([
        Header.text(algorithm, keyID: keyID ?? key.keyID, type: type, contentType: contentType)
      ]), algorithm: algorithm.id, signatureLength: length)
    self.key = key
  }

  /// Signs `claims` and returns the token.
  ///
  /// - Throws: `cryptographyFailed`, `providerMissing` if OpenSSL fails.
  public func sign(_ claims: Claims) throws(JWTError) -> String {
    let payload = claims.payload
    return try String(tokenLength: tokenLength(forPayload: payload.count)) {
      (token) throws(JWTError) in try sign(payload: payload.span, into: &token)
    }
  }

  /// Signs `payload` into the front of `token` without allocating and returns the token's length.
  ///
  /// The bytes are signed unchanged: the caller must ensure that they are one JSON object, and
  /// every verifier checks it. ``JSONWriter`` makes such bytes. HMAC allocates nothing; the other
  /// algorithms use OpenSSL, which allocates.
  ///
  /// - Parameters:
  ///   - payload: The claims as JSON.
  ///   - token: At least `tokenLength(forPayload: payload.count)` bytes.
  /// - Throws: `bufferTooSmall`, before anything is written; `cryptographyFailed`.
  /// - Complexity: O(n); for HMAC no allocation, which the compiler checks inside this call.
  public func sign(
    payload: Span<UInt8>, into token: inout MutableSpan<UInt8>
  ) throws(JWTError) -> Int {
    try sign(payload: payload, into: &token, at: 0)
  }

  /// Signs `payload` to `token` at `start` and returns the token's length.
  func sign(
    payload: Span<UInt8>, into token: inout MutableSpan<UInt8>, at start: Int
  ) throws(JWTError) -> Int {
    try steps.sign(
      payload, in: 0..<payload.count, key: key.material, into: &token, at: start)
  }

  /// Returns the length in bytes of a token with a payload of `count` bytes.
  public func tokenLength(forPayload count: Int) -> Int { steps.tokenLength(forPayload: count) }
}

/// The steps for every payload, in order; inside the public API, with nothing shared or retained.
struct SigningSteps: ~Copyable, Sendable {
  /// The header's base64url text and its dot.
  let header: ByteStrings
  let algorithm: AlgorithmID
  let hash: SHA2
  /// Characters in a token besides its payload: the header's, the signature's, and both dots.
  let otherLength: Int
  /// Characters in the signature.
  let signatureTextLength: Int

  init(header: consuming ByteStrings, algorithm: AlgorithmID, signatureLength: Int) {
    hash = algorithm.hash
    signatureTextLength = Base64URL.encodedLength(of: signatureLength)
    otherLength = header.length(at: 0) + 1 + signatureTextLength
    self.header = header
    self.algorithm = algorithm
  }

  @_noAllocation @inline(__always)
  borrowing func tokenLength(forPayload count: Int) -> Int {
    otherLength + Base64URL.encodedLength(of: count)
  }

  /// Writes the token of the payload `text[range]` to `token` at `start` and returns its length.
  @_noAllocation @inline(__always)
  borrowing func sign(
    _ text: Span<UInt8>, in range: Range<Int>, key: borrowing SigningKey.Material,
    into token: inout MutableSpan<UInt8>, at start: Int
  ) throws(JWTError) -> Int {
    let needed = tokenLength(forPayload: range.count)
    guard token.count - start >= needed else { throw .bufferTooSmall(needed: needed) }
    let end = CompactJWS.writeSigningInput(header, text, in: range, to: &token, at: start)
    switch key {
    case .hmac(let key):
      guard key.writeTag(of: start..<end, in: &token, at: end + 1, with: hash) else {
        throw .cryptographyFailed.orProviderMissing
      }
      return needed
    case .asymmetric(let key):
      return end + 1 - start + (try key.sign(&token, start..<end, by: algorithm, at: end + 1))
    }
  }
}
