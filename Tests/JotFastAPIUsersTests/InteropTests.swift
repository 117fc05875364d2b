import Foundation
import JotFastAPIUsers
import Testing

/// Every vector gives PyJWT's verdict or is a row of Deviations.md's table.
@Suite("FastAPI Users and PyJWT")
struct InteropTests {
  static let interop = Interop.shared

  @Test("every write vector's token is written byte for byte and read alike, or is listed")
  func write() async throws {
    let vectors = Self.interop.write
    #expect(vectors.count == 61)
    try await Deviations.compare(vectors.map(\.id)) { index in
      let vector = vectors[index]
      let warnings = Warnings()
      guard
        let strategy = try? Self.settings(vector).strategy(
          now: vector.now, warn: { warnings.add($0) })
      else { return "no strategy" }
      #expect((warnings.count == 1) == vector.insecureKeyLengthWarning, "\(vector.id) warns")
      let subject = try #require(vector.userId)
      guard let token = try? strategy.writeToken(Users<String>.User(id: subject)),
        Self.settings(vector).signsAlike(token, vector.token)
      else { return "another token" }
      return await difference(vector, strategy)
    }
  }

  @Test("every edge vector has PyJWT's verdict, or is listed")
  func edge() async throws {
    let vectors = Self.interop.edge
    #expect(vectors.count == 352)
    try await Deviations.compare(vectors.map(\.id)) { index in
      let vector = vectors[index]
      guard let strategy = try? Self.settings(vector).strategy(now: vector.now) else {
        // Python makes a strategy of any key; that strategy then reads no token.
        let readsNothing = vector.decode.result == "reject" && vector.readToken.result == "none"
        return readsNothing ? nil : "no strategy"
      }
      return await difference(vector, strategy)
    }
  }

  @Test("what Python refuses to write is refused, lifetimes included, or is listed")
  func writeErrors() async throws {
    let vectors = Self.interop.writeErrors
    #expect(vectors.count == 16)
    let ids = vectors.map { "write_errors/\($0.strategy ?? $0.lifetimeSeconds!.description)" }
    try await Deviations.compare(ids) { index in
      let vector = vectors[index]
      let user = Users<String>.User(id: Self.interop.users["uuid"]![0])
      var settings = Self.interop.strategies[vector.strategy ?? "hs256"]!
      if let lifetime = vector.lifetimeSeconds { settings = settings.with(lifetime: lifetime) }
      let token = try? settings.strategy(now: 1_767_225_600.75).writeToken(user)
      if vector.writeToken == "raise" { return token == nil ? nil : "written" }
      let payload = token?.split(separator: ".")[1]
      let expected = Data(vector.payloadJson!.utf8).base64EncodedString().prefix { $0 != "=" }
      return payload == expected ? nil : "another payload"
    }
  }

  @Test("short keys cause a warning or a refusal as in PyJWT, or are listed")
  func keyLength() async throws {
    let vectors = Self.interop.keyLength
    #expect(vectors.count == 12)
    let ids = vectors.map { "key_length/\($0.algorithm)/\($0.key ?? $0.keyLength!.description)" }
    try await Deviations.compare(ids) { index in
      let vector = vectors[index]
      let algorithm = Algorithm(rawValue: vector.algorithm)!
      let warnings = Warnings()
      if let name = vector.key {
        let key = Self.interop.keys[name]!
        let secret = key.privatePkcs8Pem!
        let made = try? JWTStrategy(
          secret: secret, lifetimeSeconds: 1, algorithm: algorithm, publicKey: key.publicSpkiPem,
          warn: { warnings.add($0) })
        guard made != nil, (warnings.count == 1) == vector.encodeWarns else { return "refused" }
        let strict = try? VerificationKey(publicKey: key.publicSpkiPem!)
        return (strict != nil) == (vector.enforcedDecode == "ok") ? nil : "another verdict"
      }
      // One repeated byte causes another warning, which PyJWT does not have.
      let length = vector.keyLength!
      let secret = String(String(repeating: "key", count: length).prefix(length))
      _ = try JWTStrategy(
        secret: secret, lifetimeSeconds: 1, algorithm: algorithm, warn: { warnings.add($0) })
      guard (warnings.count == 1) == vector.encodeWarns else { return "warns otherwise" }
      // Jot enforces the key length by default; PyJWT only on request.
      let signs =
        (try? Signer(key: SigningKey(secret: Secret(secret)), algorithm: algorithm)) != nil
      let verifies =
        (try? Verifier(key: VerificationKey(secret: Secret(secret)), algorithms: [algorithm]))
        != nil
      guard signs == (vector.enforcedEncode == "ok") else { return "signs otherwise" }
      return verifies == (vector.enforcedDecode == "ok") ? nil : "verifies otherwise"
    }
  }

  /// Jot's different verdict on the vector's token, or nil.
  private func difference(_ vector: Interop.Vector, _ strategy: JWTStrategy) async -> String? {
    var reason = "accept"
    do {
      _ = try strategy.verify(vector.token)
    } catch {
      reason = error.code.rawValue
    }
    let decoded = reason == "accept" ? "accept" : "reject"
    let user: String? =
      vector.ids == "uuid"
      ? await read(
        vector, strategy, Users<FastAPIUsers.UUIDValue>(known: Self.interop.users["uuid"]!))
      : await read(vector, strategy, Users<Int>(known: Self.interop.users["int"]!))
    let result = user == nil ? "none" : "user"
    if decoded == vector.decode.result, result == vector.readToken.result,
      user == vector.readToken.userId
    {
      return nil
    }
    // Jot accepts what Python refuses only for these reasons.
    let reasons = (try? Deviations.load())?.rows
    #expect(
      decoded == "reject" || Deviations.accepting.contains(reasons?[vector.id] ?? 0), "\(vector.id)"
    )
    return "\(reason) and \(result), Python \(vector.decode.result) and \(vector.readToken.result)"
  }

  private func read<ID: FastAPIUsers.UserID>(
    _ vector: Interop.Vector, _ strategy: JWTStrategy, _ manager: Users<ID>
  ) async -> String? {
    try? await strategy.readToken(vector.token, manager)?.id.tokenSubject
  }

  private static func settings(_ vector: Interop.Vector) -> Interop.Settings {
    interop.strategies[vector.strategy]!
  }
}

extension Interop.Settings {
  /// Whether two tokens are equal byte for byte; without the signature if that is random.
  fileprivate func signsAlike(_ one: String, _ other: String) -> Bool {
    let isRandom = ["PS", "ES"].contains(algorithm.prefix(2))
    let part = { (token: String) in
      isRandom ? token[..<token.lastIndex(of: ".")!] : token[...]
    }
    return part(one).utf8.elementsEqual(part(other).utf8) && one.utf8.count == other.utf8.count
  }

  fileprivate func with(lifetime: Double) -> Self {
    Self(
      secret: secret, algorithm: algorithm, lifetimeSeconds: lifetime, audience: audience,
      publicKey: publicKey)
  }
}

/// The warnings of a strategy.
final class Warnings: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []

  func add(_ line: String) { lock.withLock { lines.append(line) } }
  var count: Int { lock.withLock { lines.count } }
  var first: String? { lock.withLock { lines.first } }
}
