import CJotKernels
import CProbe
import JotCore
import TestSupport

/// A public key, a message and a signature, and what OpenSSL says of them.
struct Ed25519Case {
  var point: [UInt8]
  var message: [UInt8]
  var signature: [UInt8]

  /// Signed by OpenSSL.
  init(seed: [UInt8], message: [UInt8]) {
    point = [UInt8](repeating: 0, count: 32)
    signature = [UInt8](repeating: 0, count: 64)
    self.message = message
    // SAFETY: of the lengths that the reference needs.
    unsafe reference_edwards_sign(&signature, &point, seed, message, message.count)
  }

  /// Signed with chosen scalars: A = a B + `torsion` T and R = r B + `nonceTorsion` T, T being of
  /// order 8; `r` replaces R's encoding if it is not nil.
  init(
    scalar: [UInt8], torsion: UInt32, nonce: [UInt8], nonceTorsion: UInt32, r: [UInt8]? = nil,
    point other: [UInt8]? = nil, message: [UInt8]
  ) {
    var (point, first) = (Edwards.point(scalar, torsion), Edwards.point(nonce, nonceTorsion))
    if let r { first = r }
    if let other { point = other }
    let hash = Edwards.hash(first, point, message)
    var s = [UInt8](repeating: 0, count: 32)
    // SAFETY: of the lengths that the reference needs.
    unsafe reference_edwards_s(&s, nonce, hash, scalar)
    (self.point, self.message, signature) = (point, message, first + s)
  }

  /// Changes three of six cases: a bit, s by the order, or a half to one value.
  mutating func change(_ round: Int, _ generator: inout Seeded) {
    switch round % 6 {
    case 0:
      let bit = Int.random(in: 0..<512, using: &generator)
      signature[bit / 8] ^= 1 << UInt8(bit % 8)
    case 1:
      signature[32...] = Edwards.sum(Array(signature[32...]), Edwards.order)[...]
    case 2:
      let start = Bool.random(using: &generator) ? 0 : 32
      let value: UInt8 = Bool.random(using: &generator) ? 0xff : 0
      for index in start..<start + 32 { signature[index] = value }
    default: break
    }
  }

  /// OpenSSL's verdict.
  var isValid: Bool {
    // SAFETY: of the lengths that the reference needs.
    unsafe reference_edwards_verify(signature, point, message, message.count) == 1
  }
}

/// Edwards25519 by OpenSSL's numbers.
enum Edwards {
  /// The order of the base point.
  static let order: [UInt8] =
    [
      0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
      0x14,
    ] + [UInt8](repeating: 0, count: 15) + [0x10]

  static func point(_ scalar: [UInt8], _ torsion: UInt32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    // SAFETY: of the lengths that the reference needs; so below.
    unsafe reference_edwards_point(&bytes, scalar, torsion)
    return bytes
  }

  static func hash(_ r: [UInt8], _ point: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: 64)
    unsafe reference_edwards_hash(&hash, r, point, message, message.count)
    return hash
  }

  /// The encoding of s B - (hash mod L) A.
  static func combine(_ s: [UInt8], _ hash: [UInt8], _ point: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    unsafe reference_edwards_combine(&bytes, s, hash, point)
    return bytes
  }

  static func isPoint(_ bytes: [UInt8]) -> Bool { unsafe reference_edwards_is_point(bytes) == 1 }

  /// A number below 2^252.
  static func scalar(_ generator: inout Seeded) -> [UInt8] {
    var bytes = random(32, &generator)
    bytes[31] &= 15
    return bytes
  }

  /// The sum of two numbers, modulo 2^256.
  static func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    var carry = 0
    return zip(left, right).map {
      carry = Int($0) + Int($1) + carry >> 8
      return UInt8(truncatingIfNeeded: carry)
    }
  }
}

/// A class around a prepared key, so that tests can have arrays of them.
final class Ed25519Prepared {
  let key: Ed25519Key

  init(_ key: consuming Ed25519Key) { self.key = key }

  init?(_ point: [UInt8], _ kernel: CPUFeature) {
    guard let key = Ed25519Key(point: point.span, kernel: kernel) else { return nil }
    self.key = key
  }

  /// The signature lies three bytes from the start of a longer buffer, the message likewise.
  func isValid(_ test: Ed25519Case) -> Bool {
    var bytes = [0x55, 0xaa, 0x55] + test.signature + [0xff]
    let text = [0x2e] + test.message + [0x2e]
    return key.isValid(bytes.mutableSpan, at: 3, of: text.span, in: 1..<text.count - 1)
  }
}

/// Verdicts on cases, at most a batch's, with the keys at the same places.
func verdicts(
  _ cases: ArraySlice<Ed25519Case>, _ keys: [Ed25519Prepared], _ kernel: CPUFeature
) -> UInt32 {
  var batch = Ed25519Batch(kernel)
  var (bytes, text): ([UInt8], [UInt8]) = ([7], [])
  for (test, key) in zip(cases, keys) {
    // SAFETY: the keys live to the end of this function.
    unsafe batch.add(
      key.key, signature: bytes.count, message: text.count..<text.count + test.message.count)
    bytes += test.signature + [0x99]
    text += test.message
  }
  let mask = batch.verify(bytes.mutableSpan, of: text.span)
  withExtendedLifetime(keys) {}
  return mask
}
