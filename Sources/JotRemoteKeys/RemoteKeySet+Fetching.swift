// Fetches: when one begins, and what its end changes.
#if Server
  internal import Jot
  import Synchronization
  import Tracing

  extension RemoteKeySet {
    /// Drops keys that are too old and starts a fetch if one is due.
    ///
    /// - Returns: The fetch under way, if any, and when to call this again.
    @discardableResult
    func passTime() -> (flight: Task<Void, Never>?, next: Duration) {
      let (flight, hasDropped, next) = guarded.withLock { state in
        let hasDropped = state.schedule.expire(at: clock.now())
        if hasDropped {
          keys.removeAll()
          // An answer "unchanged" would bring nothing.
          (state.known, state.text) = (KeySource.Known(), [])
        }
        let flight = begin(.time, &state)
        return (flight, hasDropped, state.schedule.nextEvent)
      }
      if hasDropped { report.dropped() }
      return (flight, next)
    }

    /// Does what time has made due, without waiting; nearly always only compares two numbers.
    func passTimeIfDue() {
      if clock.now().nanoseconds >= due.load(ordering: .relaxed) { passTime() }
    }

    /// Notes when time alone changes something.
    func plan(_ state: Guarded) {
      due.store(state.schedule.nextEvent.nanoseconds, ordering: .relaxed)
    }

    /// Starts a fetch, unless one is under way or none may begin now.
    func begin(
      _ reason: RefreshSchedule.Reason, _ state: inout Guarded
    ) -> Task<Void, Never>? {
      // Who waits for the last fetch still gets its keys.
      guard !state.isShutDown else { return state.flight }
      defer { plan(state) }
      switch state.schedule.begin(for: reason, at: clock.now()) {
      case .wait: return nil
      case .join: return state.flight
      case .fetch:
        let flight = Task { await self.fetch() }
        state.flight = flight
        return flight
      }
    }

    /// Fetches from the first place that has keys.
    private func fetch() async {
      var known = guarded.withLock { $0.known }
      var first: RemoteKeyError?
      for place in source.places.indices {
        let sent = clock.now()
        let sentAt = configuration.wallClock()
        do throws(RemoteKeyError) {
          let found = try await traced(place, known)
          try accept(found, sent: sent, sentAt: sentAt)
          return
        } catch {
          report.failed(error, place: place)
          first = first ?? error
          // The metadata may be what is out of date.
          known.metadata = nil
          guarded.withLock { state in
            state.known.metadata = nil
            (state.lastError, state.lastErrorAt) = (error, configuration.wallClock())
          }
          if error.code == .cancelled { break }
        }
      }
      guarded.withLock { state in
        state.schedule.fail(at: clock.now(), jitter: .random(in: 0...1))
        // Of several places the first is the one that is meant.
        state.lastError = first
        state.flight = nil
        plan(state)
      }
    }

    private func traced(
      _ place: Int, _ known: KeySource.Known
    ) async throws(RemoteKeyError) -> KeySource.Found {
      let start = clock.now()
      defer { report.fetchTook(clock.now() - start) }
      return try await withSpan("jot.remote-keys.fetch", ofKind: .client) { span in
        let result: Result<KeySource.Found, RemoteKeyError>
        do throws(RemoteKeyError) {
          result = .success(try await source.fetch(from: place, known: known))
        } catch {
          result = .failure(error)
          span.recordError(error)
        }
        return result
      }.get()
    }

    /// Makes a fetched set the current one; throws, and changes nothing, if it is not usable.
    private func accept(
      _ found: KeySource.Found, sent: Duration, sentAt: Int64
    ) throws(RemoteKeyError) {
      let host = (try? KeyURL(found.url))?.host
      let old = guarded.withLock { $0.text }
      // The same text is the same set: its keys keep their tables, and a cache its tokens.
      let text = found.text == old && !old.isEmpty ? nil : found.text
      let set = try text.map { text throws(RemoteKeyError) in try keySet(of: text, host) }
      let oldIDs = RemoteKeyReport.ids(of: keys.keySet)
      let (failures, lifetime) = try guarded.withLock { state throws(RemoteKeyError) in
        // The keys were dropped while the answer came that they are unchanged: ask again.
        guard set != nil || !state.text.isEmpty else { throw RemoteKeyError(.unreachable, host) }
        let failures = state.schedule.failures
        let jitter = Double.random(in: 0...1)
        if found.text == nil {
          state.schedule.succeedUnchanged(lifetime: found.lifetime, sent: sent, jitter: jitter)
        } else {
          state.schedule.succeed(lifetime: found.lifetime, sent: sent, jitter: jitter)
        }
        // Before the keys: who finds them, without the lock, finds when they end.
        plan(state)
        if let set, let text {
          keys.replace(with: set)
          state.text = text
        }
        state.known = KeySource.Known(
          url: found.url, entityTag: found.entityTag, metadata: found.metadata)
        state.fetchedAt = configuration.wallClock()
        state.flight = nil
        return (failures, state.schedule.lifetime)
      }
      if failures > 0 { report.recovered(after: failures) }
      if let set {
        report.isReplaced(by: set, from: oldIDs, source: found.url)
      } else {
        report.isUnchanged()
      }
      keep(found, text ?? old, sentAt: sentAt, lifetime: lifetime)
    }

    /// Reads a set: a provider's, so without secrets and private keys.
    func keySet(of text: [UInt8], _ host: String?) throws(RemoteKeyError) -> KeySet {
      // Other forms of keys, which a KeySet reads too, are no answer of a provider.
      guard let string = String(validating: text, as: UTF8.self),
        let object = try? JSON(object: string), object["keys"] != nil
      else { throw RemoteKeyError(.keysInvalid, host, reason: JWTError(.keyMalformed)) }
      let set: KeySet
      do throws(JWTError) {
        set = try KeySet(jwks: Secret(copying: text.span), keyLimit: configuration.keyLimit)
      } catch {
        throw RemoteKeyError(.keysInvalid, host, reason: error)
      }
      guard set.keys.allSatisfy({ $0.type != .secret }) else {
        throw RemoteKeyError(.keysSecret, host)
      }
      return set
    }
  }

  extension Duration {
    /// Nanoseconds, within the bounds of 64 bits.
    fileprivate var nanoseconds: Int64 {
      let (seconds, attoseconds) = components
      guard seconds < Int64.max / 1_000_000_000 else { return .max }
      return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
  }
#endif
