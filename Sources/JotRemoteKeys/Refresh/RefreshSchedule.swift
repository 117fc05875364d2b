// When keys are fetched, and for how long they count: no I/O and no clock.
#if Server
  /// The state of a key set that is fetched: what has happened, and so what may happen next.
  ///
  /// Times are durations since any fixed moment of a clock that does not go back. Events come in by
  /// functions, and the caller does what they return. So that there is one fetch at a time, the
  /// caller starts one only when ``begin(for:at:)`` says `fetch`, and reports its end.
  ///
  /// ```
  ///            lifetime                    outage
  /// sent ─────────────┬──────┬────────────────────────────┬──────────
  ///        fresh      refresh │          stale              unavailable
  ///                   is due  fresh until                   kept until
  /// ```
  struct RefreshSchedule: Sendable {
    /// The limits, from a configuration.
    struct Limits: Sendable {
      var defaultLifetime: Duration
      var lifetimes: ClosedRange<Duration>
      var outage: Duration
      var coolDown: Duration
      /// The shortest and the longest time between two attempts that fail.
      var retries: ClosedRange<Duration>

      /// A lifetime within the bounds.
      func clamped(_ lifetime: Duration) -> Duration {
        min(max(lifetime, lifetimes.lowerBound), lifetimes.upperBound)
      }
    }

    /// The reason for a fetch.
    enum Reason: Sendable {
      /// A token needs a key that the set lacks.
      case unknownKey
      /// Time may have passed.
      case time
      /// The caller asks for it.
      case request
    }

    enum Decision: Equatable, Sendable {
      /// Start a fetch, and report its end.
      case fetch
      /// One is under way: wait for it.
      case join
      /// Not now.
      case wait
    }

    let limits: Limits
    private(set) var isFetching = false
    /// Whether there are keys that may be used.
    private(set) var hasKeys = false
    private(set) var freshUntil = Duration.zero
    private(set) var keptUntil = Duration.zero
    private(set) var lifetime: Duration
    /// Attempts that have failed since the last success.
    private(set) var failures = 0
    private(set) var coolDownUntil = Duration.zero
    private var refreshAt = Duration.zero
    private var retryAt = Duration.zero

    init(limits: Limits) {
      self.limits = limits
      lifetime = limits.defaultLifetime
    }

    /// Decides whether a fetch begins now.
    mutating func begin(for reason: Reason, at now: Duration) -> Decision {
      if isFetching { return .join }
      switch reason {
      case .request: break
      case .time:
        guard now >= max(hasKeys ? refreshAt : .zero, retryAt) else { return .wait }
      case .unknownKey:
        if hasKeys {
          // A token costs nothing, so it must not cost a fetch.
          guard now >= coolDownUntil else { return .wait }
          coolDownUntil = now + limits.coolDown
        } else {
          guard now >= retryAt else { return .wait }
        }
      }
      isFetching = true
      return .fetch
    }

    /// The fetch has brought keys, or that they are unchanged.
    ///
    /// - Parameters:
    ///   - stated: The lifetime that the answer states; nil for none.
    ///   - sent: When the request was sent: the answer is at least that old.
    ///   - jitter: From 0 to 1: several processes must not ask at the same moments.
    mutating func succeed(lifetime stated: Duration?, sent: Duration, jitter: Double) {
      isFetching = false
      failures = 0
      retryAt = .zero
      keep(lifetime: limits.clamped(stated ?? limits.defaultLifetime), sent: sent)
      refreshAt = sent + lifetime * (0.75 + 0.15 * jitter)
    }

    /// The answer was "unchanged" and stated no lifetime: the last one counts again.
    mutating func succeedUnchanged(lifetime stated: Duration?, sent: Duration, jitter: Double) {
      succeed(lifetime: stated ?? lifetime, sent: sent, jitter: jitter)
    }

    /// The fetch has failed.
    ///
    /// - Parameter jitter: From 0 to 1.
    mutating func fail(at now: Duration, jitter: Double) {
      isFetching = false
      failures += 1
      let doubled = limits.retries.lowerBound * (1 << min(failures - 1, 16))
      let delay = min(doubled, limits.retries.upperBound)
      retryAt = now + delay * (0.5 + 0.5 * jitter)
    }

    /// Keys of an earlier run are there, which were sent for `age` ago; a fetch is due.
    ///
    /// - Returns: Whether they may still be used.
    mutating func restore(age: Duration, lifetime: Duration, at now: Duration) -> Bool {
      let sent = now - age
      let lifetime = limits.clamped(lifetime)
      guard age >= .zero, now < sent + lifetime + limits.outage else { return false }
      keep(lifetime: lifetime, sent: sent)
      refreshAt = now
      return true
    }

    /// Whether the time of the keys is over: they must be dropped now.
    mutating func expire(at now: Duration) -> Bool {
      guard hasKeys, now >= keptUntil else { return false }
      hasKeys = false
      return true
    }

    /// When ``begin(for:at:)`` or ``expire(at:)`` should be called again, if nothing else happens.
    var nextEvent: Duration {
      if isFetching { return hasKeys ? keptUntil : .seconds(Int64.max / 4) }
      return hasKeys ? min(max(refreshAt, retryAt), keptUntil) : retryAt
    }

    private mutating func keep(lifetime: Duration, sent: Duration) {
      self.lifetime = lifetime
      hasKeys = true
      freshUntil = sent + lifetime
      keptUntil = freshUntil + limits.outage
    }
  }
#endif
