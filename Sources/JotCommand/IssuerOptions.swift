// The issuer options: one or more issuers of --key, or several issuers with a key each.
#if CommandLine
  import ArgumentParser
  import Jot

  struct IssuerOptions: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        """
        The required issuer. Without --key: URL=FILE, where FILE has that issuer's key; repeatable.
        """,
        valueName: "issuer"))
    var issuer: [String] = []

    @Flag(help: "All --issuer use the same --key, so each of them can sign for the others.")
    var sharedIssuers = false

    @Option(
      help: ArgumentHelp(
        """
        A file with several issuers as JSON, each with its own key: \
        {"URL":{"key":"FILE","algorithms":["ES256"],"audience":["shop"]}}; the options give the \
        omitted members.
        """,
        valueName: "file"))
    var issuers: String?

    /// An issuer with its own key.
    struct Entry {
      let name: String
      /// The path of its key.
      let key: String
      /// Its algorithms and audience; nil uses the options'.
      var algorithms: [Algorithm]?
      var audience: [String]?
    }

    /// The issuers with a key each; nil if one key or set serves all.
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
          throw Failure("--shared-issuers needs the issuers that share the key; pass --issuer")
        }
        guard issuer.count < 2 || sharedIssuers else {
          throw Failure(
            "several --issuer with one key could each sign for the other; give each its own key"
              + " with --issuer URL=FILE and no --key, or pass --shared-issuers")
        }
        // With --key the text is the issuer's name; ending with an existing file is a mistake.
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
        throw Failure("--shared-issuers needs the shared key; pass --key")
      }
      var entries: [Entry] = []
      for text in issuer {
        // Split at the last "=": a URL may have a query, but the caller can choose the file's name.
        guard let border = text.lastIndex(of: "=") else {
          throw Failure("--issuer without --key must be URL=FILE, where FILE has the issuer's key")
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
      guard !members.isEmpty else { throw Failure("\(source) has no issuer") }
      var entries: [Entry] = []
      for (index, member) in members.enumerated() {
        // Named by its index: its text may be a key, by mistake.
        let issuer = "\(source), issuer \(index + 1)"
        guard case .object(let values) = member.value else {
          throw Failure(#"\#(issuer) is not an object like {"key":"FILE"}"#)
        }
        guard values.allSatisfy({ ["key", "algorithms", "audience"].contains($0.name) }) else {
          throw Failure("\(issuer) has a member that is not key, algorithms or audience")
        }
        guard let key = member.value["key"]?.string else {
          throw Failure("\(issuer) has no key, which names a file")
        }
        var entry = Entry(name: member.name, key: Self.path(key, besides: path))
        if let value = member.value["algorithms"] {
          let names = value.array?.map { $0.string.flatMap(Algorithm.init(rawValue:)) } ?? []
          guard !names.isEmpty, names.allSatisfy({ $0 != nil }) else {
            throw Failure("\(issuer): algorithms is not a list of some of \(Algorithm.names)")
          }
          entry.algorithms = names.compactMap { $0 }
        }
        if let value = member.value["audience"] {
          let names = value.array?.map(\.string) ?? [value.string]
          guard !names.isEmpty, names.allSatisfy({ $0 != nil }) else {
            throw Failure("\(issuer): audience is not a string or a list of strings")
          }
          entry.audience = names.compactMap { $0 }
        }
        entries.append(entry)
      }
      return entries
    }

    /// The path of `name`, relative to the folder of `path` unless it is absolute.
    private static func path(_ name: String, besides path: String) -> String {
      guard !name.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return name }
      return path[...slash] + name
    }
  }
#endif
