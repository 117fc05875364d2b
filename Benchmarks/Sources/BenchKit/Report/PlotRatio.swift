// Each engine's time over OpenSSL's for the same bytes, with its interval, on a logarithmic scale.

enum RatioPlot {
  static func make(_ record: Report) -> PlotOutcome {
    let rows = record.rows.filter {
      $0.engine != "openssl" && $0.isMeasured && ($0.ratioToOpenssl ?? 0) > 0
    }
    let scenarios = rows.map(\.scenario).uniqued()
    guard !scenarios.isEmpty else {
      return .leftOut("No row has a ratio to OpenSSL.")
    }
    let lines = scenarios.prefix(limit).map { scenario in
      Line(scenario: scenario, rows: rows.filter { $0.scenario == scenario })
    }
    let rest = scenarios.count - lines.count
    return .plot(
      Plot(
        name: .ratio, answer: answer(rows),
        caption: """
          Left of the line at 1 less time than OpenSSL needs, right of it more; a bar is the ratio's \
          95 % interval, often narrower than its dot.\
          \(rest > 0 ? " \(rest) more scenarios are in the table alone." : "")
          """,
        wide: script(Array(lines), isWide: true), narrow: script(Array(lines), isWide: false)))
  }

  private static let limit = 40

  struct Line: Sendable {
    let scenario: String
    let rows: [Row]
  }

  private static func answer(_ rows: [Row]) -> String {
    let jot = rows.filter { $0.engine == "jot" }
    guard let least = jot.min(by: { $0.ratioToOpenssl! < $1.ratioToOpenssl! }),
      let most = jot.max(by: { $0.ratioToOpenssl! < $1.ratioToOpenssl! })
    else { return "No row of Jot has a ratio to OpenSSL." }
    let below = jot.count { ($0.ratioHigh ?? $0.ratioToOpenssl!) < 1 }
    let above = jot.count { ($0.ratioLow ?? $0.ratioToOpenssl!) > 1 }
    let level = jot.count - below - above
    func name(_ row: Row) -> String {
      "\(PageText.digits(row.ratioToOpenssl!)) (\(row.scenario), \(PageText.threads(row.threads)))"
    }
    return """
      Of Jot's \(jot.count) rows \(below) need less time than OpenSSL, \(above) more, and of \(level) \
      the interval holds both; the ratios go from \(name(least)) to \(name(most)).
      """
  }

  private static func script(_ lines: [Line], isWide: Bool) -> PlotScript {
    let step = isWide ? 21.0 : 42.0
    let width = isWide ? PlotGrid.wideWidth : PlotGrid.narrowWidth
    let top = 36.0
    let bottom = top + Double(lines.count) * step
    let left = isWide ? 270.0 : 10.0
    let right = isWide ? width - 66 : width - 14
    var script = PlotScript(width: width, height: bottom + 28)
    script.begin(.init(left: left, top: top, right: right, bottom: bottom))
    let rows = lines.flatMap(\.rows)
    let ends = rows.flatMap { [$0.ratioToOpenssl, $0.ratioLow, $0.ratioHigh] }.compactMap { $0 }
      .filter { $0 > 0 }
    let axis = PlotAxis.logarithmic(
      min(ends.min() ?? 1, 0.9), max(ends.max() ?? 1, 1.1), length: right - left, isUpright: false
    ) { PlotAxis.plain(PageText.digits($0)) }
    script.xAxis(axis)
    script.yAxis(PlotAxis(first: Double(lines.count) - 0.5, last: -0.5))
    script.line([(1, -0.5), (1, Double(lines.count) - 0.5)], .muted, width: 1.5)
    let counts = rows.filter { $0.engine == "jot" }.map(\.threads)
    let (fewest, most) = (counts.min() ?? 1, counts.max() ?? 1)
    script.legend(legend(rows, fewest, most), x: 2, y: 14)
    for (index, line) in lines.enumerated() {
      let y = top + (Double(index) + 0.5) * step
      // On a narrow page the name is above its marks.
      let row = Double(index) + (isWide ? 0 : 0.16)
      script.text(
        PageText.short(line.scenario, pixels: isWide ? left - 12 : width - 64),
        x: isWide ? left - 10 : 2, y: isWide ? y : y - 10,
        isWide ? .right : .left, .ink)
      let jot = line.rows.filter { $0.engine == "jot" }.sorted { $0.threads < $1.threads }
      if let first = jot.first ?? line.rows.first {
        let ratio = PageText.digits(first.ratioToOpenssl!)
        script.text(ratio, x: width - 2, y: isWide ? y : y - 10, .right, .muted)
      }
      script.line([(axis.first, row), (axis.last, row)], .grid, .dotted, width: 1)
      for other in line.rows where other.engine != "jot" {
        interval(other, row, .competitor, &script)
        script.points([(other.ratioToOpenssl!, row)], .filled, .competitor)
      }
      // Only the fewest and the most threads; the table has all.
      for one in jot.dropFirst().suffix(1) {
        interval(one, row, .jot, &script)
        script.points([(one.ratioToOpenssl!, row)], .open, .jot)
      }
      if let one = jot.first {
        interval(one, row, .jot, &script)
        script.points([(one.ratioToOpenssl!, row)], .filled, .jot)
      }
    }
    script.finish()
    return script
  }

  private static func legend(
    _ rows: [Row], _ fewest: Int, _ most: Int
  ) -> [(PlotScript.Sample, String)] {
    func threads(_ count: Int) -> String { count == 1 ? "1 thread" : "\(count) threads" }
    var entries: [(PlotScript.Sample, String)] = []
    if rows.contains(where: { $0.engine == "jot" }) {
      entries.append((.mark(.filled, .jot), "Jot, \(threads(fewest))"))
      if most > fewest { entries.append((.mark(.open, .jot), threads(most))) }
    }
    let others = rows.map(\.engine).filter { $0 != "jot" }.uniqued()
    if !others.isEmpty {
      entries.append(
        (.mark(.filled, .competitor), PageText.short(others.joined(separator: ", "), pixels: 130)))
    }
    return entries
  }

  private static func interval(
    _ row: Row, _ y: Double, _ colour: PlotColour, _ script: inout PlotScript
  ) {
    guard let low = row.ratioLow, let high = row.ratioHigh, low > 0 else { return }
    script.line([(low, y), (high, y)], colour, width: 3)
  }
}
