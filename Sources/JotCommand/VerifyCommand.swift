// jot verify: verifies a token, or each line of the standard input; prints a line of JSON for each.
#if CommandLine
  import ArgumentParser
  import Jot

  struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Verifies tokens and prints a line of JSON for each.",
      discussion: """
        Tokens are lines of the standard input; each token gets a line: \
        {"valid":true,"claims":{…}} or {"valid":false,"reason":"expired","detail":"…"}. Exits \
        with 0 if all tokens are valid, 1 if any is not, 2 if nothing could be verified: a wrong \
        option or key, no token at all. A token without exp never expires; pass --required exp.

        """ + TokenText.help)

    @Option(
      name: .customLong("algorithm"),
      help: "One of \(Algorithm.names); repeat it to allow several.")
    var algorithms: [Algorithm] = []

    @OptionGroup var keys: KeyOptions

    @OptionGroup var issuers: IssuerOptions

    @Option(help: "The most keys in a JWK set.")
    var keyLimit = KeySet.defaultKeyLimit

    @Option(
      help: "A token must name one of these; default: a token with an audience is refused.")
    var audience: [String] = []

    @Option(help: "A required claim; may be repeated.")
    var required: [String] = []

    @Option(help: "The required typ of the header.")
    var typ: String?

    @Option(parsing: .unconditional, help: "The time in seconds since 1970; default: the clock's.")
    var now: Int64?

    @Option(parsing: .unconditional, help: "Seconds by which clocks may differ.")
    var leeway: Int64 = 0

    @Option(help: "The most seconds since the claim iat, which is then required.")
    var maxAge: Int64?

    @Option(help: "The most bytes in a token.")
    var maxTokenBytes = Verifier.defaultTokenLimit

    @Argument(help: "The token; default: each line of the standard input that is not blank.")
    var token: String?

    func validate() throws {
      guard leeway >= 0 else { throw ValidationError("--leeway must be 0 or more.") }
      guard maxAge ?? 0 >= 0 else { throw ValidationError("--max-age must be 0 or more.") }
      guard maxTokenBytes >= 0 else {
        throw ValidationError("--max-token-bytes must be 0 or more.")
      }
      guard keyLimit >= 1 else { throw ValidationError("--key-limit must be 1 or more.") }
      guard required.count <= 64 else {
        throw ValidationError("--required may be given at most 64 times.")
      }
      guard !algorithms.isEmpty || issuers.issuers != nil else {
        throw ValidationError("Pass --algorithm.")
      }
    }

    func run() throws {
      let reader = try reader()
      var allValid = true
      try TokenText.forEach(token, limit: maxTokenBytes, before: "verifying") {
        token throws(Failure) in
        do throws(JWTError) {
          guard let token else { throw .tokenTooLarge(limit: maxTokenBytes) }
          accept(try reader.verify(token))
        } catch {
          let token = error.code == .keyNotFound ? token : nil
          refuse(error, by: token.flatMap { reader.keys($0) })
          allValid = false
        }
      }
      if !allValid { throw ExitCode(1) }
    }

    /// What verifies a token, and finds the key set that would.
    private struct Reader {
      let verify: ([UInt8]) throws(JWTError) -> VerifiedClaims
      let keys: ([UInt8]) -> KeySet?
    }

    /// Returns a reader with one verifier, or with one for each issuer.
    private func reader() throws(Failure) -> Reader {
      guard let entries = try issuers.entries(hasKey: keys.isGiven) else {
        let found = try keys.verificationKeys(for: algorithms, keyLimit: keyLimit)
        let names = issuers.issuer
        let verifier: Verifier
        do throws(JWTError) {
          verifier = try self.verifier(
            found, algorithms, audience, issuer: issuers.sharedIssuers ? nil : names.first,
            sharedIssuers: issuers.sharedIssuers ? names : nil)
        } catch {
          throw keys.refusal(error)
        }
        return Reader(
          verify: { token throws(JWTError) in try verifier.verify(token) },
          keys: { _ in found.set })
      }
      var sets: [KeySet?] = []
      var verifiers: [Verifier] = []
      for (index, entry) in entries.enumerated() {
        let source = "the key of issuer \(index + 1), \(Streams.shown(entry.key))"
        let algorithms = entry.algorithms ?? algorithms
        guard !algorithms.isEmpty else {
          throw Failure(
            "issuer \(index + 1) has no algorithms; name them there or pass --algorithm")
        }
        let found = try keys.verificationKeys(
          of: entry.key, source: source, for: algorithms, keyLimit: keyLimit)
        sets.append(found.set)
        do throws(JWTError) {
          verifiers.append(
            try verifier(
              found, algorithms, entry.audience ?? audience, issuer: entry.name,
              sharedIssuers: nil))
        } catch {
          throw Failure("\(source): \(error.description)")
        }
      }
      let verifier: IssuerVerifier
      do throws(JWTError) {
        verifier = try IssuerVerifier(verifiers)
      } catch {
        let issuer = "issuer \((error.index ?? 0) + 1)"
        throw switch error.code {
        case .issuerDuplicate: Failure("\(issuer) is named twice; leave one of them out")
        case .issuerKeyShared:
          Failure(
            "\(issuer) has a key that an earlier one has, so each could sign for the other; give"
              + " each its own, or pass --key and --shared-issuers")
        default: Failure("--issuer: \(error.description)")
        }
      }
      return Reader(
        verify: { token throws(JWTError) in try verifier.verify(token) },
        keys: { token in
          var scratch = [UInt8](
            repeating: 0, count: Verifier.scratchLength(forToken: token.count))
          var span = scratch.mutableSpan
          guard let issuer = try? verifier.verifier(for: token.span, scratch: &span) else {
            return nil
          }
          return verifiers.firstIndex { $0 === issuer }.flatMap { sets[$0] }
        })
    }

    private func verifier(
      _ keys: KeyOptions.Keys, _ algorithms: [Algorithm], _ audience: [String], issuer: String?,
      sharedIssuers: [String]?
    ) throws(JWTError) -> Verifier {
      let instant = now
      let clock = { @Sendable in instant ?? NumericDate.now() }
      let audience = audience.isEmpty ? nil : audience
      switch keys {
      case .set(let keys):
        return Verifier(
          keys: keys, algorithms: algorithms, audience: audience, issuer: issuer,
          sharedIssuers: sharedIssuers, required: required, type: typ, leeway: leeway,
          maximumAge: maxAge, tokenLimit: maxTokenBytes, clock: clock)
      case .one(let key):
        return try Verifier(
          key: key, algorithms: algorithms, audience: audience, issuer: issuer,
          sharedIssuers: sharedIssuers, required: required, type: typ, leeway: leeway,
          maximumAge: maxAge, tokenLimit: maxTokenBytes, clock: clock)
      }
    }

    /// Prints the line of a valid token.
    private func accept(_ claims: VerifiedClaims) {
      Streams.print(#"{"valid":true,"claims":\#(claims.json.text)}"#)
    }

    /// Prints the line of a token that is not valid.
    ///
    /// - Parameter keys: The set that has no key for it.
    private func refuse(_ error: JWTError, by keys: KeySet?) {
      let answer: JSON = .object([
        .init("valid", .bool(false)), .init("reason", .string(error.code.rawValue)),
        .init("detail", .string(detail(error, keys))),
      ])
      Streams.print(answer.text)
    }

    /// The error for people; a name that may be a secret, passed by mistake, is not printed.
    private func detail(_ error: JWTError, _ keys: KeySet?) -> String {
      if error == .audienceUnexpected { return "the token has an audience; pass --audience" }
      if error.code == .algorithmNotAllowed {
        return "the token's alg is not one of --algorithm; jot inspect shows it"
      }
      if error.code == .tokenTooLarge { return error.description + TokenText.tooLarge }
      if error.code == .keyNotFound, let index = error.index,
        let skipped = keys?.skipped.first(where: { $0.index == index })
      {
        return "\(error.description): \(skipped.error.description)"
      }
      guard error.code == .claimMissing, let name = error.claim, !Redaction.isPlain(name),
        let number = required.firstIndex(of: name)
      else { return error.description }
      return "the token lacks the claim of --required number \(number + 1)"
    }
  }
#endif
