// The limits of a remote key set.
#if Server
  public import CoreMetrics
  internal import Jot

  extension RemoteKeySet {
    /// For how long keys count, how often they are fetched, and what an answer may cost.
    ///
    /// ```swift
    /// var configuration = RemoteKeySet.Configuration()
    /// configuration.outage = .seconds(4 * 3600)
    /// configuration.file = "/var/lib/shop/keys.json"
    /// let keys = try RemoteKeySet(issuer: "https://id.example.com", configuration: configuration)
    /// ```
    public struct Configuration: Sendable {
      /// For how long keys are fresh if the answer says nothing: 10 minutes.
      public var defaultLifetime: Duration = .seconds(600)
      /// The shortest and the longest time for which keys are fresh, whatever the answer says: 1
      /// minute to 24 hours. A withdrawn key is refused after the longest at the latest, plus
      /// ``outage`` if the provider can't be reached.
      public var lifetimes: ClosedRange<Duration> = .seconds(60) ... .seconds(86_400)
      /// For how long keys that are no longer fresh are used while they can't be fetched: 1 hour.
      public var outage: Duration = .seconds(3600)
      /// The least time between two fetches for unknown keys: 30 seconds.
      public var coolDown: Duration = .seconds(30)
      /// The shortest and the longest time before a failed fetch is repeated: 1 to 30 seconds. It
      /// doubles with each failure.
      public var retries: ClosedRange<Duration> = .seconds(1) ... .seconds(30)
      /// The time for a fetch from one place, with metadata and redirects: 5 seconds.
      public var timeout: Duration = .seconds(5)
      /// The most bytes in an answer: 1 MiB.
      public var bodyLimit = 1 << 20
      /// The most elements in a set: 100. A key costs up to 0.3 ms.
      public var keyLimit = 100
      /// The most tokens that wait for a fetch at once: 1,000. More are refused with
      /// `keysUnavailable`, without waiting.
      public var waiterLimit = 1000
      /// Hosts that answers may lead to though their addresses are not public.
      public var allowedHosts: [String] = []
      /// URLs of the same provider's keys, asked in this order if the first place fails.
      public var fallbacks: [String] = []
      /// A file that keeps the last set for the next start; nil for none. Its folder must be
      /// writable, by this program's user only.
      public var file: String?
      /// Seconds since 1970: for `Expires`, the kept file and ``RemoteKeySet/state``.
      public var wallClock: @Sendable () -> Int64 = NumericDate.now
      /// Where metrics go; nil for the factory with which the program bootstraps swift-metrics.
      public var metrics: (any MetricsFactory)?

      /// Makes the default configuration.
      public init() {}

      /// Traps on limits that can't be meant.
      func check() {
        precondition(lifetimes.lowerBound > .zero, "a lifetime is more than 0")
        precondition(defaultLifetime > .zero && timeout > .zero, "durations are more than 0")
        precondition(outage >= .zero && coolDown >= .zero, "durations are not negative")
        precondition(retries.lowerBound > .zero, "the time before a retry is more than 0")
        precondition(bodyLimit <= 1 << 30, "a body has at most 1 GiB")
        precondition(bodyLimit >= 1 && keyLimit >= 1 && waiterLimit >= 1, "limits are 1 or more")
      }

      /// The allowed hosts as a URL's host is spelled.
      var allowedNames: Set<String> {
        Set(allowedHosts.map { IPAddress($0)?.description ?? $0.lowercased() })
      }

      var limits: RefreshSchedule.Limits {
        RefreshSchedule.Limits(
          defaultLifetime: defaultLifetime, lifetimes: lifetimes, outage: outage,
          coolDown: coolDown, retries: retries)
      }
    }
  }
#endif
