// A plot: a question, the answer that the record gives, and a drawing for a wide and a narrow page.

struct Plot: Sendable {
  let name: PlotName
  let answer: String
  /// How to read it.
  let caption: String
  let wide: PlotScript
  let narrow: PlotScript
}

/// What a plot asks, in the order of the page.
enum PlotName: String, CaseIterable, Sendable {
  case throughput, latency
  case competitors = "field"
  case ratio, cache

  var question: String {
    switch self {
    case .throughput: "How many tokens a second, and what does another thread add?"
    case .latency: "How long does one operation take, and how long the slowest?"
    case .competitors: "How does Jot compare with other libraries?"
    case .ratio: "How far from what OpenSSL itself needs?"
    case .cache: "What is a cache worth?"
    }
  }

  /// Draws up the plot of a record, or says why there is nothing to draw.
  func outcome(_ record: Report, _ competitors: CompetitorReport?) -> PlotOutcome {
    switch self {
    case .throughput: ThroughputPlot.make(record)
    case .latency: LatencyPlot.make(record)
    case .competitors: CompetitorPlot.make(record, competitors)
    case .ratio: RatioPlot.make(record)
    case .cache: CachePlot.make(record)
    }
  }
}

enum PlotOutcome: Sendable {
  case plot(Plot)
  /// Why there is none: a sentence.
  case leftOut(String)
}

/// Panels of one size, side by side on a wide page and one below the other on a phone.
struct PlotGrid: Sendable {
  static let wideWidth = 760.0
  static let narrowWidth = 358.0

  let width: Double
  let height: Double
  /// A panel's whole place; its axes are inside.
  let panels: [PlotScript.Box]

  /// - Parameter heights: Of each panel; panels of a row get the higher's.
  init(heights: [Double], top: Double, isWide: Bool) {
    width = isWide ? Self.wideWidth : Self.narrowWidth
    let columns = isWide && heights.count > 1 ? 2 : 1
    let gap = 24.0
    let panelWidth = (width - gap * Double(columns - 1)) / Double(columns)
    var (panels, y) = ([PlotScript.Box](), top)
    for start in stride(from: 0, to: heights.count, by: columns) {
      let row = heights[start..<min(start + columns, heights.count)]
      let height = row.max() ?? 0
      for place in row.indices {
        let left = Double(place - start) * (panelWidth + gap)
        panels.append(.init(left: left, top: y, right: left + panelWidth, bottom: y + height))
      }
      y += height + 26
    }
    (self.panels, height) = (panels, y - 16)
  }

  /// Draws panels with their titles.
  ///
  /// - Parameters:
  ///   - margin: From a panel's edges to those of its axes.
  ///   - draw: Draws one of them; the first has the legend of all.
  func script<Panel>(
    _ panels: [Panel], titles: [String], margin: PlotScript.Box,
    draw: (_ script: inout PlotScript, _ panel: Panel, _ isFirst: Bool) -> Void
  ) -> PlotScript {
    var script = PlotScript(width: width, height: height)
    for (index, (panel, place)) in zip(panels, self.panels).enumerated() {
      script.begin(
        .init(
          left: place.left + margin.left, top: place.top + margin.top,
          right: place.right - margin.right, bottom: place.bottom - margin.bottom))
      let title = PageText.short(titles[index], pixels: 300)
      script.text(title, x: place.left + 2, y: place.top + 8, isBold: true)
      draw(&script, panel, index == 0)
      script.finish()
    }
    return script
  }
}
