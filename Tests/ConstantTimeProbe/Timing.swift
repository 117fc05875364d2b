// Whether the time of an operation depends on a class of its input: Welch's t-test over many
// measurements, whose classes follow each other at random (dudect: Reparaz, Balasch, Verbauwhede,
// 2017). |t| of 10 and more shows a leak; noise of the machine falls on both classes alike.
import CConstantTime
import Glibc
import Jot
import JotCore

/// An operation, and inputs of two classes that it must not tell apart.
struct Experiment {
  let name: String
  /// Inputs of equal length, the first half of one class, the second half of the other.
  let inputs: [[UInt8]]
  /// Called with an input, not measured.
  var prepare: (Span<UInt8>) -> Void = { _ in }
  /// Called with the same input at the same address, measured.
  let run: (Span<UInt8>) -> Void

  /// Returns the largest |t| of so many measurements. If `isNull`, both classes have the inputs of
  /// the second: what is left is chance and the machine.
  func measure(_ samples: Int, isNull: Bool = false) -> Double {
    var random = Random(state: ct_begin())
    var times: [Time] = []
    times.reserveCapacity(samples)
    var buffer = inputs[0]
    let half = inputs.count / 2
    let second: UInt8 = isNull ? 0xff : 0
    for sample in -1000..<samples {
      // No branch depends on the class, or the CPU's history of branches would, and no address: both
      // inputs are read.
      let choice = 0 &- UInt8(truncatingIfNeeded: random.next() & 1)
      let number = Int(random.next() % UInt64(half))
      Self.choose(inputs[number], inputs[half + number], choice | second, into: &buffer)
      prepare(buffer.span)
      let begin = ct_begin()
      run(buffer.span)
      let cycles = ct_end() &- begin
      // The first thousand warm up.
      if sample >= 0 { times.append(Time(cycles: Double(cycles), choice: choice)) }
    }
    return Self.largestT(of: times)
  }

  /// Copies the first input for a choice of 0, the second for 0xff.
  private static func choose(
    _ first: [UInt8], _ second: [UInt8], _ choice: UInt8, into buffer: inout [UInt8]
  ) {
    for index in buffer.indices {
      buffer[index] = first[index] & ~choice | second[index] & choice
    }
  }

  /// The largest |t| over all measurements, and over those below each of a hundred percentiles:
  /// interrupts make long times, which hide small differences.
  private static func largestT(of times: [Time]) -> Double {
    let sorted = times.sorted { $0.cycles < $1.cycles }
    let middle = sorted[sorted.count / 2].cycles
    let ends = (1...100).map { Int(Double(sorted.count) * (1 - pow(0.5, Double($0) / 10))) }
    var (classes, largest, next) = ([Moments(), Moments()], 0.0, 0)
    for (count, time) in sorted.enumerated() {
      while next < ends.count, ends[next] == count {
        largest = max(largest, Moments.t(classes[0], classes[1]))
        next += 1
      }
      classes[Int(time.choice & 1)].add(time.cycles - middle)
    }
    return max(largest, Moments.t(classes[0], classes[1]))
  }
}

/// A measurement, and the choice of its class.
private struct Time {
  let cycles: Double
  let choice: UInt8
}

/// The number, the sum and the sum of squares of measurements.
private struct Moments {
  var (count, sum, squares) = (0.0, 0.0, 0.0)

  mutating func add(_ value: Double) {
    count += 1
    sum += value
    squares += value * value
  }

  var mean: Double { sum / count }
  /// The variance of the mean.
  var uncertainty: Double { (squares - sum * mean) / (count - 1) / count }

  /// Welch's |t|; 0 for a few measurements, or if all of them are equal.
  static func t(_ first: Moments, _ second: Moments) -> Double {
    guard first.count >= 500, second.count >= 500 else { return 0 }
    let variance = first.uncertainty + second.uncertainty
    return variance > 0 ? abs(first.mean - second.mean) / variance.squareRoot() : 0
  }
}

