// Jot reads and writes base64url, into the caller's buffers.
import BenchKit
import Jot

final class JotCoding: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let coding: JotScenario.Coding
  private let texts: PackedBytes
  private let foreign: [UInt8]
  private var room: [UInt8]
  private var cursor = 0

  init(_ pool: TextPool) {
    coding = pool.coding
    expected = pool.urlAnswers
    texts = PackedBytes(pool.coding == .decode ? pool.url : pool.bytes)
    foreign = [UInt8(ascii: "!")] + pool.url[0].dropFirst()
    room = [UInt8](repeating: 0, count: pool.characters)
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var at = cursor
    let (bytes, borders) = (texts.bytes, texts.borders)
    var buffer = moveOut(&room)
    defer { room = buffer }
    var answer = buffer.mutableSpan
    for _ in 0..<count {
      let range = borders[at]..<borders[at + 1]
      do throws(Base64URLError) {
        let length =
          coding == .decode
          ? try Base64URL.decode(bytes.span, in: range, into: &answer)
          : try Base64URL.encode(bytes.span, in: range, into: &answer)
        sum &+= loadWord(answer, at: 0) &+ loadWord(answer, at: length - 8)
      } catch {}
      at += 1
      if at == texts.count { at = 0 }
    }
    cursor = at
    return sum
  }

  func refusesBadTokens() -> Bool {
    guard coding == .decode else { return true }
    let foreign = foreign
    var buffer = moveOut(&room)
    defer { room = buffer }
    var answer = buffer.mutableSpan
    do throws(Base64URLError) {
      _ = try Base64URL.decode(foreign.span, in: 0..<foreign.count, into: &answer)
      return false
    } catch {
      return error == .invalidCharacter(offset: 0)
    }
  }
}
