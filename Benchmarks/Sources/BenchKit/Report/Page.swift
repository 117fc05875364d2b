// A record as one HTML page: no network, no script, light and dark, from a phone's width on.
import Foundation

/// A page and its plots.
public struct Page: Sendable {
  /// The whole page.
  public let html: String
  /// The plots as files, by name, in the order of the page.
  public let files: [(name: String, svg: String)]
  /// Why the page has no plots; nil if it has all that the record allows.
  public let missing: BenchError?

  /// Draws a record, and optionally records of competitors and of a server under load. Without gnuplot the
  /// page has tables only.
  ///
  /// - Throws: ``BenchError/unusable(_:)`` if gnuplot fails.
  public init(
    _ record: Report, _ competitors: CompetitorReport? = nil, _ load: LoadReport? = nil,
    gnuplot: String = "gnuplot"
  ) throws(BenchError) {
    var sections: [String] = []
    var files: [(name: String, svg: String)] = []
    var missing: BenchError?
    for name in PlotName.allCases {
      switch name.outcome(record, competitors, load) {
      case .leftOut(let reason): sections.append(Self.section(name, leftOut: reason))
      case .plot(let plot):
        do throws(BenchError) {
          let wide = try Gnuplot.draw(plot.wide, executable: gnuplot)
          let narrow = try Gnuplot.draw(plot.narrow, executable: gnuplot)
          sections.append(Self.section(plot, wide, narrow))
          files.append((name.rawValue, Self.file(plot, wide)))
        } catch {
          guard error == Gnuplot.missing else { throw error }
          missing = error
          sections.append(
            Self.section(name, leftOut: "\(PageText.sentence("\(error)")). \(plot.answer)"))
        }
      }
      if name == .competitorsSigning, let competitors, !competitors.rows.isEmpty {
        sections.append(PageTables.competitors(competitors))
      }
      if name == .load, let load, !load.rows.isEmpty { sections.append(PageTables.load(load)) }
    }
    (self.files, self.missing) = (files, missing)
    html = Self.html(record, sections.joined())
  }

  private static func section(_ name: PlotName, leftOut reason: String) -> String {
    """
    <section id="\(name.rawValue)">
    <h2>\(PageText.escaped(name.question))</h2>
    <p class="note">There is no plot here: \(PageText.escaped(reason))</p>
    </section>

    """
  }

  private static func section(_ plot: Plot, _ wide: String, _ narrow: String) -> String {
    """
    <section id="\(plot.name.rawValue)">
    <h2>\(PageText.escaped(plot.name.question))</h2>
    <p>\(PageText.escaped(PageText.bound(plot.answer)))</p>
    \(figure("\(plot.name.question) \(plot.answer)", plot.caption, (plot.wide, wide), (plot.narrow, narrow)))
    </section>

    """
  }

  /// A drawing for a wide and one for a narrow page, with a description.
  static func figure(
    _ words: String, _ caption: String, _ wide: (script: PlotScript, body: String),
    _ narrow: (script: PlotScript, body: String)
  ) -> String {
    func svg(_ drawing: (script: PlotScript, body: String), _ name: String) -> String {
      """
      <svg class="\(name)" viewBox="0 0 \(drawing.script.width) \(drawing.script.height)" role="img" \
      aria-label="\(PageText.escaped(words))">
      \(drawing.body)
      </svg>
      """
    }
    return """
      <figure>
      \(svg(wide, "wide"))
      \(svg(narrow, "narrow"))
      <figcaption>\(PageText.escaped(caption))</figcaption>
      </figure>
      """
  }

  /// A plot with its own background, so that it can be read on a page of any colour.
  private static func file(_ plot: Plot, _ body: String) -> String {
    let (width, height) = (plot.wide.width, plot.wide.height)
    let words = PageText.escaped("\(plot.name.question) \(plot.answer)")
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 -12 \(width + 32) \(height + 24)" \
      width="\(width + 32)" height="\(height + 24)" role="img" aria-label="\(words)">
      <title>\(words)</title>
      <style>\(PageStyle.variables)
      text{font-family:\(PageStyle.fonts)}</style>
      <rect x="-16" y="-12" width="\(width + 32)" height="\(height + 24)" rx="6" fill="var(--paper)"/>
      \(body)
      </svg>

      """
  }

  private static func html(_ record: Report, _ sections: String) -> String {
    let main = Set(record.mainScenarios().map(\.scenario))
    let first = main.isEmpty ? record.rows : record.rows.filter { main.contains($0.scenario) }
    let rest = main.isEmpty ? [] : record.rows.filter { !main.contains($0.scenario) }
    var tables =
      first.isEmpty
      ? "<p class=\"note\">The record has no rows.</p>\n"
      : PageTables.rows(first, caption: "The main rows. \(tableWords(first))")
    if !rest.isEmpty {
      let groups = [
        ("Other tokens", rest.filter { !$0.isText && !$0.isHostile }),
        ("base64url", rest.filter(\.isText)),
        ("Hostile tokens", rest.filter(\.isHostile)),
      ].filter { !$0.1.isEmpty }
      tables += "<details><summary>The other \(rest.count) rows</summary>\n"
      for (name, rows) in groups {
        tables += "<h3>\(name)</h3>\n"
        tables += PageTables.rows(rows, caption: "\(name). \(tableWords(rows))")
      }
      tables += "</details>\n"
    }
    return document(
      title(record), lead: lead(record),
      """
      <section id="rows">
      <h2>What was measured?</h2>
      \(tables)</section>
      \(sections)\(machine(record.machine))\(method)
      """)
  }

  /// A whole page.
  static func document(_ title: String, lead: String, _ sections: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(PageText.escaped(title))</title>
    <style>
    \(PageStyle.sheet)
    </style>
    </head>
    <body>
    <main>
    <header>
    <h1>\(PageText.escaped(title))</h1>
    \(lead)
    </header>
    \(sections)</main>
    </body>
    </html>

    """
  }

