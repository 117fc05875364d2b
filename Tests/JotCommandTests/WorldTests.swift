import Foundation
import Jot
import TestSupport
import Testing

/// The table of keys and tokens as people have them, on the tool.
@Suite("The world's keys and tokens on jot")
struct WorldTests {
  let tool: Tool
  static let table = WorldTable.shared.cases

  init() throws { tool = try Tool() }

  @Test("reads, verifies and refuses as the table says, in one line and without a byte of a key")
  func table() throws {
    var printed = PrintedText()
    for row in Self.table {
      let result = try run(row)
      let text = "\(row): \(result)"
      switch row.expectedOfTool {
      case .reads(let thumbprints, let keyID, let algorithms):
        #expect(result.status == 0, "\(text)")
        for thumbprint in thumbprints {
          #expect(result.output.contains("thumbprint   \(thumbprint)"), "\(text)")
        }
        if let keyID { #expect(result.output.contains(#"kid          "\#(keyID)""#), "\(text)") }
        if let algorithms {
          let names = algorithms.map(\.rawValue).joined(separator: ", ")
          #expect(result.output.contains("algorithms   \(names)\n"), "\(text)")
        }
      case .verifies(let words):
        #expect(result.status == 0 && result.output.hasPrefix(#"{"valid":true"#), "\(text)")
        for word in words { #expect(result.error.contains(word), "\(text)") }
        #expect(words.isEmpty == result.error.isEmpty, "\(text)")
      case .refused(let code, let words):
        let message = result.status == 1 ? result.output : result.error
        #expect(result.status == 1 || result.status == 2 && result.output.isEmpty, "\(text)")
        if result.status == 1 {
          #expect(message.contains(#""reason":"\#(code.rawValue)""#), "\(text)")
        } else {
          #expect(message.hasPrefix("jot: "), "\(text)")
        }
        for word in words { #expect(message.contains(word), "\(text)") }
        #expect(message.count < 340 && !message.contains { $0.isNewline }, "\(text)")
      case .says(let words, let status):
        #expect(result.status == status, "\(text)")
        for word in words { #expect((result.output + result.error).contains(word), "\(text)") }
      }
      if case .reads = row.expectedOfTool { try checkUse(row, &printed) }
      // Thumbprints and IDs are printed, and no secret.
      for line in (result.output + "\n" + result.error).split(separator: "\n")
      where !line.hasPrefix("thumbprint") && !line.hasPrefix("kid") {
        printed.add(String(line))
      }
    }
    // No twelve characters of a key's text or numbers, their base64 or hexadecimal digits.
    #expect(printed.leaks() == [])
    #expect(printed.hasPiece(of: "a public key: ".utf8), "the search finds what is there")
    // Nor would it miss a part of a private number.
    let row = try #require(Self.table.first { "\($0)" == "8: ssh_p256" })
    let number = try #require(WorldTable.shared.privateNumbers(of: row).first)
    for piece in [
      number[5..<20].map { String(format: "%02X", $0) }.joined(),
      Base64URL.encode(Array(number[7...])), Data(number[8...]).base64EncodedString(),
    ] {
      var planted = PrintedText()
      planted.add("d: \(piece)")
      #expect(planted.leaks() == ["8: ssh_p256"])
    }
    print("\(PrintedText.secrets.count) texts of keys, none among \(printed.count) printed pieces")
  }

  /// Signs with a private key that is read, and verifies with a public one.
  private func checkUse(_ row: WorldCase, _ printed: inout PrintedText) throws {
    let path = tool.path(of: "world-key")
    let result: Tool.Outcome
    switch row.input {
    case .publicKey(let text):
      let key = try VerificationKey(publicKey: Secret(copying: text.span))
      let header = #"{"alg":"\#(key.algorithms[0].rawValue)"}"#
      let token = "\(Base64URL.encode(Array(header.utf8))).e30.AAAA"
      result = try tool.run(
        ["verify", "--algorithm", key.algorithms[0].rawValue, "--key", path, token])
      // The key was read and used.
      #expect(result.output.contains("signature_invalid"), "\(row): \(result)")
      printed.add(result.output)
    case .privateKey(let text, let phrase):
      let key = try SigningKey(
        privateKey: Secret(copying: text.span), passphrase: Secret(phrase ?? ""))
      let options = try phrase.map { ["--passphrase-file", try tool.file("phrase", $0)] } ?? []
      let algorithm = key.algorithms[0]
      result = try tool.run(["sign", "--algorithm", algorithm.rawValue, "--key", path] + options)
      let verifier = try Verifier(key: key.verificationKey, algorithms: [algorithm])
      #expect(throws: Never.self, "\(row): \(result)") {
        try verifier.verify(result.output.trimmingCharacters(in: .newlines))
      }
    case .keySet, .token, .command: return
    }
    #expect(result.error.isEmpty, "\(row): \(result)")
    printed.add(result.error)
  }

  private func run(_ row: WorldCase) throws -> Tool.Outcome {
    func file(_ bytes: [UInt8]) throws -> String {
      let path = tool.path(of: "world-key")
      try Data(bytes).write(to: URL(filePath: path))
      return path
    }
    let isRead = if case .reads = row.expectedOfTool { true } else { false }
    switch row.input {
    case .publicKey(let text), .keySet(let text):
      let path = try file(text)
      return try tool.run(
        isRead ? ["key", path] : ["verify", "--algorithm", "RS256", "--key", path, "x"])
    case .privateKey(let text, let passphrase):
      let path = try file(text)
      let options = try passphrase.map { ["--passphrase-file", try tool.file("phrase", $0)] } ?? []
      return try tool.run(
        (isRead ? ["key", path] : ["sign", "--algorithm", "RS256", "--key", path]) + options)
    case .token(let token, let key, let algorithm, let type):
      let options = type.map { ["--typ", $0] } ?? []
      return try tool.run(
        ["verify", "--algorithm", algorithm.rawValue, "--key", try file(key)] + options + [token])
    case .command(let arguments, let environment, let key):
      let path = try file(key)
      var assignment = environment
      if let name = environment.wholeMatch(of: /OPENSSL_CONF=(\w+)/)?.1 {
        assignment = "OPENSSL_CONF='\(try tool.configuration(String(name)))'"
      }
      let words = arguments.map { "'\($0 == "KEY" ? path : $0)'" }.joined(separator: " ")
      return try Tool.shell("\(assignment) '\(tool.path)' \(words)")
    }
  }
}
