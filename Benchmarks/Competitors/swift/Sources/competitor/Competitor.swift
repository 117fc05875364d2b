// jwt-kit as a competitor: the requests are in ../../../../Sources/JotBench/Competitors/Competitor.swift.
import Foundation
import JWTKit

/// Something that the library or a request does not have.
struct Missing: Error, CustomStringConvertible {
  let name: String
  var description: String { "no \(name)" }
}

@main
struct Competitor {
  let keys = JWTKeyCollection()
  var loop: (any Loop)?

  static func main() async {
    var competitor = Competitor()
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      switch words.first {
      case "describe":
        say(
          "jwt-kit\t5.7.1\tSwift\tJWTKeyCollection.sign and verify with a Codable payload; keys added "
            + "once, Ed25519's from the bytes in PEM; crypto by swift-crypto; dictionaries in a fixed "
            + "order, so that tokens repeat; claims of a type have plain members, of which expiry and "
            + "audience are checked as the library's claims\t6-claims 1KiB 4KiB")
      case "tokens":
        do {
          try await competitor.prepare(words)
          say("ok")
        } catch {
          say("no \(error)")
        }
      case "judge":
        say(await competitor.loop?.accepts(words[1]) == true ? "accepted" : "refused")
      case "make": for token in await competitor.loop?.make() ?? [] { say(token) }
      case "run": say(await competitor.loop?.run(Int(words[1]) ?? 0) ?? "")
      case "last": say(competitor.loop?.last ?? "")
      default: break
      }
    }
  }

  static func say(_ line: String) {
    try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
  }

  mutating func prepare(_ words: [String]) async throws {
    let key = (0..<Int(words[4])!).map { _ in readLine()! }.joined(separator: "\n")
    let lines = (0..<Int(words[5])!).map { _ in readLine()! }
    let signs = words[1] == "sign"
    audience = words[3]
    switch (words[2], signs) {
    case ("HS256", _): await keys.add(hmac: HMACKey(from: key), digestAlgorithm: .sha256)
    case ("RS256", true):
      await keys.add(rsa: try Insecure.RSA.PrivateKey(pem: key), digestAlgorithm: .sha256)
    case ("RS256", false):
      await keys.add(rsa: try Insecure.RSA.PublicKey(pem: key), digestAlgorithm: .sha256)
    case ("ES256", true): await keys.add(ecdsa: try ES256PrivateKey(pem: key))
    case ("ES256", false): await keys.add(ecdsa: try ES256PublicKey(pem: key))
    case ("EdDSA", true):
      await keys.add(eddsa: try EdDSA.PrivateKey(d: Self.ed25519(key), curve: .ed25519))
    case ("EdDSA", false):
      await keys.add(eddsa: try EdDSA.PublicKey(x: Self.ed25519(key), curve: .ed25519))
    default: throw Missing(name: words[2])
    }
    let isRandomised = words[2] == "ES256"
    func loop<Claims: Payload>(_ type: Claims.Type) throws -> any Loop {
      signs
        ? try SignLoop<Claims>(keys, lines, isRandomised: isRandomised)
        : VerifyLoop<Claims>(keys, lines)
    }
    let types: [String: any Payload.Type] = [
      "6-claims": SixClaims.self, "1KiB": LargeClaims.self, "4KiB": LargeClaims.self,
    ]
    let name = words.count > 6 ? words[6] : nil
    guard let type = name.map({ types[$0] }) ?? AccessClaims.self else {
      throw Missing(name: words[6])
    }
    self.loop = try loop(type)
  }

  /// The last 32 bytes of an Ed25519 key in PEM, which are the key, in base64url (RFC 8410 §4, §7).
  static func ed25519(_ pem: String) -> String {
    let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-") }
    let der = Data(base64Encoded: lines.joined()) ?? Data()
    return der.suffix(32).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
