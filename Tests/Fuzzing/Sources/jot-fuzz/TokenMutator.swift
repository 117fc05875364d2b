// Changes tokens in their structure and signs them again, so that the claims behind the signature
// are reached.
import Jot

/// Mutates an input of `VerifyTarget`.
struct TokenMutator {
  private let oracles: [TokenOracle]

  init(_ oracles: [TokenOracle]) { self.oracles = oracles }

  /// Some tokens that this verifier accepts.
  func validTokens(_ number: Int, _ random: inout Seeded) -> [[UInt8]] {
    let oracle = oracles[number]
    var members: [(String, String)] = [("sub", "\"alice\""), ("scope", "\"read\"")]
    if let audience = oracle.audience { members.append(("aud", "[\"\(audience[0])\"]")) }
    if let issuer = oracle.issuer ?? oracle.sharedIssuers?.last {
      members.append(("iss", "\"\(issuer)\""))
    }
    let lifetime: Int64 = oracle.now > 1 << 60 ? 0 : 900
    members += [("iat", "\(oracle.now)"), ("exp", "\(oracle.now + lifetime)")]
    let payload = "{\(members.map { "\"\($0)\":\($1)" }.joined(separator: ","))}"
    return oracle.keys.flatMap { key in
      oracle.algorithms.filter { key.signing.algorithms.contains($0) }.compactMap { algorithm in
        var header = "{\"alg\":\"\(algorithm.rawValue)\""
        if let kid = key.signing.keyID { header += ",\"kid\":\"\(kid)\"" }
        header += ",\"typ\":\"\(oracle.type ?? "JWT")\"}"
        return Self.token(Array(header.utf8), Array(payload.utf8), key, algorithm)
      }
    }
  }

  func mutated(_ input: [UInt8], most: Int, _ random: inout Seeded) -> [UInt8]? {
    guard input.count > 2, random.below(10) > 0 else { return nil }
    var front = Array(input.prefix(2))
    var lines = input.dropFirst(2).split(separator: 0x0a, omittingEmptySubsequences: false)
      .map { Array($0) }
    let number = random.below(lines.count)
    switch random.below(12) {
    case 0: front[random.below(2)] = UInt8(random.below(32))
    case 1 where lines.count < 6:
      lines.insert(lines[number], at: random.below(lines.count + 1))
    case 2 where lines.count > 1: lines.remove(at: number)
    case 3:
      let oracle = Int(front[0]) % oracles.count
      if let token = validTokens(oracle, &random).randomElement(using: &random) {
        lines[number] = token
      }
    default:
      lines[number] = signedAgain(lines[number], oracles[Int(front[0]) % oracles.count], &random)
    }
    let changed = front + Array(lines.joined(separator: [0x0a]))
    return changed.count <= most ? changed : nil
  }

  /// The token with some change of its header or payload, signed by a key of the verifier.
  private func signedAgain(
    _ token: [UInt8], _ oracle: TokenOracle, _ random: inout Seeded
  ) -> [UInt8] {
    let segments = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { Array($0) }
    guard segments.count == 3, var header = SlowBase64URL.decoded(segments[0]),
      var payload = SlowBase64URL.decoded(segments[1])
    else {
      return validTokens(0, &random)[0]
    }
    switch random.below(10) {
    case 0: header = mutatedByLibFuzzer(header, most: header.count + 40)
    case 1, 2: header = changed(header, &random, isHeader: true)
    case 3, 4: payload = mutatedByLibFuzzer(payload, most: payload.count + 60)
    default:
      for _ in 0...random.below(3) { payload = changed(payload, &random, isHeader: false) }
    }
    let members = JSONOracle.members(header).map { SlowMembers($0) }
    let named = members?.string("alg").map { String(decoding: $0, as: UTF8.self) }
    let kid = members?.string("kid").map { String(decoding: $0, as: UTF8.self) }
    let algorithm = named.flatMap { Algorithm(rawValue: $0) }
    let fitting = oracle.keys.filter { key in
      algorithm.map { key.signing.algorithms.contains($0) } ?? true
    }
    let key = fitting.first { $0.signing.keyID == kid } ?? fitting.first ?? oracle.keys[0]
    // A signature costs OpenSSL the more the rarer it may be.
    let isCheap = key.secret != nil || random.below(key.signing.type == .rsa ? 8 : 2) == 0
    let fit = key.signing.algorithms.first { $0 == algorithm } ?? key.signing.algorithms[0]
    guard isCheap, let made = Self.token(header, payload, key, fit) else {
      let texts = [header, payload].map { SlowBase64URL.encoded($0) } + [segments[2]]
      return Array(texts.joined(separator: [UInt8(ascii: ".")]))
    }
    return made
  }

  private static func token(
    _ header: [UInt8], _ payload: [UInt8], _ key: TestKey, _ algorithm: Algorithm
  ) -> [UInt8]? {
    let message = Array(
      [header, payload].map { SlowBase64URL.encoded($0) }.joined(separator: [UInt8(ascii: ".")]))
    guard let signature = try? key.signing.signature(of: message.span, by: algorithm) else {
      return nil
    }
    return message + [UInt8(ascii: ".")] + SlowBase64URL.encoded(signature)
  }

  // MARK: JSON

  /// The object with one member changed, added or removed.
  private func changed(_ text: [UInt8], _ random: inout Seeded, isHeader: Bool) -> [UInt8] {
    guard var members = JSONOracle.members(text)?.map({ ($0.name, $0.value) }) else {
      return Array((isHeader ? #"{"alg":"HS256"}"# : #"{"sub":"a"}"#).utf8)
    }
    let names = isHeader ? Self.parameters : Self.claims
    let values = isHeader ? Self.headerValues : Self.values
    let number = members.isEmpty ? 0 : random.below(members.count)
    switch members.isEmpty ? 0 : random.below(7) {
    case 0: members.append((random.one(of: names), random.one(of: values)))
    case 1: members.remove(at: number)
    case 2: members[number].0 = random.one(of: names)
    case 3: members.append(members[number])
    case 4: members.swapAt(number, random.below(members.count))
    default: members[number].1 = random.one(of: values)
    }
    // Sometimes a character of a name is escaped, or there is white space.
    let escaped = random.below(6) == 0 ? random.below(members.count + 1) : members.count
    let space = random.below(8) == 0 ? Array(" \t\n".utf8) : []
    let list = members.enumerated().map { index, member in
      var name = SlowJSON.quoted(String(decoding: member.0, as: UTF8.self))
      if index == escaped, let first = member.0.first, first < 0x80 {
        let digits = String(first, radix: 16)
        name.replaceSubrange(
          1..<2, with: Array(("\\u00" + (digits.count < 2 ? "0" : "") + digits).utf8))
      }
      return name + space + [UInt8(ascii: ":")] + member.1
    }
    return [UInt8(ascii: "{")] + Array(list.joined(separator: [UInt8(ascii: ",")] + space))
      + [UInt8(ascii: "}")]
  }

  private static func texts(_ list: String) -> [[UInt8]] {
    list.split(separator: "\n").map { Array($0.utf8) }
  }

  private static let claims = texts("iss\nsub\naud\nexp\nnbf\niat\njti\nscope\nx\n\u{e9}\nexpx")
  private static let parameters = texts("alg\ntyp\nkid\ncty\ncrit\nb64\njwk\nx5c\nzip\nx")
  private static let values = texts(
    """
    1767225600
    1767225599
    1767225601
    1767225540
    1767225541
    1767226200
    1767225000
    1767224999
    9223372036854775807
    9223372036854775797
    9223372036854775707
    9223372036854775808
    -9223372036854775808
    -5
    -4
    -6
    0
    -0
    1.767225600e9
    17672256010e-1
    1767225600.999
    1e400
    1e-400
    null
    true
    false
    []
    {}
    ""
    "a"
    "b"
    "alice"
    "al\\u0069ce"
    "fastapi-users:auth"
    "fastapi-users:auth\\u0000"
    ["fastapi-users:auth"]
    ["a","fastapi-users:auth"]
    ["fastapi-users:auth",1]
    [ "a" , "b" ]
    [["a"]]
    "https://issuer.test"
    "https:\\/\\/issuer.test"
    ["https://issuer.test"]
    "1767225600"
    {"a":[1,{"a":2}]}
    {"a":1,"a":2}
    """)
  private static let headerValues = texts(
    """
    "HS256"
    "HS384"
    "HS512"
    "RS256"
    "PS256"
    "PS384"
    "ES256"
    "ES384"
    "EdDSA"
    "Ed25519"
    "none"
    "hs256"
    "\\u0048S256"
    "JWT"
    "at+jwt"
    "AT+JWT"
    "application/at+jwt"
    "1"
    "2"
    "3"
    "4"
    "hs256"
    ["exp"]
    []
    null
    true
    false
    1
    """)
}