/// SplitMix64.
private struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

// MARK: Experiments

/// A key that is made anew for each measurement, always at the same place.
private final class Holder {
  let key: HMACKey

  init(_ secret: Span<UInt8>) { key = HMACKey(Secret(copying: secret)) }
}

private func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: 0...255) } }

/// So many random inputs behind as many copies of one, each with memory of its own.
private func fixedOrRandom(_ inputs: Int, _ count: Int) -> [[UInt8]] {
  let fixed = random(count)
  return (0..<inputs).map { _ in fixed.map { $0 } } + (0..<inputs).map { _ in random(count) }
}

/// Texts that differ from `right` in the first byte, then such that differ in the last.
private func wrong(_ right: [UInt8], _ first: Int, _ last: Int) -> [[UInt8]] {
  [first, last].flatMap { place in
    (0..<16).map { _ in
      var text = right
      while text[place] == right[place] { text[place] = UInt8(ascii: "A") + .random(in: 0..<16) }
      return text
    }
  }
}

/// What must be found.
func plantedExperiment() -> Experiment {
  let right = random(43)
  return Experiment(name: "planted compare", inputs: wrong(right, 0, 42)) { text in
    text.withUnsafeBufferPointer {
      ct_use(Int(ct_planted_compare($0.baseAddress!, right, 43)))
    }
  }
}

/// What must not be found. Messages are public and have no experiment: of a fixed and random ones, a
/// MAC by OpenSSL's code gave |t| of 10 to 13 in one run of twenty, for a third of a cycle in 1,400.
func experiments() throws -> [Experiment] {
  let secret = random(32)
  var all = [
    Experiment(name: "compare, first or last byte", inputs: wrong(secret, 0, 31)) { text in
      ct_use(text.equalsInConstantTime(secret.span, in: 0..<32) ? 1 : 0)
    },
    Experiment(
      name: "encode, fixed or random bytes",
      inputs: fixedOrRandom(64, 32)
    ) { bytes in
      var text = [43 of UInt8](repeating: 0)
      var span = text.mutableSpan
      _ = try! Base64URL.encode(bytes, in: 0..<32, into: &span)
    },
  ]
  for (algorithm, hash) in [(Algorithm.hs256, SHA2.sha256), (.hs384, .sha384), (.hs512, .sha512)] {
    let name = algorithm.rawValue
    let key = try SigningKey(secret: Secret(copying: random(64).span))
    let verifier = try Verifier(key: key.verificationKey, algorithms: [algorithm])
    // The portable decoder branches on the kind of each character, which the attacker knows: both
    // places have capitals. The last character has unused bits, and would be another error.
    var token: [UInt8] = []
    var (first, last, number) = (0, 0, 0 as Int64)
    repeat {
      number += 1
      let claims: Claims = ["n": .integer(1_000_000 + number)]
      token = try Array(Signer(key: key, algorithm: algorithm).sign(claims).utf8)
      first = token.count - Base64URL.encodedLength(of: hash.digestLength)
      last = token.count - 2
    } while !(0x41...0x5a ~= token[first] && 0x41...0x5a ~= token[last])
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    all.append(
      Experiment(
        name: "\(name) verify, MAC differs early or late", inputs: wrong(token, first, last)
      ) { token in
        var span = scratch.mutableSpan
        _ = try? verifier.verify(token, scratch: &span)
      })
    var holder = Holder(secret.span)
    var text = [UInt8](repeating: 7, count: 300)
    all.append(
      Experiment(
        name: "\(name) MAC, fixed or random key",
        inputs: fixedOrRandom(64, 64),
        prepare: { holder = Holder($0) }
      ) { _ in
        var span = text.mutableSpan
        _ = holder.key.writeTag(of: 0..<200, in: &span, at: 201, with: hash)
      })
  }
  return all
}
