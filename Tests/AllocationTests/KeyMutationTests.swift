import CMallocCount
import Jot
import TestSupport
import Testing

/// Damaged texts of keys: none traps, hangs or takes much memory.
@Suite("Mutated keys", .serialized)
struct KeyMutationTests {
  static let rounds = isCampaign ? 10_000 : 200

  @Test("a damaged text is read and no secret, or refused, in less than a megabyte and a second")
  func mutations() throws {
    guard malloc_count_is_available() == 1 else { try skip("the allocator can't be counted here") }
    var generator = Seeded(seed: 1818)
    var (read, refused, greatest, longest) = (0, 0, 0 as Int64, Duration.zero)
    for (name, text) in try WorldTable.shared.formats {
      // The unchanged text is read.
      #expect(Self.load(text) > 0, "\(name)")
      var readHere = 0
      for _ in 0..<Self.rounds {
        let changed = Self.mutated(text, &generator)
        let time = CPUTime()
        malloc_count_start()
        let count = Self.load(changed)
        let isSecret = Self.isSecret(changed)
        _ = malloc_count_stop()
        let (peak, elapsed) = (malloc_count_peak(), time.elapsed)
        if peak > 1 << 20 || elapsed > .seconds(1) {
          Issue.record("\(name): \(peak) bytes, \(elapsed): \(changed)")
        }
        if count > 0, isSecret { Issue.record("\(name) is read and a secret: \(changed)") }
        (greatest, longest) = (max(greatest, peak), max(longest, elapsed))
        if count > 0 { readHere += 1 }
      }
      read += readHere
      refused += Self.rounds - readHere
      #expect(readHere < Self.rounds, "\(name): some mutation is refused")
    }
    print(
      "\(read) mutated keys read, \(refused) refused; at most \(greatest) bytes and \(longest)")
  }

  /// How many loaders read the text.
  private static func load(_ text: [UInt8]) -> Int {
    let phrase = Secret(WorldTable.shared.passphrase)
    var count = 0
    if (try? VerificationKey(publicKey: Secret(copying: text.span))) != nil { count += 1 }
    if (try? SigningKey(privateKey: Secret(copying: text.span), passphrase: phrase)) != nil {
      count += 1
    }
    if (try? KeySet(jwks: Secret(copying: text.span))) != nil { count += 1 }
    return count
  }

  private static func isSecret(_ text: [UInt8]) -> Bool {
    (try? SigningKey(secret: Secret(copying: text.span), allowingShort: true)) != nil
  }

  /// One to three changes: a byte, a bit, a cut, a part doubled or moved.
  private static func mutated(_ text: [UInt8], _ generator: inout Seeded) -> [UInt8] {
    var text = text
    for _ in 0..<Int.random(in: 1...3, using: &generator) where text.count > 2 {
      let start = Int.random(in: 0..<text.count - 1, using: &generator)
      let end = min(text.count, start + Int.random(in: 1...64, using: &generator))
      switch Int.random(in: 0..<7, using: &generator) {
      case 0: text[start] = UInt8.random(in: .min ... .max, using: &generator)
      case 1: text[start] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: text[start] = text[Int.random(in: 0..<text.count, using: &generator)]
      case 3: text.removeSubrange(start..<end)
      case 4: text = Array(text[..<start])
      case 5: text.insert(contentsOf: text[start..<end], at: end)
      default:
        let part = text[start..<end]
        text.insert(contentsOf: part, at: Int.random(in: 0...text.count, using: &generator))
      }
    }
    return text
  }
}
