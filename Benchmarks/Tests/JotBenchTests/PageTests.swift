import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Page", .enabled(if: PageFixture.hasGnuplot))
struct PageTests {
  @Test("asks seven questions and answers each with a plot for a wide and a narrow page")
  func structure() throws {
    let page = try PageFixture.page()
    let html = page.html
    #expect(html.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
    #expect(page.files.map(\.name) == PlotName.allCases.map(\.rawValue))
    for name in PlotName.allCases {
      #expect(html.contains("<h2>\(name.question)</h2>"))
      for width in ["wide", "narrow"] {
        let count = html.components(separatedBy: "<svg class=\"\(width)\"").count - 1
        #expect(count == 7, "\(width)")
      }
    }
    #expect(html.components(separatedBy: "role=\"img\" aria-label=\"").count == 15)
    #expect(!html.contains("There is no plot here"))
    #expect(html.contains("Quiet: halves of the run differ by 1.1 %, so changes"))
    #expect(html.contains("2026-11-25, 00:06 UTC"))
  }

  @Test("needs no network and no script, and has no duplicate id")
  func selfContained() throws {
    let page = try PageFixture.page()
    for word in ["<script", "http:", "https:", "src=", "href=", "url(", "@import", "<link"] {
      #expect(!page.html.contains(word), "\(word)")
    }
    let names = page.html.matches(of: #/ id="([^"]*)"/#).map { String($0.1) }
    #expect(names.count == Set(names).count && names.count == 10, "\(names)")
    for file in page.files {
      #expect(file.svg.components(separatedBy: "http").count == 2, "its own namespace alone")
    }
  }

  @Test("draws well-formed SVG, with the page's colours only")
  func vectors() throws {
    let page = try PageFixture.page()
    for wrong in ["<svg><g></svg>", "<svg></g></svg>", "<svg>a & b</svg>", "<svg x=\"<\"/>", "a<b"]
    {
      #expect(!PageFixture.isWellFormed(wrong))
    }
    let inline = page.html.matches(of: #/<svg class[\s\S]*?<\/svg>/#).map { String($0.0) }
    #expect(inline.count == 14)
    for svg in inline + page.files.map(\.svg) {
      #expect(PageFixture.isWellFormed(svg), "\(svg.prefix(200))")
      #expect(svg.contains("<text") && svg.contains("<path") && svg.contains("var(--jot)"))
      let body = svg.replacing(#/<style>[\s\S]*<\/style>/#, with: "")
      #expect(!body.contains("rgb(") && !body.contains("black") && !body.contains("NaN"))
      // No placeholder is left.
      #expect(body.firstMatch(of: #/>[QB][0-9]+q*</#) == nil)
    }
    for file in page.files {
      #expect(file.svg.contains("prefers-color-scheme:dark") && file.svg.contains("<title>"))
      #expect(file.svg.contains("fill=\"var(--paper)\"/>"), "its own paper")
    }
  }

  @Test("shows each row, and marks the void ones")
  func rows() throws {
    let record = try PageFixture.record { json in
      json.replacing(
        #/"answer_checked":true([^\n]*"engine":"jot"[^\n]*"scenario":"verify\/HS256\/oidc"[^\n]*"threads":2,)/#
      ) { "\"answer_checked\":false\($0.1)" }
    }
    let html = try Page(record).html
    #expect(record.rows.count == 97 && html.contains("97 rows, 35 scenarios, on 1 and 2 threads"))
    let lines = html.components(separatedBy: "<th scope=\"row\" class=\"text name\">").count - 1
    #expect(lines == 97)
    for scenario in Set(record.rows.map(\.scenario)) {
      #expect(html.contains("<span>\(scenario)</span>"), "\(scenario)")
    }
    #expect(html.contains("1 of the rows is void") && html.contains(">void</td>"))
    #expect(!(try Page(PageFixture.record()).html.contains(">void<")))
    #expect(
      html.contains(
        "<td>222.9 ns <span class=\"span\">[222.7, 223.1]</span></td><td>4.49 M</td>"
          + "<td>1.166 <span class=\"span\">[1.165, 1.167]</span></td>"))
  }

  @Test("the answers are computed from the record")
  func answers() throws {
    func answer(_ name: PlotName, _ change: (String) -> String = { $0 }) throws -> String {
      let outcome = name.outcome(
        try PageFixture.record(change), try PageFixture.competitors(), LoadFixture.report())
      guard case .plot(let plot) = outcome else { return "" }
      return plot.answer
    }
    let throughput = try answer(.throughput)
    #expect(throughput.contains("verifies 8.05 M HS256 tokens (1.80 times)"), "\(throughput)")
    #expect(throughput.contains("signed 1,628 times as often and verified 21.3 times as often"))
    #expect(
      try answer(.throughput) { $0.replacing(":8053542,", with: ":4026771,") }
        .contains("verifies 4.03 M HS256 tokens (0.898 times)"))
    #expect(try answer(.latency).contains("HS256 verify 251 ns and 601 ns; RS256 sign 232 µs"))
    #expect(
      try answer(.competitors) == """
        Of 10 other libraries the fastest needs, of Jot's time, 5.08 times for HS256 verify \
        (jsonwebtoken) and 4.49 times for RS256 verify (jsonwebtoken). Runs without a time: 2; the \
        table of all runs has the reasons.
        """)
    #expect(
      try answer(.competitorsSigning).hasPrefix(
        "Of 10 other libraries the fastest needs, of Jot's time, 5.30 times for HS256 sign (jsonwebtoken)"
      ))
    #expect(
      try answer(.ratio) == """
        Of Jot's 44 rows 28 need less time than OpenSSL, 14 more, and of 2 the interval holds both; \
        the ratios go from 0.042 (verify-cached/RS256/access-token, one thread) to 1.49 \
        (verify/HS256/kid-header, 2 threads).
        """)
    #expect(
      try answer(.cache) == """
        With 0 % of the tokens in the cache an RS256 verification takes 5.10 µs, with 100 % 712 ns, \
        without a cache 4.75 µs: 6.67 times the best.
        """)
  }

  @Test("a plot without data is replaced by a sentence, not by an empty frame")
  func leftOut() throws {
    let row = Row(
      scenario: "hostile/dots", engine: "jot", threads: 1, tokenBytes: 9, isOversubscribed: false,
      samples: 0, answerChecked: true)
    let page = try Page(Report(machine: Machine([:]), rows: [row]))
    #expect(page.files.isEmpty && !page.html.contains("<svg"))
    #expect(page.html.components(separatedBy: "There is no plot here: ").count == 8)
    #expect(page.html.contains("No record of other libraries was given (--peers)."))
    #expect(page.html.contains("<h1>How fast Jot signs and verifies</h1>"))
    #expect(page.html.contains("the smallest visible change is not known."))
    // No rows at all, and only competitors that failed.
    let empty = Report(machine: .test, rows: [])
    #expect(try Page(empty).html.contains("The record has no rows."))
    let failed = CompetitorRow(
      competitor: .unknown("p"), task: CompetitorTask.all[0], reason: "killed by signal 9")
    let competitors = CompetitorReport(machine: .test, rows: [failed], leftOut: ["x: no compiler"])
    let html = try Page(PageFixture.record(), competitors).html
    #expect(html.contains("killed by signal 9") && html.contains("x: no compiler"))
    #expect(html.contains("No other library was measured"))
  }

  @Test("other libraries have a plot for verifying and one for signing, with old records too")
  func competitors() throws {
    for (report, algorithms) in [
      (try PageFixture.competitors(), ["HS256", "RS256"]),
      (try PageFixture.eightTasks(), ["HS256", "RS256", "ES256", "EdDSA"]),
    ] {
      for (isSigning, verb, name) in [
        (false, "verify", PlotName.competitors), (true, "sign", PlotName.competitorsSigning),
      ] {
        let outcome = name.outcome(try PageFixture.record(), report, nil)
        guard case .plot(let plot) = outcome else {
          Issue.record("no plot \(name)")
          continue
        }
        #expect(plot.name == name)
        for script in [plot.wide, plot.narrow] {
          let titles = script.texts.filter { $0.hasSuffix(" verify") || $0.hasSuffix(" sign") }
          #expect(titles == algorithms.map { "\($0) \(verb)" })
        }
        let failed = report.rows.count { $0.task.isSigning == isSigning && $0.reason != nil }
        #expect(plot.answer.contains("without a time: \(failed);"))
      }
      #expect(try CompetitorReport(json: Data(report.json.utf8)).rows == report.rows)
      let html = try Page(PageFixture.record(), report).html
      for task in report.tasks { #expect(html.contains("<span>\(task.scenario)</span>")) }
    }
  }

  @Test("says so if the libraries were measured on another machine")
  func elsewhere() throws {
    func caption(_ cpu: String) throws -> String {
      let competitors = try PageFixture.competitors { $0.replacing("AMD EPYC", with: cpu) }
      guard case .plot(let plot) = CompetitorPlot.make(try PageFixture.record(), competitors) else {
        return ""
      }
      return plot.caption
    }
    #expect(try caption("Z80").hasSuffix("measured on another machine (Z80, family 25 model 17)."))
    #expect(try caption("AMD EPYC").hasSuffix("how many times Jot's it is."))
  }

  @Test("says if there is only one thread count, one hit ratio, or percentiles")
  func poor() throws {
    let record = try PageFixture.record { json in
      json.replacing("\"threads\":2", with: "\"threads\":1")
        .replacing(#/"latency":{.*?}/#, with: "\"latency\":null")
        .replacing(#/"hit_ratio":[0-9.]+/#, with: "\"hit_ratio\":0.9")
    }
    let page = try Page(record)
    #expect(page.html.contains("measured on one number of threads"))
    #expect(page.html.contains("at one hit ratio alone"))
    #expect(page.html.contains("the percentiles 50, 99 and 99.9 alone"))
    #expect(page.files.map(\.name) == ["latency", "ratio"])
  }

  @Test("a text in a record injects nothing into the page or gnuplot")
  func hostile() throws {
    let made = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    let texts = [
      "<script>alert(1)</script>", "\" onload=\"alert(1)", "'></text><script>x</script>",
      "`touch \(made.path)`", "$(touch \(made.path))", "\"; system 'touch \(made.path)' #",
      "Q1q B2 ]]> &lt; \u{202e}txt", "a\\nb\nEOD\n!touch \(made.path)\n", "@x %s {/:Bold y} ~",
    ]
    for text in texts {
      let page = try PageFixture.hostile(text)
      #expect(page.files.count == 7)
      #expect(!page.html.contains("<script") && !page.html.contains("onload=\""), "\(text)")
      #expect(!page.html.contains("\u{202e}"))
      for file in page.files {
        #expect(PageFixture.isWellFormed(file.svg), "\(text)")
        #expect(!file.svg.contains("<script"))
      }
      let shown = PageText.escaped(text) + ", family 25 model 17"
      #expect(page.html.contains("<h1>How fast Jot signs and verifies on \(shown)</h1>"))
      #expect(page.files[2].svg.contains(PageText.escaped(PageText.short(text, pixels: 114))))
    }
    #expect(!FileManager.default.fileExists(atPath: made.path))
  }

  @Test("extreme figures are drawn and do not trap")
  func extremes() throws {
    for figure in ["0", "1e-300", "1e15", "0.001"] {
      let record = try PageFixture.record { json in
        json.replacing(
          #/"(ns_per_op|ops_per_second|ratio_to_openssl|ratio_low|ratio_high|low_ns)":[0-9.]+/#
        ) { match in
          // A record can't have a time of 0.
          let value = match.1 == "ns_per_op" && figure == "0" ? "1e-15" : figure
          return match.0.count % 2 == 0 ? "\"\(match.1)\":\(value)" : String(match.0)
        }
      }
      let page = try Page(record, PageFixture.competitors())
      #expect(page.html.hasSuffix("</html>\n"), "\(figure)")
    }
  }

  @Test("without gnuplot the page has its tables, and says what is missing")
  func withoutGnuplot() throws {
    let record = try PageFixture.record()
    let page = try Page(record, PageFixture.competitors(), gnuplot: "no-such-gnuplot")
    let words = "gnuplot draws the plots and is missing: apt-get install gnuplot-nox"
    #expect(page.missing == .unusable(words) && page.files.isEmpty)
    #expect(!page.html.contains("<svg"))
    #expect(page.html.ranges(of: "There is no plot here: Gnuplot draws the plots").count == 6)
    for scenario in Set(record.rows.map(\.scenario)) {
      #expect(page.html.contains("<span>\(scenario)</span>"), "\(scenario)")
    }
    #expect(try PageFixture.page().missing == nil)
    // A failing gnuplot is an error.
    #expect(throws: BenchError.self) { try Page(record, gnuplot: "false") }
    #expect(throws: BenchError.self) { try Page(record, gnuplot: "true") }
  }

  @Test("a server's answer is computed from its record; without rows there is no plot")
  func load() throws {
    let load = LoadFixture.report()
    guard case .plot(let plot) = PlotName.load.outcome(try PageFixture.record(), nil, load) else {
      Issue.record("no plot")
      return
    }
    let base = try #require(load.rows.first { $0.mode == "base" })
    let hs256 = try #require(load.rows.first { $0.mode == "hs256" }?.overBase)
    #expect(
      plot.answer.hasPrefix(
        "A request costs \(NumberFormat.fixed(base.cpu.median, 1)) µs of CPU time with its token"))
    #expect(plot.answer.contains("\(NumberFormat.fixed(hs256.median, 1)) µs (hs256)"))
    #expect(plot.caption.contains("a server 1.0. The server was measured on another machine"))
    let empty = LoadReport(machine: .test, conditions: load.conditions, rows: [])
    for other in [nil, empty] {
      guard case .leftOut = PlotName.load.outcome(try PageFixture.record(), nil, other) else {
        Issue.record("a plot of nothing")
        return
      }
    }
  }

  @Test("a page and its plots are written completely or not at all")
  func files() throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    defer { try? manager.removeItem(at: folder) }
    func names() throws -> Set<String> { Set(try manager.contentsOfDirectory(atPath: folder.path)) }
    let page = try PageFixture.page()
    let path = try page.write(into: folder.path, stem: "run")
    let all = Set(["run.html"] + PlotName.allCases.map { "run-\($0.rawValue).svg" })
    #expect(path == folder.appending(path: "run.html").path)
    #expect(try names() == all)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == page.html)

    // If one file can't be replaced, all keep their contents.
    let other = try Page(
      PageFixture.record { $0.replacing("EPYC", with: "Other").replacing(":8053542,", with: ":1,") }
    )
    let first = folder.appending(path: "run-throughput.svg").path
    #expect(try String(contentsOfFile: first, encoding: .utf8) != other.files[0].svg)
    try manager.removeItem(at: folder.appending(path: "run-ratio.svg"))
    try manager.createDirectory(
      at: folder.appending(path: "run-ratio.svg"), withIntermediateDirectories: false)
    #expect(throws: BenchError.unusable("--into \(folder.path): the page can't be written")) {
      try other.write(into: folder.path, stem: "run")
    }
    #expect(try names() == all)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == page.html)
    #expect(try String(contentsOfFile: first, encoding: .utf8) == page.files[0].svg)
    #expect(throws: BenchError.self) { try page.write(into: "/dev/null/x", stem: "run") }

    // A page without a plot removes that plot's old file.
    try manager.removeItem(at: folder.appending(path: "run-ratio.svg"))
    _ = try other.write(into: folder.path, stem: "run")
    let others: Set = ["run-field.svg", "run-field-sign.svg", "run-load.svg"]
    #expect(try names() == all.subtracting(others))
  }

  @Test("README gets two plots between its markers, and nothing else changes")
  func readme() throws {
    let page = try PageFixture.page()
    let old = "a\n<!-- plots -->\nold\n<!-- end of plots -->\nb <!-- numbers -->\n"
    let new = try #require(page.readme(old, prefix: "results/m x/run"))
    #expect(
      new == """
        a
        <!-- plots -->
        ![How does Jot compare with other libraries?](results/m%20x/run-field.svg)

        ![How far from what OpenSSL itself needs?](results/m%20x/run-ratio.svg)
        <!-- end of plots -->
        b <!-- numbers -->

        """)
    #expect(page.readme(new, prefix: "results/m x/run") == new)
    let alone = try Page(PageFixture.record())
    #expect(alone.readme(old, prefix: "r")?.contains("r-ratio.svg)\n\n![") == true)
    #expect(alone.readme(old, prefix: "r")?.contains("r-throughput.svg)\n<!-- end") == true)
    for text in ["", "<!-- plots -->\n", "<!-- end of plots -->\n<!-- plots -->\n"] {
      #expect(page.readme(text, prefix: "r") == nil)
    }
  }

  @Test("the article has the markers, and every plot between them is a file")
  func articlePlots() throws {
    let root = PageFixture.folder.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appending(path: "Sources/Jot/Jot.docc")
    let article = try String(contentsOf: folder.appending(path: "Benchmarks.md"), encoding: .utf8)
    #expect(try PageFixture.page().readme(article, prefix: "r")?.contains("](r-ratio.svg)") == true)
    let images = article.matches(of: #/src="([^"]*)"/#).map { String($0.1) }
    #expect(images.count == 2)
    for image in images {
      let file = folder.appending(path: image)
      #expect(FileManager.default.fileExists(atPath: file.path), "\(image)")
      #expect(article.contains("](\(image))"))
    }
  }
}
