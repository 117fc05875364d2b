// Linux control groups, version 1 and 2: how much CPU time a container may use.
import Foundation

/// This process's control group and those above it.
struct ControlGroup: Sendable {
  private let files: SystemFiles
  /// Folders from the group's own up to the top, and whether they are of version 2.
  private let folders: [String]
  private let isSecond: Bool

  /// Nil if there is no group for CPUs.
  init?(_ files: SystemFiles = SystemFiles()) {
    self.files = files
    let lines = (files.read("/proc/self/cgroup") ?? "").split(separator: "\n").map {
      $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    }.filter { $0.count == 3 }
    // With both versions mounted, version 1 counts if it has a CPU group.
    let first = lines.first { $0[1].split(separator: ",").contains("cpu") }
    guard let line = first ?? lines.first(where: { $0[0] == "0" && $0[1].isEmpty }) else {
      return nil
    }
    isSecond = first == nil
    let top = isSecond ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu"
    var folders = [top]
    for name in line[2].split(separator: "/") where name != ".." {
      folders.append(folders[folders.count - 1] + "/" + name)
    }
    self.folders = folders.reversed()
  }

  /// The smallest quota of the groups, in CPUs: infinite without a limit, nil if no group has a
  /// quota.
  var quota: Double? {
    let quotas = folders.compactMap { folder in
      isSecond
        ? Self.quota(files.read(folder + "/cpu.max"))
        : Self.quota(
          files.read(folder + "/cpu.cfs_quota_us").flatMap { quota in
            files.read(folder + "/cpu.cfs_period_us").map { "\(quota) \($0)" }
          })
    }
    return quotas.min()
  }

  /// How many periods the group was throttled in; nil if that is not counted.
  var throttled: Double? {
    for folder in folders {
      let count = (files.read(folder + "/cpu.stat") ?? "").split(separator: "\n")
        .first { $0.hasPrefix("nr_throttled ") }
      if let count { return count.split(separator: " ").last.flatMap { Double($0) } }
    }
    return nil
  }

  /// Returns a quota over its period, in CPUs; infinite for `max` and -1.
  static func quota(_ text: String?) -> Double? {
    let words = (text ?? "").split { $0.isWhitespace }
    guard words.count == 2, let period = Double(words[1]), period > 0 else { return nil }
    if words[0] == "max" || words[0] == "-1" { return .infinity }
    return Double(words[0]).map { $0 / period }
  }
}
