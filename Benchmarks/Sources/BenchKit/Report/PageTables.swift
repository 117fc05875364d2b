// The page's tables: the rows of a record, and of competitors.

enum PageTables {
  /// The rows of some scenarios, a group for each.
  static func rows(_ rows: [Row], caption: String) -> String {
    let groups = rows.map(\.scenario).uniqued().map { scenario in
      let group = rows.filter { $0.scenario == scenario }
      return body(scenario, columns: 7, group.map(line))
    }
    return table(
      caption,
      heads: [
        ("engine", true), ("threads", false), ("time of one", false), ("a second", false),
        ("ratio to OpenSSL", false), ("allocations", false), ("scaling", false),
      ], groups.joined())
  }

  private static func line(_ row: Row) -> String {
    let isJot = row.engine == "jot"
    var cells = name(PageText.engine(row.engine))
    let isVoid = !row.answerChecked
    func cell(_ text: String?, _ interval: String? = nil) -> String {
      if isVoid { return "<td class=\"span\">void</td>" }
      guard let text else { return "<td class=\"span\">–</td>" }
      return "<td>\(text)\(interval.map { " <span class=\"span\">\($0)</span>" } ?? "")</td>"
    }
    let time = row.nsPerOp.map { PageText.time($0, row.lowNs, row.highNs) }
    cells += "<td>\(row.threads)</td>" + cell(time?.0, time?.1)
    cells += cell(row.opsPerSecond.map(PageText.count))
    let ratios = [row.ratioToOpenssl, row.ratioLow, row.ratioHigh].map { NumberFormat.ratio($0) }
    let interval = ratios[1].flatMap { low in ratios[2].map { "[\(low), \($0)]" } }
    cells += row.engine == "openssl" ? cell("1") : cell(ratios[0], interval)
    cells += cell(row.allocationsPerOp.map { PlotAxis.plain(NumberFormat.fixed($0, 1)) })
    cells += cell(NumberFormat.ratio(row.scaling))
    return "<tr\(isJot ? " class=\"jot\"" : "")>\(cells)</tr>"
  }

  /// The time of each competitor, or why it failed.
  static func competitors(_ competitors: CompetitorReport) -> String {
    let groups = competitors.tasks.map { task in
      let lines = competitors.rows(of: task).map { row in
        let competitor = row.competitor
        var cells = name(PageText.engine(competitor.name))
        cells += "<td>\(row.nanoseconds.map(PageText.time) ?? "none")</td>"
        cells += "<td>\(row.timesJot.map { "\(PageText.times($0.median))×" } ?? "–")</td>"
        cells += "<td class=\"text\">\(PageText.escaped(competitor.version))</td>"
        cells += "<td class=\"text\">\(PageText.escaped(competitor.language))</td>"
        cells += "<td class=\"text words\">\(PageText.escaped(row.reason ?? ""))</td>"
        return "<tr\(competitor.name == "jot" ? " class=\"jot\"" : "")>\(cells)</tr>"
      }
      return body(task.scenario, columns: 6, lines)
    }
    let hasReasons = competitors.rows.contains { $0.reason != nil }
    let figures = table(
      "The competitors, on one thread; a time counts only if every answer was right.",
      heads: [
        ("library", true), ("time of one", false), ("Jot's time", false), ("version", true),
        ("language", true), ("reason", true),
      ], groups.joined())
    let words =
      "\(competitors.rows.count) runs: versions\(hasReasons ? ", and why some have no time" : "")"
      + (competitors.isPartial ? "; interrupted" : "")
    let driven = competitors.competitors.map { "\(PageText.engine($0.name)): \($0.driven)" }
    return "<details><summary>\(words)</summary>\n\(figures)"
      + list("How each is called, and whom that favours", driven)
      + list("Left out", competitors.leftOut) + "</details>\n"
  }

  /// The first cell of a line, which stays visible. A very long name wraps.
  private static func name(_ name: String) -> String {
    let words = name.count > 24 ? " words" : ""
    return "<th scope=\"row\" class=\"text name\(words)\">\(PageText.escaped(name))</th>"
  }

  private static func list(_ title: String, _ lines: [String]) -> String {
    if lines.isEmpty { return "" }
    let items = lines.map { "<li>\(PageText.escaped($0))</li>\n" }
    return "<h3>\(title)</h3>\n<ul>\n\(items.joined())</ul>\n"
  }

  /// A scenario's lines under its name.
  static func body(_ scenario: String, columns: Int, _ lines: [String]) -> String {
    """
    <tbody>
    <tr><th scope="rowgroup" colspan="\(columns)" class="text group"><span>\
    \(PageText.escaped(scenario))</span></th></tr>
    \(lines.joined(separator: "\n"))
    </tbody>

    """
  }

  /// A table that scrolls in its own box, also by the keyboard.
  static func table(
    _ caption: String, heads: [(name: String, isText: Bool)], _ groups: String
  ) -> String {
    let heads = heads.map {
      "<th scope=\"col\"\($0.isText ? " class=\"text\"" : "")>\($0.name)</th>"
    }
    let caption = PageText.escaped(caption)
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table>
      <thead><tr>\(heads.joined())</tr></thead>
      \(groups)</table></div>
      <p class="note">\(caption)</p>

      """
  }
}
