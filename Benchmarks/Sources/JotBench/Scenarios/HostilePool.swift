// Tokens of one attack.
import BenchKit

/// Tokens of one attack; a verifier with the key must refuse them all.
public struct HostilePool: Sendable {
  public let attack: Attack
  /// HS256 with ``Pool/secret``, or the RS256 key of the attack.
  public let key: OpenSSLKey
  public let tokens: [[UInt8]]

  /// The verifier's limit of a token's bytes: large enough for each attack.
  static let tokenLimit = 65536

  /// Good tokens, each with one wrong character in its signature.
  init(_ attack: Attack, broken pool: Pool) {
    self.init(attack, pool.key, pool.tokens.map(\.broken))
  }

  /// - Parameter count: Distinct tokens; fewer long ones, and one of dots.
  public init(_ attack: Attack, count: Int = 1024, seed: UInt64 = 1) throws(BenchError) {
    var random = Seeded(seed)
    let header = TokenProfile.accessToken.header(.hs256)
    func claims(_ audience: String = "fastapi-users:auth", exp: Int64 = Pool.now + 3600) -> String {
      #"{"sub":"\#(Pool.uuid(&random))","aud":["\#(audience)"],"exp":\#(exp)}"#
    }
    if attack == .wrongSignature || attack == .wrongRSASignature {
      let algorithm: JotScenario.Algorithm = attack == .wrongSignature ? .hs256 : .rs256
      self.init(attack, broken: try Pool(algorithm, count: count, seed: seed))
      return
    }
    let key = try OpenSSLKey(.hs256, secret: Pool.secret)
    let worker = try OpenSSLWorker(key, signs: true)
    var made: [[UInt8]] = []
    let isLong = [.headerNesting, .headerMembers, .payloadNesting, .payloadMembers].contains(attack)
    for index in 0..<(attack == .dots ? 1 : isLong ? min(count, 16) : count) {
      // They differ by a number, or by a level of nesting.
      var nesting: String { String(repeating: "[", count: 12 * 1024 + index) }
      var members: String {
        "{" + (0..<1500).map { #""m\#($0)-\#(index)":\#($0)"# }.joined(separator: ",")
      }
      switch attack {
      case .wrongSignature, .wrongRSASignature: break
      case .wrongAlgorithm:
        made.append(try worker.token(#"{"alg":"HS512","typ":"JWT"}"#, claims()).text)
      case .expired: made.append(try worker.token(header, claims(exp: Pool.now)).text)
      case .wrongAudience: made.append(try worker.token(header, claims("other")).text)
      case .dots: made.append([UInt8](repeating: UInt8(ascii: "."), count: 16384))
      case .headerNesting: made.append(try worker.token(nesting, claims()).text)
      case .headerMembers:
        made.append(try worker.token(members + #","alg":"HS256"}"#, claims()).text)
      case .payloadNesting: made.append(try worker.token(header, nesting).text)
      case .payloadMembers: made.append(try worker.token(header, members + "}").text)
      }
    }
    self.init(attack, key, made)
  }

  private init(_ attack: Attack, _ key: OpenSSLKey, _ tokens: [[UInt8]]) {
    (self.attack, self.key, self.tokens) = (attack, key, tokens)
  }

  /// Any tokens, for a verifier of HS256.
  init(_ attack: Attack, tokens: [[UInt8]]) throws(BenchError) {
    self.init(attack, try OpenSSLKey(.hs256, secret: Pool.secret), tokens)
  }

  /// Characters of a token: the median.
  var tokenBytes: Int { tokens.map(\.count).sorted()[tokens.count / 2] }
}
