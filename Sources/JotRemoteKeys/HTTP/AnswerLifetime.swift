// For how long an answer's keys are fresh (RFC 9111 §4.2).
#if Server
  enum AnswerLifetime {
    /// The seconds for which the answer is fresh; nil if it says nothing.
    ///
    /// `no-store` and `no-cache` are 0. Of `max-age` the least counts, and an unreadable one is 0.
    /// `Expires` counts from `Date`, or from `now`. What `Age` says has passed.
    ///
    /// - Parameter now: Seconds since 1970, when the answer came.
    static func seconds(of answer: RemoteKeyResponse, now: Int64) -> Int64? {
      let age = answer.values("age").first.flatMap(count) ?? 0
      var maximum: Int64?
      for directive in answer.values("cache-control").joined(separator: ",").split(separator: ",") {
        let parts = directive.split(separator: "=", maxSplits: 1).map { part in
          part.filter { $0 != " " && $0 != "\t" && $0 != "\"" }.lowercased()
        }
        switch parts.first {
        case "no-store", "no-cache": return 0
        case "max-age":
          let seconds = parts.count == 2 ? count(parts[1]) ?? 0 : 0
          maximum = min(seconds, maximum ?? seconds)
        default: break
        }
      }
      if let maximum { return max(0, maximum - age) }
      guard let expires = answer.values("expires").first else { return nil }
      guard let end = HTTPDate.seconds(expires) else { return 0 }
      let date = answer.values("date").first.flatMap(HTTPDate.seconds) ?? now
      return max(0, end - date - age)
    }

    /// A number of decimal digits, at most 2³¹ (RFC 9111 §1.2.2).
    private static func count(_ text: String) -> Int64? {
      guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      return min(Int64(text) ?? .max, 1 << 31)
    }
  }
#endif
