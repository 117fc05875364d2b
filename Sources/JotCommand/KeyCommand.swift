// jot key: describes a key without its private parts, and makes new keys.
#if CommandLine
  import ArgumentParser
  import Jot

  struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "key",
      abstract: "Describes a key, or makes one.",
      discussion: """
        Reads PEM, DER, OpenSSH, a JWK, a JWK set or a JSON object of key IDs and certificates, with \
        whatever is usually around them (base64, quotes, NAME= of an .env file), and prints the kind, the size, the \
        algorithms, the thumbprint (RFC 7638) and the kid; never the private part. With --generate it \
        makes a private key in PEM (for HS algorithms a secret as text) in a file that only its owner \
        can read, and that must not exist yet.
        """)

    @Argument(help: "A file with a key.")
    var file: String?

    @Option(help: "A file with the passphrase of an encrypted key; a final line end is removed.")
    var passphraseFile: String?

    @Option(help: "The most keys in a JWK set.")
    var keyLimit = KeySet.defaultKeyLimit

    @Flag(help: "Print the public half as PEM.")
    var pem = false

    @Flag(help: "Print the public half as a JWK; of a set, the keys that can verify as a set.")
    var jwk = false

    @Option(help: "Make a key for this algorithm: one of \(Algorithm.names).")
    var generate: Algorithm?

    @Option(help: "Bits of a new RSA key, 2048 to 8192.")
    var bits = 3072

    @Option(help: "The file to create.")
    var output: String?

    func validate() throws {
      guard (file == nil) == (generate != nil) else {
        throw ValidationError("Pass a file, or --generate and --output.")
      }
      guard (generate == nil) == (output == nil) else {
        throw ValidationError("--generate and --output go together.")
      }
      guard keyLimit >= 1 else { throw ValidationError("--key-limit must be 1 or more.") }
      guard !(pem && jwk) else { throw ValidationError("Pass --pem or --jwk, not both.") }
    }

    func run() throws {
      if let generate, let output {
        try make(generate, output)
      } else if let file {
        try show(file)
      }
    }

    private func make(_ algorithm: Algorithm, _ output: String) throws(Failure) {
      guard algorithm.family != .hmac else {
        return try Streams.create(output, Self.secret(algorithm))
      }
      // Only EdDSA leaves a choice: take the curve that is supported most widely.
      let type = KeyType.allCases.first { $0.algorithms.contains(algorithm) } ?? .ed25519
      let key: SigningKey
      do throws(JWTError) {
        key = try SigningKey.generate(type, bits: bits)
      } catch {
        throw Failure("--generate \(algorithm.rawValue): \(error.description)")
      }
      guard let pem = key.pemRepresentation else {
        throw Failure("--generate \(algorithm.rawValue): \(JWTError.cryptographyFailed)")
      }
      try Streams.create(output, pem)
    }

    private func show(_ file: String) throws(Failure) {
      let source = Streams.shown(file)
      let bytes = try Streams.content(of: file, source: source, limit: 1 << 24)
      let text = Secret(copying: bytes.span)
      let passphrase = try passphraseFile.map { path throws(Failure) in
        try KeyOptions.passphrase(of: path)
      }
      do throws(JWTError) {
        let format = KeyFormat(of: text)
        if format == .jwkSet || format == .keyMap {
          do throws(JWTError) {
            return try show(
              KeySet(jwks: text, allowingShort: true, keyLimit: keyLimit), source)
          } catch {
            // One private key in a JSON object is no set.
            guard format == .keyMap, error == .keySetPrivate else { throw error }
          }
        }
        do throws(JWTError) {
          let key =
            format == .jwk
            ? try VerificationKey(jwk: text, allowingShort: true)
            : try VerificationKey(publicKey: text)
          try show(key, key.type == .secret ? "secret" : "public key", source)
        } catch {
          // Show a private key's public half; for anything else keep the first error.
          let mayBePrivate: [JWTError.KeyText] = [
            .privateKey, .encryptedPrivateKey, .sshPrivateKey,
          ]
          guard error.code == .keyUse || mayBePrivate.contains(where: { error.isMalformed(as: $0) })
          else { throw error }
          do throws(JWTError) {
            try show(try privateKey(text, passphrase), "private key", source)
          } catch let second {
            // A public JWK that is not for signatures is no private key.
            throw second.isMalformed(as: .publicKey) ? error : second
          }
        }
      } catch {
        throw Failure("\(source): \(error.description)")
      }
    }

    private func show(_ set: KeySet, _ source: String) throws(JWTError) {
      if jwk {
        let keys = set.keys.compactMap(\.jwkRepresentation)
        guard keys.count == set.keys.count else {
          throw .keyMalformed(wanted: .publicKey, found: .secretJWK)
        }
        return Streams.print(JSON.object([.init("keys", .array(keys))]).text)
      }
      for key in set.keys { try show(key, "public key", source) }
      for skipped in set.skipped {
        let name = skipped.keyID.map { " (kid \(JSON.string($0).text))" } ?? ""
        Streams.print("skipped      index \(skipped.index)\(name): \(skipped.error)")
      }
      if set.ignoredCount > set.skipped.count {
        Streams.print("skipped      \(set.ignoredCount - set.skipped.count) more")
      }
    }

    /// The public half of a private key.
    private func privateKey(
      _ text: borrowing Secret, _ passphrase: consuming Secret?
    ) throws(JWTError) -> VerificationKey {
      if KeyFormat(of: text) == .jwk {
        return try SigningKey(jwk: text, allowingShort: true).verificationKey
      }
      guard let passphrase else {
        return try SigningKey(privateKey: text).verificationKey
      }
      return try SigningKey(privateKey: text, passphrase: passphrase).verificationKey
    }

    private func show(
      _ key: VerificationKey, _ kind: String, _ source: String
    ) throws(JWTError) {
      if pem || jwk {
        guard let text = pem ? key.pemRepresentation : key.jwkRepresentation?.text else {
          throw .keyMalformed(wanted: .publicKey, found: .secretJWK)
        }
        Streams.print(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        return
      }
      Streams.print("kind         \(kind)")
      Streams.print("type         \(key.type.rawValue)")
      Streams.print("size         \(key.bitCount) bits")
      Streams.print("algorithms   \(key.algorithms.map(\.rawValue).joined(separator: ", "))")
      if let keyID = key.keyID { Streams.print("kid          \(JSON.string(keyID).text)") }
      if let thumbprint = key.thumbprint { Streams.print("thumbprint   \(thumbprint)") }
    }

    /// Random bytes of the hash's length, in hexadecimal.
    private static func secret(_ algorithm: Algorithm) -> Secret {
      var generator = SystemRandomNumberGenerator()
      let digits = Array("0123456789abcdef".utf8)
      let text = (0..<2 * (algorithm.hash?.digestLength ?? 64)).map { _ in
        digits[Int(generator.next() & 15)]
      }
      return Secret(copying: (text + [UInt8(ascii: "\n")]).span)
    }
  }
#endif
