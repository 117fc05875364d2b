// Operations a second by threads, a panel for each of HS256 and RS256, sign and verify.

enum ThroughputPlot {
  static func make(_ record: Report) -> PlotOutcome {
    let panels = record.mainScenarios().map { main in
      Panel(
        kind: main.kind, jot: rates(record, main.scenario, "jot"),
        openssl: rates(record, main.scenario, "openssl"))
    }.filter { $0.jot.count > 1 }
    guard !panels.isEmpty else {
      return .leftOut(
        "Each scenario was measured on one number of threads, so no line can be drawn.")
    }
    return .plot(
      Plot(
        name: .throughput, answer: answer(panels),
        caption: """
          Operations a second of all threads together; each panel has a scale of its own. The dotted \
          line is one thread's rate times the threads; on virtual CPUs that share a core not even \
          arithmetic in registers reaches it.
          """,
        wide: script(panels, isWide: true), narrow: script(panels, isWide: false)))
  }

  private struct Panel: Sendable {
    let kind: TokenKind
    let jot: [(x: Double, y: Double)]
    let openssl: [(x: Double, y: Double)]
  }

  private static func rates(
    _ record: Report, _ scenario: String, _ engine: String
  ) -> [(x: Double, y: Double)] {
    let threads = Set(record.rows.filter { $0.scenario == scenario }.map(\.threads)).sorted()
    return threads.compactMap { count in
      record.row(scenario, engine, threads: count)?.opsPerSecond.map { (Double(count), $0) }
    }
  }

  private static func answer(_ panels: [Panel]) -> String {
    let parts = panels.map { panel in
      let (first, last) = (panel.jot[0], panel.jot[panel.jot.count - 1])
      let gain = first.y > 0 ? " (\(PageText.times(last.y / first.y)) times)" : ""
      return "\(panel.kind.isSigning ? "signs" : "verifies") \(PageText.count(last.y)) "
        + "\(panel.kind.algorithm) tokens\(gain)"
    }
    let (first, last) = (panels[0].jot[0].x, panels[0].jot[panels[0].jot.count - 1].x)
    var sentences = [
      "In a second Jot \(PageText.list(parts)) on \(PageText.threads(Int(last))); in brackets, "
        + "against \(PageText.threads(Int(first)))."
    ]
    let pairs = [true, false].compactMap { signs -> String? in
      func first(_ algorithm: String) -> (x: Double, y: Double)? {
        panels.first { $0.kind.algorithm == algorithm && $0.kind.isSigning == signs }?.jot.first
      }
      guard let fast = first("HS256"), let slow = first("RS256"), slow.y > 0, fast.x == slow.x
      else { return nil }
      return "\(signs ? "signed" : "verified") \(PageText.times(fast.y / slow.y)) times as often"
    }
    if !pairs.isEmpty {
      sentences.append("An HS256 token is \(PageText.list(pairs)) as an RS256 token.")
    }
    return sentences.joined(separator: " ")
  }

  private static func script(_ panels: [Panel], isWide: Bool) -> PlotScript {
    let grid = PlotGrid(heights: panels.map { _ in isWide ? 210 : 190 }, top: 36, isWide: isWide)
    return grid.script(
      panels, titles: panels.map { $0.kind.title },
      margin: .init(left: 58, top: 32, right: 14, bottom: 24)
    ) { script, panel, isFirst in
      if isFirst {
        var entries: [(PlotScript.Sample, String)] = [(.mark(.filled, .jot), "Jot")]
        if panels.contains(where: { !$0.openssl.isEmpty }) {
          entries.append((.mark(.open, .openssl), "OpenSSL"))
        }
        script.legend(entries + [(.stroke(.dotted, .muted), "ideal")], x: 2, y: 14)
      }
      let first = panel.jot[0]
      let ideal = panel.jot.map { (x: $0.x, y: first.y / first.x * $0.x) }
      let top = (panel.jot + panel.openssl + ideal).map(\.y).max() ?? 1
      script.yAxis(.fromZero(to: top) { $0 == 0 ? "0" : PlotAxis.plain(PageText.count($0)) })
      script.xAxis(threads(panel.jot.map(\.x)), hasGrid: false)
      script.line(ideal, .muted, .dotted, width: 1.5)
      if !panel.openssl.isEmpty { script.line(panel.openssl, .openssl, .dashed, mark: .open) }
      script.line(panel.jot, .jot, mark: .filled)
    }
  }

  /// Many thread counts double each time: a logarithmic scale spaces them evenly.
  private static func threads(_ counts: [Double]) -> PlotAxis {
    let (first, last) = (counts.first ?? 1, counts.last ?? 1)
    let isLogarithmic = last > 4
    let space = (last - first) * 0.12
    return PlotAxis(
      first: isLogarithmic ? first / 1.15 : first - space,
      last: isLogarithmic ? last * 1.15 : last + space, isLogarithmic: isLogarithmic,
      tics: counts.map {
        ($0, $0 == 1 ? "1 thread" : "\(Int($0))\($0 == first ? " threads" : "")")
      })
  }
}
