import Foundation
import JotFoundation
import TestSupport
import Testing

/// Random values and random payloads, with Foundation's coders as the oracle.
@Suite("Coding at random")
struct RandomCodingTests {
  struct Leaf: Codable, Equatable {
    var text: String
    var number: Int32?
    var flags: [Bool]
  }
  indirect enum Tree: Codable, Equatable {
    case leaf(Leaf)
    case node(left: Tree, right: Tree)
    case none
  }
  struct Everything: Codable, Equatable {
    var a: Int, b: UInt64, c: Int8?, d: Double, e: Float, f: String?, g: Bool
    var h: [String], i: [Int?], j: [String: Leaf], k: [Int: String], l: Leaf, m: Leaf?
    var n: Date, o: [Date?], p: Tree, q: [[Double]], r: DecoderTests.Role, s: UUID
    var t: [String: Date], u: Data, v: URL, w: Decimal?
  }

  static func string(_ random: inout Seeded) -> String {
    let pieces = [
      "a", "claim", "\"", "\\", "/", "\n", "é", "e\u{301}", "日本", "🔑", " ", "\u{0}", "x",
    ]
    return (0..<Int.random(in: 0...8, using: &random))
      .map { _ in pieces.randomElement(using: &random)! }.joined()
  }

  static func leaf(_ random: inout Seeded) -> Leaf {
    Leaf(
      text: string(&random),
      number: Bool.random(using: &random) ? nil : .random(in: .min ... .max, using: &random),
      flags: (0..<Int.random(in: 0...3, using: &random)).map { _ in .random(using: &random) })
  }

  static func tree(_ random: inout Seeded, depth: Int = 0) -> Tree {
    switch Int.random(in: 0...(depth > 3 ? 1 : 3), using: &random) {
    case 0: .none
    case 1: .leaf(leaf(&random))
    default: .node(left: tree(&random, depth: depth + 1), right: tree(&random, depth: depth + 1))
    }
  }

  /// A finite number of any magnitude.
  static func double(_ random: inout Seeded) -> Double {
    switch Int.random(in: 0...2, using: &random) {
    case 0: return Double(Int.random(in: -1_000_000...1_000_000, using: &random)) / 100
    case 1: return Double(Int.random(in: .min ... .max, using: &random))
    default:
      let value = Double(bitPattern: random.next())
      return value.isFinite ? value : 0
    }
  }

  static func date(_ random: inout Seeded) -> Date {
    Date(timeIntervalSince1970: Double(Int.random(in: -1 << 40...1 << 40, using: &random)))
  }

  static func everything(_ random: inout Seeded) -> Everything {
    func many<T>(_ most: Int, _ make: (inout Seeded) -> T) -> [T] {
      (0..<Int.random(in: 0...most, using: &random)).map { _ in make(&random) }
    }
    let double = double(&random)
    let float = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
    return Everything(
      a: .random(in: .min ... .max, using: &random), b: .random(in: .min ... .max, using: &random),
      c: Bool.random(using: &random) ? nil : .random(in: .min ... .max, using: &random), d: double,
      e: float.isFinite ? float : 0, f: Bool.random(using: &random) ? nil : string(&random),
      g: .random(using: &random), h: many(4, string),
      i: many(4) { Bool.random(using: &$0) ? nil : .random(in: -99...99, using: &$0) },
      j: Dictionary(many(3) { (string(&$0), leaf(&$0)) }) { $1 },
      k: Dictionary(many(3) { (.random(in: -99...99, using: &$0), string(&$0)) }) { $1 },
      l: leaf(&random), m: Bool.random(using: &random) ? nil : leaf(&random), n: date(&random),
      o: many(3) { Bool.random(using: &$0) ? nil : date(&$0) }, p: tree(&random),
      q: many(3) { random in
        (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.double(&random) }
      },
      r: Bool.random(using: &random) ? .editor : .reader, s: UUID(),
      t: Dictionary(many(3) { (string(&$0), date(&$0)) }) { $1 },
      u: Data(many(9) { UInt8.random(in: .min ... .max, using: &$0) }),
      v: URL(string: "https://example.com/a?b=\(Int.random(in: 0...9, using: &random))")!,
      w: Bool.random(using: &random)
        ? nil : Decimal(Int.random(in: -9999...9999, using: &random)) / 100)
  }

