// Jot decodes and encodes base64url, into the caller's buffers.
import BenchKit
import Jot

final class JotCoding: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let coding: JotScenario.Coding
  private let texts: PackedBytes
  private let foreign: [UInt8]
  private var buffer: [UInt8]
  private var cursor = 0

  init(_ pool: TextPool) {
    coding = pool.coding
    expected = pool.urlAnswers
    texts = PackedBytes(pool.coding == .decode ? pool.url : pool.bytes)
    foreign = [UInt8(ascii: "!")] + pool.url[0].dropFirst()
    buffer = [UInt8](repeating: 0, count: pool.characters)
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var index = cursor
    let (text, borders) = (texts.bytes, texts.borders)
    var bytes = moveOut(&buffer)
    defer { buffer = bytes }
    var answer = bytes.mutableSpan
    for _ in 0..<count {
      let range = borders[index]..<borders[index + 1]
      do throws(Base64URLError) {
        let length =
          coding == .decode
          ? try Base64URL.decode(text.span, in: range, into: &answer)
          : try Base64URL.encode(text.span, in: range, into: &answer)
        sum &+= loadWord(answer, at: 0) &+ loadWord(answer, at: length - 8)
      } catch {}
      index += 1
      if index == texts.count { index = 0 }
    }
    cursor = index
    return sum
  }

  func refusesBadTokens() -> Bool {
    guard coding == .decode else { return true }
    let foreign = foreign
    var bytes = moveOut(&buffer)
    defer { buffer = bytes }
    var answer = bytes.mutableSpan
    do throws(Base64URLError) {
      _ = try Base64URL.decode(foreign.span, in: 0..<foreign.count, into: &answer)
      return false
    } catch {
      return error == .invalidCharacter(offset: 0)
    }
  }
}
