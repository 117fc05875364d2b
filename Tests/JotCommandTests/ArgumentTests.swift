import Foundation
import TestSupport
import Testing

/// How `jot` parses its arguments, when it exits with 0, and which arguments its errors repeat.
@Suite("jot's arguments")
struct ArgumentTests {
  let tool: Tool

  init() throws { tool = try Tool() }

  @Test("without /proc a token is verified or refused as usual")
  func withoutProc() throws {
    // A sanitizer reads /proc itself.
    try skipIfSanitized()
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

  @Test("an argument that is not UTF-8 is read as any other process would read it")
  func bytes() throws {
    let result = try Tool.shell(
      "'\(tool.path)' sign --algorithm HS256 --secret-file '\(tool.secret)' --subject $'\\xff'"
        + " | '\(tool.path)' inspect")
    #expect(result.output.contains(#"{"sub":"\ufffd"}"#), "\(result)")
  }

  @Test("a missing or unknown subcommand is an error")
  func subcommand() throws {
    for arguments in [[], ["--"], ["verfy"], ["-x"]] {
      let result = try tool.run(arguments)
      #expect(result.status == 2 && result.output.isEmpty, "\(arguments): \(result)")
      #expect(result.error.hasPrefix("jot: ") && !result.error.contains("\n"), "\(result)")
    }
    let result = try tool.run([])
    #expect(result.error.contains("subcommand") && result.error.contains("verify"), "\(result)")
  }

  @Test("help exits with 0 only if nothing else was requested: a token may look like an option")
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

  @Test("verify exits with 0 only if it verified a token, conform only if it ran a case")
  func nothing() throws {
    #expect(try tool.verify([]).status == 2)
    #expect(try tool.verify([], input: Data("\n".utf8)).status == 2)
    #expect(try tool.verify([""]).status == 2)
    for cases in [
      "[]", #"[{"id":"a","op":"sequence","steps":[],"expect":"accept"}]"#, "{}", "null",
    ] {
      let corpus = try tool.file("corpus", #"{"meta":{"now":0},"keys":{},"cases":\#(cases)}"#)
      let result = try tool.run(["conform", corpus])
      #expect(result.status == 2 && result.output.isEmpty, "\(cases): \(result)")
    }
    #expect(try tool.run(["conform"]).status == 2)
  }

  @Test("numbers that no verifier accepts are one-line errors, in options and in a corpus")
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

  /// Secrets and private keys as users copy them, each with parts that must not be printed.
  static let keys: [(name: String, text: String)] = [
    ("a JWK", #"{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}"#),
    ("a JWK in lines", "{\n  \"kty\": \"oct\",\n  \"k\": \"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\"\n}"),
    ("base64url", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"),
    ("base64url that begins like an option", "-MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"),
    ("base64 that begins like a path", "/DEyMzQ1Njc4OWFi/Y2RlZjAx+MjM0NTY3ODlhYmNkZWY="),
    ("base64 in lines", "MDEyMzQ1Njc4OWFiY2RlZjAx\nMjM0NTY3ODlhYmNkZWY="),
    ("hex", "303132333435363738396162636465663031323334353637383961626364656"),
    ("hex with colons", "30:31:32:33:34:35:36:37:38:39:61:62:63:64:65:66:30:31:32:33"),
    ("hex of letters alone", "abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdef"),
    ("PEM", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgME\n-----END PRIVATE KEY-----"),
    ("text", "hunter2hunter2"),
  ]

  @Test(
    "an error never repeats what may be a key, whichever argument holds it",
    arguments: keys.map(\.text))
  func keyAsValue(key: String) throws {
    let hs256 = ["--algorithm", "HS256", "--secret-file", tool.secret]
    let prefixes: [[String]] = [
      [], ["help"], ["sign"], ["verify"], ["inspect"], ["key"], ["conform"], ["verify"] + hs256,
      ["sign", "--algorithm", "HS256", "--key"], ["sign", "--algorithm", "RS256", "--key"],
      ["verify", "--algorithm", "RS256", "x", "--key"], ["sign", "--algorithm"],
      ["sign", "--algorithm", "HS256", "--secret-file"],
      ["sign", "--algorithm", "HS256", "--secret-env"],
      ["sign", "--algorithm", "RS256", "--key", tool.secret, "--passphrase-file"],
      ["key", tool.secret, "--passphrase-file"], ["key", "--generate"],
      ["key", "--generate", "RS256", "--output", "/tmp/x", "--bits"],
      ["key", "--generate", "ES256", "--output", "/no/such/folder/x", "--pem"],
      ["sign"] + hs256 + ["--claim"], ["sign"] + hs256 + ["--lifetime"],
      ["sign"] + hs256 + ["--now"], ["sign"] + hs256 + ["--allow-short-secret"],
      ["verify"] + hs256 + ["--leeway"], ["verify"] + hs256 + ["--max-age"],
      ["verify"] + hs256 + ["--max-token-bytes"], ["verify"] + hs256 + ["x.y.z"],
      ["verify"] + hs256 + ["--audience"], ["verify"] + hs256 + ["x.y.z", "--issuer"],
      ["verify"] + hs256 + ["--typ", "JWT", "--"], ["inspect", "--max-token-bytes"],
      ["conform", "/no/such"], ["verify", "--issuers"],
      ["verify", "--algorithm", "HS256", "x", "--issuer"],
    ]
    try expectSilence(
      ["verify", "--algorithm", "HS256", "x", "--issuer", "https://a.test=\(key)"], key)
    for prefix in prefixes {
      try expectSilence(prefix + [key], key)
      if let option = prefix.last, option.hasPrefix("--"), option != "--" {
        try expectSilence(prefix.dropLast() + ["\(option)=\(key)"], key)
      }
      // Without quotes the shell splits the key into words.
      let words = key.split { $0.isWhitespace }.map(String.init)
      if words.count > 1 { try expectSilence(prefix + words, key) }
    }
    for prefix in [["verify"] + hs256, ["sign"] + hs256, ["key", "a"], []] {
      try expectSilence(prefix + key.map { "\($0)" }, key)
    }
    try expectSilence(["key", "--generate", "ES256", "--output", "/no/such/" + key], key)
    for name in ["--", "-", "--key", "--=", "-k="] {
      try expectSilence(["sign"] + hs256 + [name + key], key)
      try expectSilence([name + key], key)
    }
    try expectSilence(["sign"] + hs256 + ["--claim", key + "="], key)
    try expectSilence(["sign"] + hs256 + ["--claim", "a=1", "--claim", "a=\(key)"], key)
    try expectSilence(
      ["sign"] + hs256 + ["--claim", "\(key)=1", "--claim", "\(key)=1"], key)
    let token = try tool.sign(["--subject", "u"])
    let missing = try tool.verify(["--required=\(key)", token])
    #expect(missing.output.contains("claim_missing") && !Self.isSeen(key, in: missing.output))
    // The name of a file that exists is printed, since it is not a key.
    let file = try tool.file("0123456789abcdef0123456789abcdef.pem", "no key")
    #expect(try tool.run(["key", file]).error.contains(file))
  }

  @Test("the error for a possible key asks for a file; other errors repeat the argument")
  func wanted() throws {
    let sign = ["sign", "--algorithm", "HS256"]
    let key = Self.keys[0].text
    for arguments in [
      sign + ["--key", key], sign + ["--secret-env", "PATH", key], ["sign", "--algorithm", key],
      ["key", key], [key], sign + ["--key", "correct-horse-battery-staple"],
    ] {
      let result = try tool.run(arguments)
      #expect(result.status == 2 && result.error.contains("file"), "\(arguments): \(result)")
      #expect(result.error.contains("not shown"), "\(arguments): \(result)")
    }
    for (arguments, word) in [
      (sign + ["--subjekt", "a"], "'--subjekt'. Did you mean '--subject'?"),
      (["sign", "--algorithm", "HS257"], "'HS257'"), (["sing"], "'sing'"),
      (sign + ["--key", "/srv/keys/shop-public.pem"], "/srv/keys/shop-public.pem"),
      (sign + ["--allow-short-secrets"], "'--allow-short-secrets'"),
    ] {
      let result = try tool.run(arguments)
      #expect(result.status == 2 && result.error.contains(word), "\(arguments): \(result)")
    }
    let token = try tool.sign(["--subject", "u"])
    let claim = try tool.verify(["--required", "https://shop.example/preferred_name", token])
    #expect(claim.output.contains("the claim https://shop.example/preferred_name"))
  }

  @Test("no value can add a second line to an error")
  func oneLine() throws {
    let sign = ["sign", "--algorithm", "HS256", "--secret-file", tool.secret]
    for value in ["a\nb", "a\rb", "\u{1b}[2K", "a\u{85}b"] {
      for arguments in [
        sign + ["--claim", value], sign + ["--claim", "\(value)=x"], [value], ["key", value],
        ["sign", "--algorithm", value],
        [
          "conform",
          try tool.file(
            "c", #"{"meta":{"now":0},"keys":{},"cases":[{"id":"\n\u001b","op":"x"}]}"#),
        ],
      ] {
        let result = try tool.run(arguments)
        #expect(result.status == 2)
        #expect(
          !result.error.unicodeScalars.contains { $0.properties.generalCategory == .control },
          "\(result.error)")
      }
    }
  }

  /// Runs the tool, which must fail and must not print a part of the key.
  private func expectSilence(_ arguments: [String], _ key: String) throws {
    let result = try tool.run(arguments)
    let text = result.error + result.output
    #expect(!Self.isSeen(key, in: text), "\(arguments): \(text)")
    // A subject or an audience may be any text, so some of these calls succeed.
    if result.status != 0 {
      #expect(!result.error.contains("\n"), "\(arguments): \(result.error)")
    }
  }

  /// Whether eight consecutive letters or digits of the key are in the text, ignoring anything
  /// between them. PEM's first and last lines are not secret.
  private static func isSeen(_ key: String, in text: String) -> Bool {
    func plain(_ text: String) -> Substring { text.filter { $0.isLetter || $0.isNumber }[...] }
    let lines = key.split(separator: "\n").filter { !$0.hasPrefix("-----") }
    let (key, text) = (plain(lines.joined()), plain(text))
    return key.indices.dropLast(7).contains { text.contains(key[$0...].prefix(8)) }
  }

  /// Runs the tool with an empty file system mounted on /proc.
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
