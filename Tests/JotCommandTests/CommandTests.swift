import Foundation
import Jot
import TestSupport
import Testing

/// The command-line tool `jot` from outside: its output, its one-line errors, its exit status.
@Suite("jot")
struct CommandTests {
  let tool: Tool

  init() throws { tool = try Tool() }

  @Test("signs, verifies and shows a token")
  func roundTrip() throws {
    let token = try tool.sign([
      "--subject", "u", "--audience", "a", "--lifetime", "60", "--claim", "n=1.50",
    ])
    #expect(
      try tool.verify(["--audience", "a", "--now", "1000", token])
        == .init(
          0, #"{"valid":true,"claims":{"sub":"u","aud":"a","exp":1060,"n":1.50}}"#))
    #expect(
      try tool.verify(["--now", "1000", token]).output
        == #"{"valid":false,"reason":"audience_mismatch","#
        + #""detail":"the token has an audience; pass --audience"}"#)
    #expect(try tool.verify(["--audience", "a", "--now", "1060", token]) == .refused("expired"))
    #expect(
      try tool.verify(["--required", "exp", "--required", "role", "--audience", "a", token])
        .output.contains("lacks the claim role"))
    #expect(
      try tool.verify(["--audience", "a", "--now", "1060", "--leeway", "1", token]).status == 0)
    let shown = try tool.run(["inspect", token])
    #expect(shown.status == 0 && shown.output.hasPrefix("UNVERIFIED"))
    #expect(shown.output.contains("exp: expired 1970-01-01T00:17:40Z"))
  }

  @Test("inspect dates a time with a fraction, and asks about milliseconds")
  func times() throws {
    func shown(_ claim: String) throws -> String {
      try tool.run(["inspect", tool.sign(["--claim", claim])]).output
    }
    for (claim, text) in [
      ("exp=1767229200.75", "exp: expired 2026-01-01T01:00:00Z"),
      ("exp=4102444800.5", "exp: expires 2100-01-01T00:00:00Z"),
      ("nbf=1e3", "nbf: valid since 1970"),
      ("exp=1767229200000", "exp: milliseconds? That would be 2026-01-01T01:00:00Z"),
      ("iat=1767229200000.5", "iat: milliseconds? That would be 2026-01-01T01:00:00Z"),
    ] {
      #expect(try shown(claim).contains(text), "\(claim)")
    }
    for claim in ["exp=1767229200", "exp=1e300", #"exp="1767229200000""#] {
      #expect(try !shown(claim).contains("milliseconds"), "\(claim)")
    }
  }

  @Test("each token of standard input gets one line of output, with CR LF or LF line ends")
  func lines() throws {
    let token = try tool.sign(["--subject", "u"])
    let input =
      "\(token)\n\n\(token)\r\n\(token)\r\r\n\(String(repeating: "x", count: 20_000))\nabc\n\(token)"
    let result = try tool.verify([], input: Data(input.utf8))
    let reasons = result.output.split(separator: "\n").map { line in
      line.firstMatch(of: /"reason":"(\w+)"/)?.output.1 ?? line
    }
    let valid = #"{"valid":true,"claims":{"sub":"u"}}"#[...]
    #expect(result.status == 1)
    #expect(reasons == [valid, valid, valid, "token_too_large", "token_malformed", valid])
    #expect(
      result.error == "jot: dropped before verifying: white space on 1 line; skipped 1 blank line")
    for input in ["", "\n", " \r\n\n\t\n\u{feff}\n "] {
      let verify = ["verify", "--algorithm", "HS256", "--secret-file", tool.secret]
      for command in [verify, ["inspect"]] {
        let result = try tool.run(command, input: Data(input.utf8))
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.error.hasPrefix("jot: no token: the standard input "))
        let blank = try tool.run(command + [" "])
        #expect(blank == .init(2, "", error: "jot: no token: the argument is blank"))
      }
    }
  }

  @Test("what stands around a token is dropped, and the standard error says so")
  func wrappings() throws {
    let token = try tool.sign(["--subject", "u"])
    let valid = #"{"valid":true,"claims":{"sub":"u"}}"#
    for (text, words) in [
      (token, nil), (" \(token)", "white space"), ("\t\(token)\n", "white space"),
      ("\u{feff}\(token)", "white space"), ("Bearer \(token)", "\"Bearer\""),
      ("bEARER   \(token)", "\"Bearer\""), ("'\(token)'", "quotes"),
      ("\"\(token)\",", "quotes, commas"), ("\(token),", "commas"),
      (" \"Bearer \(token)\" ,\n", "white space, \"Bearer\", quotes, commas"),
      ("Bearer '\(token)'", "\"Bearer\", quotes"),
    ] as [(String, String?)] {
      let told = words.map { "jot: dropped before verifying: \($0)" } ?? ""
      #expect(try tool.verify([text]) == .init(0, valid, error: told), "\(text)")
      let shown = try tool.run(["inspect", text])
      #expect(shown.status == 0 && shown.output.hasPrefix("UNVERIFIED"), "\(text)")
      #expect(shown.error == told.replacing("verifying", with: "reading"))
    }
    // Lines are counted, in one line at the end.
    let lines = """

      Bearer \(token)
      \u{20}
        "Bearer \(token)",\r
      \(token)\u{20}
      '\(token)\u{20}'
      \(token)

      \u{feff}
      """
    let result = try tool.verify([], input: Data(lines.utf8))
    #expect(
      result
        == .init(
          0, Array(repeating: valid, count: 5).joined(separator: "\n"),
          error: "jot: dropped before verifying: white space on 3 lines, \"Bearer\" on 2 lines,"
            + " quotes on 2 lines, commas on 1 line; skipped 4 blank lines"))
    let shown = try tool.run(["inspect"], input: Data("\n\(token)\n\n".utf8))
    #expect(shown.status == 0 && shown.error == "jot: skipped 2 blank lines")
    // The limit is the token's, whatever stands around it.
    let limit = ["--max-token-bytes", "\(token.utf8.count)"]
    let wrapped = Data(" \"Bearer    \(token)\" \n\(token)A\n".utf8)
    #expect(
      try tool.verify(limit, input: wrapped).output
        == valid + "\n"
        + #"{"valid":false,"reason":"token_too_large","detail":"the token is longer than"#
        + #" the limit of \#(token.utf8.count) bytes; raise it with --max-token-bytes"}"#)
    try expectLine(
      ["inspect", token, "--max-token-bytes", "9"], ["limit of 9 bytes", "--max-token-bytes"])
  }

  @Test("what is wrong inside a token is not dropped: the detail says what it is")
  func flaws() throws {
    let token = try tool.sign(["--subject", "u"])
    for (text, words) in [
      ("\(token)=", "padding (=)"), ("\"\(token)==\"", "padding (=)"),
      ("\"\(token)", "quotes"), ("\(token)'", "quotes"), ("Bearer", "Bearer"),
      ("Bearer Bearer \(token)", "Bearer"), ("''\(token)''", "quotes"), ("\"\"", "is empty"),
      (token.dropLast() + " A", "white space inside"), (token.dropLast() + "+", "standard base64"),
      (#"{"access_token":"\#(token)"}"#, "JSON text"), ("a.b", "fewer than two dots"),
      ("\(token).", "more than two dots"), ("\(token)\u{e9}", "neither base64url nor a dot"),
    ] {
      for result in [
        try tool.verify([String(text)]), try tool.verify([], input: Data("\(text)\n".utf8)),
      ] {
        #expect(result.status == 1 && result.output.contains("token_malformed"), "\(text)")
        #expect(result.output.contains(words.replacing("\"", with: "\\\"")), "\(result.output)")
      }
      #expect(try tool.run(["inspect", String(text)]).error.contains(words))
    }
    let invalid = Data([0x61, 0xff, 0x2e, 0x2e])
    #expect(try tool.verify([], input: invalid).output.contains("neither base64url nor a dot"))
  }

  @Test("what is around a secret, and counts, is told; a plain secret is used without a word")
  func surplus() throws {
    let secret = String(repeating: "Ab3+", count: 16)
    for (text, words) in [
      (secret, ""), ("\(secret)\n", ""), ("\(secret)==", ""), ("=\(secret)", ""),
      (" \(secret)", "white space"), ("\(secret)\n\n", "white space"), ("\"\(secret)\"", "quotes"),
      ("JWT_SECRET=\(secret)", "a name"), ("\u{feff}\(secret)", "byte order mark"),
    ] {
      let file = try tool.file("around", text)
      let options = ["--algorithm", "HS256", "--secret-file", file]
      let signed = try tool.run(["sign"] + options)
      #expect(signed.status == 0 && signed.error.isEmpty == words.isEmpty)
      #expect(
        words.isEmpty || signed.error.contains(words) && !signed.error.contains("Ab3"),
        "\(text.debugDescription): \(signed.error)")
      #expect(words.isEmpty || signed.error.contains("every byte of it counts"))
      // It does count.
      let plain = try tool.file("plain", secret)
      let verified = try tool.run(
        ["verify", "--algorithm", "HS256", "--secret-file", plain, signed.output])
      #expect((verified.status == 0) == (text == secret || text == "\(secret)\n"))
    }
  }

  @Test(
    "jot key prints a set as a set, says why a public key can't verify, and reads no file as token")
  func newcomers() throws {
    let key = tool.path(of: "newcomer.pem")
    _ = try tool.run(["key", "--generate", "ES256", "--output", key])
    let jwk = try tool.run(["key", key, "--jwk"]).output
    let other = jwk.replacing(#""use":"sig""#, with: #""use":"enc""#)
    let set = try tool.file("two.json", #"{"keys":[\#(other),\#(jwk)]}"#)
    let printed = try tool.run(["key", set, "--jwk"])
    let again = try tool.file("again.json", printed.output)
    let described = try tool.run(["key", again])
    #expect(printed.status == 0 && described.status == 0 && !described.output.contains("skipped"))
    let sealed = try tool.run(["key", tool.file("enc.jwk", other)])
    #expect(sealed.status == 2 && sealed.error.contains("use or key_ops"), "\(sealed)")
    let empty = try tool.run(["key", tool.file("sealed.json", #"{"keys":[\#(other)]}"#)])
    #expect(empty.error.contains("index 0 was skipped (key_use)"), "\(empty)")

    let signed = try tool.run(["sign", "--algorithm", "ES256", "--key", key]).output
    let token = try tool.file("token.txt", signed)
    for arguments in [["inspect"], ["verify", "--algorithm", "ES256", "--key", again]] {
      let result = try tool.run(arguments + [token])
      #expect(result.status == 2 && result.error.contains("a file's name"), "\(result)")
    }
    let allowed = try tool.run(["verify", "--algorithm", "ES384", "--key", again, signed])
    #expect(allowed.output.contains("--algorithm"))
    for arguments in [["key", key], ["sign", "--algorithm", "ES256", "--key", key]] {
      let result = try tool.run(arguments + ["--passphrase-file", tool.file("none", "\n")])
      #expect(result.status == 2 && result.error.contains("is empty"), "\(result)")
    }
    let secret = try tool.run(["sign", "--algorithm", "HS256", "--key", key])
    #expect(secret.status == 2 && secret.error.contains("random secret"), "\(secret)")
  }

  @Test("a token whose kid only a skipped element of the set has is told so, with the reason")
  func skippedKey() throws {
    let modulus = String(repeating: "x", count: 170) + "c"
    let small = #"{"kty":"RSA","kid":"old","n":"\#(modulus)","e":"AQAB"}"#
    let key = tool.path(of: "ec.pem")
    _ = try tool.run(["key", "--generate", "ES256", "--output", key])
    let jwk = try tool.run(["key", key, "--jwk"]).output
    let set = try tool.file("skipped.json", #"{"keys":[\#(jwk),7,\#(small)]}"#)
    func token(_ kid: String) throws -> String {
      try tool.run([
        "sign", "--algorithm", "ES256", "--key", key, "--kid", kid, "--claim", "iss=\"a\"",
      ]).output
    }
    let advice =
      "no usable key of the set has the token's kid; the element at index 2 has it and was skipped"
      + " (key_too_small): the RSA key has 1024 bits; make one of 2048 or more with: openssl genrsa"
      + " 2048"
    let verify = ["verify", "--algorithm", "ES256"]
    for options in [["--key", set], ["--issuer", "a=\(set)"]] {
      let old = try tool.run(verify + options + [token("old")])
      #expect(
        old.output == #"{"valid":false,"reason":"key_not_found","detail":"\#(advice)"}"#)
      let unknown = try tool.run(verify + options + [token("new")])
      #expect(unknown.output.contains("no key of the set has the token's kid"))
    }
  }

  @Test("a ten-megabyte token and a token of NULs are refused, each with one line")
  func hostile() throws {
    let huge = Data(repeating: UInt8(ascii: "a"), count: 10_000_000)
    #expect(try tool.verify([], input: huge) == .refused("token_too_large"))
    for bytes in [Data(repeating: 0, count: 5000), Data([0xff, 0xfe])] {
      #expect(try tool.verify([], input: bytes) == .refused("token_malformed"))
    }
  }

  @Test("RSA keys sign and verify; a key of the wrong kind is named")
  func rsa() throws {
    let keys = try #require(try Tool.interopKeys()["rsa2048"])
    let privateKey = try tool.file("private.pem", keys["private_pkcs1_pem"]!!)
    let publicKey = try tool.file("public.pem", keys["public_spki_pem"]!!)
    let token = try tool.run([
      "sign", "--algorithm", "RS256", "--key", privateKey, "--subject", "é",
    ])
    let verify = ["verify", "--algorithm", "RS256", "--key"]
    #expect(
      try tool.run(verify + [publicKey, token.output])
        == .init(
          0, #"{"valid":true,"claims":{"sub":"\u00e9"}}"#))
    try expectLine(verify + [privateKey, token.output], ["--key", privateKey, "private key"])
    try expectLine(
      ["sign", "--algorithm", "RS256", "--key", publicKey], ["--key", publicKey, "public key"])
    try expectLine(
      ["sign", "--algorithm", "HS256", "--secret-file", publicKey], ["--secret-file", "PEM"])
  }

  @Test(
    "what can't be used or is wrong is one line that names the option, with exit status 2"
  )
  func errors() throws {
    let secret = tool.secret
    let short = try tool.file("short", "SECRET\n")
    try expectLine(
      ["verify", "--algorithm", "RS256", "--key", "/no/such/file", "x"],
      ["--key", "/no/such/file", "No such file"])
    try expectLine(
      ["verify", "--algorithm", "RS256", "--key", "/", "x"], ["--key", "directory"])
    try expectLine(["verify", "--algorithm", "RS256", "--key", secret, "x"], ["--key", "PEM"])
    try expectLine(
      ["verify", "--algorithm", "XX", "--key", secret, "x"], ["XX", "--algorithm"])
    try expectLine(
      ["verify", "--algorithm", "none", "--key", secret, "x"], ["none", "--algorithm"])
    try expectLine(["verify", "--algorithm", "HS256", "--key", secret, "x"], ["--secret-file"])
    try expectLine(["verify", "--algorithm", "RS256", "--secret-file", secret, "x"], ["--key"])
    try expectLine(["verify", "--algorithm", "HS256", "x"], ["--secret-file"])
    try expectLine(["verify", "--secret-file", secret, "x"], ["--algorithm"])
    try expectLine(
      ["verify", "--algorithm", "HS256", "--secret-file", secret, "--leeway", "-1", "x"],
      ["--leeway"])
    try expectLine(["sign", "--algorithm", "HS256", "--secret-file", short], ["6 bytes", "32"])
    try expectLine(
      ["sign", "--algorithm", "HS256", "--secret-file", secret, "--claim", "a=b"], ["--claim a"])
    try expectLine(
      ["sign", "--algorithm", "HS256", "--secret-file", secret, "--claim", "a"], ["NAME=JSON"])
    try expectLine(
      ["sign", "--algorithm", "HS256", "--secret-file", secret, "--claim", "a=1,\"b\":2"],
      ["--claim a"])
    try expectLine(
      [
        "sign", "--algorithm", "HS256", "--secret-file", secret, "--subject", "x", "--claim",
        "sub=\"y\"",
      ],
      ["sub", "twice"])
    try expectLine(
      ["sign", "--algorithm", "HS256", "--secret-env", "JOT_NO_SUCH_VARIABLE"], ["--secret-env"])
    try expectLine(["nonsense"], ["nonsense"])
    let allowed = try tool.run(
      ["sign", "--algorithm", "HS256", "--secret-file", short, "--allow-short-secret"])
    #expect(allowed.status == 0)
  }

  @Test("a closed or full output is a one-line error and a non-zero exit status")
  func closedOutput() throws {
    let sign = "'\(tool.path)' sign --algorithm HS256 --secret-file '\(tool.secret)'"
    // No file of the shell's children may have a byte; only pipes have. A sanitizer needs files of
    // its own.
    if !isSanitized {
      let full = try Tool.shell("trap '' XFSZ; ulimit -f 0; \(sign) >'\(tool.secret).full'")
      #expect(full.status == 2 && full.error.contains("standard output: File too large"))
    }
    let token = try tool.sign([])
    let piped = try Tool.shell(
      "yes '\(token)' | head -n 50000 | { '\(tool.path)' verify --algorithm HS256 --secret-file"
        + " '\(tool.secret)'; echo \"status $?\" >&2; } | head -n 1")
    #expect(piped.output.hasPrefix(#"{"valid":true"#))
    #expect(
      piped.error.contains("status 2") && piped.error.contains("standard output: Broken pipe"))
  }

  @Test("a JWK set of more elements than --key-limit is refused, and read with a higher limit")
  func keyLimit() throws {
    let key = #"{"kty":"oct","kid":"a","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}"#
    let set = "printf '%s' '{\"keys\":[\(String(repeating: "1,", count: 1000))\(key)]}' | "
    for verb in ["key /dev/stdin", "verify --algorithm HS256 --key /dev/stdin a.b.c"] {
      let refused = try Tool.shell("\(set) '\(tool.path)' \(verb)")
      #expect(refused.status == 2 && refused.error.contains("--key-limit"), "\(refused)")
      let read = try Tool.shell("\(set) '\(tool.path)' \(verb) --key-limit 1001")
      #expect(read.status < 2 && !read.output.isEmpty, "\(read)")
    }
  }

  @Test("a secret in the environment is used byte for byte, and no error shows it or breaks a line")
  func secrecy() throws {
    let sign = "'\(tool.path)' sign --algorithm HS256"
    let binary = try Tool.shell("S=$(printf '%0.s\\377a' {1..32}) \(sign) --secret-env S")
    let other = try Tool.shell("S=$(printf '%0.s\\376a' {1..32}) \(sign) --secret-env S")
    #expect(binary.status == 0 && other.status == 0 && binary.output != other.output)
    #expect(try Tool.shell("S=$(printf '%0.s\\377a' {1..11}) \(sign) --secret-env S").status == 2)
    let repeated = try Tool.shell("S=$(printf '%0.sk' {1..40}) \(sign) --secret-env S")
    #expect(repeated.status == 2 && repeated.error.contains("one byte repeated"))
    for option in ["--secret-env", "--secret-file"] {
      let result = try tool.run(["sign", "--algorithm", "HS256", option, "hunter2hunter2"])
      #expect(result.status == 2 && !result.error.contains("hunter2"), "\(result.error)")
    }
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIhunter2"
    let pasted = try tool.run(["sign", "--algorithm", "RS256", "--key", pem])
    #expect(pasted.status == 2 && !pasted.error.contains("hunter2"), "\(pasted.error)")
    let name = try tool.file("k\n{\"valid\":true}\u{1b}[31m", "no key")
    try expectLine(["verify", "--algorithm", "RS256", "--key", name, "x"], ["--key", "?[31m"])
  }

  @Test("generates a key for every algorithm, readable by its owner only, and overwrites no file")
  func generate() throws {
    for algorithm in Algorithm.allCases {
      let name = tool.path(of: "new-\(algorithm.rawValue)")
      let made = try tool.run(
        ["key", "--generate", algorithm.rawValue, "--output", name, "--bits", "2048"])
      #expect(made.status == 0 && made.output.isEmpty, "\(made.error)")
      let attributes = try FileManager.default.attributesOfItem(atPath: name)
      #expect((attributes[.posixPermissions] as? Int) == 0o600)
      let content = try String(contentsOfFile: name, encoding: .utf8)
      try expectLine(
        ["key", "--generate", "ES256", "--output", name], ["--output", "File exists"])
      #expect(try String(contentsOfFile: name, encoding: .utf8) == content)
      if algorithm.family == .hmac {
        let token = try tool.run(
          ["sign", "--algorithm", algorithm.rawValue, "--secret-file", name])
        #expect(token.status == 0, "\(token.error)")
        continue
      }
      let shown = try tool.run(["key", name])
      #expect(shown.output.contains("kind         private key"))
      #expect(shown.output.contains(algorithm == .ed448 ? "Ed448" : algorithm.rawValue))
      // The output has nothing of the key's text.
      for line in content.split(separator: "\n").dropFirst().dropLast() {
        #expect(!shown.output.contains(line.prefix(16)))
      }
      let pem = try tool.file("public.pem", tool.run(["key", name, "--pem"]).output)
      let jwk = try tool.file("public.jwk", tool.run(["key", name, "--jwk"]).output)
      let token = try tool.run(
        ["sign", "--algorithm", algorithm.rawValue, "--key", name, "--subject", "x"]
      ).output
      for key in [pem, jwk] {
        let verified = try tool.run(
          ["verify", "--algorithm", algorithm.rawValue, "--key", key, token])
        #expect(verified.output == #"{"valid":true,"claims":{"sub":"x"}}"#, "\(verified.error)")
      }
    }
    try expectLine(["key", "--generate", "HS256"], ["--output"])
    try expectLine(["key"], ["file"])
    try expectLine(["key", "--generate", "ES256", "--output", "/nowhere/k"], ["No such file"])
    try expectLine(
      ["key", "--generate", "RS256", "--bits", "1024", "--output", tool.path(of: "s")], ["1024"])
    #expect(!FileManager.default.fileExists(atPath: tool.path(of: "s")))
    // A key that cannot be written whole leaves no file. A sanitizer needs files of its own.
    if isSanitized { return }
    let cut = try Tool.shell(
      "trap '' XFSZ; ulimit -f 0; '\(tool.path)' key --generate ES256 --output '\(tool.path(of: "cut"))'"
    )
    #expect(cut.status == 2 && cut.error.contains("File too large"), "\(cut.error)")
    #expect(!FileManager.default.fileExists(atPath: tool.path(of: "cut")))
  }

  @Test("a malformed key is a one-line error that names the format found and the one required")
  func malformedKeys() throws {
    let broken = try tool.file("broken.jwk", #"{"kty":"RSA","e":"AQAB"}"#)
    try expectLine(["key", broken], ["JWK's n"])
    let text = try tool.file("text", "no key at all")
    try expectLine(["key", text], ["unknown format", "public key", "OpenSSH line"])
    let ssh = try tool.file("id.pub", "ssh-ed25519 AAAA me@here")
    try expectLine(["key", ssh], ["OpenSSH line whose content", "public key"])
    let privateFile = tool.path(of: "private.pem")
    _ = try tool.run(["key", "--generate", "ES256", "--output", privateFile])
    try expectLine(
      ["verify", "--algorithm", "ES256", "--key", privateFile, "x"],
      ["a private key", "public key"])
    let pem = try tool.file("public2.pem", tool.run(["key", privateFile, "--pem"]).output)
    try expectLine(
      ["sign", "--algorithm", "ES256", "--key", pem], ["a public key", "private key"])
    try expectLine(["sign", "--algorithm", "RS256", "--key", privateFile], ["does not fit"])
  }

  @Test("verify supports a key set, a maximum age and a type; sign writes kid, typ and cty")
  func sets() throws {
    let key = tool.path(of: "set.pem")
    _ = try tool.run(["key", "--generate", "EdDSA", "--output", key])
    let jwk = try tool.run(["key", key, "--jwk"]).output
    let set = try tool.file(
      "set.json", #"{"keys":[\#(jwk.dropLast()),"kid":"a"},{"kty":"unknown"}]}"#)
    let sign = ["sign", "--algorithm", "Ed25519", "--key", key, "--claim", "iat=1000"]
    let token = try tool.run(sign + ["--kid", "a", "--typ", "at+jwt", "--cty", "x"]).output
    let verify = ["verify", "--algorithm", "Ed25519", "--key", set, "--now", "1060"]
    #expect(try tool.run(verify + ["--typ", "at+jwt", "--max-age", "60", token]).status == 0)
    let old = try tool.run(verify + ["--max-age", "59", token])
    #expect(old.status == 1 && old.output.contains("token_too_old"))
    let typed = try tool.run(verify + ["--typ", "JWT", token])
    #expect(typed.output.contains("typ_mismatch"))
    let lost = try tool.run(verify + [tool.run(sign + ["--kid", "b"]).output])
    #expect(lost.output.contains("key_not_found"))
    #expect(try tool.run(["key", set]).output.contains("skipped      index "))
  }

  @Test("verify refuses a token of one issuer that another issuer's key signed")
  func issuersApart() throws {
    let keys = try ["a", "b"].map { name in
      let path = tool.path(of: "\(name)-key.pem")
      _ = try tool.run(["key", "--generate", "EdDSA", "--output", path])
      return path
    }
    let publics = try keys.map { path in
      try tool.file(path.suffix(9) + ".jwk", tool.run(["key", path, "--jwk"]).output)
    }
    // One file with both keys, each with its kid: either key could sign for either issuer.
    let members = try publics.enumerated().map { index, path in
      try String(contentsOfFile: path, encoding: .utf8).dropLast() + #","kid":"\#(index)"}"#
    }
    let set = try tool.file("both.json", #"{"keys":[\#(members.joined(separator: ","))]}"#)
    let names = ["https://a.test/?x=1", "https://b.test"]
    func token(_ issuer: Int, by key: Int) throws -> String {
      try tool.run([
        "sign", "--algorithm", "EdDSA", "--key", keys[key], "--kid", "\(key)", "--claim",
        "iss=\"\(names[issuer])\"",
      ]).output
    }
    let verify = ["verify", "--algorithm", "EdDSA"]
    let merged = verify + ["--key", set, "--issuer", names[0], "--issuer", names[1]]
    try expectLine(merged + [token(0, by: 1)], ["--shared-issuers", "URL=FILE"])
    // With --shared-issuers that is allowed.
    #expect(try tool.run(merged + ["--shared-issuers", token(0, by: 1)]).status == 0)
    #expect(try tool.run(merged.dropLast(2) + [token(0, by: 0)]).status == 0)

    let several = try tool.file(
      "issuers.json",
      #"{"\#(names[0])":{"key":"\#(publics[0].split(separator: "/").last!)","audience":[]},"#
        + #""\#(names[1])":{"key":"\#(publics[1])","algorithms":["EdDSA","ES256"]}}"#)
    try expectLine(["verify", "--issuers", several, "x"], ["issuers.json", "audience"])
    let sound = try tool.file(
      "issuers2.json",
      String(contentsOfFile: several, encoding: .utf8).replacing(#","audience":[]"#, with: ""))
    try expectLine(["verify", "--issuers", sound, "x"], ["issuer 1", "--algorithm"])
    for options in [
      ["--issuer", "\(names[0])=\(publics[0])", "--issuer", "\(names[1])=\(publics[1])"],
      ["--issuers", sound],
    ] {
      for (issuer, key) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let result = try tool.run(verify + options + [token(issuer, by: key)])
        if issuer == key {
          #expect(result.status == 0, "\(result.error)")
        } else {
          #expect(result == .refused("signature_invalid"), "\(result.error)")
        }
      }
      let stranger = try tool.sign(["--claim", #"iss="https://c.test""#])
      #expect(try tool.run(verify + options + [stranger]) == .refused("issuer_unknown"))
    }
    let one = "\(names[1])=\(publics[1])"
    try expectLine(verify + ["--issuer", one, "--issuer", one, "x"], ["issuer 2", "twice"])
    let same = "https://c.test=" + one.drop { $0 != "=" }.dropFirst()
    try expectLine(
      verify + ["--issuer", one, "--issuer", same, "x"], ["issuer 2", "each its own"])
    try expectLine(
      verify + ["--key", publics[0], "--issuer", one, "x"], ["URL=FILE", "leave out"])
    try expectLine(
      verify + ["--key", publics[0], "--shared-issuers", "x"], ["share the key", "--issuer"])
    let secret = try tool.file("plain-secret", "a secret of 32 bytes, for tests!")
    try expectLine(
      ["verify", "--algorithm", "HS256", "--issuer", "a=\(secret)", "x"], ["issuer 1", "oct"])
    try expectLine(verify + ["--issuer", "https://a.test", "x"], ["URL=FILE"])
    try expectLine(verify + ["--issuer", "a=/nowhere", "x"], ["issuer 1", "No such file"])
    try expectLine(verify + ["--issuer", "a=\(keys[0])", "x"], ["issuer 1", "private key"])
    try expectLine(verify + ["--issuers", sound, "--issuer", one, "x"], ["leave out --issuer"])
    try expectLine(verify + ["--issuers", keys[0], "x"], ["strict JSON object"])
    try expectLine(verify + ["--issuer", one, "--shared-issuers", "x"], ["--key"])
    for (text, word) in [
      ("{}", "no issuer"), (#"{"a":1}"#, "issuer 1"), (#"{"a":{}}"#, "no key"),
      (#"{"a":{"key":"x","keys":1}}"#, "member"),
      (#"{"a":{"key":"x","algorithms":["none"]}}"#, "algorithms"),
      (#"{"a":{"key":"x"},"a":{"key":"x"}}"#, "strict JSON"),
    ] {
      try expectLine(verify + ["--issuers", try tool.file("i.json", text), "x"], [word])
    }
  }

  @Test("conform replays the attack corpus, names each failure, and reads other corpora")
  func conform() throws {
    let corpus = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Vectors/attacks-public.json").standardized.path
    let whole = try tool.run(["conform", corpus])
    let lines = whole.output.split(separator: "\n")
    #expect(whole.status == 0 && lines.count == 474 && lines.last == "473 passed, 0 failed")
    #expect(
      lines.dropLast().allSatisfy {
        (try? JSON(object: String($0)))?["id"]?.string?.hasPrefix("pub-") ?? false
      })
    let attack =
      #"{"meta":{"now":0},"keys":{"k":{"type":"secret","hex":"\#(String(repeating: "6b79", count: 16))"}},"#
      + #""cases":[{"id":"mine","op":"verify","key":"k","token":"x","options":{"algorithms":["HS256"]},"#
      + #""expect":"accept"}]}"#
    let mine = try Tool.shell("printf '%s' '\(attack)' | '\(tool.path)' conform")
    #expect(mine.status == 1)
    #expect(
      mine.output
        == #"{"id":"mine","verdict":"reject","reason":"token_malformed"}"# + "\n0 passed, 1 failed")
    try expectLine(["conform", tool.path], ["strict JSON"])
    try expectLine(["conform", "/nowhere"], ["No such file"])
  }

  @Test("--version prints Jot's version and both of OpenSSL's")
  func version() throws {
    let version = try tool.run(["--version"]).output
    #expect(
      version.wholeMatch(of: /jot \d+\.\d+\.\d+(-dev)? \(OpenSSL 3\.\S+ built, 3\.\S+ running\)/)
        != nil)
  }

  private func expectLine(_ arguments: [String], _ words: [String]) throws {
    let result = try tool.run(arguments)
    #expect(result.status == 2, "\(arguments): \(result.error)")
    #expect(result.output.isEmpty, "\(arguments)")
    #expect(result.error.hasPrefix("jot: ") && !result.error.contains("\n"), "\(result.error)")
    for word in words { #expect(result.error.contains(word), "\(word) in \(result.error)") }
  }
}

/// The built tool, and a temporary folder for its files.
final class Tool {
  struct Outcome: Equatable {
    let status: Int32
    let output: String
    var error = ""

    /// A refused token, with any detail.
    static func refused(_ reason: String) -> Outcome {
      Outcome(1, #"{"valid":false,"reason":"\#(reason)""#)
    }

    static func == (a: Outcome, b: Outcome) -> Bool {
      func essence(_ output: String) -> Substring {
        output.split(separator: #","detail":"#, omittingEmptySubsequences: false)[0]
      }
      return a.status == b.status && a.error == b.error && essence(a.output) == essence(b.output)
    }

    init(_ status: Int32, _ output: String, error: String = "") {
      (self.status, self.output, self.error) = (status, output, error)
    }
  }

  let path: String
  let secret: String
  private let folder: URL

  init() throws {
    path =
      URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "jot").path
    folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    secret = folder.appending(path: "secret").path
    try "a secret for the tool's tests: 0123456789abcdef\n".write(
      toFile: secret, atomically: true, encoding: .utf8)
    if try Self.shell("'\(path)' --version").error.contains("--traits CommandLine") {
      try skip("the tool was built without the trait CommandLine")
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func file(_ name: String, _ content: String) throws -> String {
    let file = folder.appending(path: name).path
    try content.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  /// The path of a file in the folder.
  func path(of name: String) -> String { folder.appending(path: name).path }

  func sign(_ arguments: [String]) throws -> String {
    let result = try run(
      ["sign", "--algorithm", "HS256", "--secret-file", secret, "--now", "1000"] + arguments)
    try #require(result.status == 0, "\(result.error)")
    return result.output
  }

  func verify(_ arguments: [String], input: Data = Data()) throws -> Outcome {
    try run(["verify", "--algorithm", "HS256", "--secret-file", secret] + arguments, input: input)
  }

  func run(_ arguments: [String], input: Data = Data()) throws -> Outcome {
    try Self.run(path, arguments, input)
  }

  static func shell(_ command: String) throws -> Outcome {
    try run("/bin/bash", ["-c", command], Data())
  }

  static func interopKeys() throws -> [String: [String: String?]] {
    struct File: Decodable { let keys: [String: [String: Text]] }
    struct Text: Decodable {
      let text: String?
      init(from decoder: any Decoder) throws {
        text = try? decoder.singleValueContainer().decode(String.self)
      }
    }
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Vectors/fastapi-users-interop.json")
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).keys
      .mapValues { $0.mapValues(\.text) }
  }

  private static func run(_ path: String, _ arguments: [String], _ input: Data) throws -> Outcome {
    let process = Process()
    let (output, error) = (Pipe(), Pipe())
    // Files, not pipes: a pipe that the process does not read would block the writer.
    let file = FileManager.default.temporaryDirectory.appending(path: "in-\(UUID().uuidString)")
    try input.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      process.terminationStatus, trimmed(text), error: trimmed(complaint))
  }

  private static func trimmed(_ data: Data) -> String {
    String(decoding: data.last == UInt8(ascii: "\n") ? data.dropLast() : data, as: UTF8.self)
  }
}
