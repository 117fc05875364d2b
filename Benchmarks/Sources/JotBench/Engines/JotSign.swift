// Jot signs access tokens from a user's id and an expiry.
import BenchKit
import Jot

final class JotSign: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let signer: Signer
  private let isRandomised: Bool
  private let judge: TokenJudge?
  private let subjects: PackedBytes
  private let expirations: [Int64]
  private let writer = ClaimsWriter()
  private var payload: [UInt8]
  private var token: [UInt8]
  private var lastLength = 0
  private var cursor = 0

  init(_ pool: Pool, _ signer: Signer) {
    self.signer = signer
    let isRandomised = pool.algorithm.isRandomised
    (self.isRandomised, judge) = (isRandomised, TokenJudge(pool))
    subjects = PackedBytes(pool.tokens.map(\.subject))
    expirations = pool.tokens.map(\.expiration)
    expected = pool.tokens.map { $0.tokenAnswer(isRandomised: isRandomised) }
    payload = [UInt8](repeating: 0, count: 512)
    token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: 512))
  }

  func run(_ count: Int) -> UInt64 {
    let (signer, writer, isRandomised) = (signer, writer, isRandomised)
    let expirations = expirations
    var (claims, length) = (moveOut(&payload), lastLength)
    defer { (payload, lastLength) = (claims, length) }
    return subjects.sum(count, from: &cursor, scratch: &token) {
      (subject, index, span) throws(JWTError) in
      var json = JSONWriter()
      writer.write(subject, expirations[index], &json, into: &claims)
      length = try signer.sign(payload: claims.span.extracting(first: json.count), into: &span)
      return signedAnswer(span, length, isRandomised: isRandomised)
    }
  }

  /// A signer has nothing to refuse; a randomised signature must verify.
  func refusesBadTokens() -> Bool {
    !isRandomised || lastLength == 0 || judge?.isRight(Array(token[..<lastLength])) == true
  }
}

/// Jot signs ready-made payloads.
final class JotSignPayload: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let signer: Signer
  private let payloads: PackedBytes
  private var token: [UInt8]
  private var cursor = 0

  /// - Precondition: The algorithm is deterministic.
  init(_ pool: Pool, _ signer: Signer) {
    precondition(!pool.algorithm.isRandomised, "signatures that can be foreseen")
    self.signer = signer
    payloads = PackedBytes(pool.tokens.map(\.claims))
    expected = pool.tokens.map(\.tokenAnswer)
    let longest = pool.tokens.map(\.claims.count).max() ?? 0
    token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: longest))
  }

  func run(_ count: Int) -> UInt64 {
    let signer = signer
    return payloads.sum(count, from: &cursor, scratch: &token) {
      (payload, _, span) throws(JWTError) in
      let end = try signer.sign(payload: payload, into: &span)
      return signedAnswer(span, end, isRandomised: false)
    }
  }

  /// A signer has nothing to refuse.
  func refusesBadTokens() -> Bool { true }
}

/// The answer of signing: words of the payload and of the end of the signature, unless it is
/// randomised, and the length.
@inline(__always)
private func signedAnswer(
  _ span: borrowing MutableSpan<UInt8>, _ end: Int, isRandomised: Bool
) -> UInt64 {
  let answer = loadWord(span, at: 40) &+ UInt64(end)
  return isRandomised
    ? answer : answer &+ loadWord(span, at: end - 16) &+ loadWord(span, at: end - 8)
}

/// Appends an access token's claims with Jot's JSON writer.
struct ClaimsWriter {
  private let sub = Array("sub".utf8)
  private let aud = Array("aud".utf8)
  private let exp = Array("exp".utf8)
  private let audience = Array(#"["fastapi-users:auth"]"#.utf8)

  func write(
    _ subject: Span<UInt8>, _ expiration: Int64, _ json: inout JSONWriter,
    into claims: inout [UInt8]
  ) {
    var span = claims.mutableSpan
    json.open(UInt8(ascii: "{"), into: &span)
    json.name(sub.span, into: &span)
    json.string(subject, into: &span)
    json.name(aud.span, into: &span)
    json.verbatim(audience.span, into: &span)
    json.name(exp.span, into: &span)
    json.integer(expiration, into: &span)
    json.close(UInt8(ascii: "}"), into: &span)
  }
}
