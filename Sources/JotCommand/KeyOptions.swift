// Where a key comes from: a file or the environment, never the command line, which others can see.
#if CommandLine
  import ArgumentParser
  import Jot

  struct KeyOptions: ParsableArguments {
    @Option(
      help: """
        A file with a key: PEM, DER, a JWK, an OpenSSH line, or a JWK set to verify; a private key \
        to sign, a public one to verify.
        """)
    var key: String?

    @Option(help: "A file with the passphrase of an encrypted --key; one line end is cut off.")
    var passphraseFile: String?

    @Option(
      help: "A file with the secret of HS algorithms; one line end at its end is cut off.")
    var secretFile: String?

    @Option(help: "An environment variable with the secret of HS algorithms, taken as it is.")
    var secretEnv: String?

    @Flag(help: "Take a secret that is shorter than the hash (RFC 7518 asks for as many bytes).")
    var allowShortSecret = false

    func signingKey(for algorithm: Algorithm) throws(Failure) -> SigningKey {
      try checkFamily(algorithm)
      let text = try text(for: [algorithm])
      let passphrase = try passphrase()
      do throws(JWTError) {
        if key == nil { return try SigningKey(secret: text, allowingShort: allowShortSecret) }
        return switch text.withBytes({ KeyFormat($0) }) {
        case .jwk: try SigningKey(jwk: text, allowingShort: allowShortSecret)
        default:
          passphraseFile == nil
            ? try SigningKey(privateKey: text)
            : try SigningKey(privateKey: text, passphrase: passphrase)
        }
      } catch {
        throw refusal(error)
      }
    }

    /// What verifies: one key, or a set to choose from.
    enum Keys {
      case one(VerificationKey)
      case set(KeySet)
    }

    /// Whether a key or a secret was named at all.
    var isGiven: Bool { key != nil || secretFile != nil || secretEnv != nil }

    /// - Parameter keyLimit: Keys that a JWK set may have.
    func verificationKeys(
      for algorithms: [Algorithm], keyLimit: Int
    ) throws(Failure) -> Keys {
      for algorithm in algorithms { try checkFamily(algorithm) }
      let text = try text(for: algorithms)
      do throws(JWTError) {
        if key == nil {
          return .one(try VerificationKey(secret: text, allowingShort: allowShortSecret))
        }
        return try Self.keys(text, allowingShort: allowShortSecret, keyLimit: keyLimit)
      } catch {
        throw refusal(error)
      }
    }

    /// Reads the file of a key or a set of keys that verify, or a secret as a JWK.
    func verificationKeys(
      of path: String, source: String, for algorithms: [Algorithm], keyLimit: Int
    ) throws(Failure) -> Keys {
      let text = try Self.text(of: path, source: source, for: algorithms)
      do throws(JWTError) {
        return try Self.keys(text, allowingShort: allowShortSecret, keyLimit: keyLimit)
      } catch {
        throw Failure("\(source): \(error.description)")
      }
    }

    private static func keys(
      _ text: borrowing Secret, allowingShort: Bool, keyLimit: Int
    ) throws(JWTError) -> Keys {
      switch text.withBytes({ KeyFormat($0) }) {
      case .jwkSet:
        .set(try KeySet(jwks: text, allowingShort: allowingShort, keyLimit: keyLimit))
      case .jwk: .one(try VerificationKey(jwk: text, allowingShort: allowingShort))
      default: .one(try VerificationKey(publicKey: text))
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
      if algorithm.family != .hmac, key == nil {
        throw Failure("--algorithm \(algorithm.rawValue) takes a key; pass --key")
      }
    }

    private func text(for algorithms: [Algorithm]) throws(Failure) -> Secret {
      if let key { return try Self.text(of: key, source: source, for: algorithms) }
      if let secretFile { return try Self.line(of: secretFile, source: source) }
      guard let secret = Streams.environment(secretEnv ?? "") else {
        throw Failure("\(source): the environment has no variable of this name")
      }
      return secret
    }

    /// The text of the file of a key.
    private static func text(
      of path: String, source: String, for algorithms: [Algorithm]
    ) throws(Failure) -> Secret {
      let bytes = try Streams.content(of: path, source: source, limit: 1 << 24)
      // A JWK may hold a secret and says so; no other key's file does.
      if let algorithm = algorithms.first, algorithms.allSatisfy({ $0.family == .hmac }),
        ![.jwk, .jwkSet].contains(KeyFormat(bytes.span))
      {
        throw Failure(
          source.hasPrefix("--key")
            ? "--algorithm \(algorithm.rawValue) takes a secret; pass --secret-file or --secret-env"
            : "\(source): \(algorithm.rawValue) takes a secret; give it as a JWK of the type oct")
      }
      return Secret(copying: bytes.span)
    }

    private func passphrase() throws(Failure) -> Secret {
      guard let passphraseFile else { return Secret("") }
      return try Self.line(of: passphraseFile, source: "--passphrase-file")
    }

    /// The content of a file without the line end at its end.
    static func line(of path: String, source: String) throws(Failure) -> Secret {
      var bytes = try Streams.content(of: path, source: source, limit: 65536)
      if bytes.last == UInt8(ascii: "\n") {
        bytes.removeLast()
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
      }
      return Secret(copying: bytes.span)
    }
  }

  extension Algorithm: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument) }

    /// All names, for help.
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
  }
#endif
