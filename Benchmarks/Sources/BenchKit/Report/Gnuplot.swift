// Draws with gnuplot, and puts the page's colours and the texts into its SVG.
import Foundation

enum Gnuplot {
  static let missing = BenchError.unusable(
    "gnuplot draws the plots and is missing: apt-get install gnuplot-nox")

  /// Draws, and returns the content of the SVG's outermost element.
  static func draw(
    _ script: PlotScript, executable: String = "gnuplot"
  ) throws(BenchError) -> String {
    let folder = FileManager.default.temporaryDirectory
    let file = folder.appending(path: "jot-plot-\(UUID().uuidString).gp")
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    // -d: without the user's settings for gnuplot.
    process.arguments = [executable, "-d", file.path]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    do {
      try Data(script.commands.utf8).write(to: file)
      try process.run()
    } catch {
      throw .unusable("gnuplot can't be run: \(folder.path) can't be written")
    }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    if process.terminationStatus == 127 {
      throw missing
    }
    guard process.terminationStatus == 0,
      let body = body(of: String(decoding: data, as: UTF8.self), texts: script.texts)
    else {
      throw .unusable("gnuplot failed to draw (5.4 and later are known to)")
    }
    return body
  }

  /// Returns the strokes and texts of gnuplot's SVG; nil if the text is not one.
  ///
  /// Marks become circles: they need no identifiers, so that many drawings fit one page. Fonts are
  /// the page's.
  static func body(of svg: String, texts: [String]) -> String? {
    // The last group is the canvas, which began before the definitions.
    guard let start = svg.range(of: "</defs>"),
      let end = svg.range(of: "</g>", options: .backwards), start.upperBound < end.lowerBound
    else { return nil }
    var body = String(svg[start.upperBound..<end.lowerBound])
    body.replace(#/<title>[^<]*</title>/#, with: "")
    body.replace(#/ (id|class|color|font-family)=("[^"]*"|'[^']*')/#) { match in
      // A mark needs its colour until it is a circle.
      match.1 == "color" && match.2.contains("rgb") ? String(match.0) : ""
    }
    body.replace(#/\s*<path [^>]*d='[^'L]*'\/>/#, with: "")
    let mark =
      #/<use xlink:href='#gpPt([0-9]+)' transform='translate\(([-0-9.]+),([-0-9.]+)\) scale\(([0-9.]+)\)' color='([^']*)'\/>/#
    body.replace(mark) { match in
      let paint =
        match.1 == "6"
        ? "fill='\(match.5)' stroke='none'"
        : "fill='\(PlotColour.paper.variable)' stroke='\(match.5)' stroke-width='1.6'"
      return "<circle cx='\(match.2)' cy='\(match.3)' r='\(match.4)' \(paint)/>"
    }
    body.replace(#/rgb\(\s*1,\s*2,\s*([0-9]+)\)/#) { match in
      (Int(match.1).flatMap(PlotColour.init) ?? .ink).variable
    }
    body.replace("\"black\"", with: "\"\(PlotColour.ink.variable)\"")
    body.replace("'black'", with: "'\(PlotColour.ink.variable)'")
    // Empty groups, and groups of empty groups.
    while true {
      let before = body.count
      body.replace(#/<g[^>]*>\s*<\/g>/#, with: "")
      if body.count == before { break }
    }
    body.replace(#/\s*\n\s*/#, with: "\n")
    body.replace(#/<text>\s*([QB])([0-9]+)q*/#) { match in
      guard let number = Int(match.2), texts.indices.contains(number) else { return "<text>" }
      let weight = match.1 == "B" ? " font-weight=\"600\"" : ""
      return "<text\(weight)>\(PageText.escaped(texts[number]))"
    }
    guard !body.contains("xlink:"), !body.contains("<script") else { return nil }
    return body.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
