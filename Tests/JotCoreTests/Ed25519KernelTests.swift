import CJotKernels
import CProbe
import JotCore
import TestSupport
import Testing

/// Calls the kernels with chosen hashes: what SHA-512 never gives.
@Suite("Ed25519's kernels")
struct Ed25519KernelTests {
  static let zero = [UInt8](repeating: 0, count: 32)

  /// Scalars whose digits are at their ends, in windows of 6 and of 8 bits, with all the carries;
  /// and the first and last numbers.
  static var scalars: [[UInt8]] {
    var scalars = [zero, [1] + zero.dropFirst(), sum(Edwards.order, -1), sum(Edwards.order, -2)]
    for (width, digits) in [
      (6, [0x1f, 0x20, 0x21, 0x3f]), (8, [0x7f, 0x80, 0x81, 0xff]),
    ] as [(Int, [Int])] {
      for digit in digits {
        for spacing in 1...2 {
          var number = zero
          for bit in 0..<252 where digit >> (bit % width) & 1 == 1 && bit / width % spacing == 0 {
            number[bit / 8] |= 1 << UInt8(bit % 8)
          }
          scalars.append(number)
        }
      }
    }
    return scalars
  }

  /// Hashes of 64 bytes: such scalars, the same and multiples of the order, and the greatest.
  static var hashes: [[UInt8]] {
    var hashes: [[UInt8]] = []
    for scalar in scalars {
      hashes.append(scalar + zero)
      hashes.append(Edwards.sum(scalar, Edwards.order) + zero)
    }
    let ones = [UInt8](repeating: 0xff, count: 32)
    hashes.append(ones + ones)
    hashes.append(ones + zero)
    hashes.append(zero + Edwards.order)
    return hashes
  }

  @Test("digits at their ends, every carry, and hashes of all sizes", arguments: Ed25519Key.kernels)
  func extremes(kernel: CPUFeature) throws {
    guard kernel.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 45)
    let (scalars, hashes) = (Self.scalars, Self.hashes)
    // A point without and with a part of small order, and one whose y is not below p.
    var large = [UInt8](repeating: 0xff, count: 31) + [0x7f]
    while !Edwards.isPoint(large) { large[0] -= 1 }
    #expect(large[0] > 0xee)
    let points = [
      Edwards.point(Edwards.scalar(&generator), 0), Edwards.point(Edwards.scalar(&generator), 3),
      large,
    ]
    for point in points {
      let table = try Table(point)
      for index in 0..<max(scalars.count, hashes.count) {
        let s = scalars[index % scalars.count]
        let hash = hashes[(index + 7) % hashes.count]
        let r = Edwards.combine(s, hash, point)
        #expect(table.isValid(r + s, hash, kernel), "\(index)")
        let bit = Int.random(in: 0..<256, using: &generator)
        var wrong = r
        wrong[bit / 8] ^= 1 << UInt8(bit % 8)
        #expect(!table.isValid(wrong + s, hash, kernel), "\(index)")
        // The same number, but not below the order.
        #expect(!table.isValid(r + Edwards.sum(s, Edwards.order), hash, kernel), "\(index)")
      }
    }
  }

  @Test("a key has the same bytes with every kernel that prepares it")
  func tables() throws {
    guard CPUFeature.adx.isAvailable else { try skip("not on this CPU") }
    var generator = Seeded(seed: 49)
    let zero = Self.zero
    for point in [
      Edwards.point(Edwards.scalar(&generator), 0), Edwards.point(Edwards.scalar(&generator), 5),
      Edwards.point(zero, 1), Edwards.point(zero, 4), Edwards.point(zero, 0),
    ] {
      let (one, other) = (try Table(point), try Table(point, .adx))
      #expect(one.bytes == other.bytes)
    }
  }

  @Test("s is below the order: its neighbours, and numbers of 253 bits and more")
  func range() throws {
    var generator = Seeded(seed: 46)
    let point = Edwards.point(Edwards.scalar(&generator), 0)
    let (table, hash) = (try Table(point), random(64, &generator))
    let ones = [UInt8](repeating: 0xff, count: 32)
    for kernel in Ed25519Key.kernels where kernel.isAvailable {
      for (s, isBelow) in [
        (sum(Edwards.order, -1), true), (Edwards.order, false), (sum(Edwards.order, 1), false),
        (ones.dropLast() + [0x0f], true), (Self.zero.dropLast() + [0x20], false), (ones, false),
        (Self.zero.dropLast() + [0x80], false), (Self.zero, true),
      ] as [([UInt8], Bool)] {
        let r = Edwards.combine(s, hash, point)
        #expect(table.isValid(r + s, hash, kernel) == isBelow, "\(kernel): \(s)")
      }
    }
  }
}

/// A number plus a small one.
private func sum(_ number: [UInt8], _ small: Int) -> [UInt8] {
  var carry = small
  return number.map {
    carry += Int($0)
    defer { carry >>= 8 }
    return UInt8(carry & 0xff)
  }
}

/// A prepared key.
@safe private final class Table {
  private let memory = UnsafeMutableRawPointer.allocate(
    byteCount: Int(JOT_ED25519_KEY_SIZE), alignment: 64)

  init(_ point: [UInt8], _ kernel: CPUFeature = .portable) throws {
    // SAFETY: the memory has a key's size and alignment, and lives as long as this object.
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: Int(JOT_ED25519_KEY_SIZE))
    let isPrepared =
      kernel == .adx
      ? unsafe jot_ed25519_prepare_adx(memory, point) : unsafe jot_ed25519_prepare(memory, point)
    try #require(isPrepared == 1)
  }

  var bytes: [UInt8] {
    // SAFETY: all were initialised.
    unsafe Array(UnsafeRawBufferPointer(start: memory, count: Int(JOT_ED25519_KEY_SIZE)))
  }

  deinit { unsafe memory.deallocate() }

  /// The verdict of one signature and of batches of it, which must be equal.
  func isValid(_ signature: [UInt8], _ hash: [UInt8], _ kernel: CPUFeature) -> Bool {
    // SAFETY: the bytes are as long as the kernels need, and the jobs as many as are given.
    unsafe signature.withUnsafeBufferPointer { signature in
      unsafe hash.withUnsafeBufferPointer { hash in
        let job = unsafe jot_ed25519_job(
          key: memory, signature: signature.baseAddress, hash: hash.baseAddress)
        let jobs = unsafe [jot_ed25519_job](repeating: job, count: 9)
        return unsafe jobs.withUnsafeBufferPointer { jobs in
          let base = jobs.baseAddress
          let (one, few, all) =
            switch kernel {
            case .ifma:
              unsafe (
                jot_ed25519_verify_ifma(base), jot_ed25519_verify_batch_ifma(base, 4),
                jot_ed25519_verify_batch_ifma(base, 9)
              )
            case .adx:
              unsafe (
                jot_ed25519_verify_adx(base), jot_ed25519_verify_batch_adx(base, 4),
                jot_ed25519_verify_batch_adx(base, 9)
              )
            default:
              unsafe (
                jot_ed25519_verify(base), jot_ed25519_verify_batch(base, 4),
                jot_ed25519_verify_batch(base, 9)
              )
            }
          #expect(few == (one == 1 ? 0xf : 0) && all == (one == 1 ? 0x1ff : 0))
          return one == 1
        }
      }
    }
  }
}
