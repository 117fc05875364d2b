// A public key of a curve whose multiples are tabulated.
import JotCore

/// A public key of a curve, prepared: a table of its multiples (JotCore/EC).
enum CurveTable: ~Copyable, Sendable {
  case ed25519(Ed25519Key)
  case ecdsa(ECDSAKey)

  /// Makes the table of a key; nil if keys of this type have none.
  ///
  /// - Parameter numbers: The point's coordinates, or its encoding for Ed25519.
  init?(_ type: KeyType, _ numbers: [[UInt8]]) {
    if let curve = type.curve, numbers.count == 2 {
      let (x, y, kernel) = (numbers[0], numbers[1], ECDSAKey.bestKernel(on: curve))
      guard let key = ECDSAKey(curve: curve, x: x.span, y: y.span, kernel: kernel) else {
        return nil
      }
      self = .ecdsa(key)
    } else if type == .ed25519, numbers.count == 1 {
      let point = numbers[0]
      guard let key = Ed25519Key(point: point.span) else { return nil }
      self = .ed25519(key)
    } else {
      return nil
    }
  }

  /// The bytes of a table for keys of this type; nil if they have none.
  static func byteCount(_ type: KeyType) -> Int? {
    if let curve = type.curve { return ECDSAKey.byteCount(on: curve) }
    return type == .ed25519 ? Ed25519Key.byteCount : nil
  }

  var byteCount: Int {
    switch self {
    case .ed25519: Ed25519Key.byteCount
    case .ecdsa(let key): ECDSAKey.byteCount(on: key.curve)
    }
  }

  /// Returns whether the bytes from `offset` on, as many as such a signature has, are one of
  /// `message[range]`.
  @_noAllocation
  borrowing func isValid(
    _ signature: borrowing MutableSpan<UInt8>, at offset: Int, of message: Span<UInt8>,
    in range: Range<Int>, by algorithm: AlgorithmID
  ) -> Bool {
    switch self {
    case .ed25519(let key): key.isValid(signature, at: offset, of: message, in: range)
    case .ecdsa(let key):
      key.isValid(signature, at: offset, of: algorithm.hash.hash(message, in: range))
    }
  }
}
