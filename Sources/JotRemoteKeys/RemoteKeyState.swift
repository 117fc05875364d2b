// What is known of a remote key set: for health checks and people.
#if Server
  import Synchronization

  extension RemoteKeySet {
    /// The state of a set at one moment.
    public struct State: Sendable {
      /// Whether there are keys, and how old they are.
      public enum Phase: String, Sendable {
        /// The keys are as new as the provider and the limits ask for.
        case fresh
        /// The keys are older, and still used: they could not be fetched since.
        case stale
        /// There are no keys: not yet, or no more.
        case unavailable
      }

      /// Whether there are keys, and how old they are.
      public let phase: Phase
      /// Whether a fetch is under way.
      public let isFetching: Bool
      /// Whether a token with an unknown key would not cause a fetch now.
      public let isCoolingDown: Bool
      /// The number of keys in use.
      public let keyCount: Int
      /// The URL that the keys are from.
      public let url: String?
      /// When the keys were last fetched, or said to be unchanged: seconds since 1970.
      public let fetchedAt: Int64?
      /// Why the last request that failed did, also if another place had keys; it stays after a
      /// success.
      public let lastError: RemoteKeyError?
      /// When that was: seconds since 1970.
      public let lastErrorAt: Int64?
      /// Fetches that have failed since the last success.
      public let failureCount: Int
    }

    /// The state at this moment.
    public var state: State {
      guarded.withLock { state in
        let now = clock.now()
        let schedule = state.schedule
        let hasKeys = schedule.hasKeys && now < schedule.keptUntil
        return State(
          phase: !hasKeys ? .unavailable : now < schedule.freshUntil ? .fresh : .stale,
          isFetching: schedule.isFetching, isCoolingDown: now < schedule.coolDownUntil,
          keyCount: keys.keySet.keys.count, url: state.known.url, fetchedAt: state.fetchedAt,
          lastError: state.lastError, lastErrorAt: state.lastErrorAt,
          failureCount: schedule.failures)
      }
    }
  }
#endif
