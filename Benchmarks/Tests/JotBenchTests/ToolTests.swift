import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("jot-bench", .serialized)
struct ToolTests {
  @Test("compare exits with 0, with 1 for a regression, and with 2 if it can't compare")
  func compare() throws {
    let folder = try Folder()
    func write(_ name: String, _ report: Report) throws -> String {
      let path = "\(folder.path)/\(name).json"
      try Record.write(report.json, to: path, option: "")
      return path
    }
    let first = try write("first", ComparisonTests.report(seed: 1))
    let second = try write("second", ComparisonTests.report(seed: 2))
    let slower = try write("slower", ComparisonTests.report(seed: 2, slowed: 0.1))
    let other = ComparisonTests.report(seed: 2)
    let elsewhere = try write(
      "elsewhere",
      Report(machine: other.machine.adding(["openssl": .text("9")]), rows: other.rows))
    func result(_ arguments: [String]) throws -> (text: String, status: Int32) {
      try Child(Child.tool("jot-bench"), ["compare"] + arguments).result()
    }
    #expect(try result([first, second]).status == 0)
    #expect(try result([first, slower]).status == 1)
    #expect(try result([slower, first]).status == 0)
    #expect(try result([first, slower, "--threshold", "20"]).status == 0)
    #expect(try result([first, slower, "--aa", slower]).status == 0)
    let refused = try result([first, elsewhere])
    #expect(refused.status == 2 && refused.text.contains("openssl 3.0.19 and 9"), "\(refused)")
    #expect(try result([first, elsewhere, "--anyway"]).status == 0)
    // The records come from another machine.
    #expect(try result([first, "--fresh"]).text.contains("--anyway"))
    for wrong in [
      [first], [first, second, "--fresh"], [first, "/no/such"], [first, second, "--format", "x"],
    ] {
      #expect(try result(wrong).status == 2, "\(wrong)")
    }
    let markdown = try result([first, slower, "--format", "markdown"])
    #expect(markdown.status == 1 && markdown.text.hasPrefix("| scenario |"))
  }

