// The set as a service: refresh ahead, retries, and the end of old keys.
#if Server
  public import ServiceLifecycle
  import Synchronization

  extension RemoteKeySet: Service {
    /// Fetches keys before they are needed until the service is shut down or its task is cancelled.
    ///
    /// Without this, the functions with `async` do the same when they are called; but `verify` of a
    /// verifier alone never fetches, and never drops keys that are too old.
    public func run() async throws {
      // Ends at a graceful shutdown, or when the task is cancelled.
      _ = try? await cancelWhenGracefulShutdown {
        while !self.isShutDown {
          let (flight, next) = self.passTime()
          let now = self.clock.now()
          // A fetch for a token may change what is next: look again before long.
          let wait = min(next - now, self.configuration.lifetimes.lowerBound)
          if let flight {
            // The fetch goes on for those who wait, whatever ends this.
            _ = try? await self.clock.within(wait) { await flight.value }
            try Task.checkCancellation()
          } else {
            try await self.clock.sleep(now + wait)
          }
        }
      }
      await shutDown()
    }

    /// Waits until there are keys: for a program that must not start without.
    ///
    /// Tries at once and again after failures, at growing distances. Returns at once if there are
    /// keys, also those of a kept file.
    ///
    /// - Parameter limit: The longest wait.
    /// - Throws: ``RemoteKeyError``: why the last attempt failed; `timedOut`; `cancelled`.
    public func waitForKeys(upTo limit: Duration = .seconds(30)) async throws(RemoteKeyError) {
      do throws(RemoteKeyError) {
        try await clock.within(limit) { () async throws(RemoteKeyError) in
          while self.state.phase == .unavailable {
            let (flight, next) = self.passTime()
            await flight?.value
            if flight != nil { continue }
            guard !self.isShutDown else { throw RemoteKeyError(.cancelled) }
            do { try await self.clock.sleep(next) } catch { throw RemoteKeyError(.cancelled) }
          }
        }
      } catch {
        throw error.code == .timedOut ? state.lastError ?? error : error
      }
    }

    /// Fetches the keys now, whatever their age, or joins a fetch that is under way.
    ///
    /// - Throws: ``RemoteKeyError``: why that failed; the last good keys stay in use.
    public func refresh() async throws(RemoteKeyError) {
      guard let flight = beginRequested() else { throw RemoteKeyError(.cancelled) }
      await flight.value
      let state = state
      if state.failureCount > 0, let error = state.lastError { throw error }
    }

    /// Fetches now, or joins the fetch under way; nil after a shutdown.
    func beginRequested() -> Task<Void, Never>? {
      guarded.withLock { begin(.request, &$0) }
    }

    /// Whether fetches have ended for good.
    var isShutDown: Bool { guarded.withLock { $0.isShutDown } }

    /// Ends fetches: none begins any more. The keys stay.
    ///
    /// The fetch under way is waited for, since tokens wait for it; it is cancelled with this task.
    func shutDown() async {
      let flight = guarded.withLock { state in
        state.isShutDown = true
        return state.flight
      }
      await withTaskCancellationHandler {
        await flight?.value
      } onCancel: {
        flight?.cancel()
      }
      // What is to be kept is on the disk when this returns.
      await withCheckedContinuation { continuation in
        fileQueue.async { continuation.resume() }
      }
    }
  }
#endif