  private static func tableWords(_ rows: [Row]) -> String {
    let isVoid = rows.contains { !$0.answerChecked }
    return
      "Time of one: threads × time ÷ operations, the median of the slices, with its 95 % interval."
      + (isVoid ? " Void: an answer was wrong, so no figure counts." : "")
  }

  private static func title(_ record: Report) -> String {
    "How fast Jot signs and verifies\(record.machine.known("cpu").map { _ in " on \(record.machine.cpu)" } ?? "")"
  }

  /// What was measured, where, and how noisy it was.
  private static func lead(_ record: Report) -> String {
    var words = "\(record.rows.count) rows, \(Set(record.rows.map(\.scenario)).count) scenarios"
    let threads = Set(record.rows.map(\.threads)).sorted()
    if !threads.isEmpty {
      words +=
        ", on \(PageText.list(threads.map(String.init))) "
        + (threads == [1] ? "thread" : "threads")
    }
    let machine = record.machine
    let facts = [
      machine.known("cpu").map { _ in machine.cpu },
      machine.known("cores").map { "\($0) CPUs" },
      machine.known("os").map { "\($0)" },
      machine.known("swift").map { "Swift \($0)" },
      machine.known("openssl").map { "OpenSSL \(version("\($0)"))" },
    ].compactMap { $0 }
    if !facts.isEmpty { words += ", measured on \(facts.joined(separator: ", "))" }
    words += ", \(PageText.date(record.date)). \(PageText.sentence(record.noise.words))."
    var html = """
      <p class="lead">\(PageText.escaped(words))</p>
      <p class="note">Command: <code>\(PageText.escaped(record.command))</code></p>

      """
    if record.isPartial {
      html += """
        <p class="warning">The run was interrupted: this is a part of what was asked for.</p>

        """
    }
    let voids = record.rows.count { !$0.answerChecked }
    if voids > 0 {
      html += """
        <p class="warning">\(voids) of the rows \(voids == 1 ? "is" : "are") void: an answer was not \
        what it must be.</p>

        """
    }
    if record.noise.verdict == .noisy {
      html += "<p class=\"warning\">The machine was too noisy for small differences.</p>\n"
    }
    return html
  }

  /// The number of `3.0.19 built, 3.0.19 running`.
  private static func version(_ openssl: String) -> String {
    let words = openssl.split { $0 == " " || $0 == "," }
    return words.count == 4 && words[0] == words[2] ? String(words[0]) : openssl
  }

  static func machine(_ machine: Machine) -> String {
    let items = machine.inOrder.map {
      let name = PageText.escaped($0.name.replacing("_", with: " "))
      return "<dt>\(name)</dt><dd>\(PageText.escaped("\($0.fact)"))</dd>\n"
    }
    return """
      <section id="machine">
      <h2>The machine</h2>
      <dl>
      \(items.joined())</dl>
      </section>

      """
  }

  private static let method = """
    <section id="method">
    <h2>How it is measured</h2>
    <ul>
    <li>All engines read the same pool of tokens, shuffled by a seed, and every answer is checked; \
    set-up is off the clock, and each thread has a worker of its own.</li>
    <li>Engines take turns in short slices, in a random order each round, so that other work on \
    the machine affects all of them alike. The clock is never read inside a batch.</li>
    <li>A time is the median of the slices. The ratio to OpenSSL is the median of the rounds' ratios, \
    and its interval tells of that run alone: neighbours on the same machine move it further.</li>
    <li>OpenSSL's time is the least it needs for the same bytes: the bare HMAC from prepared states, or \
    the digest and one RSA operation with a prepared context; no token is read, no claim checked.</li>
    <li>Scaling is throughput over one thread's, divided by what a loop in registers gains: 1 is \
    ideal. Allocations are calls of the C allocator, frees included.</li>
    </ul>
    </section>

    """
}
