// The page's tables: rows of the record, and of other libraries.

enum PageTables {
  /// The rows of some scenarios, a group for each.
  static func rows(_ rows: [PageRow], caption: String) -> String {
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

  private static func line(_ row: PageRow) -> String {
    let isJot = row.engine == "jot"
    var cells = name(engine(row.engine))
    let isVoid = row.isChecked == false
    func cell(_ text: String?, _ interval: String? = nil) -> String {
      if isVoid { return "<td class=\"span\">void</td>" }
      guard let text else { return "<td class=\"span\">–</td>" }
      return "<td>\(text)\(interval.map { " <span class=\"span\">\($0)</span>" } ?? "")</td>"
    }
    let time = row.ns.map { PageText.time($0, row.low, row.high) }
    cells += "<td>\(row.threads)</td>" + cell(time?.0, time?.1)
    cells += cell(row.rate.map(PageText.count))
    let ratios = [row.ratio, row.ratioLow, row.ratioHigh].map { $0.map { Figure.fixed($0, 3) } }
    let interval = ratios[1].flatMap { low in ratios[2].map { "[\(low), \($0)]" } }
    cells += row.engine == "openssl" ? cell("1") : cell(ratios[0], interval)
    cells += cell(row.allocations.map { PlotAxis.plain(Figure.fixed($0, 1)) })
    cells += cell(row.scaling.map { Figure.fixed($0, 3) })
    return "<tr\(isJot ? " class=\"jot\"" : "")>\(cells)</tr>"
  }

  /// What every library needed, or why there is nothing to say.
  static func field(_ field: PageField, _ record: PageRecord) -> String {
    let groups = field.rows.map(\.scenario).uniqued().map { scenario in
      let rows = field.rows.filter { $0.scenario == scenario }
        .sorted { ($0.ns ?? .infinity) < ($1.ns ?? .infinity) }
      let jot = FieldPlot.jot(scenario, record, field)
      let lines = rows.map { row in
        var cells = name(row.name)
        cells += "<td>\(row.ns.map(PageText.time) ?? "failed")</td>"
        let times = row.times ?? row.ns.flatMap { ns in jot.flatMap { $0 > 0 ? ns / $0 : nil } }
        cells += "<td>\(times.map { "\(PageText.times($0))×" } ?? "–")</td>"
        cells += "<td class=\"text\">\(PageText.escaped(row.version ?? "–"))</td>"
        cells += "<td class=\"text\">\(PageText.escaped(row.language ?? "–"))</td>"
        cells += "<td class=\"text words\">\(PageText.escaped(row.reason ?? ""))</td>"
        return "<tr\(row.isJot ? " class=\"jot\"" : "")>\(cells)</tr>"
      }
      return body(scenario, columns: 6, lines)
    }
    let hasReasons = field.rows.contains { ($0.reason ?? "") != "" }
    let figures = table(
      "The field, on one thread; a time counts only if every answer was right.",
      heads: [
        ("library", true), ("time of one", false), ("Jot's time", false), ("version", true),
        ("language", true), ("reason", true),
      ], groups.joined())
    let words =
      "\(field.rows.count) runs: versions\(hasReasons ? ", and why some have no time" : "")"
    let driven = field.rows.filter { ($0.driven ?? "") != "" }.map { ($0.name, $0.driven ?? "") }
      .reduce(into: [(String, String)]()) { all, one in
        if !all.contains(where: { $0 == one }) { all.append(one) }
      }
    return "<details><summary>\(words)</summary>\n\(figures)"
      + list("How each is driven, and whom that favours", driven.map { "\($0.0): \($0.1)" })
      + list("Left out", field.leftOut) + "</details>\n"
  }

  /// The first cell of a line, which stays in sight: a very long name has several lines.
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
  private static func body(_ scenario: String, columns: Int, _ lines: [String]) -> String {
    """
    <tbody>
    <tr><th scope="rowgroup" colspan="\(columns)" class="text group"><span>\
    \(PageText.escaped(scenario))</span></th></tr>
    \(lines.joined(separator: "\n"))
    </tbody>

    """
  }

  /// A table that scrolls in a box of its own, also by the keyboard.
  private static func table(
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

  private static func engine(_ name: String) -> String {
    switch name {
    case "jot": "Jot"
    case "openssl": "OpenSSL"
    default: name
    }
  }
}
