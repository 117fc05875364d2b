// The machine: enough to tell results apart, nothing that names its owner.
import BuildStamp
import Foundation

/// The machine and the software on which something was measured.
public struct Machine: Sendable, Equatable {
  /// By name; see Schema.json.
  public private(set) var facts: [String: MachineFact]

  public init(_ facts: [String: MachineFact]) { self.facts = facts }

  public subscript(name: String) -> MachineFact { facts[name] ?? .unknown }

  /// A copy without the commit of this program.
  public var withoutCommit: Machine { Machine(facts.filter { !$0.key.hasPrefix("git_commit") }) }

  /// A copy with more facts.
  package func adding(_ more: [String: MachineFact]) -> Machine {
    Machine(facts.merging(more) { $1 })
  }

  /// Reads all that can be read; the rest is "unknown".
  package static func current(cores: Int, _ files: SystemFiles) -> Machine {
    Machine(CPU.facts(files)).adding([
      "cores": MachineFact(cores),
      "cgroup_quota": ControlGroup(files)?.quota.map {
        $0.isFinite ? .number($0) : .text("none")
      } ?? .unknown,
      "os": MachineFact(
        SystemFiles.field("PRETTY_NAME", of: files.read("/etc/os-release"), separator: "=")),
      "kernel": MachineFact(files.read("/proc/sys/kernel/osrelease")),
      "clocksource": MachineFact(
        files.read("/sys/devices/system/clocksource/clocksource0/current_clocksource")),
      "swift": MachineFact(output(of: ["swift", "--version"]).flatMap(swiftVersion)),
      "openssl": .text("\(OpenSSLVersion.built) built, \(OpenSSLVersion.running) running"),
      "git_commit": MachineFact(
        BuildStamp.commit.map { $0 + (BuildStamp.isChanged ? " with changes" : "") }),
      "git_commit_from": BuildStamp.commit == nil ? .unknown : .text("the build"),
    ])
  }

  /// In a line: CPU, cores and system.
  public var title: String { "\(cpu), \(self["cores"]) cores, \(self["os"])" }

  /// The CPU's name, with family and model where it has them: a cloud's "AMD EPYC" is many.
  var cpu: String {
    guard self["family"] != .unknown, self["model"] != .unknown else { return "\(self["cpu"])" }
    return "\(self["cpu"]), family \(self["family"]) model \(self["model"])"
  }

  /// A folder's name: CPU model, cores and system, and nothing else of the machine.
  public var slug: String {
    let words = "\(cpu) \(self["cores"]) cores \(self["os"])".lowercased()
    let kept = words.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return String(kept).split(separator: "-").joined(separator: "-")
  }

  /// The CPUs that affinity allows.
  public static var allowedCPUs: [Int] { CPUs.allowed }

  /// The CPUs to use: those that affinity allows, as many as the quota is worth.
  public static func cpus() -> [Int] { cpus(CPUs.allowed, quota: ControlGroup()?.quota) }

  static func cpus(_ allowed: [Int], quota: Double?) -> [Int] {
    guard let quota, quota < Double(allowed.count) else { return allowed }
    return Array(allowed.prefix(max(1, Int(max(1, quota)))))
  }

  static func swiftVersion(_ text: String) -> String? {
    guard let start = text.range(of: "Swift version ") else { return nil }
    return text[start.upperBound...].split { $0.isWhitespace }.first.map(String.init)
  }
}

extension Machine: Codable {
  public init(from decoder: any Decoder) throws {
    facts = try decoder.singleValueContainer().decode([String: MachineFact].self)
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(facts)
  }
}
