// An A/B as one HTML page: each row's sessions, the control's beside the change's.
import Foundation

public enum ABPage {
  /// Draws the page.
  ///
  /// - Throws: ``BenchError/unusable(_:)`` if gnuplot can't draw.
  public static func html(
    _ report: ABReport, gnuplot: String = "gnuplot"
  ) throws(BenchError) -> String {
    let lead = """
      <p class="lead">\(PageText.escaped(PageText.bound(report.words.joined(separator: " "))))</p>
      <p class="note">Before: \(PageText.escaped(report.before.words)). After: \
      \(PageText.escaped(report.after.words)). \(PageText.escaped(place(report))).</p>
      """
    let figure = try distributions(report, gnuplot)
    return Page.document(
      "Two builds of Jot in one run", lead: lead,
      table(report) + figure + Page.machine(report.machine) + method)
  }

  private static func place(_ report: ABReport) -> String {
    let machine = report.machine
    let place = machine.known("cpu").map { _ in "measured on \(machine.cpu), " } ?? ""
    return PageText.sentence(
      "\(place)\(PlotAxis.plain(Figure.fixed(report.seconds, 1))) s for each row, \(PageText.date(report.date))"
    )
  }

  private static func table(_ report: ABReport) -> String {
    let groups = report.rows.map { row in
      func cell(_ text: String?, _ interval: String? = nil) -> String {
        guard let text else { return "<td class=\"span\">–</td>" }
        return "<td>\(text)\(interval.map { " <span class=\"span\">\($0)</span>" } ?? "")</td>"
      }
      func change(_ value: Double?, _ low: Double?, _ high: Double?) -> String {
        let interval = low.flatMap { low in
          high.map { "[\(ABReport.signed(low)), \(ABReport.signed($0))]" }
        }
        return cell(value.map { "\(ABReport.signed($0)) %" }, interval)
      }
      let estimate = row.estimate
      let isTold = [.faster, .slower, .broken].contains(row.verdict)
      let name = "\(row.scenario)\(row.threads == 1 ? "" : ", \(row.threads) threads")"
      let reason = row.reason.map { ": \($0)" } ?? ""
      var cells = "<th scope=\"row\" class=\"text name\">\(PageText.escaped(name))</th>"
      cells +=
        "<td class=\"text\(reason.isEmpty ? "" : " words")\">"
        + "\(PageText.escaped(row.verdict.rawValue + reason))</td>"
      cells += change(estimate?.change, estimate?.low, estimate?.high)
      cells += change(estimate?.control, estimate?.controlLow, estimate?.controlHigh)
      cells += cell(estimate.map { "\(Figure.fixed($0.visible * 100, 2)) %" })
      cells += cell(row.beforeNs.map { PageText.time($0) })
      cells += cell(row.afterNs.map { PageText.time($0) })
      cells += cell(row.referenceNs.map { PageText.time($0) })
      return "<tbody><tr\(isTold ? " class=\"jot\"" : "")>\(cells)</tr></tbody>\n"
    }
    let table = PageTables.table(
      """
      Times are CPU time of one operation. Control: BEFORE's second process over its first; told from: \
      the smallest change that would have been told.
      """,
      heads: [
        ("scenario", true), ("verdict", true), ("change", false), ("control", false),
        ("told from", false), ("before", false), ("after", false), ("OpenSSL", false),
      ], groups.joined())
    return "<section id=\"rows\">\n<h2>Which rows changed?</h2>\n\(table)</section>\n"
  }

  private static func distributions(
    _ report: ABReport, _ gnuplot: String
  ) throws(BenchError) -> String {
    let rows = report.rows.filter { $0.sessions.count > 1 }
    guard !rows.isEmpty else { return "" }
    let wide = script(rows, report.threshold, isWide: true)
    let narrow = script(rows, report.threshold, isWide: false)
    let figure = Page.figure(
      "The sessions' changes and controls, row by row.",
      """
      A ring is a session: the median of its rounds' ratios. Above, in grey, BEFORE's second process \
      over its first, which nothing but memory and the machine can move; below, AFTER over BEFORE. A bar is \
      the 95 % interval, a dot its middle; dashed, the threshold. Sessions beyond the axis stand at its end.
      """,
      (wide, try Gnuplot.draw(wide, executable: gnuplot)),
      (narrow, try Gnuplot.draw(narrow, executable: gnuplot)))
    return """
      <section id="distributions">
      <h2>How far do the ratios of sessions scatter?</h2>
      \(figure)
      </section>

      """
  }

  private static func script(_ rows: [ABRow], _ threshold: Double, isWide: Bool) -> PlotScript {
    let grid = PlotGrid(heights: rows.map { _ in 132 }, top: 4, isWide: isWide)
    return grid.script(
      rows,
      titles: rows.map { $0.threads == 1 ? $0.scenario : "\($0.scenario), \($0.threads) threads" },
      margin: .init(left: 58, top: 22, right: 26, bottom: 26)
    ) { script, row, _ in
      let controls = row.sessions.map { (exp($0.control) - 1) * 100 }
      let changes = row.sessions.map { (exp($0.change) - 1) * 100 }
      let (low, high) = ends(controls + changes)
      script.xAxis(
        .linear(low, high, count: 6) { "\(PlotAxis.plain(Figure.fixed($0, 2))) %" })
      script.yAxis(
        PlotAxis(first: 0, last: 2, tics: [(1.5, "control"), (0.5, "change")]), hasGrid: false)
      script.line([(0, 0), (0, 2)], .muted, width: 1)
      for place in [-threshold * 100, threshold * 100] where place > low && place < high {
        script.line([(place, 0), (place, 2)], .muted, .dashed, width: 1)
      }
      let estimate = row.estimate
      for (values, lane, colour, interval) in [
        (controls, 1.5, .muted, estimate.map { ($0.controlLow, $0.control, $0.controlHigh) }),
        (changes, 0.5, .jot, estimate.map { ($0.low, $0.change, $0.high) }),
      ] as [([Double], Double, PlotColour, (Double, Double, Double)?)] {
        let points = values.enumerated().map { index, value in
          // Spread over the lane, so that no two hide each other.
          let height = (Double(index) * 0.618034).truncatingRemainder(dividingBy: 1) - 0.5
          return (x: min(max(value, low), high), y: lane + 0.2 + 0.5 * height)
        }
        script.points(points, .open, colour)
        if let (first, middle, last) = interval {
          let y = lane - 0.35
          script.line([(first * 100, y), (last * 100, y)], colour, width: 4)
          script.points([(middle * 100, y)], .filled, colour)
        }
      }
    }
  }

  /// Where the axis ends: about all of the middle, not the few that went wrong.
  private static func ends(_ values: [Double]) -> (Double, Double) {
    let sorted = values.sorted()
    let cut = sorted.count / 50
    let (low, high) = (min(sorted[cut], 0), max(sorted[sorted.count - 1 - cut], 0))
    let margin = max(0.05, (high - low) * 0.08)
    return (low - margin, high + margin)
  }

  private static let method = """
    <section id="method">
    <h2>How it is measured</h2>
    <ul>
    <li>Processes of BEFORE, of BEFORE once more, of AFTER and of OpenSSL take turns on the same CPUs, in \
    slices of 5 ms, in an order drawn anew each round. All verify or sign the same tokens with the same \
    key, and every answer is checked.</li>
    <li>They start anew each second or so, since where a process has its memory moves a time more than \
    the machine does. A session counts as one figure, the median of its rounds' ratios, from which all \
    has gone that the machine did to both.</li>
    <li>Sessions are drawn anew 4,000 times. A row is faster or slower if in hardly any draw the control \
    differs by as much as the change, corrected for the number of rows (Holm); it has no difference if \
    one of the threshold would have been told; else it is too noisy to tell.</li>
    <li>The clock is the CPU time of the process's threads, read before and after a slice and never in \
    it.</li>
    <li>Starting anew does not move what the linker has placed: a small change says that the programs \
    differ, not why.</li>
    </ul>
    </section>

    """
}
