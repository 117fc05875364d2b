// A comparison of two builds as one HTML page: each row's sessions, change and control.
import Foundation

public enum ABPage {
  /// Draws the page.
  ///
  /// - Throws: ``BenchError/unusable(_:)`` if gnuplot can't draw.
  public static func html(
    _ report: ABReport, gnuplot: String = "gnuplot"
  ) throws(BenchError) -> String {
    let (first, rest) = (report.isPartial ? report.summary[0] : nil, report.summary)
    let warning = first.map { "<p class=\"warning\">\(PageText.escaped($0))</p>\n" } ?? ""
    let words = rest.dropFirst(first == nil ? 0 : 1).joined(separator: " ")
    let lead = """
      \(warning)<p class="lead">\(PageText.escaped(PageText.bound(words)))</p>
      <p class="note">Before: \(PageText.escaped(report.before.words)). After: \
      \(PageText.escaped(report.after.words)). \(PageText.escaped(circumstances(report))).</p>
      """
    let rows = report.rows.sorted { rank($0, report.threshold) > rank($1, report.threshold) }
    let figure = try distributions(rows, report.threshold, gnuplot)
    return Page.document(
      "Two builds of Jot in one run", lead: lead,
      table(rows) + remarks(report) + figure + Page.machine(report.machine) + method)
  }

  /// The order of rows: broken ones first, then by the size of the change.
  private static func rank(_ row: ABRow, _ threshold: Double) -> Double {
    let size = min(abs(row.estimate?.change ?? 0), 1)
    return switch row.verdict {
    case .broken: 10
    case .slower: row.isRegression(over: threshold) ? 8 + size : 4 + size
    case .faster: 4 + size
    case .same: size
    case .noisy: size - 2
    case .notComparable: -3
    }
  }

  /// Remarks on single rows.
  private static func remarks(_ report: ABReport) -> String {
    guard !report.remarks.isEmpty else { return "" }
    let lines = report.remarks.map { "<li>\(PageText.escaped($0))</li>" }
    return
      "<section id=\"remarks\">\n<ul class=\"note\">\n\(lines.joined(separator: "\n"))\n</ul>\n</section>\n"
  }

  private static func circumstances(_ report: ABReport) -> String {
    let machine = report.machine
    let origin = machine.known("cpu").map { _ in "measured on \(machine.cpu), " } ?? ""
    return PageText.sentence(
      "\(origin)\(PlotAxis.plain(NumberFormat.fixed(report.settings.seconds, 1))) s for each row, \(PageText.date(report.date))"
    )
  }

  private static func table(_ rows: [ABRow]) -> String {
    let groups = rows.map { row in
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
      let isWorse = [.slower, .broken].contains(row.verdict)
      let reason = row.reason.map { ": \($0)" } ?? ""
      var cells =
        "<td class=\"text verdict\(reason.isEmpty ? "" : " words")\">"
        + "\(PageText.escaped(row.verdict.rawValue + reason))</td>"
      cells += change(estimate?.change, estimate?.low, estimate?.high)
      cells += change(estimate?.control, estimate?.controlLow, estimate?.controlHigh)
      cells += cell(estimate.map { "\(NumberFormat.fixed($0.visible * 100, 2)) %" })
      cells += cell(row.beforeNs.map { PageText.time($0) })
      cells += cell(row.afterNs.map { PageText.time($0) })
      cells += cell(row.referenceNs.map { PageText.time($0) })
      let kind = isWorse ? " class=\"worse\"" : row.verdict == .faster ? " class=\"better\"" : ""
      return PageTables.body(row.name, columns: 7, ["<tr\(kind)>\(cells)</tr>"])
    }
    let table = PageTables.table(
      """
      Times are CPU time of one operation; the change is the median of ratios inside rounds. Control: \
      BEFORE's second process over its first, which is noise. Smallest: the smallest change that would \
      have had a verdict. In brackets 95 % intervals.
      """,
      heads: [
        ("verdict", true), ("change", false), ("control", false), ("smallest", false),
        ("before", false), ("after", false), ("OpenSSL", false),
      ], groups.joined())
    return "<section id=\"rows\">\n<h2>Which rows changed?</h2>\n\(table)</section>\n"
  }

