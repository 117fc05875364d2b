// A plot: a question, the record's answer, and drawings for a wide and for a narrow page.

struct Plot: Sendable {
  let name: PlotName
  let answer: String
  /// How to read it.
  let caption: String
  let wide: PlotScript
  let narrow: PlotScript
}

/// The plots, in the order of the page.
enum PlotName: String, CaseIterable, Sendable {
  case throughput, latency
  /// Other libraries: verifying, then signing.
  case competitors = "field"
  case competitorsSigning = "field-sign"
  case ratio, cache
  /// A server's cost of a request.
  case load

  var question: String {
    switch self {
    case .throughput: "How many tokens a second, and what does another thread add?"
    case .latency: "How long does one operation take, and how long the slowest?"
    case .competitors: "How does Jot compare with other libraries?"
    case .competitorsSigning: "How does Jot compare with other libraries in signing?"
    case .ratio: "How far from what OpenSSL itself needs?"
    case .cache: "What is a cache worth?"
    case .load: "What does verifying a token cost a server?"
    }
  }

  /// Makes the plot of a record, or says why it can't be made.
  func outcome(
    _ record: Report, _ competitors: CompetitorReport?, _ load: LoadReport?
  ) -> PlotOutcome {
    switch self {
    case .throughput: ThroughputPlot.make(record)
    case .latency: LatencyPlot.make(record)
    case .competitors: CompetitorPlot.make(record, competitors)
    case .competitorsSigning: CompetitorPlot.make(record, competitors, isSigning: true)
    case .ratio: RatioPlot.make(record)
    case .cache: CachePlot.make(record)
    case .load: LoadPlot.make(record, load)
    }
  }
}

enum PlotOutcome: Sendable {
  case plot(Plot)
  /// The reason: a sentence.
  case leftOut(String)
}

/// Panels of one size, side by side on a wide page and one below the other on a phone.
struct PlotGrid: Sendable {
  static let wideWidth = 760.0
  static let narrowWidth = 358.0

  let width: Double
  let height: Double
  /// The box of each panel, axes included.
  let panels: [PlotScript.Box]

  /// - Parameter heights: The height of each panel; panels of one row get the larger height.
  init(heights: [Double], top: Double, isWide: Bool) {
    width = isWide ? Self.wideWidth : Self.narrowWidth
    let columns = isWide && heights.count > 1 ? 2 : 1
    let gap = 24.0
    let panelWidth = (width - gap * Double(columns - 1)) / Double(columns)
    var (panels, y) = ([PlotScript.Box](), top)
    for start in stride(from: 0, to: heights.count, by: columns) {
      let row = heights[start..<min(start + columns, heights.count)]
      let height = row.max() ?? 0
      for index in row.indices {
        let left = Double(index - start) * (panelWidth + gap)
        panels.append(.init(left: left, top: y, right: left + panelWidth, bottom: y + height))
      }
      y += height + 26
    }
    (self.panels, height) = (panels, y - 16)
  }

  /// Draws panels with their titles.
  ///
  /// - Parameters:
  ///   - margin: From a panel's edges to its axes.
  ///   - draw: Draws one panel; the first has the legend.
  func script<Panel>(
    _ panels: [Panel], titles: [String], margin: PlotScript.Box,
    draw: (_ script: inout PlotScript, _ panel: Panel, _ isFirst: Bool) -> Void
  ) -> PlotScript {
    var script = PlotScript(width: width, height: height)
    for (index, (panel, box)) in zip(panels, self.panels).enumerated() {
      script.begin(
        .init(
          left: box.left + margin.left, top: box.top + margin.top,
          right: box.right - margin.right, bottom: box.bottom - margin.bottom))
      let title = PageText.short(titles[index], pixels: 300)
      script.text(title, x: box.left + 2, y: box.top + 8, isBold: true)
      draw(&script, panel, index == 0)
      script.finish()
    }
    return script
  }
}
