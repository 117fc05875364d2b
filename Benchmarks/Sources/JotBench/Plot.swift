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
  case throughput, latency, field, ratio, cache

  var question: String {
    switch self {
    case .throughput: "How many tokens a second, and what does another thread add?"
    case .latency: "How long does one operation take, and how long the slowest?"
    case .field: "How does Jot compare with other libraries?"
    case .ratio: "How far from what OpenSSL itself needs?"
    case .cache: "What is a cache worth?"
    }
  }

  /// Draws up the plot of a record, or says why there is nothing to draw.
  func outcome(_ record: PageRecord, _ field: PageField?) -> PlotOutcome {
    switch self {
    case .throughput: ThroughputPlot.make(record)
    case .latency: LatencyPlot.make(record)
    case .field: FieldPlot.make(record, field)
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
}
