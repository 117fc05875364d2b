// jwt-kit as a competitor: the requests are in ../../../../Sources/JotBench/Competitors/Competitor.swift.
import Foundation
import JWTKit

struct Claims: JWTPayload {
  /// The one that a verify asks for; set once, before the first.
  nonisolated(unsafe) static var audience = ""

  var sub: SubjectClaim
  var aud: AudienceClaim
  var exp: ExpirationClaim

  func verify(using key: some JWTAlgorithm) throws {
    try exp.verifyNotExpired()
    try aud.verifyIntendedAudience(includes: Claims.audience)
  }
}

/// What is signed or verified.
struct Item {
  var text: String
  var expiry: Date
}

/// An algorithm that the library does not have.
struct Missing: Error, CustomStringConvertible {
  let algorithm: String
  var description: String { "no \(algorithm)" }
}

@main
struct Competitor {
  let keys = JWTKeyCollection()
  var items: [Item] = []
  var signs = false
  var at = 0
  /// Whether two signatures of the same bytes differ.
  var isRandomised = false
  /// The last token of a run; empty before.
  var last = ""

  static func main() async {
    var competitor = Competitor()
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      switch words.first {
      case "describe":
        say(
          "jwt-kit\t5.7.1\tSwift\tJWTKeyCollection.sign and verify with a Codable payload; keys added "
            + "once, Ed25519's from the bytes in PEM; crypto by swift-crypto; dictionaries in a fixed "
            + "order, so that tokens repeat")
      case "tokens":
        do {
          try await competitor.prepare(words)
          say("ok")
        } catch {
          say("no \(error)")
        }
      case "judge":
        say((try? await competitor.verify(words[1])) == nil ? "refused" : "accepted")
      case "make":
        for item in competitor.items { say((try? await competitor.sign(item)) ?? "") }
      case "run": say(await competitor.run(Int(words[1]) ?? 0))
      case "last": say(competitor.last)
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
    (signs, Claims.audience) = (words[1] == "sign", words[3])
    items = lines.map { line in
      let parts = line.split(separator: " ")
      return Item(
        text: String(parts[0]),
        expiry: Date(timeIntervalSince1970: parts.count > 1 ? Double(parts[1])! : 0))
    }
    isRandomised = words[2] == "ES256"
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
    default: throw Missing(algorithm: words[2])
    }
  }

  /// The last 32 bytes of an Ed25519 key in PEM, which are the key, in base64url (RFC 8410 §4, §7).
  static func ed25519(_ pem: String) -> String {
    let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-") }
    let der = Data(base64Encoded: lines.joined()) ?? Data()
    return der.suffix(32).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  func sign(_ item: Item) async throws -> String {
    try await keys.sign(
      Claims(
        sub: SubjectClaim(value: item.text), aud: AudienceClaim(value: [Claims.audience]),
        exp: ExpirationClaim(value: item.expiry)))
  }

  func verify(_ token: String) async throws -> Claims {
    try await keys.verify(token, as: Claims.self)
  }

  mutating func run(_ count: Int) async -> String {
    var sum: UInt64 = 0
    let clock = ContinuousClock()
    let start = clock.now
    for _ in 0..<count {
      if signs {
        if let token = try? await sign(items[at]) {
          let text = token.utf8
          let dot = isRandomised ? text.lastIndex(of: UInt8(ascii: ".")) : nil
          sum &+= Self.word(text[..<(dot ?? text.endIndex)].suffix(8))
          last = token
        }
      } else if let claims = try? await verify(items[at].text) {
        let sub = claims.sub.value.utf8
        sum &+= Self.word(sub.prefix(8)) &+ Self.word(sub.suffix(8))
        sum &+= UInt64(claims.exp.value.timeIntervalSince1970)
      }
      at += 1
      if at == items.count { at = 0 }
    }
    let (seconds, attoseconds) = (clock.now - start).components
    return "\(seconds * 1_000_000_000 + attoseconds / 1_000_000_000),\(sum)"
  }

  /// Eight bytes as a number, the first in the lowest bits.
  static func word(_ bytes: Substring.UTF8View) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
