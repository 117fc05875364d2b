// How long single operations take: from the fastest half to the slowest of a hundred thousand.

enum LatencyPlot {
  static func make(_ record: Report) -> PlotOutcome {
    let panels = record.mainScenarios().map { main in
      let jot = record.row(main.scenario, "jot")
      return Panel(
        kind: main.kind, row: jot, jot: jot.map(curve) ?? [],
        openssl: record.row(main.scenario, "openssl", threads: jot?.threads).map(curve) ?? [])
    }.filter { $0.jot.count > 1 }
    guard !panels.isEmpty else {
      return .leftOut("The record has no times of single operations.")
    }
    let isWhole = panels.contains { $0.row?.latency != nil }
    return .plot(
      Plot(
        name: .latency, answer: answer(panels),
        caption: """
          The share of operations that took no longer than so long, on the fewest threads measured; \
          both scales are logarithmic, and the clock's own reading, some 20 ns, is in each time.\
          \(isWhole ? "" : " The record has the percentiles 50, 99 and 99.9 alone.")
          """,
        wide: script(panels, isWide: true), narrow: script(panels, isWide: false)))
  }

  private struct Panel: Sendable {
    let kind: TokenKind
    let row: Row?
    let jot: [(x: Double, y: Double)]
    let openssl: [(x: Double, y: Double)]
  }

  /// The curve ends at one in so many operations.
  private static let limit = 100_000.0

  /// One in x operations takes longer than y.
  static func curve(_ row: Row) -> [(x: Double, y: Double)] {
    let buckets = (row.latency?.buckets ?? []).filter { $0.nanoseconds > 0 && $0.count > 0 }
      .map { (time: Double($0.nanoseconds), count: Double($0.count)) }
    let total = buckets.reduce(0) { $0 + $1.count }
    guard total > 0 else {
      return [(2, row.p50Ns), (100, row.p99Ns), (1000, row.p999Ns)].compactMap { x, y in
        y.flatMap { $0 > 0 ? (x, $0) : nil }
      }
    }
    let end = min(limit, total)
    var points: [(x: Double, y: Double)] = []
    var (x, counted) = (1.0, 0.0)
    for bucket in buckets.sorted(by: { $0.time < $1.time }) where x < end {
      counted += bucket.count
      points.append((x, bucket.time))
      x = counted < total ? min(end, total / (total - counted)) : end
      points.append((x, bucket.time))
    }
    return points
  }

  private static func answer(_ panels: [Panel]) -> String {
    let parts = panels.compactMap { panel -> String? in
      guard let p50 = panel.row?.p50Ns, let p999 = panel.row?.p999Ns else { return nil }
      return "\(panel.kind.title) \(PageText.time(p50)) and \(PageText.time(p999))"
    }
    guard !parts.isEmpty else { return "The record has no percentiles to put in words." }
    return "Half of Jot's operations, and all but one in a thousand, take no longer than: "
      + parts.joined(separator: "; ") + "."
  }

  private static func script(_ panels: [Panel], isWide: Bool) -> PlotScript {
    let grid = PlotGrid(heights: panels.map { _ in isWide ? 230 : 210 }, top: 36, isWide: isWide)
    return grid.script(
      panels, titles: panels.map { $0.kind.title },
      margin: .init(left: 58, top: 32, right: 26, bottom: 24)
    ) { script, panel, isFirst in
      if isFirst {
        var entries: [(PlotScript.Sample, String)] = [(.stroke(.solid, .jot), "Jot")]
        if panels.contains(where: { !$0.openssl.isEmpty }) {
          entries.append((.stroke(.dashed, .openssl), "OpenSSL"))
        }
        script.legend(entries, x: 2, y: 14)
      }
      let all = panel.jot + panel.openssl
      let times = all.map(\.y)
      script.yAxis(
        .logarithmic(times.min() ?? 1, times.max() ?? 1, length: 150, isUpright: true) {
          PlotAxis.plain(PageText.time($0))
        })
      script.xAxis(shares(to: all.map(\.x).max() ?? limit))
      let marks = panel.row?.latency == nil
      if !panel.openssl.isEmpty {
        script.line(panel.openssl, .openssl, .dashed, mark: marks ? .open : nil)
      }
      script.line(panel.jot, .jot, mark: marks ? .filled : nil)
    }
  }

  private static func shares(to last: Double) -> PlotAxis {
    let tics = [
      (2, "50 %"), (10, "90"), (100, "99"), (1000, "99.9"), (10_000, "99.99"),
      (100_000, "99.999"),
    ].filter { $0.0 <= last * 1.001 }
    return PlotAxis(
      first: 1, last: max(last, 100), isLogarithmic: true, tics: tics.map { ($0.0, $0.1) })
  }
}
