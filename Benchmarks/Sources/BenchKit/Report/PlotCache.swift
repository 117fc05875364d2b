// The time of a verification by the cache's hit ratio.

enum CachePlot {
  static func make(_ record: Report) -> PlotOutcome {
    let cached = record.rows.filter { $0.hitRatio != nil && $0.isMeasured && ($0.nsPerOp ?? 0) > 0 }
    guard !cached.isEmpty else { return .leftOut("No scenario with a cache was measured.") }
    let panels = cached.compactMap { $0.parts.dropFirst().first }.uniqued().compactMap {
      algorithm -> Panel? in
      let rows = cached.filter { $0.parts.dropFirst().first == algorithm }
      let counts = Set(rows.map(\.threads)).sorted()
      let lines = [counts.first, counts.count > 1 ? counts.last : nil].compactMap { $0 }.map {
        threads in
        Line(threads: threads, rows: rows.filter { $0.threads == threads })
      }
      guard let first = lines.first, first.points.count > 1 else { return nil }
      let plain = record.mainScenarios(.max).first {
        !$0.kind.isSigning && $0.kind.algorithm == algorithm
      }
      func time(_ engine: String) -> Double? {
        plain.flatMap { record.row($0.scenario, engine, threads: first.threads)?.nsPerOp }
      }
      return Panel(algorithm: algorithm, lines: lines, jot: time("jot"), openssl: time("openssl"))
    }
    guard !panels.isEmpty else {
      return .leftOut("The cache was measured at one hit ratio alone, so no line can be drawn.")
    }
    return .plot(
      Plot(
        name: .cache, answer: answer(panels),
        caption: """
          The time of a verification by the share of tokens that the cache had, on a logarithmic \
          scale; the lines across are the times without a cache.
          """,
        wide: script(panels, isWide: true), narrow: script(panels, isWide: false)))
  }

  private struct Line: Sendable {
    let threads: Int
    /// By hit ratio; rows with the same ratio are averaged.
    let points: [(x: Double, y: Double)]

    init(threads: Int, rows: [Row]) {
      self.threads = threads
      let groups = Dictionary(grouping: rows) { ($0.hitRatio! * 1000).rounded() / 1000 }
      points = groups.map { ratio, rows in
        (ratio, rows.reduce(0) { $0 + $1.nsPerOp! } / Double(rows.count))
      }.sorted { $0.0 < $1.0 }
    }
  }

  private struct Panel: Sendable {
    let algorithm: String
    let lines: [Line]
    let jot: Double?
    let openssl: Double?
  }

  private static func answer(_ panels: [Panel]) -> String {
    panels.map { panel in
      let points = panel.lines[0].points
      let (first, last) = (points[0], points[points.count - 1])
      var words =
        "With \(share(first.x)) of the tokens in the cache an \(panel.algorithm) verification takes "
        + "\(PageText.time(first.y)), with \(share(last.x)) \(PageText.time(last.y))"
      if let jot = panel.jot {
        words +=
          ", without a cache \(PageText.time(jot)): "
          + "\(PageText.times(jot / last.y)) times the best"
      }
      return words + "."
    }.joined(separator: " ")
  }

  private static func script(_ panels: [Panel], isWide: Bool) -> PlotScript {
    let grid = PlotGrid(
      heights: panels.map { _ in isWide ? 240 : 220 }, top: isWide ? 36 : 58, isWide: isWide)
    return grid.script(
      panels, titles: panels.map { "\($0.algorithm) verify" },
      margin: .init(left: 58, top: 24, right: 22, bottom: 24)
    ) { script, panel, isFirst in
      if isFirst {
        let counts = panels.flatMap { $0.lines.map(\.threads) }.uniqued().sorted()
        let marks = zip([PlotScript.Mark.filled, .open], counts).map { mark, count in
          (PlotScript.Sample.mark(mark, .jot), count == 1 ? "1 thread" : "\(count) threads")
        }
        let lines: [(PlotScript.Sample, String)] = [
          (.stroke(.dashed, .jot), "Jot, no cache"), (.stroke(.dashed, .openssl), "OpenSSL"),
        ]
        if isWide {
          script.legend(marks + lines, x: 2, y: 14)
        } else {
          script.legend(marks, x: 2, y: 14)
          script.legend(lines, x: 2, y: 36)
        }
      }
      let points = panel.lines.flatMap(\.points)
      let times = points.map(\.y) + [panel.jot, panel.openssl].compactMap { $0 }
      script.yAxis(
        .logarithmic(times.min() ?? 1, times.max() ?? 1, length: 170, isUpright: true) {
          PlotAxis.plain(PageText.time($0))
        })
      let ratios = panel.lines[0].points.map(\.x)
      let axis = ratioAxis(ratios)
      script.xAxis(axis)
      for (time, colour) in [(panel.openssl, PlotColour.openssl), (panel.jot, .jot)] {
        guard let time else { continue }
        script.line([(axis.first, time), (axis.last, time)], colour, .dashed, width: 1.5)
      }
      for (line, mark) in zip(panel.lines, [PlotScript.Mark.filled, .open]).reversed() {
        script.line(line.points, .jot, mark: mark)
      }
    }
  }

  private static func share(_ ratio: Double) -> String {
    "\(PlotAxis.plain(NumberFormat.fixed(ratio * 100, 1))) %"
  }

  private static func ratioAxis(_ ratios: [Double]) -> PlotAxis {
    let (low, high) = (ratios.first ?? 0, ratios.last ?? 1)
    let space = (high - low) * 0.06
    let tics = low < 0.3 ? [0, 0.25, 0.5, 0.75, 1] : ratios.count <= 4 ? ratios : [low, high]
    return PlotAxis(
      first: low - space, last: high + space,
      tics: tics.filter { $0 >= low - space && $0 <= high + space }.map {
        ($0, share($0))
      })
  }
}
