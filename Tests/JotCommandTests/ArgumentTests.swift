import Foundation
import TestSupport
import Testing

/// How `jot` takes its arguments, and when it ends with 0.
@Suite("jot's arguments")
struct ArgumentTests {
  let tool: Tool

  init() throws { tool = try Tool() }

  @Test("without /proc a token is verified, and refused, as with it")
  func withoutProc() throws {
    let token = try tool.sign(["--subject", "u"])
    let verify = ["verify", "--algorithm", "HS256", "--secret-file", tool.secret]
    #expect(try hidden(verify + ["not.a.token"]) == tool.run(verify + ["not.a.token"]))
    #expect(try hidden(verify + ["not.a.token"]).status == 1)
    #expect(
      try hidden(verify + [token]) == .init(0, #"{"valid":true,"claims":{"sub":"u"}}"#))
    #expect(try hidden(["--version"]) == tool.run(["--version"]))
    #expect(try hidden(["conform", "/nowhere"]).status == 2)
    #expect(try hidden([]).status == 2)
  }

  @Test("an argument that is no UTF-8 is taken as any other process would take it")
  func bytes() throws {
    let result = try Tool.shell(
      "'\(tool.path)' sign --algorithm HS256 --secret-file '\(tool.secret)' --subject $'\\xff'"
        + " | '\(tool.path)' inspect")
    #expect(result.output.contains(#"{"sub":"\ufffd"}"#), "\(result)")
  }

  @Test("no subcommand is a mistake, and so is one that does not exist")
  func subcommand() throws {
    for arguments in [[], ["--"], ["verfy"], ["-x"]] {
      let result = try tool.run(arguments)
      #expect(result.status == 2 && result.output.isEmpty, "\(arguments): \(result)")
      #expect(result.error.hasPrefix("jot: ") && !result.error.contains("\n"), "\(result)")
    }
    let result = try tool.run([])
    #expect(result.error.contains("subcommand") && result.error.contains("verify"), "\(result)")
  }

  @Test("help ends with 0 only where nothing else is asked for: a token may look like an option")
  func help() throws {
    let verify = ["verify", "--algorithm", "HS256", "--secret-file", tool.secret]
    for token in [
      "--help", "-h", "-xhx", "--version", "--experimental-dump-help",
      "--generate-completion-script=bash",
    ] {
      let result = try tool.run(verify + [token])
      #expect(result.status == 2 && result.output.isEmpty, "\(token): \(result)")
    }
    for arguments in [
      ["--help"], ["-h"], ["help"], ["verify", "--help"], ["help", "verify"], ["--version"],
    ] {
      let result = try tool.run(arguments)
      #expect(result.status == 0 && !result.output.isEmpty, "\(arguments): \(result)")
    }
  }

  @Test("verify ends with 0 only if it has verified a token, conform only if it has run a case")
  func nothing() throws {
    #expect(try tool.verify([]).status == 2)
    #expect(try tool.verify([], input: Data("\n".utf8)).status == 1)
    #expect(try tool.verify([""]).status == 1)
    for cases in [
      "[]", #"[{"id":"a","op":"sequence","steps":[],"expect":"accept"}]"#, "{}", "null",
    ] {
      let corpus = try tool.file("corpus", #"{"meta":{"now":0},"keys":{},"cases":\#(cases)}"#)
      let result = try tool.run(["conform", corpus])
      #expect(result.status == 2 && result.output.isEmpty, "\(cases): \(result)")
    }
    #expect(try tool.run(["conform"]).status == 2)
  }

  @Test("numbers that no verifier takes are a line, in options and in a corpus")
  func numbers() throws {
    let token = try tool.sign(["--subject", "u"])
    let most = "\(Int.max)"
    #expect(
      try tool.verify(["--max-token-bytes", most], input: Data(token.utf8)).status == 0)
    #expect(
      try tool.verify(["--leeway", most, "--now", most, "--max-age", most, token]).output
        .contains("claim_missing"))
    for number in ["9223372036854775808", "-1", "1e3", "0x10", "nan", "inf"] {
      #expect(try tool.verify(["--max-token-bytes=\(number)", token]).status == 2)
      #expect(try tool.verify(["--max-age=\(number)", token]).status == 2)
    }
    let key = #"{"k":{"type":"secret","hex":"\#(String(repeating: "6b", count: 32))"}}"#
    let names = (0..<65).map { "\"\($0)\"" }.joined(separator: ",")
    for options in [
      #""leeway":-1"#, #""max_age":-1"#, #""leeway":-9223372036854775808"#,
      #""required":[\#(names)]"#,
    ] {
      let corpus = try tool.file(
        "corpus",
        #"{"meta":{"now":0},"keys":\#(key),"cases":[{"id":"mine","op":"verify","key":"k","#
          + #""token":"x","expect":"reject","options":{"algorithms":["HS256"],\#(options)}}]}"#)
      let result = try tool.run(["conform", corpus])
      #expect(result.status == 2 && result.error.contains("mine"), "\(options): \(result)")
    }
  }

  /// Runs the tool where /proc is an empty file system.
  private func hidden(_ arguments: [String]) throws -> Tool.Outcome {
    let words = ([tool.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
    let empty = "mount -t tmpfs none /proc && test ! -e /proc/self"
    for unshare in ["unshare -m", "unshare -rm"] {
      if try Tool.shell("\(unshare) sh -c '\(empty)'").status == 0 {
        return try Tool.shell("\(unshare) sh -c '\(empty) && exec \"$@\"' sh \(words)")
      }
    }
    try skip("no unshare: it is forbidden here")
  }
}
