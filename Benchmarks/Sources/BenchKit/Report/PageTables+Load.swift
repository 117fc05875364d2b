// The page's tables of a server under load.

extension PageTables {
  /// What a request costs in each mode, and how long it takes at a fixed rate.
  static func load(_ load: LoadReport) -> String {
    let costs = load.rows.map { LoadReport.costs($0) }
    var html = plain(LoadReport.costHeads, costs, load.notes.joined(separator: " "))
    let opened = load.opened.map { LoadReport.latencies($0) }
    if !opened.isEmpty { html += plain(LoadReport.openHeads, opened, load.openTitle) }
    return "<details><summary>\(load.rows.count) modes</summary>\n\(html)</details>\n"
  }

  /// Texts in the first column, numbers in the others.
  private static func plain(_ heads: [String], _ lines: [[String]], _ caption: String) -> String {
    let rows = lines.map { cells in
      let name = "<th scope=\"row\" class=\"text name\">\(PageText.escaped(cells[0]))</th>"
      let figures = cells.dropFirst().map { "<td>\(PageText.escaped($0))</td>" }.joined()
      return "<tr>\(name)\(figures)</tr>\n"
    }
    return table(
      caption, heads: heads.enumerated().map { (PageText.escaped($1), $0 == 0) },
      "<tbody>\n\(rows.joined())</tbody>\n")
  }
}
