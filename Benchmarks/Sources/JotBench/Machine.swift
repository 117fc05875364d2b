// Which machine it was: enough to tell results apart, nothing that names its owner.
import Foundation

/// The machine and the software that a record speaks of.
public struct Machine: Sendable, Equatable {
  public let cpu: String
  /// CPUs that the process may use, and what a quota allows of them.
  public let cores: Int
  public let system: String
  public let kernel: String
  public let governor: String
  public let swift: String
  public let openssl: String
  public let commit: String

  /// Reads all that can be read; what can't is "unknown".
  public static func current(cores: Int) -> Machine {
    Machine(
      cpu: cpu(read("/proc/cpuinfo")),
      cores: cores,
      system: field("PRETTY_NAME", of: read("/etc/os-release"), separator: "=") ?? "unknown",
      kernel: read("/proc/sys/kernel/osrelease") ?? "unknown",
      governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") ?? "unknown",
      swift: output(of: ["swift", "--version"]).flatMap(swiftVersion) ?? "unknown",
      openssl: "\(OpenSSLVersion.built) built, \(OpenSSLVersion.running) running",
      commit: commit())
  }

  /// A folder's name: CPU model, cores and system, and nothing else of the machine.
  public var slug: String {
    let words = "\(cpu) \(cores) cores \(system)".lowercased()
    let kept = words.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return String(kept).split(separator: "-").joined(separator: "-")
  }

  /// The CPUs to use: those that affinity allows, as many as the quota is worth.
  public static func cpus() -> [Int] {
    let allowed = CPUs.allowed
    guard let quota = quota(read("/sys/fs/cgroup/cpu.max")) else { return allowed }
    return Array(allowed.prefix(max(1, Int(quota))))
  }

  /// Returns the CPUs that a cgroup's `cpu.max` is worth; nil for no limit.
  static func quota(_ text: String?) -> Double? {
    let words = (text ?? "").split { $0.isWhitespace }.compactMap { Double($0) }
    return words.count == 2 && words[1] > 0 ? words[0] / words[1] : nil
  }

  /// Returns the CPU's name, with family and model where it has them: a cloud's "AMD EPYC" is many.
  static func cpu(_ text: String?) -> String {
    func value(_ name: String) -> String? { field(name, of: text, separator: ":") }
    guard let name = value("model name") else { return "unknown" }
    guard let family = value("cpu family"), let model = value("model") else { return name }
    return "\(name), family \(family) model \(model)"
  }

  static func swiftVersion(_ text: String) -> String? {
    guard let start = text.range(of: "Swift version ") else { return nil }
    return text[start.upperBound...].split { $0.isWhitespace }.first.map(String.init)
  }

  private static func commit() -> String {
    guard let commit = output(of: ["git", "rev-parse", "--short=12", "HEAD"]) else {
      return "unknown"
    }
    let changes = output(of: ["git", "status", "--porcelain", "--untracked-files=no"]) ?? ""
    return commit + (changes.isEmpty ? "" : " with changes")
  }

  static func field(_ name: String, of text: String?, separator: Character) -> String? {
    for line in (text ?? "").split(separator: "\n") {
      guard let border = line.firstIndex(of: separator),
        line[..<border].trimmingCharacters(in: .whitespaces) == name
      else { continue }
      let value = line[line.index(after: border)...]
      return value.trimmingCharacters(in: CharacterSet(charactersIn: " \"\t"))
    }
    return nil
  }

  private static func read(_ path: String) -> String? {
    (try? String(contentsOfFile: path, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Returns what a command prints, nil if it can't be run or fails.
  private static func output(of command: [String]) -> String? {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
