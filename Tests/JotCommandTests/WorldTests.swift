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
    var windows: Set<[UInt8]> = []
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
      // Thumbprints and IDs are printed, and no secret.
      let printed = (result.output + "\n" + result.error).split(separator: "\n").filter {
        !$0.hasPrefix("thumbprint") && !$0.hasPrefix("kid")
      }
      for line in printed {
        let bytes = Array(line.utf8)
        for start in 0..<max(0, bytes.count - 11) {
          windows.insert(Array(bytes[start..<start + 12]))
        }
      }
    }
    // No twelve characters of a key's text, its base64 or its hexadecimal digits were printed.
    var searched = 0
    for row in Self.table {
      guard let key = row.keyText else { continue }
      let digits = key.flatMap { Array(String(format: "%02x", $0).utf8) }
      let base64 = Array(Data(key).base64EncodedString().utf8)
      for text in [key, digits, base64] {
        // Only runs of what keys consist of: a name in JSON is no secret.
        for run in text.split(whereSeparator: { !Self.isKeyByte($0) }) where run.count >= 32 {
          for start in run.startIndex...run.endIndex - 12 {
            searched += 1
            if windows.contains(Array(run[start..<start + 12])) {
              Issue.record("\(row): a piece of the key is printed")
            }
          }
        }
      }
    }
    #expect(!windows.contains(Array("correct hors".utf8)))
    #expect(windows.contains(Array("public key: ".utf8)), "the search finds what is there")
    print("\(searched) pieces of keys are not among \(windows.count) printed")
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"),
      UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
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
