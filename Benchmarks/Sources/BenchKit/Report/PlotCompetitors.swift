// Jot among other libraries: the time of one operation on an access token, a panel for each
// algorithm. Few libraries have claims of a type: those are in the table alone.

enum CompetitorPlot {
  /// - Parameter isSigning: Whether the operation is signing or verifying.
  static func make(
    _ record: Report, _ competitors: CompetitorReport?, isSigning: Bool = false
  ) -> PlotOutcome {
    guard let competitors else {
      return .leftOut("No record of other libraries was given (--peers).")
    }
    func isShown(_ task: CompetitorTask) -> Bool {
      task.isSigning == isSigning && task.claims == nil
    }
    let panels = competitors.tasks.filter(isShown)
      .map { Panel($0, competitors) }
      .filter { panel in panel.entries.contains { $0.colour == .competitor } }
    guard !panels.isEmpty else {
      return .leftOut("No other library was measured beside Jot.")
    }
    let failed = competitors.rows.count { isShown($0.task) && $0.reason != nil }
    return .plot(
      Plot(
        name: isSigning ? .competitorsSigning : .competitors,
        answer: answer(panels, failed: failed),
        caption: """
          The time of one \(isSigning ? "token's signing" : "verification") on one thread, on a \
          logarithmic scale, and how many times Jot's it is.\
          \(elsewhere(record.machine, competitors.machine))
          """,
        wide: script(panels, isWide: true), narrow: script(panels, isWide: false)))
  }

  /// A remark if the competitors were measured on another CPU.
  private static func elsewhere(_ here: Machine, _ there: Machine) -> String {
    guard here.cpu != there.cpu else { return "" }
    return " The libraries were measured on another machine (\(there.cpu))."
  }

  private struct Entry: Sendable {
    let name: String
    let ns: Double
    /// As a multiple of Jot's time.
    let times: Double
    let colour: PlotColour
  }

  private struct Panel: Sendable {
    let title: String
    /// The fastest first.
    let entries: [Entry]

    /// The rows of one task that have a ratio to Jot.
    init(_ task: CompetitorTask, _ competitors: CompetitorReport) {
      title = "\(task.algorithm) \(task.verb)"
      entries = competitors.rows(of: task).compactMap { row in
        guard let ns = row.nanoseconds, let times = row.timesJot?.median else { return nil }
        let name = row.competitor.name
        return Entry(
          name: PageText.engine(name), ns: ns, times: times,
          colour: name == "jot" ? .jot : name == "openssl" ? .openssl : .competitor)
      }
    }
  }

  private static func answer(_ panels: [Panel], failed: Int) -> String {
    let parts = panels.compactMap { panel in
      panel.entries.first { $0.colour == .competitor }.map {
        "\(PageText.times($0.times)) times for \(panel.title) (\($0.name))"
      }
    }
    let names = panels.flatMap { $0.entries.filter { $0.colour == .competitor }.map(\.name) }
      .uniqued()
    let lost =
      failed == 0
      ? "" : " Runs without a time: \(failed); the table of all runs has the reasons."
    let who =
      names.count == 1
      ? "The one other library" : "Of \(names.count) other libraries the fastest"
    return "\(who) needs, of Jot's time, \(PageText.list(parts))." + lost
  }

  private static func script(_ panels: [Panel], isWide: Bool) -> PlotScript {
    let step = 21.0
    let grid = PlotGrid(
      heights: panels.map { Double($0.entries.count) * step + 52 }, top: 4, isWide: isWide)
    var script = PlotScript(width: grid.width, height: grid.height)
    for (panel, box) in zip(panels, grid.panels) {
      let top = box.top + 24
      let (left, right) = (box.left + 128, box.right - 126)
      let bottom = top + Double(panel.entries.count) * step
      script.begin(.init(left: left, top: top, right: right, bottom: bottom))
      script.text(panel.title, x: box.left + 2, y: box.top + 8, isBold: true)
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
        script.text(PageText.time(entry.ns), x: box.right - 58, y: y, .right, .muted)
        if !isJot {
          script.text(
            "\(PageText.times(entry.times))×", x: box.right - 1, y: y, .right, .ink)
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
