// jot inspect: prints an unverified token's content, for people.
#if CommandLine
  import ArgumentParser
  import Jot

  struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect",
      abstract: "Shows an unverified token: nothing in it has been checked.",
      discussion: TokenText.help)

    @Option(help: "The most bytes in a token.")
    var maxTokenBytes = Verifier.defaultTokenLimit

    @Argument(help: "The token; default: each line of the standard input that is not blank.")
    var token: String?

    func validate() throws {
      guard maxTokenBytes >= 0 else {
        throw ValidationError("--max-token-bytes must be 0 or more.")
      }
    }

    func run() throws {
      try TokenText.forEach(token, limit: maxTokenBytes, before: "reading") {
        token throws(Failure) in
        try show(token.map { String(decoding: $0, as: UTF8.self) })
      }
    }

    private func show(_ token: String?) throws(Failure) {
      do throws(JWTError) {
        guard let token else { throw .tokenTooLarge(limit: maxTokenBytes) }
        let parts = try UnverifiedToken(decoding: token, tokenLimit: maxTokenBytes)
        Streams.print("UNVERIFIED: anyone could have written this")
        Streams.print("header     \(parts.header.text)")
        Streams.print("claims     \(parts.claims.text)")
        let now = NumericDate.now()
        for (name, past, future) in [
          ("iat", "issued", "issued in the future:"), ("nbf", "valid since", "not valid before"),
          ("exp", "expired", "expires"),
        ] {
          guard let value = parts.claims[name], let time = value.double, time.isFinite,
            let second = value.integer ?? Int64(exactly: time.rounded(.down))
          else { continue }
          if let date = UTCDate(second: second) {
            Streams.print("           \(name): \(second <= now ? past : future) \(date.text)")
          }
          // The years 2286 to 33658 in seconds; in milliseconds 1970 to 2286.
          if 10_000_000_000...999_999_999_999_999 ~= second,
            let date = UTCDate(second: second / 1000)
          {
            Streams.print("           \(name): milliseconds? That would be \(date.text)")
          }
        }
        Streams.print("signature  \(parts.signatureLength) bytes, not checked")
      } catch {
        let advice = error.code == .tokenTooLarge ? TokenText.tooLarge : ""
        throw Failure("\(error.description)\(advice) (\(error.code.rawValue))")
      }
    }
  }

  /// A time as a date of the Gregorian calendar, in UTC.
  struct UTCDate {
    private let second: Int64

    /// - Parameter second: Seconds since 1970; nil outside the years 1 to 9999.
    init?(second: Int64) {
      guard (-62_135_596_800...253_402_300_799).contains(second) else { return nil }
      self.second = second
    }

    /// Like `2026-11-24T05:00:00Z`.
    var text: String {
      let day = Int((Double(second) / 86400).rounded(.down))
      let time = Int(second) - day * 86400
      // Days since 0000-03-01, in eras of 400 years; from March on, month lengths have period five.
      let shifted = day + 719_468
      let (era, ofEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
      let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
      let ofYear = ofEra - (365 * year + year / 4 - year / 100)
      let month = (5 * ofYear + 2) / 153
      let date = ofYear - (153 * month + 2) / 5 + 1
      let isNextYear = month >= 10
      return pad(era * 400 + year + (isNextYear ? 1 : 0), 4) + "-"
        + pad(month + (isNextYear ? -9 : 3), 2) + "-" + pad(date, 2) + "T" + pad(time / 3600, 2)
        + ":"
        + pad(time / 60 % 60, 2) + ":" + pad(time % 60, 2) + "Z"
    }

    private func pad(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
  }
#endif
