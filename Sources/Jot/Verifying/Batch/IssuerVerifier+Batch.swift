// A batch of tokens of several issuers: each verifier handles its own.

extension IssuerVerifier {
  /// Verifies a batch of tokens without allocating; each verdict is the same as for the token
  /// alone.
  ///
  /// Each verifier reads its clock once per 256 tokens. After the call `scratch` has the decoded
  /// payloads of the valid tokens, verifier by verifier; their claims' offsets count from its
  /// front.
  ///
  /// - Parameters: as for ``Verifier/verify(batch:of:scratch:into:)``.
  /// - Throws: `bufferTooSmall` for a short scratch, before anything is read.
  /// - Precondition: as there.
  /// - Complexity: O(n); allocates as ``Verifier`` does: nothing for HMAC.
  public func verify(
    batch tokens: Span<Range<Int>>, of text: Span<UInt8>, scratch: inout MutableSpan<UInt8>,
    into verdicts: inout MutableSpan<Verifier.Verdict>
  ) throws(JWTError) {
    try Verifier.checkBatch(tokens, scratch.count, verdicts.count, limit: tokenLimit)
    verify(tokens, of: text, &scratch, &verdicts)
  }

  /// Verifies a batch of tokens and returns the result of each, in their order.
  ///
  /// - Complexity: O(n).
  public func verify(_ tokens: [String]) -> [Result<VerifiedClaims, JWTError>] {
    Verifier.results(of: tokens, limit: tokenLimit) { ranges, text, scratch, verdicts in
      verify(ranges, of: text, &scratch, &verdicts)
    } one: { token throws(JWTError) in
      try verify(token)
    }
  }

  /// Selects the verifier of each token, then lets each verify its own.
  private func verify(
    _ tokens: Span<Range<Int>>, of text: Span<UInt8>, _ scratch: inout MutableSpan<UInt8>,
    _ verdicts: inout MutableSpan<Verifier.Verdict>
  ) {
    var offset = 0
    // Each verifier searches all tokens of a part for its own; fixed-size parts keep this O(n).
    for start in stride(from: 0, to: tokens.count, by: Self.part) {
      let part = start..<min(start + Self.part, tokens.count)
      for token in part {
        do throws(JWTError) {
          let issuer = try index(of: text.extracting(tokens[token]), &scratch, at: offset)
          verdicts[token].wait(for: issuer)
        } catch {
          verdicts[token].refuse(error)
        }
      }
      for token in part {
        guard let issuer = verdicts[token].awaitedIssuer else { continue }
        withVerifier(at: issuer) { verifier in
          verifier.verify(
            batch: tokens, token..<part.upperBound, of: text, from: &offset, scratch: &scratch,
            into: &verdicts, waitingFor: issuer)
        }
      }
    }
  }

  private static var part: Int { 256 }
}
