// A clock as durations since its beginning, and a limit of time for a task.
#if Server
  import Synchronization

  /// Any clock, without its type.
  struct MonotonicClock: Sendable {
    /// The time since this value was made.
    let now: @Sendable () -> Duration
    /// Waits until that time; throws if the task is cancelled.
    let sleep: @Sendable (_ until: Duration) async throws -> Void

    init<Source: Clock>(_ clock: Source) where Source.Duration == Duration {
      let start = clock.now
      now = { start.duration(to: clock.now) }
      sleep = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
    }

    /// Returns what `body` returns, or `timedOut` after `limit`, or `cancelled`; never later.
    ///
    /// `body` is cancelled then, but not waited for: a name's resolution can't be interrupted.
    func within<Value: Sendable>(
      _ limit: Duration,
      _ body: @escaping @Sendable () async throws(RemoteKeyError) -> Value
    ) async throws(RemoteKeyError) -> Value {
      let race = Race<Value>()
      let end = now() + limit
      let work = Task {
        do throws(RemoteKeyError) {
          race.finish(.success(try await body()))
        } catch {
          race.finish(.failure(error))
        }
      }
      let timer = Task {
        do { try await sleep(end) } catch { return }
        race.finish(.failure(RemoteKeyError(.timedOut)))
      }
      let result = await withTaskCancellationHandler {
        await race.result()
      } onCancel: {
        race.finish(.failure(RemoteKeyError(.cancelled)))
      }
      work.cancel()
      timer.cancel()
      return try result.get()
    }
  }

  /// The first of several results.
  private final class Race<Value: Sendable>: Sendable {
    private enum State {
      case open
      case waiting(CheckedContinuation<Result<Value, RemoteKeyError>, Never>)
      case ended(Result<Value, RemoteKeyError>)
    }

    private let state = Mutex(State.open)

    func finish(_ result: Result<Value, RemoteKeyError>) {
      let waiting = state.withLock { state in
        defer { if case .ended = state {} else { state = .ended(result) } }
        if case .waiting(let continuation) = state { return Optional(continuation) }
        return nil
      }
      waiting?.resume(returning: result)
    }

    func result() async -> Result<Value, RemoteKeyError> {
      await withCheckedContinuation { continuation in
        let ended = state.withLock { state -> Result<Value, RemoteKeyError>? in
          if case .ended(let result) = state { return result }
          state = .waiting(continuation)
          return nil
        }
        if let ended { continuation.resume(returning: ended) }
      }
    }
  }
#endif
