// Threads for RSA's signatures, which take too long for a thread that serves connections.
#if Hummingbird
  public import Hummingbird
  import NIOCore
  import NIOPosix
  public import ServiceLifecycle
  import Synchronization

  /// A few threads that sign, and a queue with an end: when it is full, the surplus is refused at
  /// once.
  ///
  /// An RSA signature takes a hundred times as long as another one. Run the pool as a service,
  /// listed before the server that uses it: at the shutdown it refuses what is new and finishes
  /// what it has.
  ///
  /// ```swift
  /// let pool = SigningPool(threads: 2, queueLimit: 64)
  /// let token = try await pool.sign { try signer.sign(claims) }
  /// ```
  public final class SigningPool: Service, Sendable {
    private struct State {
      /// Works that wait or run.
      var count = 0
      var isOpen = true
      /// Those who wait for the last work.
      var idle: [CheckedContinuation<Void, Never>] = []
    }

    private let threads: NIOThreadPool
    private let limit: Int
    private let state = Mutex(State())

    /// Makes a pool, whose threads are started.
    ///
    /// - Parameters:
    ///   - threads: How many sign at once; at least 1. By default half as many as there are CPUs.
    ///   - queueLimit: How many wait at most; at least 0.
    public init(threads: Int = max(1, System.coreCount / 2), queueLimit: Int = 64) {
      precondition(threads >= 1 && queueLimit >= 0, "a pool has threads, and a limit is not negative")
      self.threads = NIOThreadPool(numberOfThreads: threads)
      limit = threads + queueLimit
      self.threads.start()
    }

    deinit { threads.shutdownGracefully { _ in } }

    /// Calls `work` on one of the threads and returns its result.
    ///
    /// A task that is cancelled while it waits gets its result nevertheless: the queue is short.
    ///
    /// - Parameter work: Signs; must not wait for anything.
    /// - Throws: ``SigningPoolError``; `CancellationError` if the task is cancelled already; errors
    ///   of `work`.
    public func sign<Value: Sendable>(
      _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
      try Task.checkCancellation()
      try enter()
      defer { leave() }
      return try await withCheckedThrowingContinuation { continuation in
        // Called in any case, with what became of it.
        threads.submit { state in
          switch state {
          case .active: continuation.resume(with: Result(catching: work))
          case .cancelled: continuation.resume(throwing: SigningPoolError.shutDown)
          }
        }
      }
    }

    /// Waits for the shutdown, then refuses what is new, finishes what is there and ends the
    /// threads.
    public func run() async throws {
      try? await gracefulShutdown()
      await withCheckedContinuation { continuation in
        let isIdle = state.withLock { state in
          state.isOpen = false
          if state.count > 0 { state.idle.append(continuation) }
          return state.count == 0
        }
        if isIdle { continuation.resume() }
      }
      try await threads.shutdownGracefully()
    }

    /// How many works wait or run.
    var count: Int { state.withLock { $0.count } }

    private func enter() throws(SigningPoolError) {
      let error: SigningPoolError? = state.withLock { state in
        guard state.isOpen else { return .shutDown }
        guard state.count < limit else { return .full }
        state.count += 1
        return nil
      }
      if let error { throw error }
    }

    private func leave() {
      let idle = state.withLock { state in
        state.count -= 1
        guard state.count == 0 else { return [CheckedContinuation<Void, Never>]() }
        defer { state.idle = [] }
        return state.idle
      }
      for continuation in idle { continuation.resume() }
    }
  }

  /// Why a pool does not sign; the raw value is the stable code.
  @nonexhaustive
  public enum SigningPoolError: String, HTTPResponseError, CaseIterable, CustomStringConvertible {
    /// As many wait as may.
    case full = "signing_pool_full"
    /// The pool has been shut down.
    case shutDown = "signing_pool_shut_down"

    /// What is wrong, and what to do.
    public var description: String {
      switch self {
      case .full: "the signing pool's queue is full; answer 503 and let the client try again"
      case .shutDown: "the signing pool has been shut down; list it before the server that uses it"
      }
    }

    /// 503.
    public var status: HTTPResponse.Status { .serviceUnavailable }

    /// The answer, which says when to come again.
    public func response(from request: Request, context: some RequestContext) -> Response {
      Response(status: status, headers: [.retryAfter: "1"])
    }
  }
#endif
