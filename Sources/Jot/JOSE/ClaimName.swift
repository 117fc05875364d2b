// The names of claims in errors, as numbers.
internal import CJotKernels
import Synchronization

/// A claim's name as a number, so that an error that names a claim is a value without references.
///
/// Names are interned: each distinct name that a verifier requires is kept once for the life of the
/// process. They come from the caller's code, never from a token.
struct ClaimName: Hashable, Sendable {
  private let number: UInt32

  @_noAllocation
  init(_ claim: RegisteredClaim) { number = UInt32(claim.index) }

  private init(number: UInt32) { self.number = number }

  /// Interns `name`; equal bytes give equal values.
  init(_ name: String) {
    if let claim = RegisteredClaim(rawValue: name), Array(claim.rawValue.utf8) == Array(name.utf8) {
      self.init(claim)
      return
    }
    let utf8 = Array(name.utf8)
    self.init(
      number: Self.withInterned { names in
        if let number = names.numbers[utf8] { return number }
        let number = UInt32(RegisteredMembers.count + names.texts.count)
        names.texts.append(name)
        names.numbers[utf8] = number
        return number
      })
  }

  /// The name.
  var text: String {
    let index = Int(number)
    if let claim = RegisteredClaim(index: index) { return claim.rawValue }
    return Self.withInterned { $0.texts[index - RegisteredMembers.count] }
  }

  private struct Names {
    var texts: [String] = []
    // By bytes: Swift compares strings by canonical equivalence.
    var numbers: [[UInt8]: UInt32] = [:]
  }

  private static let interned = Mutex(Names())

  /// Calls `body` with the names. A fork waits until the lock is free: the child's could never be.
  private static func withInterned<Result>(_ body: (inout sending Names) -> sending Result)
    -> sending Result
  {
    let ticket = jot_enter()
    defer { jot_leave(ticket) }
    return interned.withLock(body)
  }
}
