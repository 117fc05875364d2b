// Reads a key from a file or the environment, never from the command line, which others can see.
#if CommandLine
  import ArgumentParser
  import Jot

  struct KeyOptions: ParsableArguments {
    @Option(
      help: """
        A file with a key in any supported format: PEM, DER, a JWK, OpenSSH (for verify also a JWK \
        set, or a JSON object of key IDs and certificates); a private key to sign, a public one to \
        verify.
        """)
    var key: String?

    @Option(help: "A file with the passphrase of an encrypted --key; a final line end is removed.")
    var passphraseFile: String?

    @Option(
      help: "A file with the secret for HS algorithms; a final line end is removed.")
    var secretFile: String?

    @Option(help: "An environment variable with the secret for HS algorithms, used unchanged.")
    var secretEnv: String?

    @Flag(help: "Accept a secret that is shorter than the hash (RFC 7518 forbids it).")
    var allowShortSecret = false

    func signingKey(for algorithm: Algorithm) throws(Failure) -> SigningKey {
      try checkFamily(algorithm)
      let text = try text(for: [algorithm])
      let passphrase = try passphrase()
      do throws(JWTError) {
        if key == nil { return try SigningKey(secret: text, allowingShort: allowShortSecret) }
        return switch KeyFormat(of: text) {
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

    /// The verification keys: one key, or a set.
    enum Keys {
      case one(VerificationKey)
      case set(KeySet)

      /// The set, if it is one.
      var set: KeySet? { if case .set(let set) = self { set } else { nil } }
    }

    /// Whether any option names a key or a secret.
    var isGiven: Bool { key != nil || secretFile != nil || secretEnv != nil }

    /// - Parameter keyLimit: The most keys in a JWK set.
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

    /// Reads a file with a verification key, a set of them, or a secret as a JWK.
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
      switch KeyFormat(of: text) {
      case .jwkSet:
        return .set(try KeySet(jwks: text, allowingShort: allowingShort, keyLimit: keyLimit))
      case .keyMap:
        let set = try KeySet(jwks: text, keyLimit: keyLimit)
        // The name of a single key may be no key ID: {"public_key":"…"}.
        return set.keys.count == 1 && set.ignoredCount == 0 ? .one(set.keys[0]) : .set(set)
      case .jwk: return .one(try VerificationKey(jwk: text, allowingShort: allowingShort))
      default: return .one(try VerificationKey(publicKey: text))
      }
    }

    /// The error for an unusable key, with the option that named it.
    func refusal(_ error: JWTError) -> Failure {
      Failure("\(source): \(error.description)")
    }

    /// The option in use. Omits a secret's file or variable name, which may be the secret itself.
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
        throw Failure("--algorithm \(algorithm.rawValue) needs a key; pass --key")
      }
    }

    private func text(for algorithms: [Algorithm]) throws(Failure) -> Secret {
      if let key { return try Self.text(of: key, source: source, for: algorithms) }
      if let secretFile {
        // Screened whole too: without its last byte a key may be recognised no more.
        let bytes = try Streams.content(of: secretFile, source: source, limit: 65536)
        if let text = JWTError.KeyText.recognize(bytes.span) {
          throw refusal(.keyLooksAsymmetric(text))
        }
        let secret = Self.line(bytes)
        note(secret)
        return secret
      }
      guard let secret = Streams.environment(secretEnv ?? "") else {
        throw Failure("\(source): the environment has no variable of this name")
      }
      note(secret)
      return secret
    }

    /// Tells on the standard error what is around a secret and may not be meant: every byte counts, so
    /// the signatures of who has the secret without it differ.
    private func note(_ secret: borrowing Secret) {
      let surplus: String? = secret.withBytes { bytes in
        let count = bytes.count
        guard count > 2 else { return nil }
        if bytes[0] == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf { return "a byte order mark" }
        let isUTF16 = (0..<count / 2).allSatisfy { bytes[2 * $0 + 1] == 0 }
        if isUTF16 || (bytes[0] == 0xff && bytes[1] == 0xfe) { return "a NUL behind each letter" }
        // The bytes of a random secret may be anything.
        guard bytes.indices.allSatisfy({ 0x20...0x7e ~= bytes[$0] || 9...13 ~= bytes[$0] }) else {
          return nil
        }
        if bytes[0] <= 0x20 || bytes[count - 1] <= 0x20 { return "white space at an end" }
        let quote = bytes[0]
        if "\"'`".utf8.contains(quote), bytes[count - 1] == quote { return "quotes around it" }
        let name = bytes.indices.prefix { "ABCDEFGHIJKLMNOPQRSTUVWXYZ_".utf8.contains(bytes[$0]) }
        let isNamed =
          !name.isEmpty && name.endIndex < count - 1
          && bytes[name.endIndex] == UInt8(ascii: "=")
          && bytes[name.endIndex + 1] != bytes[name.endIndex]
        return isNamed ? "a name and = before it" : nil
      }
      guard let surplus else { return }
      Streams.complain("jot: \(source): the secret has \(surplus); every byte of it counts")
    }

    /// The content of a key's file.
    private static func text(
      of path: String, source: String, for algorithms: [Algorithm]
    ) throws(Failure) -> Secret {
      let bytes = try Streams.content(of: path, source: source, limit: 1 << 24)
      let text = Secret(copying: bytes.span)
      // Only a JWK can contain a secret and says so; other key files can't.
      if let algorithm = algorithms.first, algorithms.allSatisfy({ $0.family == .hmac }),
        ![.jwk, .jwkSet].contains(KeyFormat(of: text))
      {
        throw Failure(
          source.hasPrefix("--key")
            ? "--algorithm \(algorithm.rawValue) needs a random secret (--secret-file, --secret-env);"
              + " \(source) goes with an algorithm of the key's type, which jot key shows"
            : "\(source): \(algorithm.rawValue) needs a secret; pass it as a JWK of the type oct")
      }
      return text
    }

    private func passphrase() throws(Failure) -> Secret {
      guard let passphraseFile else { return Secret("") }
      return try Self.passphrase(of: passphraseFile)
    }

    /// The passphrase in a file.
    static func passphrase(of path: String) throws(Failure) -> Secret {
      let passphrase = try line(of: path, source: "--passphrase-file")
      guard passphrase.count > 0 else {
        throw Failure("--passphrase-file is empty; write the passphrase into it")
      }
      return passphrase
    }

    /// The content of a file without its final line end.
    private static func line(of path: String, source: String) throws(Failure) -> Secret {
      Self.line(try Streams.content(of: path, source: source, limit: 65536))
    }

    private static func line(_ content: [UInt8]) -> Secret {
      var bytes = content
      if bytes.last == UInt8(ascii: "\n") {
        bytes.removeLast()
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
      }
      return Secret(copying: bytes.span)
    }
  }

  extension Algorithm: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument) }

    /// All names, for the help.
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
  }
#endif