  @Test("compare --fresh repeats the measurement of the record's command")
  func fresh() throws {
    let folder = try Folder()
    let tool = try Child.tool("jot-bench")
    let file = folder.path + "/record.json"
    let run = try Child(
      tool,
      [
        "run", "--scenario", "verify/HS256/access-token,hostile/dots", "--threads", "1",
        "--seconds",
        "0.05", "--sessions", "2", "--quiet", "--format", "json", "--output", file,
      ]
    ).result()
    #expect(run.status == 0, "\(run.text)")
    let record = try Record.read(file)
    #expect(record.rows.count == 3 && record.command.contains("--sessions 2"))
    let compared = try Child(tool, ["compare", file, "--fresh", "--threshold", "900"]).result()
    // On a busy machine there may be no verdict, which is status 2.
    #expect(
      [0, 2].contains(compared.status) && compared.text.contains("2 rows: "), "\(compared.text)")
  }

  @Test("Ctrl-C keeps finished measurements, and marks the record partial")
  func interrupted() throws {
    let folder = try Folder()
    let file = folder.path + "/record.json"
    let run = try Child(
      try Child.tool("jot-bench"),
      [
        "run", "--scenario", "hostile/dots,hostile/expired", "--threads", "1", "--seconds", "160",
        "--quiet", "--format", "json", "--output", file,
      ])
    // By now it runs, also on a busy machine; the first scenario's session takes 20 s.
    usleep(8_000_000)
    kill(run.id, SIGINT)
    let result = run.result()
    #expect(result.status == 130 && result.text.contains("partial"), "\(result)")
    let record = try Record.read(file)
    #expect(record.isPartial && record.rows.map(\.scenario) == ["hostile/dots"])
    #expect(record.rows[0].samples > 1 && record.text.contains("partial: "))
  }

  @Test("list prints the scenarios and their questions as a table, Markdown and JSON")
  func list() throws {
    let tool = try Child.tool("jot-bench")
    let table = try Child(tool, ["list"]).result()
    #expect(table.status == 0 && table.text.contains("* verify/HS256/access-token "))
    #expect(table.text.contains("How many HS256 access tokens can one core verify in a second?"))
    for scenario in JotScenario.all { #expect(table.text.contains(scenario.name + " ")) }
    let markdown = try Child(tool, ["list", "--format", "markdown"]).result()
    #expect(markdown.status == 0 && markdown.text.contains("| `hostile/dots` | How long does "))
    let json = try Child(tool, ["list", "--format", "json"]).result()
    let lines = try JSONSerialization.jsonObject(with: Data(json.text.utf8)) as? [[String: Any]]
    let names = lines?.compactMap { $0["name"] as? String }
    #expect(names?.sorted() == JotScenario.all.map(\.name).sorted())
    #expect(lines?.count { $0["standard"] as? Bool == true } == JotScenario.standard.count)
    #expect(try Child(tool, ["list", "--format", "x"]).result().status == 2)
  }

  @Test("machine prints what a record would have, as a table and as JSON")
  func machine() throws {
    let tool = try Child.tool("jot-bench")
    let table = try Child(tool, ["machine", "--seconds", "0"]).result()
    #expect(table.status == 0 && table.text.contains("governor ") && table.text.contains("cores "))
    let json = try Child(tool, ["machine", "--seconds", "0.2", "--format", "json"]).result()
    let value = try JSONSerialization.jsonObject(with: Data(json.text.utf8)) as? [String: Any]
    #expect((value?["noise"] as? [String: Any])?["aa_change"] is NSNumber)
    #expect((value?["machine"] as? [String: Any])?["disturbed_rounds"] is NSNumber)
    #expect(try Child(tool, ["machine", "--format", "x"]).result().status == 2)
  }

  @Test(
    "without a subcommand, or with an option instead, nothing is measured and the status is 2"
  )
  func subcommand() throws {
    for arguments in [[], ["--"], ["--seconds", "0.01"], ["rum"]] {
      let result = try Child(Child.tool("jot-bench"), arguments).result()
      #expect(result.status == 2 && result.text.hasPrefix("jot-bench: "), "\(result)")
      #expect(result.text.count { $0 == "\n" } == 1, "\(result)")
    }
  }

  @Test("peers has the alias competitors")
  func alias() throws {
    for name in ["peers", "competitors"] {
      let result = try Child(Child.tool("jot-bench"), [name, "--format", "x"]).result()
      #expect(result.status == 2 && result.text.contains("--format x: table"), "\(result)")
    }
  }

  @Test("the old option --sittings is an alias of --sessions")
  func olderOption() throws {
    let tool = try Child.tool("jot-bench")
    for option in ["--sessions", "--sittings"] {
      let result = try Child(tool, ["run", option, "101"]).result()
      #expect(result.status == 2 && result.text.contains("--sessions 101: 1 to 100"), "\(result)")
    }
    #expect(try !Child(tool, ["run", "--help"]).result().text.contains("--sittings"))
  }

  @Test("without /proc the arguments are those of the command line")
  func withoutProc() throws {
    let empty = "mount -t tmpfs none /proc && test ! -e /proc/self"
    func hidden(_ unshare: String, _ arguments: [String]) throws -> (text: String, status: Int32) {
      let command = "\(unshare) sh -c '\(empty) && exec \"$@\"' sh \"$@\""
      return try Child("/bin/sh", ["-c", command, "sh"] + arguments).result()
    }
    let ways = ["unshare -m", "unshare -rm"]
    guard let unshare = try ways.first(where: { try hidden($0, ["true"]).status == 0 }) else {
      print("jot: skipped: no unshare: it is forbidden here")
      try Test.cancel("no unshare: it is forbidden here")
    }
    let tool = try Child.tool("jot-bench")
    let list = try hidden(unshare, [tool, "list", "--format", "json"])
    #expect(list.status == 0 && list.text.hasPrefix("["), "\(list.text.prefix(200))")
    #expect(try hidden(unshare, [tool, "list", "--format", "x"]).status == 2)
    #expect(try hidden(unshare, [tool]).status == 2)
  }

  @Test("a forged record is compared, or refused with a message")
  func strange() throws {
    let folder = try Folder()
    let json = ComparisonTests.report(seed: 1).json
    let good = folder.path + "/good.json"
    try Record.write(json, to: good, option: "")
    for (name, change) in [
      (
        "sessions",
        { $0.replacing("\"sessions\":[25,25,25,25]", with: "\"sessions\":[\(Int.max),25]") }
      ),
      (
        "loop",
        {
          $0.replacing("\"machine\":{", with: "\"machine\":{\"core_loop_ns\":1e-300,")
        }
      ),
      ("zeros", { $0.replacing(#/(slices_[a-z]+":\[)[^\]]+/#) { "\($0.1)\(Self.list("0"))" } }),
      (
        "small", { $0.replacing(#/(slices_[a-z]+":\[)[^\]]+/#) { "\($0.1)\(Self.list("1e-320"))" } }
      ),
      ("none", { $0.replacing(#/"ns_per_op":[0-9.]+/#) { _ in "\"ns_per_op\":0" } }),
    ] as [(String, (String) -> String)] {
      let changed = change(json)
      try #require(changed != json, "\(name)")
      let file = "\(folder.path)/\(name).json"
      try Record.write(changed, to: file, option: "")
      for pair in [[file, good], [good, file], [file, file]] {
        for format in ["table", "json", "markdown"] {
          let arguments = ["compare", "--anyway", "--format", format] + pair
          let result = try Child(Child.tool("jot-bench"), arguments).result()
          #expect(
            [0, 1, 2].contains(result.status), "\(name) \(format): \(result.text.suffix(300))")
        }
      }
    }
  }

  /// A list of one figure, with as many elements as a row of the synthetic report has slices.
  private static func list(_ figure: String) -> String {
    Array(repeating: figure, count: 100).joined(separator: ",")
  }

  @Test("a CSV record with out-of-range figures still prints a table")
  func csv() throws {
    let folder = try Folder()
    let file = folder.path + "/record.csv"
    for figure in ["inf", "nan", "-inf", "1e300", "-1e300", "1e19"] {
      var row = Row.test
      (row.nsPerOp, row.opsPerSecond, row.allocationsPerOp) = (77, 77, 77)
      let csv = Report(machine: .test, rows: [row]).csv
      let changed = csv.replacing("77.00", with: figure)
      try #require(changed != csv)
      try Record.write(changed, to: file, option: "")
      let result = try Child(Child.tool("jot-bench"), ["table", file]).result()
      #expect(result.status == 0 && result.text.contains(row.scenario), "\(figure): \(result)")
    }
  }
}
