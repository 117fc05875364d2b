// Whether a mode does what it is named after: a route that accepts everything would be fast.

/// Checks one mode before it is measured.
struct LoadCheck {
  private let mode: LoadMode
  private let port: Int

  init(_ mode: LoadMode, port: Int) { (self.mode, self.port) = (mode, port) }

  /// - Throws: The server refuses a good token, or accepts one that it must refuse.
  func run() throws(BenchError) {
    guard let good = mode.tokens.first else { throw .unusable("\(mode.name) has no tokens") }
    guard try isAccepted(good) else { throw .unusable("\(mode.name): it refuses a good token") }
    for (index, token) in mode.refused.enumerated() {
      guard try !isAccepted(token) else {
        throw .unusable("\(mode.name): it accepts bad token \(index + 1) of \(mode.refused.count)")
      }
    }
  }

  private func isAccepted(_ token: String) throws(BenchError) -> Bool {
    let outcome = try OpenLoop([mode.request(token)], connections: 1).run(
      OpenLoopSchedule(every: 1, count: 1), port: port, cpu: nil, patience: 10)
    guard outcome.samples.allSatisfy({ $0.latency > 0 }) else {
      throw .unusable("\(mode.name): no answer within 10 s")
    }
    return outcome.refused == 0
  }
}
