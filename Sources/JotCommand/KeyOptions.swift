// Where a key comes from: a file or the environment, never the command line, which others can see.
#if CommandLine
  import ArgumentParser
  import Jot

  struct KeyOptions: ParsableArguments {
    @Option(help: "A file with an RSA key in PEM: a private one to sign, a public one to verify.")
    var key: String?

    @Option(
      help: "A file with the secret of HS algorithms; one line end at its end is cut off.")
    var secretFile: String?

    @Option(help: "An environment variable with the secret of HS algorithms, taken as it is.")
    var secretEnv: String?

    @Flag(help: "Take a secret that is shorter than the hash (RFC 7518 asks for as many bytes).")
    var allowShortSecret = false

    func signingKey(for algorithm: Algorithm) throws(Failure) -> SigningKey {
      try checkFamily(algorithm)
      let text = try text()
      do throws(JWTError) {
        return key != nil
          ? try SigningKey(pem: text)
          : try SigningKey(secret: text, allowingShort: allowShortSecret)
      } catch {
        throw refusal(error)
      }
    }

    func verificationKey(for algorithms: [Algorithm]) throws(Failure) -> VerificationKey {
      for algorithm in algorithms { try checkFamily(algorithm) }
      let text = try text()
      do throws(JWTError) {
        return key != nil
          ? try VerificationKey(pem: text)
          : try VerificationKey(secret: text, allowingShort: allowShortSecret)
      } catch {
        throw refusal(error)
      }
    }

    /// The line for a key that can't be used, with the option that brought it.
    func refusal(_ error: JWTError) -> Failure {
      Failure("\(source): \(error.description)")
    }

    /// The option in use; of a secret's place, nothing: it may be the secret itself, by mistake.
    private var source: String {
      key.map { "--key \(Streams.shown($0))" }
        ?? (secretFile != nil ? "--secret-file" : "--secret-env")
    }

    private func checkFamily(_ algorithm: Algorithm) throws(Failure) {
      let given = [key, secretFile, secretEnv].filter { $0 != nil }
      guard given.count == 1 else {
        throw Failure("pass exactly one of --key, --secret-file and --secret-env")
      }
      switch (algorithm.family, key == nil) {
      case (.hmac, false):
        throw Failure(
          "--algorithm \(algorithm.rawValue) takes a secret; pass --secret-file or --secret-env")
      case (.rsa, true):
        throw Failure("--algorithm \(algorithm.rawValue) takes an RSA key; pass --key")
      default: break
      }
    }

    private func text() throws(Failure) -> Secret {
      if let key {
        let bytes = try Streams.content(of: key, source: source, limit: 65536)
        return Secret(copying: bytes.span)
      }
      if let secretFile {
        var bytes = try Streams.content(of: secretFile, source: source, limit: 65536)
        if bytes.last == UInt8(ascii: "\n") {
          bytes.removeLast()
          if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        return Secret(copying: bytes.span)
      }
      guard let secret = Streams.environment(secretEnv ?? "") else {
        throw Failure("\(source): the environment has no variable of this name")
      }
      return secret
    }
  }

  extension Algorithm: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument) }
  }
#endif
