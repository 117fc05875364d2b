import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Machine")
struct MachineTests {
  @Test("has every fact that Schema.json requires, each a text or a number")
  func here() {
    let start = SystemLoad.now()
    let machine = Machine.current(cores: 2, SystemLoad.now().facts(since: start))
    #expect(machine["cpu"] != .unknown && machine["openssl"] != .unknown)
    #expect(machine["cores"] == .number(2) && machine["never heard of"] == .unknown)
    #expect(!Machine.cpus().isEmpty)
  }

  @Test("an empty system gives unknown, and nothing else")
  func empty() throws {
    let files = SystemFiles(root: "/nowhere")
    let machine = Machine.current(cores: 1, files)
    for name in ["cpu", "family", "kernel", "governor", "turbo", "smt", "numa", "cgroup_quota"] {
      #expect(machine[name] == .unknown, "\(name)")
    }
    let systemLoad = SystemLoad([0], files).facts(since: SystemLoad([0], files))
    #expect(Set(systemLoad.values) == [.unknown] && systemLoad.count == 5)
    #expect(machine.title == "unknown, 1 cores, unknown")
  }

  @Test("reads CPU, governor, turbo, threads per core and nodes from Linux's files")
  func files() throws {
    let files = try System([
      "/proc/cpuinfo": """
      model name\t: AMD EPYC
      cpu family\t: 25
      model\t\t: 17
      flags\t\t: fma avx2 sha_ni sse4_1 avx512vbmi hypervisor
      """,
      "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
      "/sys/devices/system/cpu/intel_pstate/no_turbo": "1\n",
      "/sys/devices/system/cpu/smt/active": "1\n", "/sys/devices/system/node/online": "0-1,4\n",
    ])
    let machine = Machine(CPU.facts(files.files))
    #expect(machine["cpu"] == .text("AMD EPYC") && machine["family"] == .number(25))
    #expect(machine["model"] == .number(17) && machine["virtual"] == .text("yes"))
    #expect(machine["governor"] == .text("powersave") && machine["turbo"] == .text("off"))
    #expect(machine["smt"] == .text("on") && machine["numa"] == .number(3))
    let boost = try System(["/sys/devices/system/cpu/cpufreq/boost": "1"])
    #expect(CPU.facts(boost.files)["turbo"] == .text("on"))
    #expect(CPU.count("0-x") == nil && CPU.count("") == nil && CPU.count("7") == 1)
  }

  @Test("Jot's kernels are those that the CPU has and the environment allows")
  func kernels() {
    let flags: Set = ["fma", "avx2", "sha_ni", "sse4_1", "avx512vbmi", "bmi1", "bmi2"]
    #expect(JotKernels.names(flags, nil) == "avx2,sha")
    #expect(JotKernels.names(flags.subtracting(["bmi1"]), nil) == "sha")
    #expect(
      JotKernels.names(flags, "sha,vbmi") == "sha"
        && JotKernels.names(flags, "portable") == "portable")
    let wide = flags.union(["adx", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512ifma"])
    #expect(JotKernels.names(wide, nil) == "avx2,adx,sha,ifma,vbmi")
  }

  @Test("a quota is the least of the control group's and its parents', in both cgroup versions")
  func quota() throws {
    #expect(ControlGroup.quota("max 100000") == .infinity)
    #expect(ControlGroup.quota(nil) == nil && ControlGroup.quota("1 0") == nil)
    #expect(ControlGroup.quota("150000 100000\n") == 1.5)
    let second = try System([
      "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/cpu.max": "150000 100000",
      "/sys/fs/cgroup/a/b/cpu.max": "max 100000",
      "/sys/fs/cgroup/a/b/cpu.stat": "usage_usec 5\nnr_periods 9\nnr_throttled 3",
    ])
    let group = try #require(ControlGroup(second.files))
    #expect(group.quota == 1.5 && group.throttled == 3)
    #expect(Machine.current(cores: 1, second.files)["cgroup_quota"] == .number(1.5))
    let first = try System([
      "/proc/self/cgroup": "3:cpuset:/\n2:cpu,cpuacct:/x\n0::/\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
      "/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "-1",
      "/sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000",
    ])
    #expect(ControlGroup(first.files)?.quota == .infinity)
    #expect(Machine.current(cores: 1, first.files)["cgroup_quota"] == .text("none"))
  }

  @Test("extreme values are unknown or bounded")
  func unbounded() throws {
    for list in ["0-\(Int.max)", "\(Int.min)-0", "0-99999999999999999999", "0-\(Int.max),1"] {
      #expect(CPU.count(list) == nil, "\(list)")
    }
    #expect(CPU.count("0-3,8") == 5)
    for quota in [1e300, .infinity, .nan, -1, 0, 0.5] {
      #expect((1...4).contains(Machine.cpus([0, 1, 2, 3], quota: quota).count), "\(quota)")
    }
    #expect(Machine.cpus([0, 1, 2, 3], quota: 2.9) == [0, 1])
    #expect(Machine.cpus([0, 1, 2, 3], quota: nil) == [0, 1, 2, 3])
    let system = try System([
      "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.stat": "nr_throttled \n",
      "/sys/fs/cgroup/cpu.max": "1e300 1",
    ])
    #expect(ControlGroup(system.files)?.throttled == nil)
    #expect(Machine.current(cores: 1, system.files)["cgroup_quota"].description == "1e+300")
  }

  @Test("steal time and CPU time of other processes are differences of two readings")
  func systemLoad() throws {
    func system(_ user: Int, _ steal: Int, own: Int) throws -> System {
      try System([
        "/proc/stat": """
        cpu  9 9 9 9 9 9 9 9 0 0
        cpu0 \(user) 0 0 \(1000 - user) 0 0 0 \(steal) 0 0
        cpu1 7777 0 0 7 0 0 0 7777 0 0
        """,
        "/proc/self/stat": "1 (a (b) c) R 3 3 2 0 -1 4 1 0 0 0 \(own) 0 0 0 20 0 1 0 1 3",
        "/proc/loadavg": "0.50 0.25 0.89 2/93 2",
        "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.stat": "nr_throttled \(user)\n",
      ])
    }
    let (before, after) = (try system(100, 0, own: 90), try system(400, 100, own: 290))
    let facts = SystemLoad([0], after.files).facts(since: SystemLoad([0], before.files))
    // 100 ticks: 300 busy, 200 of them this process's own, and 100 stolen.
    #expect(facts["steal_ticks"] == .number(100) && facts["steal_share"] == .number(1))
    #expect(facts["foreign_cpus"] == .number(1) && facts["load"] == .number(0.5))
    #expect(facts["throttled"] == .number(300))
  }

  @Test("versions and fields are found in system files and command output")
  func fields() {
    #expect(Machine.swiftVersion("Swift version 6.3.1 (swift-6.3.1-RELEASE)\nTarget: x") == "6.3.1")
    let text = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
    #expect(
      SystemFiles.field("PRETTY_NAME", of: text, separator: "=")
        == "Debian GNU/Linux 12 (bookworm)")
    #expect(SystemFiles.field("NAME", of: text, separator: "=") == nil)
  }
}

/// A temporary folder laid out like Linux's /proc and /sys.
private final class System {
  let files: SystemFiles

  init(_ texts: [String: String]) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    files = SystemFiles(root: folder.path)
    for (path, text) in texts {
      let file = folder.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: files.root) }
}
