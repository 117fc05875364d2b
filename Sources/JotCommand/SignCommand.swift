// jot sign: makes a token from options and prints it.
#if CommandLine
  import ArgumentParser
  import Jot

  struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sign",
      abstract: "Prints a signed token.",
      discussion: """
        Claims are written in the order iss, sub, aud, exp, then each --claim. One --audience is \
        written as a string, several as an array; an array of one is --claim 'aud=["x"]'. Without \
        --lifetime a token never expires.
        """)

    @Option(help: "One of \(Algorithm.names).")
    var algorithm: Algorithm

    @OptionGroup var keys: KeyOptions

    @Option(help: "The header's kid; default: that of the key, if it is a JWK with one.")
    var kid: String?

    @Option(help: "The header's typ.")
    var typ = "JWT"

    @Option(help: "The header's cty.")
    var cty: String?

    @Option(help: "The claim iss.")
    var issuer: String?

    @Option(help: "The claim sub.")
    var subject: String?

    @Option(help: "The claim aud; may be repeated.")
    var audience: [String] = []

    @Option(
      parsing: .unconditional,
      help:
        "The claim exp, in seconds from now; 0 or less: already expired; default: never expires.")
    var lifetime: Int64?

    @Option(parsing: .unconditional, help: "The time in seconds since 1970; default: the clock's.")
    var now: Int64?

    @Option(
      name: .customLong("claim"), help: "A claim of any name, its value in JSON; may be repeated.")
    var claims: [String] = []

    func run() throws {
      let key = try keys.signingKey(for: algorithm)
      let claims = try allClaims()
      do throws(JWTError) {
        let signer = try Signer(
          key: key, algorithm: algorithm, keyID: kid, type: typ, contentType: cty)
        Streams.print(try signer.sign(claims))
      } catch {
        throw keys.refusal(error)
      }
    }

    private func allClaims() throws(Failure) -> Claims {
      var result = Claims()
      if let issuer { result["iss"] = .string(issuer) }
      if let subject { result["sub"] = .string(subject) }
      if audience.count == 1 {
        result["aud"] = .string(audience[0])
      } else if audience.count > 1 {
        result["aud"] = .array(audience.map { .string($0) })
      }
      if let lifetime {
        let (end, over) = (now ?? NumericDate.now()).addingReportingOverflow(lifetime)
        guard !over else { throw Failure("--lifetime \(lifetime) makes exp exceed 64 bits") }
        result["exp"] = .integer(end)
      }
      for claim in claims {
        guard let border = claim.firstIndex(of: "=") else {
          throw Failure("--claim \(Streams.shown(claim)): write NAME=JSON")
        }
        let (name, text) = (String(claim[..<border]), String(claim[claim.index(after: border)...]))
        let shown = Streams.shown(name)
        guard result[name] == nil else {
          throw Failure("--claim \(shown): the claim is given twice")
        }
        do throws(JSONError) {
          result[name] = try JSON(value: text)
        } catch {
          throw Failure(
            "--claim \(shown): the value is not JSON; put a text in quotes: 'NAME=\"…\"'")
        }
      }
      return result
    }
  }
#endif
