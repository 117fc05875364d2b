// What of the command line may stand in an error: not what may be a key, a secret or a token.
#if CommandLine
  /// The arguments that no error repeats, wherever they were passed.
  struct Redaction {
    private let hidden: [String]

    init(_ arguments: [String]) {
      var hidden: [String] = []
      for argument in arguments {
        // An option's name is shown, its value behind `=` is looked at alone.
        let parts =
          argument.hasPrefix("--") ? argument.split(separator: "=", maxSplits: 1) : [argument[...]]
        hidden += parts.filter { !Self.isPlain($0) }.map(String.init)
        if !Self.isPlain(argument[...]) { hidden.append(argument) }
      }
      // The longest first, so that none is left in part.
      self.hidden = hidden.sorted { $0.utf8.count > $1.utf8.count }
    }

    /// Whether `text` is short, and of letters, digits and what stands in names and numbers: no key has
    /// fewer than 16 bytes, which take 22 characters.
    static func isPlain(_ text: Substring) -> Bool {
      text.utf8.count <= 20
        && text.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
          default: false
          }
        }
    }

    /// `text` where it is plain, and a word for it where it is not.
    static func shown(_ text: some StringProtocol) -> String {
      isPlain(Substring(text))
        ? String(text) : "(not shown: it may be a key)"
    }

    /// `message` without what is hidden.
    func applied(to message: String) -> String {
      var message = message
      for text in hidden where message.contains(text) {
        message = message.split(separator: text, omittingEmptySubsequences: false)
          .joined(separator: "(not shown: it may be a key, which is passed as the name of a file)")
      }
      return message
    }
  }
#endif
