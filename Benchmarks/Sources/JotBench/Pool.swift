// The tokens that every engine reads: made by OpenSSL, so no engine judges its own work.

/// One access token and what is known of it.
public struct PoolToken: Sendable {
  /// `sub`: a UUID in lower case.
  let subject: [UInt8]
  /// `exp`.
  let expiration: Int64
  /// The header and the payload in base64url, and the dot between them.
  let signingInput: [UInt8]
  let signature: [UInt8]
  /// The whole token.
  public let text: [UInt8]

  /// The answer of a verify: words of `sub` and the value of `exp`.
  var claimsAnswer: UInt64 {
    Answer.word(subject, at: 0) &+ Answer.word(subject, at: subject.count - 8)
      &+ UInt64(bitPattern: expiration)
  }

  /// The answer of a sign that makes the whole token.
  var tokenAnswer: UInt64 { Answer.ofToken(text) }

  /// The answer of a sign that makes the signature alone.
  var signatureAnswer: UInt64 { Answer.word(signature, at: signature.count - 8) }
}

/// Folds what an operation made into a number that is summed and compared.
enum Answer {
  /// The eight bytes at `place`, the first in the lowest bits.
  static func word(_ bytes: [UInt8], at place: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) }
  }

  /// Words of the payload and of the signature's end; the length too.
  static func ofToken(_ token: [UInt8]) -> UInt64 {
    word(token, at: 40) &+ word(token, at: token.count - 16) &+ word(token, at: token.count - 8)
      &+ UInt64(token.count)
  }
}

/// A pool of distinct tokens of one algorithm, shuffled, and the key that made them.
public struct Pool: Sendable {
  /// Seconds since 1970 at which all is verified.
  public static let now: Int64 = 1_767_225_600
  public static let secret = [UInt8](
    "jot-bench test secret: not for use anywhere else, 64 bytes long.".utf8)

  public let algorithm: Scenario.Algorithm
  public let tokens: [PoolToken]
  public let key: OpenSSLKey
  /// Tokens that a verifier must refuse, and why.
  public let refused: [(token: [UInt8], reason: String)]

  /// - Parameter count: 1,024 or more tokens; the ids and the order come from `seed`.
  public init(
    _ algorithm: Scenario.Algorithm, count: Int = 1024, seed: UInt64 = 1
  ) throws(BenchError) {
    var generator = Seeded(seed)
    let key = try OpenSSLKey(algorithm, secret: Self.secret)
    let worker = try OpenSSLWorker(key, .sign)
    let header = Base64.url(Array(#"{"alg":"\#(algorithm.rawValue)","typ":"JWT"}"#.utf8))
    var made: [PoolToken] = []
    for index in 0..<count {
      let subject = Self.uuid(&generator)
      made.append(
        try Self.token(header, subject, Self.now + 3600 + Int64(index), worker))
    }
    made.shuffle(using: &generator)
    var broken = made[0].text
    // The first character of the signature: every bit of it counts.
    let place = made[0].signingInput.count + 1
    broken[place] = broken[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
    let expired = try Self.token(header, made[0].subject, Self.now, worker)
    let none = Base64.url(Array(#"{"alg":"none","typ":"JWT"}"#.utf8))
    let unsigned = none + made[0].text[header.count...]
    refused = [
      (broken, "signature_invalid"), (expired.text, "expired"), (unsigned, "alg_not_allowed"),
    ]
    (self.algorithm, self.key, tokens) = (algorithm, key, made)
  }

  private static func token(
    _ header: [UInt8], _ subject: [UInt8], _ expiration: Int64, _ worker: OpenSSLWorker
  ) throws(BenchError) -> PoolToken {
    let payload =
      Array(#"{"sub":""#.utf8) + subject
      + Array(#"","aud":["fastapi-users:auth"],"exp":\#(expiration)}"#.utf8)
    let dot = UInt8(ascii: ".")
    let input = header + [dot] + Base64.url(payload)
    let signature = try worker.sign(input)
    return PoolToken(
      subject: subject, expiration: expiration, signingInput: input, signature: signature,
      text: input + [dot] + Base64.url(signature))
  }

  private static func uuid(_ generator: inout Seeded) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return (0..<36).map { place in
      [8, 13, 18, 23].contains(place)
        ? UInt8(ascii: "-") : digits[Int.random(in: 0..<16, using: &generator)]
    }
  }
}

/// Base64url written plainly: no engine's own.
enum Base64 {
  static func url(_ bytes: [UInt8]) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var text: [UInt8] = []
    var (bits, held) = (0 as UInt32, 0)
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      held += 8
      while held >= 6 {
        held -= 6
        text.append(alphabet[Int(bits >> UInt32(held) & 63)])
      }
    }
    if held > 0 { text.append(alphabet[Int(bits << UInt32(6 - held) & 63)]) }
    return text
  }
}
