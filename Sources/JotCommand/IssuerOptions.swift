// Who may have issued a token, and whose key proves it: one issuer of --key, or several with a key each.
#if CommandLine
  import ArgumentParser
  import Jot

  struct IssuerOptions: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        """
        A token must be issued by this. Without --key it is URL=FILE, with the file of the \
        issuer's own key, and may be repeated.
        """,
        valueName: "issuer"))
    var issuer: [String] = []

    @Flag(help: "Several --issuer share --key: each of them can sign for all.")
    var sharedIssuers = false

    @Option(
      help: ArgumentHelp(
        """
        A file with several issuers as JSON, each with a key of its own: \
        {"URL":{"key":"FILE","algorithms":["ES256"],"audience":["shop"]}}; what is left out is as \
        the options say.
        """,
        valueName: "file"))
    var issuers: String?

    /// An issuer, and what is its own.
    struct Entry {
      let name: String
      /// The file of its key.
      let key: String
      /// Its algorithms and audience; nil where they are those of the options.
      var algorithms: [Algorithm]?
      var audience: [String]?
    }

    /// The issuers with a key each; nil where there is one key, or one set, for all.
    func entries(hasKey: Bool) throws(Failure) -> [Entry]? {
      if let issuers {
        guard issuer.isEmpty, !hasKey, !sharedIssuers else {
          throw Failure(
            "--issuers names issuers and their keys; leave out --issuer, --shared-issuers, --key"
              + " and secrets")
        }
        return try Self.entries(of: issuers)
      }
      if hasKey || issuer.isEmpty {
        guard !issuer.isEmpty || !sharedIssuers else {
          throw Failure("--shared-issuers needs the names of those who share the key: --issuer")
        }
        guard issuer.count < 2 || sharedIssuers else {
          throw Failure(
            "several --issuer of one key could each sign for the other; give each its own key with"
              + " --issuer URL=FILE and no --key, or say --shared-issuers")
        }
        // Beside a key the text is the issuer's name: one with the file of a key is hardly meant so.
        for text in issuer {
          guard let border = text.lastIndex(of: "="),
            Streams.exists(text[text.index(after: border)...])
          else { continue }
          throw Failure(
            "--issuer is URL=FILE, and --key or a secret is given too; leave out one of them")
        }
        return nil
      }
      guard !sharedIssuers else {
        throw Failure("--shared-issuers needs the key they share: --key")
      }
      var entries: [Entry] = []
      for text in issuer {
        // A URL may have a query; a file's name is the caller's to choose.
        guard let border = text.lastIndex(of: "=") else {
          throw Failure("--issuer without --key is URL=FILE, with the file of the issuer's key")
        }
        entries.append(
          Entry(name: String(text[..<border]), key: String(text[text.index(after: border)...])))
      }
      return entries
    }

    /// Reads a file of issuers.
    private static func entries(of path: String) throws(Failure) -> [Entry] {
      let source = "--issuers \(Streams.shown(path))"
      let bytes = try Streams.content(of: path, source: source, limit: 1 << 24)
      guard let text = String(validating: bytes, as: UTF8.self), let json = try? JSON(object: text),
        case .object(let members) = json
      else { throw Failure("\(source) is not a strict JSON object of issuers") }
      guard !members.isEmpty else { throw Failure("\(source) names no issuer") }
      var entries: [Entry] = []
      for (place, member) in members.enumerated() {
        // By its place: what stands here by mistake may be a key.
        let place = "\(source), issuer \(place + 1)"
        guard case .object(let values) = member.value else {
          throw Failure(#"\#(place) is not an object like {"key":"FILE"}"#)
        }
        guard values.allSatisfy({ ["key", "algorithms", "audience"].contains($0.name) }) else {
          throw Failure("\(place) has a member that is not key, algorithms or audience")
        }
        guard let key = member.value["key"]?.string else {
          throw Failure("\(place) has no key, which names a file")
        }
        var entry = Entry(name: member.name, key: Self.path(key, besides: path))
        if let value = member.value["algorithms"] {
          let names = value.array?.map { $0.string.flatMap(Algorithm.init(rawValue:)) } ?? []
          guard !names.isEmpty, names.allSatisfy({ $0 != nil }) else {
            throw Failure("\(place): algorithms is not a list of some of \(Algorithm.names)")
          }
          entry.algorithms = names.compactMap { $0 }
        }
        if let value = member.value["audience"] {
          let names = value.array?.map(\.string) ?? [value.string]
          guard !names.isEmpty, names.allSatisfy({ $0 != nil }) else {
            throw Failure("\(place): audience is not a string or a list of strings")
          }
          entry.audience = names.compactMap { $0 }
        }
        entries.append(entry)
      }
      return entries
    }

    /// The file `name` as one that stands in the folder of `path`, unless it says where it is.
    private static func path(_ name: String, besides path: String) -> String {
      guard !name.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return name }
      return path[...slash] + name
    }
  }
#endif
