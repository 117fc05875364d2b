// Jot, as a server would use it: the form without allocation.
import Jot

/// Jot with the caller's buffers.
public struct JotEngine: Engine {
  public let name = "jot"

  public init() {}

  public func worker(_ scenario: Scenario, _ pool: Pool) throws(BenchError) -> any Worker {
    do throws(JWTError) {
      return scenario.operation == .verify ? try JotVerify(pool) : try JotSign(pool)
    } catch {
      throw .unusable("jot: \(error)")
    }
  }
}

private final class JotVerify: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let verifier: Verifier
  private let tokens: Lines
  private let refused: [(token: [UInt8], reason: String)]
  private var scratch: [UInt8]
  private var cursor = 0

  init(_ pool: Pool) throws(JWTError) {
    let isHMAC = pool.algorithm == .hs256
    let key =
      isHMAC
      ? try VerificationKey(secret: Pool.jotSecret())
      : try VerificationKey(publicKey: pool.key.pem(isPrivate: false))
    verifier = try Verifier(
      key: key, algorithms: [isHMAC ? .hs256 : .rs256], audience: ["fastapi-users:auth"],
      required: ["exp"], clock: { Pool.now })
    tokens = Lines(pool.tokens.map(\.text))
    refused = pool.refused
    expected = pool.tokens.map(\.claimsAnswer)
    let longest = (pool.tokens.map(\.text) + refused.map(\.token)).map(\.count).max() ?? 0
    scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: longest))
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var at = cursor
    let (text, borders) = (tokens.bytes, tokens.borders)
    var buffer = take(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    for _ in 0..<count {
      do throws(JWTError) {
        let token = text.span.extracting(borders[at]..<borders[at + 1])
        let claims = try verifier.verify(token, scratch: &room)
        if let subject = claims.subject, let expiration = claims.expiration {
          sum &+= word(room, at: subject.start) &+ word(room, at: subject.end - 8)
          sum &+= UInt64(bitPattern: expiration)
        }
      } catch {}
      at += 1
      if at == tokens.count { at = 0 }
    }
    cursor = at
    return sum
  }

  func refusesBadTokens() -> Bool {
    var buffer = take(&scratch)
    defer { scratch = buffer }
    var room = buffer.mutableSpan
    for (token, reason) in refused {
      do throws(JWTError) {
        _ = try verifier.verify(token.span, scratch: &room)
        return false
      } catch {
        if error.reason != reason { return false }
      }
    }
    return true
  }
}

private final class JotSign: Worker, @unchecked Sendable {
  let expected: [UInt64]
  private let signer: Signer
  private let subjects: Lines
  private let expirations: [Int64]
  private let writer = ClaimsWriter()
  private var payload: [UInt8]
  private var token: [UInt8]
  private var cursor = 0

  init(_ pool: Pool) throws(JWTError) {
    let isHMAC = pool.algorithm == .hs256
    let key =
      isHMAC
      ? try SigningKey(secret: Pool.jotSecret())
      : try SigningKey(privateKey: pool.key.pem(isPrivate: true))
    signer = try Signer(key: key, algorithm: isHMAC ? .hs256 : .rs256)
    subjects = Lines(pool.tokens.map(\.subject))
    expirations = pool.tokens.map(\.expiration)
    expected = pool.tokens.map(\.tokenAnswer)
    payload = [UInt8](repeating: 0, count: 512)
    token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: 512))
  }

  func run(_ count: Int) -> UInt64 {
    var sum: UInt64 = 0
    var at = cursor
    let (text, borders) = (subjects.bytes, subjects.borders)
    var (claims, whole) = (take(&payload), take(&token))
    defer { (payload, token) = (claims, whole) }
    var room = whole.mutableSpan
    for _ in 0..<count {
      let subject = text.span.extracting(borders[at]..<borders[at + 1])
      let length = writer.write(subject, expirations[at], into: &claims)
      do throws(JWTError) {
        let end = try signer.sign(payload: claims.span.extracting(first: length), into: &room)
        sum &+= word(room, at: 40) &+ word(room, at: end - 16) &+ word(room, at: end - 8)
        sum &+= UInt64(end)
      } catch {}
      at += 1
      if at == subjects.count { at = 0 }
    }
    cursor = at
    return sum
  }

  /// A signer refuses no token.
  func refusesBadTokens() -> Bool { true }
}

/// Writes an access token's claims with Jot's JSON writer.
private struct ClaimsWriter {
  private let sub = Array("sub".utf8)
  private let aud = Array("aud".utf8)
  private let exp = Array("exp".utf8)
  private let audience = Array(#"["fastapi-users:auth"]"#.utf8)

  /// Returns the claims' length.
  func write(_ subject: Span<UInt8>, _ expiration: Int64, into claims: inout [UInt8]) -> Int {
    var room = claims.mutableSpan
    var json = JSONWriter()
    json.open(UInt8(ascii: "{"), into: &room)
    json.name(sub.span, into: &room)
    json.string(subject, into: &room)
    json.name(aud.span, into: &room)
    json.verbatim(audience.span, into: &room)
    json.name(exp.span, into: &room)
    json.integer(expiration, into: &room)
    json.close(UInt8(ascii: "}"), into: &room)
    return json.count
  }
}

/// Byte strings one after the other: reading one touches no reference count.
private struct Lines {
  let bytes: [UInt8]
  let borders: [Int]
  var count: Int { borders.count - 1 }

  init(_ lines: [[UInt8]]) {
    bytes = lines.flatMap { $0 }
    borders = lines.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }
}

/// The eight bytes at `place`, the first in the lowest bits.
@inline(__always)
private func word(_ bytes: borrowing MutableSpan<UInt8>, at place: Int) -> UInt64 {
  var word: UInt64 = 0
  for offset in 0..<8 { word |= UInt64(bytes[place + offset]) << (8 * UInt64(offset)) }
  return word
}

/// Takes an array out of an object for as long as its span is needed: a span of an object's
/// property would end with the expression that makes it.
private func take(_ bytes: inout [UInt8]) -> [UInt8] {
  var taken: [UInt8] = []
  swap(&taken, &bytes)
  return taken
}

extension Pool {
  fileprivate static func jotSecret() -> Secret {
    let bytes = secret
    return Secret(copying: bytes.span)
  }
}
