// A file in the attack corpus's format: keys, and cases with their expected verdicts.
import Jot
import JotFastAPIUsers

/// Cases to replay, with their keys.
package struct Corpus {
  package let cases: [JSON]
  private let keys: JSON
  private let now: Int64

  /// Reads a corpus: an object with `meta.now`, `keys` and `cases`.
  package init(text: [UInt8]) throws(CorpusError) {
    let json: JSON
    do throws(JSONError) {
      json = try JSON(object: String(decoding: text, as: UTF8.self))
    } catch {
      throw CorpusError("the corpus is not a strict JSON object")
    }
    guard let now = json["meta"]?["now"]?.integer, let keys = json["keys"],
      let cases = json["cases"]?.array
    else { throw CorpusError("the corpus lacks meta.now, keys or cases") }
    // Without cases there is no result, and it must not look like a success.
    guard !cases.isEmpty else { throw CorpusError("the corpus has no cases") }
    (self.now, self.keys, self.cases) = (now, keys, cases)
  }

  /// Replays `attack` and returns Jot's verdict.
  package func replay(_ attack: JSON) throws(CorpusError) -> Outcome {
    guard let id = attack["id"]?.string, let operation = attack["op"]?.string else {
      throw CorpusError("a case lacks id or op")
    }
    if operation == "sequence" {
      guard let steps = attack["steps"]?.array, !steps.isEmpty else {
        throw CorpusError("\(id) lacks steps")
      }
      var verdicts: [CaseVerdict] = []
      for step in steps { verdicts.append(try verify(step, id)) }
      return Outcome(
        id: id, isSequence: true, verdicts: verdicts,
        isExpected: zip(steps, verdicts).allSatisfy { $1.isAllowed(by: $0) })
    }
    let verdict: CaseVerdict
    switch operation {
    case "verify": verdict = try verify(attack, id)
    case "load_key": verdict = try load(attack, id)
    case "bearer": verdict = try bearer(attack, id)
    default: throw CorpusError("\(id) has the unknown op \(operation)")
    }
    return Outcome(
      id: id, isSequence: false, verdicts: [verdict], isExpected: verdict.isAllowed(by: attack))
  }

  private func verify(_ attack: JSON, _ id: String) throws(CorpusError) -> CaseVerdict {
    guard let token = try Self.token(of: attack, id) else {
      throw CorpusError("\(id) has no token")
    }
    return try verify(token, attack, id)
  }

  private func verify(
    _ token: [UInt8], _ attack: JSON, _ id: String
  ) throws(CorpusError) -> CaseVerdict {
    guard let key = attack["key"]?.string.flatMap({ keys[$0] }) else {
      throw CorpusError("\(id) does not name a key of the corpus")
    }
    let options = try Self.options(of: attack, id)
    do throws(JWTError) {
      let verifier = try Verifier(
        key, options, algorithms: options["algorithms"]?.array ?? [], now: now, asksToken: true)
      var scratch = [UInt8](
        repeating: 0x22, count: Verifier.scratchLength(forToken: token.count))
      var span = scratch.mutableSpan
      _ = try verifier.verify(token.span, scratch: &span)
      return .accept
    } catch {
      return .reject(error.code.rawValue)
    }
  }

  private func load(_ attack: JSON, _ id: String) throws(CorpusError) -> CaseVerdict {
    guard let material = attack["material"] else { throw CorpusError("\(id) has no material") }
    let options = try Self.options(of: attack, id)
    do throws(JWTError) {
      _ = try Verifier(
        material, options, algorithms: [options["alg"]].compactMap { $0 }, now: now,
        asksToken: false)
      return .accept
    } catch {
      return .reject(error.code.rawValue)
    }
  }

  private func bearer(_ attack: JSON, _ id: String) throws(CorpusError) -> CaseVerdict {
    guard let headers = attack["headers"]?.array else { throw CorpusError("\(id) has no headers") }
    let fields = headers.map { field in
      FastAPIUsers.HeaderField(field.array?.first?.string ?? "", field.array?.last?.string ?? "")
    }
    let token: String
    do throws(FastAPIUsers.CredentialsError) {
      token = try FastAPIUsers.BearerTransport(tokenURL: "").token(in: fields)
    } catch {
      return .reject(error.rawValue)
    }
    return try verify(Array(token.utf8), attack, id)
  }

  /// The options of a case, limited to values on which a verifier's preconditions don't trap.
  private static func options(of attack: JSON, _ id: String) throws(CorpusError) -> JSON {
    let options = attack["options"] ?? .object([])
    guard options["leeway"]?.integer ?? 0 >= 0, options["max_age"]?.integer ?? 0 >= 0,
      options["required"]?.array?.count ?? 0 <= 64
    else { throw CorpusError("\(id) has a negative leeway or max_age, or over 64 in required") }
    return options
  }

  /// The token, in any of the forms that a case may use.
  private static func token(of attack: JSON, _ id: String) throws(CorpusError) -> [UInt8]? {
    if let text = attack["token"]?.string { return Array(text.utf8) }
    if let hex = attack["token_hex"]?.string { return bytes(ofHex: hex) }
    guard let recipe = attack["token_recipe"]?.array else { return nil }
    var token: [UInt8] = []
    for piece in recipe {
      let (text, count) = (piece.array?.first ?? piece, piece.array?.last?.integer ?? 1)
      // A few bytes of recipe can request a huge token: limit it.
      guard let text = text.string, (0...(1 << 26)).contains(count),
        token.count + text.utf8.count * Int(count) <= 1 << 26
      else { throw CorpusError("\(id) has an invalid token_recipe") }
      for _ in 0..<count { token += text.utf8 }
    }
    return token
  }

  /// The bytes that `hex` encodes, or nil.
  static func bytes(ofHex hex: String) -> [UInt8]? {
    let digits = Array(hex.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for at in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Character(Unicode.Scalar(digits[at])).hexDigitValue,
        let low = Character(Unicode.Scalar(digits[at + 1])).hexDigitValue
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }
}

/// Jot's verdict on a token or a key.
package enum CaseVerdict: Equatable {
  case accept
  case reject(String)

  /// Whether a case, or a step of one, expects this verdict.
  func isAllowed(by attack: JSON) -> Bool {
    switch self {
    case .accept: attack["expect"]?.string == "accept"
    case .reject(let reason):
      attack["expect"]?.string == "reject"
        && (attack["reason_any"]?.array ?? []).contains { $0.string == reason }
    }
  }

  var json: JSON {
    switch self {
    case .accept: .object([.init("verdict", "accept"), .init("reason", nil)])
    case .reject(let reason):
      .object([.init("verdict", "reject"), .init("reason", .string(reason))])
    }
  }
}

/// A case and Jot's verdict.
package struct Outcome {
  package let id: String
  let isSequence: Bool
  package let verdicts: [CaseVerdict]
  /// Whether the case expects the verdict.
  package let isExpected: Bool

  /// The case's line of JSON.
  package var json: JSON {
    let id = JSON.Member("id", .string(id))
    if isSequence { return .object([id, .init("steps", .array(verdicts.map(\.json)))]) }
    guard case .object(let members) = verdicts[0].json else { return .object([id]) }
    return .object([id] + members)
  }
}

/// Why a file is not a corpus.
package struct CorpusError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

extension Verifier {
  /// Makes the verifier of a case.
  fileprivate convenience init(
    _ key: JSON, _ options: JSON, algorithms: [JSON], now: Int64, asksToken: Bool
  ) throws(JWTError) {
    let algorithms = algorithms.compactMap { $0.string.flatMap(Algorithm.init(rawValue:)) }
    // An unknown name can't be allowed; a list of only such names allows nothing.
    guard !algorithms.isEmpty else { throw .algorithmNotAllowed }
    let strings = { (value: JSON?) -> [String]? in
      value?.string.map { [$0] } ?? value?.array?.compactMap(\.string)
    }
    let instant = options["now"]?.integer ?? now
    let allowsShort = options["allow_short_secret"]?.bool ?? false
    let (audience, issuer) = (strings(options["audience"]), strings(options["issuer"]))
    let required = strings(options["required"]) ?? []
    let (type, leeway) = (options["typ"]?.string, options["leeway"]?.integer ?? 0)
    let maximumAge = options["max_age"]?.integer
    let limit = options["max_token_bytes"]?.integer.map { Int($0) } ?? Self.defaultTokenLimit
    if key["type"]?.string == "jwks" {
      self.init(
        keys: try KeySet(
          jwks: Secret(key["jwks"]?.text ?? ""), allowingShort: allowsShort),
        algorithms: algorithms, audience: audience, sharedIssuers: issuer, required: required,
        type: type,
        leeway: leeway, maximumAge: maximumAge, tokenLimit: limit, clock: { instant })
      return
    }
    let verificationKey: VerificationKey
    if let jwk = key["jwk"] {
      verificationKey = try VerificationKey(jwk: Secret(jwk.text), allowingShort: allowsShort)
    } else if let pem = key["pem"]?.string {
      verificationKey = try VerificationKey(publicKey: pem)
    } else {
      let bytes = key["hex"]?.string.flatMap(Corpus.bytes(ofHex:)) ?? []
      verificationKey = try VerificationKey(
        secret: Secret(copying: bytes.span), allowingShort: allowsShort)
    }
    do throws(JWTError) {
      try self.init(
        key: verificationKey, algorithms: algorithms, audience: audience, sharedIssuers: issuer,
        required: required, type: type, leeway: leeway, maximumAge: maximumAge, tokenLimit: limit,
        clock: { instant })
    } catch {
      // No algorithm of the list fits the key, so it makes no verifier. For a case with a token use
      // a set, which allows such a key because a set may change.
      guard asksToken else { throw error }
      self.init(
        keys: try KeySet([verificationKey]), algorithms: algorithms, audience: audience,
        sharedIssuers: issuer, required: required, type: type, leeway: leeway,
        maximumAge: maximumAge, tokenLimit: limit, clock: { instant })
    }
  }
}
