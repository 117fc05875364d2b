// Fence: the CPUs that this process and its threads may use.
internal import CBench

/// The CPUs that this process may use, by number.
package enum CPUs {
  package static var allowed: [Int] {
    var numbers = [Int32](repeating: 0, count: 4096)
    // SAFETY: the call writes at most the array's count.
    let count = unsafe bench_allowed_cpus(&numbers, Int32(numbers.count))
    return numbers.prefix(Int(count)).map { Int($0) }
  }

  /// Pins this thread to one CPU.
  package static func pin(_ cpu: Int) { bench_pin(Int32(cpu)) }

  /// The one CPU that this thread is pinned to; nil if it may run on others.
  package static var pinned: Int? {
    let cpu = Int(bench_pinned())
    return cpu < 0 ? nil : cpu
  }

  /// Runs `body` with this thread pinned to one CPU; nil: to none.
  package static func pinned<Value>(to cpu: Int?, _ body: () -> Value) -> Value {
    if let cpu { bench_pin(Int32(cpu)) }
    defer { bench_pin(-1) }
    return body()
  }
}
