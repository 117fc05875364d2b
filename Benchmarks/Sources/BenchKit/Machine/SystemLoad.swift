// What else the machine did meanwhile: steal time, throttling, work of other processes.
import Foundation

/// One reading of the counters.
public struct SystemLoad: Sendable {
  /// Ticks of the CPUs that this process may use: all, busy, and stolen by the host.
  private let ticks: (all: Double, busy: Double, stolen: Double)?
  /// Ticks of this process and of its ended children.
  private let own: Double?
  private let throttled: Double?
  private let load: Double?
  private let cpus: Int

  public static func now() -> SystemLoad { SystemLoad(CPUs.allowed, SystemFiles()) }

  init(_ cpus: [Int], _ files: SystemFiles) {
    self.cpus = cpus.count
    let names = Set(cpus.map { "cpu\($0)" })
    var sum = [Double](repeating: 0, count: 8)
    for line in (files.read("/proc/stat") ?? "").split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 8, names.contains(String(fields[0])) else { continue }
      for index in 0..<8 { sum[index] += Double(fields[index + 1]) ?? 0 }
    }
    // user, nice, system, idle, iowait, irq, softirq, steal
    let all = sum.reduce(0, +)
    let busy = sum[0] + sum[1] + sum[2] + sum[5] + sum[6]
    ticks = all > 0 ? (all, busy, sum[7]) : nil
    // After the command's name, which may have spaces and parentheses. utime is the 12th field
    // there.
    let fields = files.read("/proc/self/stat")?.split(separator: ")").last?.split(separator: " ")
    own = fields.flatMap { fields -> Double? in
      guard fields.count > 14 else { return nil }
      let ticks = fields[11...14].map { Double($0) ?? 0 }
      return ticks.reduce(0, +)
    }
    throttled = ControlGroup(files)?.throttled
    load = files.read("/proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) }
  }

  /// Since `start`: ticks stolen, periods throttled, and CPUs used by other processes. The load is
  /// that at `start`, before this process added its own.
  public func facts(since start: SystemLoad) -> [String: MachineFact] {
    [
      "load": MachineFact(start.load),
      "steal_ticks": MachineFact(difference(start) { $0.ticks?.stolen }),
      "steal_share": MachineFact(share(since: start) { $0.ticks?.stolen }),
      "throttled": MachineFact(difference(start) { $0.throttled }),
      "foreign_cpus": MachineFact(foreign(since: start)),
    ]
  }

  private func difference(_ start: SystemLoad, _ value: (SystemLoad) -> Double?) -> Double? {
    guard let before = value(start), let after = value(self) else { return nil }
    return max(0, after - before)
  }

  private func share(since start: SystemLoad, _ value: (SystemLoad) -> Double?) -> Double? {
    guard let part = difference(start, value), let all = difference(start, { $0.ticks?.all }),
      all > 0
    else { return nil }
    return NumberFormat.rounded(part / all, digits: 3)
  }

  private func foreign(since start: SystemLoad) -> Double? {
    guard let busy = difference(start, { $0.ticks?.busy }),
      let own = difference(start, { $0.own }), let all = difference(start, { $0.ticks?.all }),
      all > 0
    else { return nil }
    return NumberFormat.rounded(max(0, busy - own) / all * Double(cpus), digits: 3)
  }
}
