// Jot among other libraries: the time of one operation, a panel for each scenario.

enum FieldPlot {
  static func make(_ record: PageRecord, _ field: PageField?) -> PlotOutcome {
    guard let field else {
      return .leftOut("No record of other libraries was given (--peers).")
    }
    let panels = panels(record, field)
    guard !panels.isEmpty else {
      return .leftOut("No other library was measured at a scenario that Jot was measured at.")
    }
    let failed = field.rows.count { $0.ns == nil }
    return .plot(
      Plot(
        name: .field, answer: answer(panels, failed: failed),
        caption: """
          The time of one operation on one thread, on a logarithmic scale, and how many times Jot's \
          it is.\(elsewhere(record, field))
          """,
        wide: script(panels, isWide: true), narrow: script(panels, isWide: false)))
  }

  /// What must be said where the field's CPU is not the record's.
  private static func elsewhere(_ record: PageRecord, _ field: PageField) -> String {
    guard let here = record.cpu, let there = field.cpu, here != there else { return "" }
    return " The libraries were measured on another machine (\(there))."
  }

  struct Entry: Sendable {
    let name: String
    let ns: Double
    /// Over Jot's time.
    let times: Double
    let colour: PlotColour
  }

  struct Panel: Sendable {
    let scenario: String
    let jot: Double
    let entries: [Entry]
  }

  /// Jot's time at a scenario: of the peers' own run if it is in it, else of the record.
  static func jot(_ scenario: String, _ record: PageRecord, _ field: PageField) -> Double? {
    field.rows.first { $0.scenario == scenario && $0.isJot && $0.ns != nil }?.ns
      ?? record.row(scenario, "jot")?.ns
  }

  private static func panels(_ record: PageRecord, _ field: PageField) -> [Panel] {
    let main = record.mainScenarios(.max).map(\.scenario)
    let others = field.rows.map(\.scenario).uniqued()
    return (main.filter(others.contains) + others.filter { !main.contains($0) }).compactMap {
      scenario in
      guard let jot = jot(scenario, record, field), jot > 0 else { return nil }
      let measured = field.rows.filter { $0.scenario == scenario && $0.ns != nil }
      var entries = measured.map { row in
        let ns = row.ns ?? jot
        return Entry(
          name: row.name, ns: ns, times: row.times ?? ns / jot,
          colour: row.isJot ? .jot : row.isOpenSSL ? .openssl : .peer)
      }
      guard entries.contains(where: { $0.colour == .peer }) else { return nil }
      if !entries.contains(where: { $0.colour == .jot }) {
        entries.append(Entry(name: "Jot", ns: jot, times: 1, colour: .jot))
      }
      if !entries.contains(where: { $0.colour == .openssl }),
        let openssl = record.row(scenario, "openssl")?.ns, openssl > 0
      {
        entries.append(
          Entry(name: "OpenSSL", ns: openssl, times: openssl / jot, colour: .openssl))
      }
      return Panel(scenario: scenario, jot: jot, entries: entries.sorted { $0.ns < $1.ns })
    }
  }

  private static func answer(_ panels: [Panel], failed: Int) -> String {
    let parts = panels.compactMap { panel in
      panel.entries.first { $0.colour == .peer }.map {
        "\(PageText.times($0.times)) times for \(title(panel.scenario)) (\($0.name))"
      }
    }
    let names = panels.flatMap { $0.entries.filter { $0.colour == .peer }.map(\.name) }.uniqued()
    let lost =
      failed == 0
      ? "" : " Runs that failed: \(failed); the table below has their reasons."
    let who =
      names.count == 1
      ? "The one other library" : "Of \(names.count) other libraries the fastest"
    return "\(who) needs, of Jot's time, \(PageText.list(parts))." + lost
  }

  /// Like `HS256 verify`, or the scenario's name.
  static func title(_ scenario: String) -> String {
    let parts = scenario.split(separator: "/").map(String.init)
    guard parts.count >= 2, let kind = TokenKind(operation: parts[0], algorithm: parts[1]),
      parts.count < 3 || parts[2] == "access-token"
    else { return scenario }
    return kind.title
  }

  private static func script(_ panels: [Panel], isWide: Bool) -> PlotScript {
    let step = 21.0
    let grid = PlotGrid(
      heights: panels.map { Double($0.entries.count) * step + 52 }, top: 4, isWide: isWide)
    var script = PlotScript(width: grid.width, height: grid.height)
    for (panel, place) in zip(panels, grid.panels) {
      let top = place.top + 24
      let (left, right) = (place.left + 128, place.right - 126)
      let bottom = top + Double(panel.entries.count) * step
      script.begin(.init(left: left, top: top, right: right, bottom: bottom))
      let title = PageText.short(title(panel.scenario), pixels: 300)
      script.text(title, x: place.left + 2, y: place.top + 8, isBold: true)
      let times = panel.entries.map(\.ns)
      let axis = PlotAxis.logarithmic(
        times.min() ?? 1, times.max() ?? 1, length: right - left, isUpright: false
      ) {
        PlotAxis.plain(PageText.time($0))
      }
      script.xAxis(axis)
      script.yAxis(PlotAxis(first: Double(panel.entries.count) - 0.5, last: -0.5))
      for (row, entry) in panel.entries.enumerated() {
        let y = top + (Double(row) + 0.5) * step
        let isJot = entry.colour == .jot
        script.text(
          PageText.short(entry.name, pixels: 114), x: left - 12, y: y, .right, isJot ? .jot : .ink,
          isBold: isJot)
        script.text(PageText.time(entry.ns), x: place.right - 58, y: y, .right, .muted)
        if !isJot {
          script.text(
            "\(PageText.times(entry.times))×", x: place.right - 1, y: y, .right, .ink)
        }
        script.line(
          [(axis.first, Double(row)), (entry.ns, Double(row))], .grid, width: 1)
        script.points(
          [(entry.ns, Double(row))], entry.colour == .openssl ? .open : .filled, entry.colour)
      }
      script.finish()
    }
    return script
  }
}
