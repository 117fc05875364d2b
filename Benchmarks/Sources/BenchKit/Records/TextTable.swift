// Tables for a terminal.

enum TextTable {
  /// Aligns cells in columns, texts left and numbers right.
  static func aligned(_ lines: [[String]], texts: Set<Int> = [0]) -> [String] {
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let gap = widths.reduce(0) { $0 + $1 + 2 } > 100 ? " " : "  "
    return lines.map { line in
      let cells = line.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - line[column].count)
        return texts.contains(column) ? line[column] + space : space + line[column]
      }
      var text = "  " + cells.joined(separator: gap)
      while text.last == " " { text.removeLast() }
      return text
    }
  }
}