  private static func distributions(
    _ rows: [ABRow], _ threshold: Double, _ gnuplot: String
  ) throws(BenchError) -> String {
    let rows = rows.filter { $0.sessions.count > 1 }
    guard !rows.isEmpty else { return "" }
    let wide = script(rows, threshold, isWide: true)
    let narrow = script(rows, threshold, isWide: false)
    let figure = Page.figure(
      "The sessions' changes and controls, row by row.",
      """
      A ring is a session: the median of its rounds' ratios. Above, in grey, BEFORE's second process \
      over its first; below, AFTER over BEFORE. A bar is the 95 % interval, a dot its middle; dashed, the \
      threshold. All rows have one axis; a cross at its end is a session further out.
      """,
      (wide, try Gnuplot.draw(wide, executable: gnuplot)),
      (narrow, try Gnuplot.draw(narrow, executable: gnuplot)))
    return """
      <section id="distributions">
      <h2>How much do the sessions vary?</h2>
      \(figure)
      </section>

      """
  }

  private static func script(_ rows: [ABRow], _ threshold: Double, isWide: Bool) -> PlotScript {
    let grid = PlotGrid(heights: rows.map { _ in 132 }, top: 4, isWide: isWide)
    let end = end(rows, threshold) * 100
    return grid.script(
      rows,
      titles: rows.map(\.name),
      margin: .init(left: 58, top: 22, right: 26, bottom: 26)
    ) { script, row, _ in
      let controls = row.sessions.map { (exp($0.control) - 1) * 100 }
      let changes = row.sessions.map { (exp($0.change) - 1) * 100 }
      let (low, high) = (-end, end)
      script.xAxis(
        .linear(low, high, count: 6) { "\(PlotAxis.plain(NumberFormat.fixed($0, 2))) %" })
      script.yAxis(
        PlotAxis(first: 0, last: 2, tics: [(1.5, "control"), (0.5, "change")]), hasGrid: false)
      script.line([(0, 0), (0, 2)], .muted, width: 1)
      for value in [-threshold * 100, threshold * 100] where value > low && value < high {
        script.line([(value, 0), (value, 2)], .muted, .dashed, width: 1)
      }
      let estimate = row.estimate
      for (values, lane, colour, interval) in [
        (controls, 1.5, .muted, estimate.map { ($0.controlLow, $0.control, $0.controlHigh) }),
        (changes, 0.5, .jot, estimate.map { ($0.low, $0.change, $0.high) }),
      ] as [([Double], Double, PlotColour, (Double, Double, Double)?)] {
        let points = values.enumerated().map { index, value in
          // Spread over the lane, so that no mark hides another.
          let height = (Double(index) * 0.618034).truncatingRemainder(dividingBy: 1) - 0.5
          return (x: min(max(value, low), high), y: lane + 0.2 + 0.5 * height)
        }
        script.points(points.filter { abs($0.x) < end }, .open, colour)
        script.points(points.filter { abs($0.x) >= end }, .beyond, colour)
        if let (first, middle, last) = interval {
          let y = lane - 0.35
          script.line([(first * 100, y), (last * 100, y)], colour, width: 4)
          script.points([(middle * 100, y)], .filled, colour)
        }
      }
    }
  }

  /// The end of the common axis: beyond the threshold and every interval. A single bad session may
  /// lie outside.
  private static func end(_ rows: [ABRow], _ threshold: Double) -> Double {
    let ends = rows.compactMap(\.estimate).flatMap {
      [$0.low, $0.high, $0.controlLow, $0.controlHigh].map(abs)
    }
    return max(1.5 * min(threshold, 0.2), 1.3 * (ends.max() ?? 0))
  }

  private static let method = """
    <section id="method">
    <h2>How it is measured</h2>
    <ul>
    <li>Processes of BEFORE, of BEFORE once more, of AFTER and of OpenSSL take turns on the same CPUs, in \
    slices of 5 ms, in a random order each round. All verify or sign the same tokens with the same \
    key, and every answer is checked.</li>
    <li>They are restarted about every second, because the position of a process in memory changes a time more \
    than the machine does. A session counts as one value, the median of its rounds' ratios, in which the \
    machine's drift cancels.</li>
    <li>The sessions are resampled 4,000 times. A row is faster or slower if the change is larger than the \
    control in nearly all resamples, corrected for the number of rows (Holm). It has no difference if a \
    change of the threshold's size would have been visible; otherwise it is too noisy to tell.</li>
    <li>The clock is the CPU time of the process's threads, read before and after a slice and never in \
    it.</li>
    <li>Restarting does not move what the linker has placed: a small change says that the programs \
    differ, not why.</li>
    </ul>
    </section>

    """
}
