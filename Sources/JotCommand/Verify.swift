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
    var algorithms: [Algorithm]

    @OptionGroup var keys: KeyOptions

    @Option(
      help: "A token must name one of these; without any, one that has an audience is refused.")
    var audience: [String] = []

    @Option(help: "A token must be issued by one of these.")
    var issuer: [String] = []

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
      guard required.count <= 64 else {
        throw ValidationError("--required stands 64 times at most.")
      }
      guard !algorithms.isEmpty else { throw ValidationError("Pass --algorithm.") }
    }

    func run() throws {
      let verifier = try verifier()
      var allValid = true
      if let token {
        allValid = answer(Result { () throws(JWTError) in try verifier.verify(token) })
      } else {
        try Streams.eachToken(limit: maxTokenBytes) { line throws(Failure) in
          let result = Result { () throws(JWTError) in
            guard let line else { throw .tokenTooLarge }
            // What is not UTF-8 is no token either.
            guard let token = String(validating: line, as: UTF8.self) else { throw .tokenMalformed }
            return try verifier.verify(token)
          }
          if !answer(result) { allValid = false }
        }
      }
      if !allValid { throw ExitCode(1) }
    }

    private func verifier() throws -> Verifier {
      let instant = now
      let clock = { @Sendable in instant ?? NumericDate.now() }
      let audience = audience.isEmpty ? nil : audience
      let issuer = issuer.isEmpty ? nil : issuer
      switch try keys.verificationKeys(for: algorithms) {
      case .set(let keys):
        return Verifier(
          keys: keys, algorithms: algorithms, audience: audience, issuer: issuer,
          required: required, type: typ, leeway: leeway, maximumAge: maxAge,
          tokenLimit: maxTokenBytes, clock: clock)
      case .one(let key):
        do throws(JWTError) {
          return try Verifier(
            key: key, algorithms: algorithms, audience: audience, issuer: issuer,
            required: required, type: typ, leeway: leeway, maximumAge: maxAge,
            tokenLimit: maxTokenBytes, clock: clock)
        } catch {
          throw keys.refusal(error)
        }
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
