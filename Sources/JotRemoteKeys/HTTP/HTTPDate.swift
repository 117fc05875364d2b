// A date of HTTP (RFC 9110 §5.6.7): the usual form and the two old ones.
#if Server
  enum HTTPDate {
    private static let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Returns the seconds since 1970 of a date; nil if it is none.
    ///
    /// Forms: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and
    /// `Sun Nov  6 08:49:37 1994`. The name of the day is not checked.
    static func seconds(_ text: String) -> Int64? {
      let words = text.split(separator: " ")
      switch words.count {
      case 6 where words[5] == "GMT" && words[0].hasSuffix(","):
        return seconds(day: words[1], month: words[2], year: words[3], time: words[4])
      case 4 where words[3] == "GMT" && words[0].hasSuffix(","):
        let date = words[1].split(separator: "-", omittingEmptySubsequences: false)
        guard date.count == 3, date[2].utf8.count == 2, let year = Int(date[2]) else { return nil }
        // Two digits: from 1970 to 2069.
        let full = Substring(String(year < 70 ? 2000 + year : 1900 + year))
        return seconds(day: date[0], month: date[1], year: full, time: words[2])
      case 5:
        return seconds(day: words[2], month: words[1], year: words[4], time: words[3])
      default: return nil
      }
    }

    private static func seconds(
      day: Substring, month: Substring, year: Substring, time: Substring
    ) -> Int64? {
      func number(_ text: Substring, _ range: ClosedRange<Int64>) -> Int64? {
        guard (1...4).contains(text.utf8.count),
          text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int64(text).flatMap { range.contains($0) ? $0 : nil }
      }
      let clock = time.split(separator: ":", omittingEmptySubsequences: false)
      guard clock.count == 3, let month = months.firstIndex(of: String(month)),
        let day = number(day, 1...31), let year = number(year, 1970...9999),
        let hour = number(clock[0], 0...23), let minute = number(clock[1], 0...59),
        let second = number(clock[2], 0...60)
      else { return nil }
      // Days since 1970-01-01, with years that begin in March.
      let shifted = month < 2 ? year - 1 : year
      let fromMarch = Int64((month + 10) % 12)
      let days =
        365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * fromMarch + 2) / 5
        + day - 1 - 719_468
      return days * 86_400 + hour * 3600 + minute * 60 + second
    }
  }
#endif
