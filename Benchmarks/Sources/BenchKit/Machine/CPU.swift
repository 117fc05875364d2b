// The CPU, its clock and its topology.
import Foundation

/// What Linux says of the CPUs.
package enum CPU {
  static func facts(_ files: SystemFiles) -> [String: MachineFact] {
    let info = files.read("/proc/cpuinfo")
    func value(_ name: String) -> String? {
      SystemFiles.field(name, of: info, separator: ":")
    }
    let flags = flags(files)
    return [
      "cpu": MachineFact(value("model name")),
      "family": MachineFact(value("cpu family").flatMap(Int.init)),
      "model": MachineFact(value("model").flatMap(Int.init)),
      "virtual": flags.isEmpty ? .unknown : .text(flags.contains("hypervisor") ? "yes" : "no"),
      "governor": MachineFact(files.read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
      "turbo": MachineFact(turbo(files)),
      "smt": MachineFact(smt(files)),
      "numa": MachineFact(files.read("/sys/devices/system/node/online").flatMap(count)),
    ]
  }

  /// The features that /proc/cpuinfo names.
  package static func flags(_ files: SystemFiles) -> Set<String> {
    let text = SystemFiles.field("flags", of: files.read("/proc/cpuinfo"), separator: ":")
    return Set((text ?? "").split(separator: " ").map(String.init))
  }

  private static func turbo(_ files: SystemFiles) -> String? {
    if let boost = files.read("/sys/devices/system/cpu/cpufreq/boost") {
      return boost == "1" ? "on" : "off"
    }
    let off = files.read("/sys/devices/system/cpu/intel_pstate/no_turbo")
    return off.map { $0 == "0" ? "on" : "off" }
  }

  private static func smt(_ files: SystemFiles) -> String? {
    let active = files.read("/sys/devices/system/cpu/smt/active")
    return active.map { $0 == "1" ? "on" : "off" }
  }

  /// Numbers in a list like `0-3,8`.
  static func count(_ list: String) -> Int? {
    var count = 0
    for part in list.split(separator: ",") {
      let ends = part.split(separator: "-").map { Int($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
        last <= 1 << 20
      else { return nil }
      count += last - first + 1
    }
    return count > 0 ? count : nil
  }
}
