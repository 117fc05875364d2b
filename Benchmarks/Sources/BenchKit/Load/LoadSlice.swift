// One slice of one mode under the closed load.

/// What a server did for one mode in one slice.
struct LoadSlice: Equatable {
  /// Requests that the server answered between two readings of its counters.
  let requests: UInt64
  /// Microseconds of the server's CPU time for each.
  let cpu: Double
  /// Requests a second.
  let rate: Double
  /// Microseconds of wrk's latencies, of its whole run.
  let p50: Double
  let p99: Double

  /// - Throws: An error that wrk counted, or a server that answered nothing.
  init(
    from first: LoadCounters, to last: LoadCounters, _ wrk: WrkOutput
  ) throws(BenchError) {
    guard wrk.errors == 0 else {
      throw .unusable("\(wrk.errors) of \(wrk.requests) requests failed")
    }
    guard last.requests > first.requests, last.wall > first.wall, last.cpu > first.cpu else {
      throw .unusable("the server answered no request in a slice")
    }
    requests = last.requests - first.requests
    cpu = Double(last.cpu - first.cpu) / 1000 / Double(requests)
    rate = Double(requests) / (Double(last.wall - first.wall) / 1e9)
    (p50, p99) = (wrk.p50, wrk.p99)
  }

  init(requests: UInt64, cpu: Double, rate: Double, p50: Double, p99: Double) {
    (self.requests, self.cpu, self.rate) = (requests, cpu, rate)
    (self.p50, self.p99) = (p50, p99)
  }
}
