// Verification that may have to wait for a fetch.
#if Server
  public import Jot
  import Synchronization

  extension RemoteKeySet {
    /// Verifies `token`, and fetches the keys if it needs one that is not there.
    ///
    /// While the key is there, this is `verifier.verify(token)` and does not suspend. Otherwise it
    /// waits for one fetch, at most the configuration's `timeout` for each place, if the cool-down
    /// allows one.
    ///
    /// - Parameters:
    ///   - token: A JWS in the Compact Serialization, without whitespace around it.
    ///   - verifier: One that uses ``keys``, perhaps in a `CachedVerifier`.
    /// - Returns: The verified claims.
    /// - Throws: `JWTError`, as the verifier does. `keyNotFound` means that the provider has no such
    ///   key, or had none when it was last asked: answer 401. `keysUnavailable` means that it could
    ///   not be asked: answer 503.
    /// - Complexity: O(n); allocates as the verifier does.
    public func verify(
      _ token: String, with verifier: some TokenVerifier
    ) async throws(JWTError) -> VerifiedClaims {
      try await fetching { () throws(JWTError) in try verifier.verify(token) }
    }

    /// Verifies `token`, a part of a text such as a header's value, as for a `String`.
    public func verify(
      _ token: Substring, with verifier: some TokenVerifier
    ) async throws(JWTError) -> VerifiedClaims {
      try await fetching { () throws(JWTError) in try verifier.verify(token) }
    }

    /// Verifies `token`, a buffer of bytes, as for a `String`.
    public func verify(
      _ token: [UInt8], with verifier: some TokenVerifier
    ) async throws(JWTError) -> VerifiedClaims {
      try await fetching { () throws(JWTError) in try verifier.verify(token) }
    }

    /// Calls `body`, and again after a fetch if it lacks a key.
    func fetching<Value>(
      _ body: () throws(JWTError) -> Value
    ) async throws(JWTError) -> Value {
      passTimeIfDue()
      let missing: JWTError
      do throws(JWTError) {
        return try body()
      } catch {
        guard error.code == .keyNotFound || error.code == .keysUnavailable else { throw error }
        missing = error
      }
      switch beginWaiting() {
      case .none(let hasFailed): throw hasFailed ? .keysUnavailable : missing
      case .flight(let flight):
        await flight.value
        let hasFailed = endWaiting()
        do throws(JWTError) {
          return try body()
        } catch {
          throw hasFailed && error.code == .keyNotFound ? .keysUnavailable : error
        }
      }
    }
  }

  // Those who wait.
  extension RemoteKeySet {
    /// The fetch that may bring the key of a token, which waits for it.
    enum Wait {
      case flight(Task<Void, Never>)
      /// None may begin now; whether the last one failed.
      case none(hasFailed: Bool)
    }

    /// Counts a waiter, and starts a fetch if it may begin.
    func beginWaiting() -> Wait {
      report.keyIsUnknown()
      return guarded.withLock { state in
        guard state.waiters < configuration.waiterLimit else { return .none(hasFailed: true) }
        guard let flight = begin(.unknownKey, &state) else {
          return .none(hasFailed: state.schedule.failures > 0 || state.isShutDown)
        }
        state.waiters += 1
        return .flight(flight)
      }
    }

    /// How many tokens wait.
    var waiterCount: Int { guarded.withLock { $0.waiters } }

    /// Ends a wait; returns whether the last fetch has failed.
    func endWaiting() -> Bool {
      guarded.withLock { state in
        state.waiters -= 1
        return state.schedule.failures > 0
      }
    }
  }

  extension IssuerVerifier {
    /// Verifies `token` with its issuer's verifier, and fetches that issuer's keys if it needs one
    /// that is not there.
    ///
    /// - Parameters:
    ///   - token: A JWS in the Compact Serialization, without whitespace around it.
    ///   - sets: The remote sets whose ``RemoteKeySet/keys`` the verifiers use; the others' keys are
    ///     never fetched.
    /// - Throws: `JWTError`, as ``RemoteKeySet/verify(_:with:)-(String,_)`` does.
    public func verify(
      _ token: String, fetching sets: [RemoteKeySet]
    ) async throws(JWTError) -> VerifiedClaims {
      try await verify(token[...], fetching: sets)
    }

    /// Verifies `token`, a part of a text such as a header's value, as for a `String`.
    public func verify(
      _ token: Substring, fetching sets: [RemoteKeySet]
    ) async throws(JWTError) -> VerifiedClaims {
      for set in sets { set.passTimeIfDue() }
      do throws(JWTError) {
        return try verify(token)
      } catch {
        guard error.code == .keyNotFound || error.code == .keysUnavailable,
          let set = set(for: Array(token.utf8), of: sets)
        else { throw error }
        return try await set.verify(token, with: self)
      }
    }

    /// The set of the issuer that the token names.
    private func set(for token: [UInt8], of sets: [RemoteKeySet]) -> RemoteKeySet? {
      var scratch = [UInt8](
        repeating: 0, count: Verifier.scratchLength(forToken: token.count))
      var span = scratch.mutableSpan
      guard let verifier = try? verifier(for: token.span, scratch: &span) else { return nil }
      return sets.first { $0.keys === verifier.keys }
    }
  }
#endif
