import Foundation
import JotFoundation

/// A signer and a verifier for payloads of any bytes.
enum Coding {
  static let key = try! SigningKey(secret: Secret(String(repeating: "secret", count: 6)))
  static let signer = try! Signer(key: key, algorithm: .hs256)
  static let verifier = try! Verifier(
    key: key.verificationKey, algorithms: [.hs256], tokenLimit: 1 << 22)

  /// The claims of a token with this payload.
  static func claims(_ payload: [UInt8]) throws -> VerifiedClaims {
    var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
    var span = token.mutableSpan
    _ = try signer.sign(payload: payload.span, into: &span)
    return try verifier.verify(token)
  }

  static func claims(_ payload: String) throws -> VerifiedClaims { try claims(Array(payload.utf8)) }

  /// What Jot's decoder makes of a payload.
  static func jot<T: Decodable>(_ type: T.Type, _ payload: String) throws -> Outcome<T> {
    let claims = try claims(payload)
    return Outcome { try claims.decode(type) }
  }

  /// What Foundation's decoder makes of a payload.
  static func foundation<T: Decodable>(_ type: T.Type, _ payload: String) -> Outcome<T> {
    Outcome { try JSONDecoder.claims.decode(type, from: Data(payload.utf8)) }
  }

  /// The payload of a value, by Jot's encoder.
  static func payload(_ value: some Encodable) throws -> String {
    try verifier.verify(signer.sign(value)).payloadText
  }
}

/// A decoded value, or the kind and the coding path of an error.
enum Outcome<Value> {
  case value(Value)
  case error(String, [String])

  init(_ body: () throws -> Value) {
    func path(_ keys: [any CodingKey]) -> [String] {
      keys.map { key in key.intValue.map { "\(key.stringValue) (\($0))" } ?? key.stringValue }
    }
    do {
      self = .value(try body())
    } catch DecodingError.keyNotFound(let key, let context) {
      self = .error("keyNotFound \(key.stringValue)", path(context.codingPath))
    } catch DecodingError.valueNotFound(_, let context) {
      self = .error("valueNotFound", path(context.codingPath))
    } catch DecodingError.typeMismatch(_, let context) {
      self = .error("typeMismatch", path(context.codingPath))
    } catch DecodingError.dataCorrupted(let context) {
      self = .error("dataCorrupted", path(context.codingPath))
    } catch EncodingError.invalidValue(_, let context) {
      self = .error("invalidValue", path(context.codingPath))
    } catch {
      self = .error("\(error)", [])
    }
  }
}

extension Outcome: Equatable where Value: Equatable {
  /// Whether Foundation's decoder has the same outcome. It forgets the path of a number that does
  /// not fit.
  func agrees(with foundation: Outcome) -> Bool {
    if case .error("dataCorrupted", _) = self, foundation == .error("dataCorrupted", []) {
      return true
    }
    return self == foundation
  }
}