  static var rounds: Int {
    #if DEBUG
      isCampaign ? 100_000 : 1_000
    #else
      100_000
    #endif
  }

  @Test("random values come back from a token, and both of Foundation's coders agree")
  func roundTrip() throws {
    var random = Seeded(seed: 20)
    let (decoder, encoder) = (JSONDecoder.claims, JSONEncoder.claims)
    for round in 0..<Self.rounds {
      let value = Self.everything(&random)
      let claims = try Coding.verifier.verify(Coding.signer.sign(value))
      let back = try claims.decode(Everything.self)
      guard back == value, try decoder.decode(Everything.self, from: Data(claims.payload)) == value
      else {
        Issue.record("round \(round): \(claims.payloadText)")
        return
      }
      // Names that are canonically equivalent are one name for Foundation's encoder.
      let theirs = try encoder.encode(value)
      let other = try Coding.claims(Array(theirs)).decode(Everything.self)
      guard other == value else {
        Issue.record("round \(round): \(String(decoding: theirs, as: UTF8.self))")
        return
      }
    }
  }

  private static let scalars =
    DecoderTests.numbers + [#""text""#, #""editor""#, "true", "false", "null", "null"]

  /// A random JSON text, mostly small.
  static func text(_ random: inout Seeded, depth: Int = 0) -> String {
    switch Int.random(in: 0...(depth > 2 ? 3 : 6), using: &random) {
    case 0...3: return scalars.randomElement(using: &random) ?? "null"
    case 4:
      let elements = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        text(&random, depth: depth + 1)
      }
      return "[\(elements.joined(separator: ","))]"
    default:
      let names = ["text", "number", "flags", "leaf", "node", "none", "_0", "left", "right", "5"]
        .shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random))
      let members = names.map { #""\#($0)":\#(text(&random, depth: depth + 1))"# }
      return "{\(members.joined(separator: ","))}"
    }
  }

  /// Whether both refuse a value of the same dictionary, whose elements Foundation takes in any order.
  private func isInDictionary<T>(_ jot: Outcome<T>, _ foundation: Outcome<T>) -> Bool {
    guard case .error(_, let path) = jot, case .error(_, let other) = foundation,
      let name = path.first, ["j", "k", "t"].contains(name)
    else { return false }
    return other.isEmpty || other.first == name
  }

  @Test("payloads with members of random types have the outcome that Foundation's decoder has")
  func mutations() throws {
    var random = Seeded(seed: 21)
    let decoder = JSONDecoder.claims
    var refused: [String: Int] = [:]
    for round in 0..<Self.rounds {
      let payload = try Coding.payload(Self.everything(&random))
      guard case .object(var members) = try JSON(object: payload) else { return }
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        let index = Int.random(in: 0..<members.count, using: &random)
        let value = try JSON(value: Self.text(&random))
        members[index] = JSON.Member(members[index].name, value)
      }
      if Bool.random(using: &random) {
        members.remove(at: Int.random(in: 0..<members.count, using: &random))
      }
      if Bool.random(using: &random) { members.shuffle(using: &random) }
      let text = JSON.object(members).text
      let jot = try Coding.jot(Everything.self, text)
      let foundation = Outcome { try decoder.decode(Everything.self, from: Data(text.utf8)) }
      guard jot.agrees(with: foundation) || isInDictionary(jot, foundation) else {
        Issue.record("round \(round): \(text)\n\(jot)\n\(foundation)")
        return
      }
      if case .error(let kind, _) = jot { refused[String(kind.prefix(8)), default: 0] += 1 }
    }
    #expect(refused.count == 4, "\(refused)")
  }
}
