// Jot reads and makes many tokens in one call. The pool is cut into batches once; an operation is one
// token.
import BenchKit
import Jot

final class JotVerifyBatch: Worker, @unchecked Sendable {
  let expected: [UInt64]
  let batchSize = JotScenario.Operation.batchSize
  private let verifier: Verifier
  private let text: [UInt8]
  private let places: [Range<Int>]
  private let refused: [(token: [UInt8], reason: String)]
  private var scratch: [UInt8]
  private var verdicts: [Verifier.Verdict]
  private var cursor = 0

  /// - Precondition: The pool's tokens are a multiple of a batch's.
  init(_ pool: Pool, _ verifier: Verifier) {
    precondition(pool.tokens.count % batchSize == 0, "whole batches")
    self.verifier = verifier
    let lines = PackedBytes(pool.tokens.map(\.text))
    (text, places) = (lines.bytes, lines.ranges)
    refused = pool.refused
    expected = pool.tokens.map(\.claimsAnswer)
    let longest = (pool.tokens.map(\.text) + refused.map(\.token)).map(\.count).max() ?? 0
    scratch = [UInt8](
      repeating: 0, count: Verifier.scratchLength(forTokens: batchSize, longest: longest))
    verdicts = [Verifier.Verdict](repeating: Verifier.Verdict(), count: batchSize)
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var at = cursor
    let (text, places, size) = (text, places, batchSize)
    var (buffer, answers) = (moveOut(&scratch), moveOut(&verdicts))
    defer { (scratch, verdicts) = (buffer, answers) }
    var room = buffer.mutableSpan
    var results = answers.mutableSpan
    for _ in 0..<count / size {
      do throws(JWTError) {
        try verifier.verify(
          batch: places.span.extracting(at..<at + size), of: text.span, scratch: &room,
          into: &results)
        for index in 0..<size {
          if results[index].error == nil { sum &+= results[index].claims.answer(in: room) }
        }
      } catch {}
      at += size
      if at == places.count { at = 0 }
    }
    cursor = at
    return sum
  }

  /// A batch of bad tokens, each beside a good one.
  func refusesBadTokens() -> Bool {
    let good = Array(text[places[0]])
    let lines = PackedBytes(refused.flatMap { [$0.token, good] })
    let (text, places) = (lines.bytes, lines.ranges)
    var (buffer, answers) = (moveOut(&scratch), moveOut(&verdicts))
    defer { (scratch, verdicts) = (buffer, answers) }
    var room = buffer.mutableSpan
    var results = answers.mutableSpan
    do throws(JWTError) {
      try verifier.verify(
        batch: places.span, of: text.span, scratch: &room, into: &results)
    } catch {
      return false
    }
    for (index, refused) in refused.enumerated() {
      guard results[2 * index].error?.reason == refused.reason,
        results[2 * index + 1].error == nil,
        results[2 * index + 1].claims.answer(in: room) == expected[0]
      else { return false }
    }
    return true
  }
}

final class JotSignBatch: Worker, @unchecked Sendable {
  let expected: [UInt64]
  let batchSize = JotScenario.Operation.batchSize
  private let signer: Signer
  private let subjects: PackedBytes
  private let expirations: [Int64]
  private let writer = ClaimsWriter()
  private var payloads: [UInt8]
  private var payloadPlaces: [Range<Int>]
  private var tokens: [UInt8]
  private var tokenPlaces: [Range<Int>]
  private var cursor = 0

  /// - Precondition: The pool's tokens are a multiple of a batch's.
  init(_ pool: Pool, _ signer: Signer) {
    precondition(pool.tokens.count % batchSize == 0, "whole batches")
    self.signer = signer
    subjects = PackedBytes(pool.tokens.map(\.subject))
    expirations = pool.tokens.map(\.expiration)
    expected = pool.tokens.map(\.tokenAnswer)
    payloads = [UInt8](repeating: 0, count: 512 * batchSize)
    tokens = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: 512) * batchSize)
    payloadPlaces = [Range<Int>](repeating: 0..<0, count: batchSize)
    tokenPlaces = payloadPlaces
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var at = cursor
    let (text, borders, size) = (subjects.bytes, subjects.borders, batchSize)
    var (claims, claimPlaces) = (moveOut(&payloads), moveOut(&payloadPlaces))
    var (whole, wholePlaces) = (moveOut(&tokens), moveOut(&tokenPlaces))
    defer { (payloads, payloadPlaces) = (claims, claimPlaces) }
    defer { (tokens, tokenPlaces) = (whole, wholePlaces) }
    var room = whole.mutableSpan
    var results = wholePlaces.mutableSpan
    for _ in 0..<count / size {
      var json = JSONWriter()
      for index in 0..<size {
        let subject = text.span.extracting(borders[at + index]..<borders[at + index + 1])
        // A comma stands between two objects.
        let start = index == 0 ? 0 : json.count + 1
        writer.write(subject, expirations[at + index], &json, into: &claims)
        claimPlaces[index] = start..<json.count
      }
      do throws(JWTError) {
        try signer.sign(
          batch: claimPlaces.span, of: claims.span, into: &room, places: &results)
        for index in 0..<size {
          let (start, end) = (results[index].lowerBound, results[index].upperBound)
          sum &+= loadWord(room, at: start + 40) &+ loadWord(room, at: end - 16) &+ loadWord(room, at: end - 8)
          sum &+= UInt64(end - start)
        }
      } catch {}
      at += size
      if at == subjects.count { at = 0 }
    }
    cursor = at
    return sum
  }

  /// A signer refuses no token.
  func refusesBadTokens() -> Bool { true }
}
