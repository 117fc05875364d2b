// What jwt-kit's payloads compare: its `verify` gets no more than the key.
import Synchronization

/// The expected issuer and audience, set once at the start.
struct Expected: Sendable {
  let issuer: String
  let audience: String

  private static let stored = Mutex<Expected?>(nil)
  /// Read without a lock by every request: a global constant, made at the first use.
  static let shared = stored.withLock { $0 } ?? Expected(issuer: "", audience: "")

  /// Sets both, before the first use.
  static func set(_ expected: Expected) { stored.withLock { $0 = expected } }
}
