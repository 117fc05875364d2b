// A flame graph as a self-contained SVG: no script, no network, light and dark.

/// Merged stacks: each box is a function, as wide as its share of the samples.
struct FlameGraph {
  private let root: Node
  private let kinds: [Frame.Kind: Int]

  private struct Node {
    let frame: Frame
    var all = 0
    var own = 0
    var children: [Frame: Node] = [:]

    mutating func add(_ frames: ArraySlice<Frame>, _ count: Int) {
      all += count
      guard let first = frames.first else {
        own += count
        return
      }
      children[first, default: Node(frame: first)].add(frames.dropFirst(), count)
    }
  }

  init(_ stacks: FoldedStacks) {
    var root = Node(frame: Frame(function: "all", source: "", kind: .runner))
    for (frames, count) in stacks.stacks { root.add(frames[...], count) }
    self.root = root
    kinds = stacks.kinds
  }

  /// A box: its position, in pixels from the left and in rows from the bottom.
  struct Box {
    let frame: Frame
    let x: Double
    let width: Double
    let row: Int
    let all: Int
    let own: Int
  }

  /// The visible boxes, callers first, the widest first among siblings.
  func boxes(width: Double) -> [Box] {
    var boxes: [Box] = []
    let scale = width / Double(max(1, root.all))
    func layOut(_ node: Node, _ start: Int, _ row: Int) {
      let size = Double(node.all) * scale
      guard size >= Self.narrowest else { return }
      boxes.append(
        Box(
          frame: node.frame, x: Double(start) * scale, width: size, row: row, all: node.all,
          own: node.own))
      var start = start
      let children = node.children.values.sorted {
        ($0.all, $1.frame.function) > ($1.all, $0.frame.function)
      }
      for child in children {
        layOut(child, start, row + 1)
        start += child.all
      }
    }
    layOut(root, 0, 0)
    return boxes
  }

