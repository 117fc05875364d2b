import CProbe
import JotCore
import TestSupport
import Testing

/// Numbers and points of a curve by OpenSSL; big-endian, as long as a coordinate.
struct ECReference: Sendable {
  typealias Number = [UInt8]

  struct Point: Equatable {
    var x, y: Number
  }

  let curve: ECDSACurve
  let prime: Number
  let order: Number

  var length: Int { curve.coordinateLength }
  var number: Int32 { Int32(curve.rawValue) }
  /// The curve's kernels that this CPU has.
  var kernels: [CPUFeature] { ECDSAKey.kernels(on: curve).filter(\.isAvailable) }

  init(_ curve: ECDSACurve) {
    self.curve = curve
    var (prime, order) = (Number(), Number())
    for isOrder in [false, true] {
      var bytes = Number(repeating: 0, count: curve.coordinateLength)
      unsafe reference_ec_modulus(Int32(curve.rawValue), isOrder ? 1 : 0, &bytes)
      if isOrder { order = bytes } else { prime = bytes }
    }
    (self.prime, self.order) = (prime, order)
  }

  /// A small number.
  func small(_ value: UInt64) -> Number { power(0, times: value) }

  /// `times` 2^`exponent`, for an exponent below the bits of a number less 64.
  func power(_ exponent: Int, times value: UInt64 = 1) -> Number {
    var bytes = Number(repeating: 0, count: length)
    for bit in 0..<64 where value >> UInt64(bit) & 1 == 1 {
      let place = exponent + bit
      bytes[length - 1 - place / 8] |= 1 << UInt8(place % 8)
    }
    return bytes
  }

  /// x `operation` y modulo the order, or modulo the prime: * + - and / for 1 / x.
  func calculate(
    _ x: Number, _ operation: Character, _ y: Number? = nil, isScalar: Bool = true
  ) -> Number {
    var result = Number(repeating: 0, count: length)
    let isDone = unsafe reference_ec_calculate(
      number, isScalar ? 1 : 0, CChar(operation.asciiValue!), &result, x, y ?? x)
    precondition(isDone == 1, "OpenSSL calculates")
    return result
  }

  /// `number` + `small` as integers; nil if that needs more bytes.
  func sum(_ number: Number, _ small: Int) -> Number? {
    var (number, carry) = (number, small)
    for index in number.indices.reversed() {
      carry += Int(number[index])
      number[index] = UInt8(carry & 0xff)
      carry >>= 8
    }
    return carry == 0 ? number : nil
  }

  /// x + y as integers; nil if that needs more bytes.
  func plain(_ x: Number, _ y: Number) -> Number? {
    var (sum, carry) = (x, 0)
    for index in x.indices.reversed() {
      carry += Int(x[index]) + Int(y[index])
      sum[index] = UInt8(carry & 0xff)
      carry >>= 8
    }
    return carry == 0 ? sum : nil
  }

  func random(_ generator: inout Seeded, isScalar: Bool = true) -> Number {
    let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return calculate(bytes, "+", small(0), isScalar: isScalar)
  }

  /// u G + v P, or u G; nil if it is infinity.
  func point(_ u: Number, _ v: Number? = nil, of point: Point? = nil) -> Point? {
    var sum = Point(x: u, y: u)
    let isDone: Int32
    if let v, let point {
      isDone = unsafe reference_ec_sum(number, u, v, point.x, point.y, &sum.x, &sum.y)
    } else {
      isDone = unsafe reference_ec_sum(number, u, nil, nil, nil, &sum.x, &sum.y)
    }
    return isDone == 1 ? sum : nil
  }

  /// A point with this first coordinate, if there is one.
  func lift(_ x: Number) -> Point? {
    var point = Point(x: x, y: x)
    return unsafe reference_ec_lift(number, x, &point.y) == 1 ? point : nil
  }
}

/// A public key as the kernels and as OpenSSL have it.
@safe final class ECTestKey {
  let reference: ECReference
  /// The private key, if it is known.
  let scalar: [UInt8]?
  private let keys: [Prepared]
  private let opened: UnsafeMutableRawPointer

  private final class Prepared {
    let key: ECDSAKey
    init?(_ curve: ECDSACurve, _ point: ECReference.Point, _ kernel: CPUFeature) {
      guard let key = ECDSAKey(curve: curve, x: point.x.span, y: point.y.span, kernel: kernel)
      else { return nil }
      self.key = key
    }
  }

  var kernels: [CPUFeature] { reference.kernels }

  init(_ reference: ECReference, _ point: ECReference.Point, scalar: [UInt8]? = nil) throws {
    (self.reference, self.scalar) = (reference, scalar)
    keys = try reference.kernels.map { try #require(Prepared(reference.curve, point, $0)) }
    unsafe opened = try #require(reference_ecdsa_open(reference.number, point.x, point.y))
  }

  /// The key of a private key.
  convenience init(_ reference: ECReference, scalar: [UInt8]) throws {
    try self.init(reference, try #require(reference.point(scalar)), scalar: scalar)
  }

  deinit { unsafe reference_ecdsa_close(opened) }

  func sign(_ digest: [UInt8]) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: 2 * reference.length)
    let isDone = unsafe reference_ecdsa_sign(
      reference.number, scalar!, digest, digest.count, &signature)
    precondition(isDone == 1, "OpenSSL signs")
    return signature
  }

  /// OpenSSL's verdict.
  func isValid(_ signature: [UInt8], of digest: [UInt8]) -> Bool {
    unsafe reference_ecdsa_verify(opened, reference.number, signature, digest, digest.count) == 1
  }

  func isValid(
    _ bytes: inout [UInt8], at offset: Int, of digest: [UInt8], by kernel: CPUFeature
  ) -> Bool {
    let index = kernels.firstIndex(of: kernel)!
    let span = bytes.mutableSpan
    return keys[index].key.isValid(span, at: offset, of: Digest(copying: digest.span))
  }

  func add(
    to batch: inout ECDSABatch, at offset: Int, of digest: [UInt8], by kernel: CPUFeature
  ) {
    // SAFETY: the caller keeps the key alive until the batch is verified.
    unsafe batch.add(
      keys[kernels.firstIndex(of: kernel)!].key, signature: offset,
      of: Digest(copying: digest.span))
  }
}
