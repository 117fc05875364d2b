// Jot makes access tokens from a user's id and an expiry.
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
    var sum: UInt64 = 0
    var at = cursor
    let (text, borders) = (subjects.bytes, subjects.borders)
    var (claims, whole) = (moveOut(&payload), moveOut(&token))
    defer { (payload, token) = (claims, whole) }
    var room = whole.mutableSpan
    for _ in 0..<count {
      let subject = text.span.extracting(borders[at]..<borders[at + 1])
      var json = JSONWriter()
      writer.write(subject, expirations[at], &json, into: &claims)
      do throws(JWTError) {
        let end = try signer.sign(payload: claims.span.extracting(first: json.count), into: &room)
        sum &+= signedAnswer(room, end, isRandomised: isRandomised)
        lastLength = end
      } catch {}
      at += 1
      if at == subjects.count { at = 0 }
    }
    cursor = at
    return sum
  }

  /// A signer refuses no token; what can't be foreseen must be right.
  func refusesBadTokens() -> Bool {
    !isRandomised || lastLength == 0 || judge?.isRight(Array(token[..<lastLength])) == true
  }
}

/// Jot makes tokens of claims that stand written already.
final class JotSignPayload: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let signer: Signer
  private let payloads: PackedBytes
  private var token: [UInt8]
  private var cursor = 0

  /// - Precondition: The algorithm gives a token the same signature each time.
  init(_ pool: Pool, _ signer: Signer) {
    precondition(!pool.algorithm.isRandomised, "signatures that can be foreseen")
    self.signer = signer
    payloads = PackedBytes(pool.tokens.map(\.claims))
    expected = pool.tokens.map(\.tokenAnswer)
    let longest = pool.tokens.map(\.claims.count).max() ?? 0
    token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: longest))
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var at = cursor
    let (text, borders) = (payloads.bytes, payloads.borders)
    var whole = moveOut(&token)
    defer { token = whole }
    var room = whole.mutableSpan
    for _ in 0..<count {
      do throws(JWTError) {
        let payload = text.span.extracting(borders[at]..<borders[at + 1])
        let end = try signer.sign(payload: payload, into: &room)
        sum &+= signedAnswer(room, end, isRandomised: false)
      } catch {}
      at += 1
      if at == payloads.count { at = 0 }
    }
    cursor = at
    return sum
  }

  /// A signer refuses no token.
  func refusesBadTokens() -> Bool { true }
}

/// The answer of a sign: words of the payload and of the signature's end, which is left out where it
/// is another one each time; and the length.
@inline(__always)
private func signedAnswer(
  _ room: borrowing MutableSpan<UInt8>, _ end: Int, isRandomised: Bool
) -> UInt64 {
  let answer = loadWord(room, at: 40) &+ UInt64(end)
  return isRandomised ? answer : answer &+ loadWord(room, at: end - 16) &+ loadWord(room, at: end - 8)
}

/// Writes an access token's claims with Jot's JSON writer, behind what it wrote before.
struct ClaimsWriter {
  private let sub = Array("sub".utf8)
  private let aud = Array("aud".utf8)
  private let exp = Array("exp".utf8)
  private let audience = Array(#"["fastapi-users:auth"]"#.utf8)

  func write(
    _ subject: Span<UInt8>, _ expiration: Int64, _ json: inout JSONWriter,
    into claims: inout [UInt8]
  ) {
    var room = claims.mutableSpan
    json.open(UInt8(ascii: "{"), into: &room)
    json.name(sub.span, into: &room)
    json.string(subject, into: &room)
    json.name(aud.span, into: &room)
    json.verbatim(audience.span, into: &room)
    json.name(exp.span, into: &room)
    json.integer(expiration, into: &room)
    json.close(UInt8(ascii: "}"), into: &room)
  }
}