  /// - Parameters:
  ///   - title: The scenario and the engine.
  ///   - lines: How the samples were taken, and their limits.
  func svg(title: String, lines: [String]) -> String {
    let boxes = boxes(width: Self.width - 2 * Self.margin)
    let rows = (boxes.map(\.row).max() ?? 0) + 1
    let legendTop = 74.0 + Double(lines.count) * 19
    let ground = legendTop + 24 + Double(rows) * Self.rowHeight
    let height = ground + 44
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(text(Self.width)) \(text(height))" \
      width="100%" role="img" aria-labelledby="title">
      <title id="title">Flame graph of \(escaped(title))</title>
      <style>
      \(Self.style)
      </style>
      <rect class="page" width="100%" height="100%"/>
      <text class="head" x="\(text(Self.margin))" y="36">\(escaped(title))</text>

      """
    for (index, line) in lines.enumerated() {
      let y = 60 + Double(index) * 19
      svg += "<text class=\"line\" x=\"\(text(Self.margin))\" y=\"\(text(y))\">"
      svg += "\(escaped(line))</text>\n"
    }
    svg += legend(top: legendTop, of: Set(boxes.map(\.frame.kind)))
    for box in boxes {
      svg += self.box(box, top: ground - Double(box.row + 1) * Self.rowHeight)
    }
    let hint =
      "Each box is a function, as wide as the time in it and in what it calls; its caller is below"
      + " it. Pale: inlined into its caller."
    svg += """
      <text class="line" x="\(text(Self.margin))" y="\(text(ground + 26))">\(escaped(hint))</text>
      </svg>

      """
    return svg
  }

  /// Whose code the samples are in.
  private func legend(top: Double, of shown: Set<Frame.Kind>) -> String {
    var x = Self.margin
    var svg = ""
    for kind in Frame.Kind.allCases {
      guard shown.contains(kind) else { continue }
      let share = NumberFormat.fixed(100 * Double(kinds[kind] ?? 0) / Double(max(1, root.all)), 1)
      let label = "\(kind.rawValue) \(share) %"
      svg += "<rect class=\"\(Self.name(kind))\" x=\"\(text(x))\" y=\"\(text(top - 11))\""
      svg += " width=\"13\" height=\"13\" rx=\"3\"/>"
      svg += "<text class=\"label\" x=\"\(text(x + 19))\" y=\"\(text(top))\">"
      svg += "\(escaped(label))</text>\n"
      x += 19 + Double(label.count) * 7 + 18
    }
    return svg
  }

  private func box(_ box: Box, top: Double) -> String {
    let frame = box.frame
    let whole = Double(max(1, root.all))
    let (all, own) = (100 * Double(box.all) / whole, 100 * Double(box.own) / whole)
    var tip = frame.function
    if !frame.source.isEmpty { tip += "\n\(frame.source)\(frame.isInlined ? ", inlined" : "")" }
    let samples = box.all < 10 ? "\(box.all)" : NumberFormat.grouped(Double(box.all))
    tip += "\n\(NumberFormat.fixed(all, 2)) % (\(samples) samples)"
    tip += ", itself \(NumberFormat.fixed(own, 2)) %"
    let x = Self.margin + box.x
    let gap = min(1, box.width / 4)
    let style = Self.name(frame.kind) + (frame.isInlined ? " inlined" : "")
    var svg = "<g><title>\(escaped(tip))</title><rect class=\"\(style)\""
    svg += " x=\"\(text(x))\" y=\"\(text(top))\" width=\"\(text(box.width - gap))\""
    svg += " height=\"\(text(Self.rowHeight - 1))\" rx=\"\(box.width > 8 ? 3 : 0)\"/>"
    let capacity = Int((box.width - 10) / Self.characterWidth)
    if capacity >= 3 {
      let name =
        frame.function.count > capacity
        ? frame.function.prefix(capacity - 1) + "…" : frame.function[...]
      svg += "<text x=\"\(text(x + 5))\" y=\"\(text(top + 15))\">\(escaped(String(name)))</text>"
    }
    return svg + "</g>\n"
  }

  private static let width = 1200.0
  private static let margin = 20.0
  private static let rowHeight = 22.0
  private static let characterWidth = 7.25
  private static let narrowest = 0.5

  private static func name(_ kind: Frame.Kind) -> String { "\(kind)" }

  private func text(_ value: Double) -> String {
    let text = NumberFormat.fixed(value, 2)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }

  /// Escapes a text for XML, and drops what XML can't hold.
  private func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "\n": "&#10;"
      case _ where scalar.value < 0x20 || scalar.value == 0xfffe || scalar.value == 0xffff: ""
      default: String(scalar)
      }
    }.joined()
  }

  /// Warm for Jot, blue for OpenSSL, muted for the rest.
  private static let style: String = {
    let colours: [(Frame.Kind, String, String)] = [
      (.jot, "#f6b23c", "#fbdc9f"), (.kernel, "#f0764f", "#f8c0ab"),
      (.openssl, "#6aa5f0", "#b9d5f9"), (.swift, "#b79ae8", "#dcd0f5"),
      (.system, "#8fb8ad", "#c9dfd9"), (.runner, "#b8bec9", "#dde0e6"),
    ]
    var css = """
      svg { background: #ffffff }
      .page { fill: #ffffff }
      text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
        fill: #1d1f24; pointer-events: none }
      .head { font: 600 22px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
      .line, .label { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans",
        sans-serif }
      .line { fill: #5c6370 }
      g:hover rect { stroke: #1d1f24; stroke-width: 1.5 }

      """
    for (kind, full, pale) in colours {
      css += ".\(name(kind)) { fill: \(full) } .\(name(kind)).inlined { fill: \(pale) }\n"
    }
    css += """
      @media (prefers-color-scheme: dark) {
        svg { background: #16181d }
        .page { fill: #16181d }
        .head, .label { fill: #eceef2 }
        .line { fill: #a3abb9 }
        g:hover rect { stroke: #ffffff }
      }
      """
    return css
  }()
}
