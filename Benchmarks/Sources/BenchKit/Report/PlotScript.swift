// A drawing as gnuplot's commands. They contain no text of a record: a placeholder of the same
// length is replaced in the SVG, so that a record can't inject commands.

/// The purpose of a stroke or a text; the page's style has its colours.
enum PlotColour: Int, CaseIterable, Sendable {
  case ink = 1
  case muted, grid, paper, jot, openssl, competitor

  /// A placeholder colour, which gnuplot writes into the SVG as `rgb(1, 2, n)`.
  var mark: String { "rgb \"#01020\(rawValue)\"" }
  var variable: String { "var(--\(self))" }
}

/// gnuplot's commands for one drawing, in pixels from the top left.
struct PlotScript: Sendable {
  struct Box: Sendable { let left, top, right, bottom: Double }
  enum Mark: String, Sendable {
    case filled = "7"
    case open = "6"
    /// For values beyond the axis.
    case beyond = "2"
  }
  enum Stroke: String, Sendable {
    case solid = "1"
    case dashed = "(6,4)"
    case dotted = "(1.5,4)"
  }
  enum Side: String, Sendable { case left, right, center }

  let width: Double
  let height: Double
  private(set) var texts: [String] = []
  private var head = ""
  private var data = ""
  private var curves: [String] = []
  private var panels = ""
  private var blocks = 0

  init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

  /// All commands.
  var commands: String {
    """
    set encoding utf8
    set terminal svg size \(width),\(height) dynamic noenhanced font "sans-serif,13" rounded
    set multiplot
    \(panels)unset multiplot

    """
  }

  /// Begins a panel with its axes at the box's edges; `finish` ends it.
  mutating func begin(_ box: Box) {
    head = """
      reset
      set border 0
      unset key
      unset xtics
      unset ytics
      set lmargin at screen \(box.left / width)
      set rmargin at screen \(box.right / width)
      set tmargin at screen \(1 - box.top / height)
      set bmargin at screen \(1 - box.bottom / height)

      """
    (data, curves) = ("", [])
  }

  mutating func finish() {
    // A panel without a curve still has labels.
    let drawn = curves.isEmpty ? ["NaN notitle"] : curves
    panels += data + head + "plot " + drawn.joined(separator: ", \\\n  ") + "\n"
  }

  mutating func xAxis(_ axis: PlotAxis, hasGrid: Bool = true) { set("x", axis, hasGrid) }
  mutating func yAxis(_ axis: PlotAxis, hasGrid: Bool = true) { set("y", axis, hasGrid) }

  private mutating func set(_ name: String, _ axis: PlotAxis, _ hasGrid: Bool) {
    head += "set \(name)range [\(axis.first):\(axis.last)]\n"
    if axis.isLogarithmic { head += "set logscale \(name) 10\n" }
    let tics = axis.tics.map { "\(quoted($0.text)) \($0.value)" }.joined(separator: ", ")
    guard !tics.isEmpty else { return }
    head += "set \(name)tics scale 0 nomirror textcolor \(PlotColour.muted.mark) (\(tics))\n"
    if hasGrid {
      head += "set grid \(name)tics lt 1 lw 1 lc \(PlotColour.grid.mark)\n"
    }
  }

  /// A text at a position in the whole drawing.
  mutating func text(
    _ words: String, x: Double, y: Double, _ side: Side = .left, _ colour: PlotColour = .ink,
    isBold: Bool = false
  ) {
    head +=
      "set label \(quoted(words, isBold: isBold)) at screen \(x / width), "
      + "screen \(1 - y / height) \(side.rawValue) textcolor \(colour.mark)\n"
  }

  /// A mark at a position in the whole drawing.
  mutating func mark(x: Double, y: Double, _ mark: Mark, _ colour: PlotColour) {
    head +=
      "set label \"\" at screen \(x / width), screen \(1 - y / height) "
      + "point pt \(mark.rawValue) ps 0.9 lw 1.5 lc \(colour.mark)\n"
  }

  /// A horizontal stroke in the whole drawing.
  mutating func stroke(x: Double, to end: Double, y: Double, _ stroke: Stroke, _ colour: PlotColour)
  {
    let level = 1 - y / height
    head +=
      "set arrow from screen \(x / width), screen \(level) to screen \(end / width), "
      + "screen \(level) nohead lw 2 dt \(stroke.rawValue) lc \(colour.mark)\n"
  }

  /// A line through points of the panel's axes; NaN breaks it.
  mutating func line(
    _ points: [(x: Double, y: Double)], _ colour: PlotColour, _ stroke: Stroke = .solid,
    width: Double = 2, mark: Mark? = nil
  ) {
    let block = block(points)
    curves.append(
      "\(block) using 1:2 with lines lw \(width) dt \(stroke.rawValue) lc \(colour.mark)")
    if let mark { marks(block, mark, colour) }
  }

  mutating func points(_ points: [(x: Double, y: Double)], _ mark: Mark, _ colour: PlotColour) {
    if !points.isEmpty { marks(block(points), mark, colour) }
  }

  private mutating func marks(_ block: String, _ mark: Mark, _ colour: PlotColour) {
    curves.append(
      "\(block) using 1:2 with points pt \(mark.rawValue) ps 0.9 lw 1.5 lc \(colour.mark)")
  }

  private mutating func block(_ points: [(x: Double, y: Double)]) -> String {
    blocks += 1
    let lines = points.map { $0.x.isNaN || $0.y.isNaN ? "" : "\($0.x) \($0.y)" }
    data += "$d\(blocks) << EOD\n\(lines.joined(separator: "\n"))\nEOD\n"
    return "$d\(blocks)"
  }

  /// The placeholder of a text: its number, padded to its length, by which gnuplot reserves space.
  private mutating func quoted(_ words: String, isBold: Bool = false) -> String {
    let number = (isBold ? "B" : "Q") + "\(texts.count)"
    texts.append(words)
    return "\"\(number + String(repeating: "q", count: max(0, words.count - number.count)))\""
  }

  /// The sample before the words of a legend's entry.
  enum Sample: Sendable {
    case mark(Mark, PlotColour)
    case stroke(Stroke, PlotColour)
  }

  /// A row of samples and words, from `x` on.
  mutating func legend(_ entries: [(Sample, String)], x: Double, y: Double) {
    var x = x
    for (sample, words) in entries {
      switch sample {
      case .mark(let mark, let colour):
        self.mark(x: x + 5, y: y, mark, colour)
        x += 14
      case .stroke(let stroke, let colour):
        self.stroke(x: x, to: x + 22, y: y, stroke, colour)
        x += 28
      }
      text(words, x: x, y: y, .left, .muted)
      x += PageText.width(words) + 16
    }
  }
}
