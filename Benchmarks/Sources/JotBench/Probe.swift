// Times of single operations: a pass of its own, since a clock beside each costs as much.

/// A station that times each of its operations.
final class Probe: Station, @unchecked Sendable {
  private let station: any Station
  private(set) var samples: [UInt64] = []

  let nanosecondsElsewhere: UInt64? = nil

  init(_ station: any Station) {
    self.station = station
    samples.reserveCapacity(1 << 20)
  }

  func isSound() -> Bool { station.isSound() }

  func run(_ count: Int) -> Bool {
    let start = Time.now
    let isRight = station.run(count)
    let time = (Time.now - start) / UInt64(count)
    if samples.count < 1 << 20 { samples.append(time) }
    return isRight
  }
}
