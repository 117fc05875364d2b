// Many tokens of several issuers in one call: each verifier takes its own, side by side.

extension IssuerVerifier {
  /// Verifies many tokens without allocating; each verdict is the one that the token would get alone.
  ///
  /// Each verifier reads its clock once for each 256 tokens. After the call the payloads of the good
  /// tokens stand decoded in `scratch`, verifier by verifier; their claims' places count from its front.
  ///
  /// - Parameters: as for ``Verifier/verify(batch:of:scratch:into:)``.
  /// - Throws: `bufferTooSmall` for a short scratch, before anything is read.
  /// - Precondition: as there.
  /// - Complexity: O(n); allocates as ``Verifier`` does, so for HMAC nothing.
  public func verify(
    batch tokens: Span<Range<Int>>, of text: Span<UInt8>, scratch: inout MutableSpan<UInt8>,
    into verdicts: inout MutableSpan<Verifier.Verdict>
  ) throws(JWTError) {
    try Verifier.checkBatch(tokens, scratch.count, verdicts.count, limit: tokenLimit)
    verify(tokens, of: text, &scratch, &verdicts)
  }

  /// Verifies many tokens and returns what becomes of each, in their order.
  ///
  /// - Complexity: O(n).
  public func verify(_ tokens: [String]) -> [Result<VerifiedClaims, JWTError>] {
    Verifier.results(of: tokens, limit: tokenLimit) { places, text, scratch, verdicts in
      verify(places, of: text, &scratch, &verdicts)
    } one: { token throws(JWTError) in
      try verify(token)
    }
  }

  /// Chooses the verifier of each token, and lets each verify its own.
  private func verify(
    _ tokens: Span<Range<Int>>, of text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) {
    var place = 0
    // Each verifier looks through all tokens of a part for its own, so parts keep this O(n).
    for start in stride(from: 0, to: tokens.count, by: Self.part) {
      let part = start..<min(start + Self.part, tokens.count)
      for token in part {
        do throws(JWTError) {
          let issuer = try index(of: text.extracting(tokens[token]), &scratch, at: place)
          verdicts[token].wait(for: issuer)
        } catch {
          verdicts[token].refuse(error)
        }
      }
      for token in part {
        guard let issuer = verdicts[token].awaitedIssuer else { continue }
        withVerifier(at: issuer) { verifier in
          verifier.verify(
            batch: tokens, token..<part.upperBound, of: text, from: &place, scratch: &scratch,
            into: &verdicts, waitingFor: issuer)
        }
      }
    }
  }

  private static var part: Int { 256 }
}
