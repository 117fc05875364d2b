// jot conform: replays a file of attacks; prints a line of JSON for each.
#if CommandLine
  import ArgumentParser
  import Jot
  import JotConform

  struct ConformCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "conform",
      abstract: "Replays a file in the attack corpus's format.",
      discussion: """
        The file is a JSON object with meta, keys and cases; a case has id, op (verify, load_key, \
        bearer or sequence), what the op needs, expect and reason_any. Prints a line of JSON for \
        each case, {"id":…,"verdict":"accept" or "reject","reason":…} or {"id":…,"steps":[…]}, then \
        how many passed. Exits with 0 if all passed, 1 if any failed, 2 if the file is not a corpus \
        or has no cases. Tests/Vectors/attacks-public.json is a corpus.
        """)

    @Argument(help: "The file; default: the standard input.")
    var file: String?

    func run() throws {
      let source = file.map { Streams.shown($0) } ?? "the standard input"
      let text =
        if let file {
          try Streams.content(of: file, source: source, limit: 1 << 26)
        } else {
          try Streams.input(limit: 1 << 26)
        }
      var (passed, failed) = (0, 0)
      do throws(CorpusError) {
        let corpus = try Corpus(text: text)
        for attack in corpus.cases {
          let outcome = try corpus.replay(attack)
          Streams.print(outcome.json.text)
          if outcome.isExpected { passed += 1 } else { failed += 1 }
        }
      } catch {
        throw Failure("\(source): \(error.description)")
      }
      Streams.print("\(passed) passed, \(failed) failed")
      if failed > 0 { throw ExitCode(1) }
    }
  }
#endif
