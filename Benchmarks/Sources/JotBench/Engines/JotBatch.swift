// Jot verifies and signs many tokens in one call. An operation is one token.
import BenchKit
import Jot

final class JotVerifyBatch: Worker, @unchecked Sendable {
  let expected: [UInt64]
  let batchSize = JotScenario.Operation.batchSize
  private let verifier: Verifier
  private let text: [UInt8]
  private let ranges: [Range<Int>]
  private let refused: [(token: [UInt8], reason: String)]
  private var scratch: [UInt8]
  private var verdicts: [Verifier.Verdict]
  private var cursor = 0

  /// - Precondition: The number of tokens is a multiple of a batch's size.
  init(_ pool: Pool, _ verifier: Verifier) {
    precondition(pool.tokens.count % batchSize == 0, "whole batches")
    self.verifier = verifier
    let lines = PackedBytes(pool.tokens.map(\.text))
    (text, ranges) = (lines.bytes, lines.ranges)
    refused = pool.refused
    expected = pool.tokens.map(\.claimsAnswer)
    let longest = (pool.tokens.map(\.text) + refused.map(\.token)).map(\.count).max() ?? 0
    scratch = [UInt8](
      repeating: 0, count: Verifier.scratchLength(forTokens: batchSize, longest: longest))
    verdicts = [Verifier.Verdict](repeating: Verifier.Verdict(), count: batchSize)
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var start = cursor
    let (text, ranges, size) = (text, ranges, batchSize)
    var (buffer, answers) = (moveOut(&scratch), moveOut(&verdicts))
    defer { (scratch, verdicts) = (buffer, answers) }
    var span = buffer.mutableSpan
    var results = answers.mutableSpan
    for _ in 0..<count / size {
      do throws(JWTError) {
        try verifier.verify(
          batch: ranges.span.extracting(start..<start + size), of: text.span, scratch: &span,
          into: &results)
        for index in 0..<size {
          if results[index].error == nil { sum &+= results[index].claims.answer(in: span) }
        }
      } catch {}
      start += size
      if start == ranges.count { start = 0 }
    }
    cursor = start
    return sum
  }

  /// Verifies a batch of bad tokens, each beside a good one.
  func refusesBadTokens() -> Bool {
    let good = Array(text[ranges[0]])
    let lines = PackedBytes(refused.flatMap { [$0.token, good] })
    let (text, ranges) = (lines.bytes, lines.ranges)
    var (buffer, answers) = (moveOut(&scratch), moveOut(&verdicts))
    defer { (scratch, verdicts) = (buffer, answers) }
    var span = buffer.mutableSpan
    var results = answers.mutableSpan
    do throws(JWTError) {
      try verifier.verify(
        batch: ranges.span, of: text.span, scratch: &span, into: &results)
    } catch {
      return false
    }
    for (index, refused) in refused.enumerated() {
      guard results[2 * index].error?.code.rawValue == refused.reason,
        results[2 * index + 1].error == nil,
        results[2 * index + 1].claims.answer(in: span) == expected[0]
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
  private var payloadRanges: [Range<Int>]
  private var tokens: [UInt8]
  private var tokenRanges: [Range<Int>]
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
    payloadRanges = [Range<Int>](repeating: 0..<0, count: batchSize)
    tokenRanges = payloadRanges
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var start = cursor
    let (text, borders, size) = (subjects.bytes, subjects.borders, batchSize)
    var (claims, claimRanges) = (moveOut(&payloads), moveOut(&payloadRanges))
    var (whole, wholeRanges) = (moveOut(&tokens), moveOut(&tokenRanges))
    defer { (payloads, payloadRanges) = (claims, claimRanges) }
    defer { (tokens, tokenRanges) = (whole, wholeRanges) }
    var span = whole.mutableSpan
    var results = wholeRanges.mutableSpan
    for _ in 0..<count / size {
      var json = JSONWriter()
      for index in 0..<size {
        let subject = text.span.extracting(borders[start + index]..<borders[start + index + 1])
        // A comma separates two objects.
        let from = index == 0 ? 0 : json.count + 1
        writer.write(subject, expirations[start + index], &json, into: &claims)
        claimRanges[index] = from..<json.count
      }
      do throws(JWTError) {
        try signer.sign(
          batch: claimRanges.span, of: claims.span, into: &span, ranges: &results)
        for index in 0..<size {
          let (from, to) = (results[index].lowerBound, results[index].upperBound)
          sum &+=
            loadWord(span, at: from + 40) &+ loadWord(span, at: to - 16)
            &+ loadWord(span, at: to - 8)
          sum &+= UInt64(to - from)
        }
      } catch {}
      start += size
      if start == subjects.count { start = 0 }
    }
    cursor = start
    return sum
  }

  /// A signer has nothing to refuse.
  func refusesBadTokens() -> Bool { true }
}
