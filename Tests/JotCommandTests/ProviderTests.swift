import Foundation
import TestSupport
import Testing

/// The tool with other providers of OpenSSL.
@Suite("jot and OpenSSL's providers")
struct ProviderTests {
  let tool: Tool

  init() throws { tool = try Tool() }

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
      let file = try configuration(name)
      for arguments in [sign, verify, generate] {
        let result = try run("OPENSSL_CONF=\(file)", arguments)
        #expect(result.status == 2 && result.output.isEmpty, "\(name): \(result)")
        #expect(
          result.error.contains("no default or FIPS provider")
            && result.error.contains("OPENSSL_CONF") && !result.error.contains("\n"), "\(result)")
      }
    }
    #expect(try run("OPENSSL_CONF=\(try configuration("default"))", verify).status == 0)
  }

  /// A configuration of OpenSSL that activates one provider only.
  private func configuration(_ provider: String) throws -> String {
    try tool.file(
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

  private func run(_ environment: String, _ arguments: [String]) throws -> Tool.Outcome {
    let words = arguments.map { "'\($0)'" }.joined(separator: " ")
    return try Tool.shell("\(environment) '\(tool.path)' \(words)")
  }
}
