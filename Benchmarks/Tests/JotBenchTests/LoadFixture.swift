import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

/// Synthetic slices and rows of a server under load, and programs for its tests.
enum LoadFixture {
  /// Slices about a mode's cost, with noise and with a drift that all modes of a round share.
  static func slices(cpu: Double, seed: UInt64, count: Int = 20) -> [LoadSlice] {
    var (noise, drift) = (Seeded(seed), Seeded(1_000_000))
    return (0..<count).map { _ in
      let shared = Double.random(in: 0..<20, using: &drift)
      let time = cpu + shared + Double.random(in: -1...1, using: &noise)
      return LoadSlice(
        requests: 10_000, cpu: time, rate: 1e6 / time, p50: 64 * time, p99: 128 * time)
    }
  }

  /// A row for each mode, with its cost, and an open load.
  static func report(_ costs: [(String, Double)] = costs, isPartial: Bool = false) -> LoadReport {
    let base = slices(cpu: costs.first { $0.0 == LoadMode.base }!.1, seed: 0)
    let rows = costs.enumerated().map { index, cost in
      let isBase = cost.0 == LoadMode.base
      var row = LoadRow(
        mode: cost.0, isBase ? base : slices(cpu: cost.1, seed: UInt64(index) + 1),
        base: isBase ? nil : base)
      let samples = (1...1000).map {
        OpenLoop.Sample(latency: $0 == 1000 ? 0 : $0 * 1000, lateness: 500)
      }
      func open(_ slices: [LoadSlice]) -> [LoadOpenSlice] {
        slices.indices.map {
          LoadOpenSlice(cpu: slices[$0].cpu, samples: $0 == 0 ? samples : [])
        }
      }
      row.open = LoadOpenRow(
        rate: 5000, open(isBase ? base : slices(cpu: cost.1, seed: UInt64(index) + 1)),
        base: isBase ? nil : open(base))
      return row
    }
    var settings = LoadSettings()
    settings.modes = [LoadMode(name: LoadMode.base, tokens: ["good"], refused: [])]
    return LoadReport(
      machine: .test,
      conditions: LoadConditions(settings, server: "a server 1.0", wrk: "wrk 4.1.0", rate: 5000),
      rows: rows, date: Date(timeIntervalSince1970: 1_767_225_600), isPartial: isPartial)
  }

  static let costs = [
    ("none", 83.0), (LoadMode.base, 97.0), ("hs256", 100.0), ("jwt-kit-hs256", 218.0),
  ]

  /// The server of the tests, which is told how to behave.
  static func settings(_ start: String = "") throws -> LoadSettings {
    var settings = LoadSettings()
    (settings.server, settings.start) = (try Child.tool("FakeLoadServer"), start)
    settings.connections = 1
    settings.serverCPU = Machine.allowedCPUs.first!
    settings.clientCPU = Machine.allowedCPUs.last!
    settings.patience = 120
    return settings
  }

  /// A script instead of wrk, with one connection; it prints `output` at its end.
  static func wrk(in folder: Folder, output: String = wrkOutput) throws -> String {
    let script = """
      #!/usr/bin/env bash
      for word in "$@"; do
        case $word in http://*) url=$word ;; esac
        file=$word
      done
      rest=${url#http://127.0.0.1:}
      trap 'cat <<EOF
      \(output)
      EOF
      exit 0' INT
      exec 3<>"/dev/tcp/127.0.0.1/${rest%%/*}"
      while :; do
        while read -r token; do
          printf 'GET /%s HTTP/1.1\\r\\nAuthorization: Bearer %s\\r\\n\\r\\n' "${rest#*/}" "$token" >&3
          while read -r line <&3 && [ "$line" != $'\\r' ]; do :; done
          [ "${rest#*/}" = base ] || read -r -N 2 line <&3
        done <"$file"
      done
      """
    let path = folder.path + "/wrk"
    try Data(script.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  static let wrkOutput = """
    Running 31s test @ http://127.0.0.1:41613/hs256
      1 threads and 64 connections
      Thread Stats   Avg      Stdev     Max   +/- Stdev
        Latency     6.39ms    1.38ms  30.27ms   93.34%
        Req/Sec    10.09k     0.91k   11.10k    80.00%
      Latency Distribution
         50%    6.11ms
         75%    6.49ms
         90%    7.04ms
         99%   13.36ms
      10039 requests in 1.00s, 1.02MB read
    Requests/sec:  10038.17
    Transfer/sec:      1.02MB
    """
}
