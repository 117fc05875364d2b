import Foundation
import TestSupport
import Testing

/// The tool with other providers of OpenSSL, and with all primitives left to them.
@Suite("jot and OpenSSL's providers")
struct ProviderTests {
  let tool: Tool

  init() throws { tool = try Tool() }

  @Test("the attack corpus has the same verdicts with all primitives left to OpenSSL")
  func corpus() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Vectors/attacks-public.json").path
    let usual = try tool.run(["conform", file])
    let left = try run("JOT_KERNELS=openssl", ["conform", file])
    #expect(usual.status == 0 && left == usual)
    #expect(left.output.hasSuffix(" passed, 0 failed"))
  }

  @Test("without a provider a good key is not blamed, and the error names what is missing")
  func missing() throws {
    let keys = try #require(try Tool.interopKeys()["rsa2048"])
    let privateKey = try tool.file("private.pem", keys["private_pkcs1_pem"]!!)
    let publicKey = try tool.file("public.pem", keys["public_spki_pem"]!!)
    let sign = ["sign", "--algorithm", "RS256", "--key", privateKey]
    let token = try tool.run(sign).output
    let verify = ["verify", "--algorithm", "RS256", "--key", publicKey, token]
    let generate = ["key", "--generate", "ES256", "--output", tool.path(of: "new.pem")]
    for name in ["null", "legacy", "base"] {
      let file = try tool.configuration(name)
      for arguments in [sign, verify, generate] {
        let result = try run("OPENSSL_CONF=\(file)", arguments)
        #expect(result.status == 2 && result.output.isEmpty, "\(name): \(result)")
        #expect(
          result.error.contains("no default or FIPS provider")
            && result.error.contains("OPENSSL_CONF") && !result.error.contains("\n"), "\(result)")
      }
    }
    #expect(try run("OPENSSL_CONF=\(try tool.configuration("default"))", verify).status == 0)
  }

  @Test("HMAC is the provider's if it is left to OpenSSL, and Jot's own otherwise")
  func ownMAC() throws {
    let secret = ["--algorithm", "HS256", "--secret-file", tool.secret]
    let token = try tool.sign(["--subject", "u"])
    let file = try tool.configuration("null")
    let own = try run("OPENSSL_CONF=\(file) JOT_KERNELS=portable", ["verify"] + secret + [token])
    #expect(own.status == 0, "\(own)")
    let all = "OPENSSL_CONF=\(file) JOT_KERNELS=openssl"
    let left = try run(all, ["verify"] + secret + [token])
    #expect(left.status == 1 && left.output.contains("cryptography_failed"), "\(left)")
    let signed = try run(all, ["sign"] + secret)
    #expect(signed.status == 2 && signed.error.contains("OPENSSL_CONF"), "\(signed)")
    #expect(try run("JOT_KERNELS=openssl", ["verify"] + secret + [token]).status == 0)
  }

  @Test("a key in DER is no secret, whatever provider OpenSSL has")
  func screening() throws {
    let keys = try #require(try Tool.interopKeys()["rsa2048"])
    for name in ["null", "legacy", "default"] {
      let configuration = try tool.configuration(name)
      for (form, text) in keys {
        guard let text, form.hasSuffix("_pem"), !text.contains("Proc-Type") else { continue }
        let der = try #require(
          Data(base64Encoded: text.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()))
        for (index, bytes) in [der, Data(der.base64EncodedString().utf8)].enumerated() {
          let file = tool.path(of: "secret-\(index)")
          try bytes.write(to: URL(filePath: file))
          let result = try run(
            "OPENSSL_CONF=\(configuration)",
            ["sign", "--algorithm", "HS256", "--secret-file", file])
          #expect(
            result.status == 2 && result.error.contains("which others may know"),
            "\(name), \(form): \(result)")
        }
      }
    }
  }

  private func run(_ environment: String, _ arguments: [String]) throws -> Tool.Outcome {
    let words = arguments.map { "'\($0)'" }.joined(separator: " ")
    return try Tool.shell("\(environment) '\(tool.path)' \(words)")
  }
}

extension Tool {
  /// A configuration of OpenSSL that activates one provider only.
  func configuration(_ provider: String) throws -> String {
    try file(
      "\(provider).cnf",
      """
      openssl_conf = main
      [main]
      providers = all
      [all]
      \(provider) = one
      [one]
      activate = 1

      """)
  }
}
