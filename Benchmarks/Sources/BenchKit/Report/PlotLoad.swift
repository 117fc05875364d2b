// What a request costs a server: its CPU time in each mode.

enum LoadPlot {
  static func make(_ record: Report, _ load: LoadReport?) -> PlotOutcome {
    guard let load else { return .leftOut("No record of a server under load was given (--load).") }
    guard !load.rows.isEmpty else { return .leftOut("The record of a server has no rows.") }
    return .plot(
      Plot(
        name: .load, answer: answer(load.rows),
        caption: """
          The server's CPU time for a request in each mode, at a fixed rate if there was one, and \
          what it is more than base, which reads the token and verifies nothing. \
          \(load.conditions.server).\
          \(elsewhere(record.machine, load.machine))
          """,
        wide: script(load.rows, isWide: true), narrow: script(load.rows, isWide: false)))
  }

  /// A remark if the server ran on another CPU.
  private static func elsewhere(_ here: Machine, _ there: Machine) -> String {
    guard here.cpu != there.cpu else { return "" }
    return " The server was measured on another machine (\(there.cpu))."
  }

  private static func answer(_ rows: [LoadRow]) -> String {
    let added = rows.compactMap { row in
      over(row).map { "\(time($0.median)) (\(row.mode))" }
    }
    guard let base = rows.first(where: { $0.mode == LoadMode.base }), !added.isEmpty else {
      return "Of CPU time, a request costs "
        + PageText.list(rows.map { "\(time(cpu($0).median)) (\($0.mode))" }) + "."
    }
    return "A request costs \(time(cpu(base).median)) of CPU time with its token unverified; "
      + "the other modes add \(PageText.list(added))."
  }

  private static func cpu(_ row: LoadRow) -> Estimate { row.open?.cpu ?? row.cpu }
  private static func over(_ row: LoadRow) -> Estimate? { row.open?.overBase ?? row.overBase }

  /// Microseconds with their unit; less than nothing is noise.
  private static func time(_ microseconds: Double) -> String {
    "\(NumberFormat.fixed(microseconds, 1)) µs"
  }

  private static func colour(_ row: LoadRow) -> PlotColour {
    if ["none", LoadMode.base].contains(row.mode) { return .openssl }
    return row.mode.hasPrefix("jwt-kit") ? .competitor : .jot
  }

  private static func script(_ rows: [LoadRow], isWide: Bool) -> PlotScript {
    let step = 21.0
    let bottom = 16 + Double(rows.count) * step
    let width = isWide ? PlotGrid.wideWidth : PlotGrid.narrowWidth
    var script = PlotScript(width: width, height: bottom + 30)
    script.begin(.init(left: 128, top: 16, right: width - 126, bottom: bottom))
    var axis = PlotAxis.fromZero(to: rows.map { cpu($0).high }.max() ?? 1) {
      "\(PlotAxis.plain(PageText.digits($0))) µs"
    }
    // A phone has room for two labels.
    if !isWide { axis.tics = [axis.tics[0], axis.tics[axis.tics.count - 1]] }
    script.xAxis(axis)
    script.yAxis(PlotAxis(first: Double(rows.count) - 0.5, last: -0.5))
    for (index, row) in rows.enumerated() {
      let (y, level, colour) = (16 + (Double(index) + 0.5) * step, Double(index), colour(row))
      script.text(
        PageText.short(row.mode, pixels: 114), x: 116, y: y, .right, colour == .jot ? .jot : .ink)
      let own = cpu(row)
      script.text(time(own.median), x: width - 62, y: y, .right, .muted)
      if let over = over(row)?.median {
        let sign = over < 0 ? "" : "+"
        script.text("\(sign)\(NumberFormat.fixed(over, 1))", x: width - 1, y: y, .right, .ink)
      }
      script.line([(0, level), (own.median, level)], .grid, width: 1)
      script.line([(own.low, level), (own.high, level)], colour, width: 3)
      script.points([(own.median, level)], colour == .openssl ? .open : .filled, colour)
    }
    script.finish()
    return script
  }
}
