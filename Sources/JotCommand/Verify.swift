// jot verify: a token, or a line each of the standard input; a line of JSON for each.
#if CommandLine
  import ArgumentParser
  import Jot

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Verifies tokens and prints a line of JSON for each.",
      discussion: """
        Prints {"valid":true,"claims":{…}} or {"valid":false,"reason":"expired","detail":"…"}. Exits \
        with 0 if all tokens are valid, 1 if any is not, 2 if nothing could be verified: a wrong \
        option or key, no token at all. A token without exp is valid for ever; pass --required exp.
        """)

    @Option(
      name: .customLong("algorithm"),
      help: "One of \(Algorithm.names); repeat it to allow several.")
    var algorithms: [Algorithm] = []

    @OptionGroup var keys: KeyOptions

    @OptionGroup var issuers: IssuerOptions

    @Option(help: "Keys that a JWK set may have.")
    var keyLimit = KeySet.defaultKeyLimit

    @Option(
      help: "A token must name one of these; without any, one that has an audience is refused.")
    var audience: [String] = []

    @Option(help: "A claim that must be there; may be repeated.")
    var required: [String] = []

    @Option(help: "What the header's typ must be.")
    var typ: String?

    @Option(parsing: .unconditional, help: "Seconds since 1970 instead of the clock's.")
    var now: Int64?

    @Option(parsing: .unconditional, help: "Seconds by which clocks may differ.")
    var leeway: Int64 = 0

    @Option(help: "Seconds that may have passed since the claim iat, which then must be there.")
    var maxAge: Int64?

    @Option(help: "Bytes that a token may have.")
    var maxTokenBytes = Verifier.defaultTokenLimit

    @Argument(help: "The token; without it, each line of the standard input is one.")
    var token: String?

    func validate() throws {
      guard leeway >= 0 else { throw ValidationError("--leeway is 0 or more.") }
      guard maxAge ?? 0 >= 0 else { throw ValidationError("--max-age is 0 or more.") }
      guard maxTokenBytes >= 0 else { throw ValidationError("--max-token-bytes is 0 or more.") }
      guard keyLimit >= 1 else { throw ValidationError("--key-limit is 1 or more.") }
      guard required.count <= 64 else {
        throw ValidationError("--required stands 64 times at most.")
      }
      guard !algorithms.isEmpty || issuers.issuers != nil else {
        throw ValidationError("Pass --algorithm.")
      }
    }

    func run() throws {
      let verify = try reader()
      var allValid = true
      if let token {
        allValid = answer(Result { () throws(JWTError) in try verify(token) })
      } else {
        try Streams.eachToken(limit: maxTokenBytes) { line throws(Failure) in
          let result = Result { () throws(JWTError) in
            guard let line else { throw .tokenTooLarge }
            // What is not UTF-8 is no token either.
            guard let token = String(validating: line, as: UTF8.self) else { throw .tokenMalformed }
            return try verify(token)
          }
          if !answer(result) { allValid = false }
        }
      }
      if !allValid { throw ExitCode(1) }
    }

    /// Returns what verifies: one verifier, or one for each issuer.
    private func reader() throws(Failure) -> (String) throws(JWTError) -> VerifiedClaims {
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
        return { token throws(JWTError) in try verifier.verify(token) }
      }
      var verifiers: [Verifier] = []
      for (place, entry) in entries.enumerated() {
        let source = "the key of issuer \(place + 1), \(Streams.shown(entry.key))"
        let algorithms = entry.algorithms ?? algorithms
        guard !algorithms.isEmpty else {
          throw Failure(
            "issuer \(place + 1) has no algorithms; name them there or pass --algorithm")
        }
        let found = try keys.verificationKeys(
          of: entry.key, source: source, for: algorithms, keyLimit: keyLimit)
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
      } catch .issuerDuplicate(let place) {
        throw Failure("issuer \(place + 1) is named twice; leave one of them out")
      } catch .issuerKeyShared(let place) {
        throw Failure(
          "issuer \(place + 1) has a key that an earlier one has, so each could sign for the other;"
            + " give each its own, or pass --key and --shared-issuers")
      } catch {
        throw Failure("--issuer: \(error.description)")
      }
      return { token throws(JWTError) in try verifier.verify(token) }
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

    /// Prints the line for a token and returns whether it is valid.
    private func answer(_ result: Result<VerifiedClaims, JWTError>) -> Bool {
      switch result {
      case .success(let claims):
        Streams.print(#"{"valid":true,"claims":\#(claims.json.text)}"#)
        return true
      case .failure(let error):
        let answer: JSON = .object([
          .init("valid", .bool(false)), .init("reason", .string(error.reason)),
          .init("detail", .string(detail(error))),
        ])
        Streams.print(answer.text)
        return false
      }
    }

    /// The error for people; where it speaks of the list of required claims, with the name.
    private func detail(_ error: JWTError) -> String {
      if case .claimMissing(.custom(let index)) = error {
        let name = required[index]
        return "the token lacks the claim "
          + (Redaction.isPlain(name) ? name : "of --required number \(index + 1)")
      }
      return error.description
    }
  }
#endif
