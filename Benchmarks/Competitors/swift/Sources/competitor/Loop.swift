// The loops that are timed, over the items of a request.
import JWTKit

/// What is done with items, and its answers.
protocol Loop {
  /// The last token that a run made; empty before.
  var last: String { get }

  func accepts(_ token: String) async -> Bool
  /// A token for each item; empty for one that can't be made.
  func make() async -> [String]
  /// Goes on where the last run ended, and returns nanoseconds and the sum of the answers.
  mutating func run(_ count: Int) async -> String
}

/// Verifies tokens into payloads.
struct VerifyLoop<Claims: Payload>: Loop {
  let last = ""
  private let keys: JWTKeyCollection
  private let tokens: [String]
  private var at = 0

  init(_ keys: JWTKeyCollection, _ tokens: [String]) { (self.keys, self.tokens) = (keys, tokens) }

  func accepts(_ token: String) async -> Bool {
    (try? await keys.verify(token, as: Claims.self)) != nil
  }

  func make() -> [String] { [] }

  mutating func run(_ count: Int) async -> String {
    var sum: UInt64 = 0
    let clock = ContinuousClock()
    let start = clock.now
    for _ in 0..<count {
      if let claims = try? await keys.verify(tokens[at], as: Claims.self) {
        let sub = claims.subject.utf8
        sum &+= word(sub.prefix(8)) &+ word(sub.suffix(8)) &+ UInt64(claims.expiration)
      }
      at += 1
      if at == tokens.count { at = 0 }
    }
    return answer(clock.now - start, sum)
  }
}

/// Signs payloads.
struct SignLoop<Claims: Payload>: Loop {
  private(set) var last = ""
  private let keys: JWTKeyCollection
  private let values: [Claims]
  private var at = 0
  /// Whether two signatures of the same bytes differ.
  private let isRandomised: Bool

  init(_ keys: JWTKeyCollection, _ items: [String], isRandomised: Bool) throws {
    (self.keys, self.isRandomised) = (keys, isRandomised)
    values = try items.map(Claims.init(item:))
  }

  func accepts(_ token: String) -> Bool { false }

  func make() async -> [String] {
    var tokens: [String] = []
    for value in values { tokens.append((try? await keys.sign(value)) ?? "") }
    return tokens
  }

  mutating func run(_ count: Int) async -> String {
    var sum: UInt64 = 0
    let clock = ContinuousClock()
    let start = clock.now
    for _ in 0..<count {
      if let token = try? await keys.sign(values[at]) {
        let text = token.utf8
        let dot = isRandomised ? text.lastIndex(of: UInt8(ascii: ".")) : nil
        sum &+= word(text[..<(dot ?? text.endIndex)].suffix(8))
        last = token
      }
      at += 1
      if at == values.count { at = 0 }
    }
    return answer(clock.now - start, sum)
  }
}

private func answer(_ time: Duration, _ sum: UInt64) -> String {
  let (seconds, attoseconds) = time.components
  return "\(seconds * 1_000_000_000 + attoseconds / 1_000_000_000),\(sum)"
}

/// Eight bytes as a number, the first in the lowest bits.
private func word(_ bytes: Substring.UTF8View) -> UInt64 {
  bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}
