// The result of the simple public function: claims of a valid token.

/// The claims of a verified token; only verification makes this type.
///
/// It prints without any claim, so that none gets into a log by accident; ``payloadText`` and
/// ``json`` have them.
public struct VerifiedClaims: Sendable {
  /// The payload as in the token: strict JSON, one object.
  public let payload: [UInt8]
  /// The header's base64url text.
  private let headerText: [UInt8]
  let index: ClaimIndex

  init(payload: [UInt8], header: [UInt8], index: ClaimIndex) {
    (self.payload, headerText, self.index) = (payload, header, index)
  }

  /// The verified header: which key and algorithm the signature is of.
  ///
  /// - Complexity: O(n) in the header, each time.
  public var header: VerifiedHeader { VerifiedHeader(text: headerText) }

  /// `iss`, the issuer; nil if absent.
  public var issuer: String? { string(index.issuer) }
  /// `sub`, the subject; nil if absent.
  public var subject: String? { string(index.subject) }
  /// `jti`, the token's own identifier; nil if absent.
  public var tokenID: String? { string(index.tokenID) }
  /// `exp`: whole seconds since 1970, fractions truncated toward zero; nil if absent.
  public var expiration: Int64? { index.expiration }
  /// `nbf`: whole seconds since 1970, fractions truncated toward zero; nil if absent.
  public var notBefore: Int64? { index.notBefore }
  /// `iat`: whole seconds since 1970, fractions truncated toward zero; nil if absent.
  public var issuedAt: Int64? { index.issuedAt }

  /// `aud`, one string or several; empty if absent.
  public var audience: [String] {
    guard let value = index.audience else { return [] }
    if let one = string(value.string) { return [one] }
    return self["aud"]?.array?.compactMap { $0.string } ?? []
  }

  /// The claim `name`, or nil; names are compared as bytes.
  public subscript(name: String) -> JSON? {
    value(of: name).map { value in
      var reader = JSONReader(bytes: payload, offset: value.start)
      return value.kind == .string ? .string(reader.string(value.range)) : reader.value()
    }
  }

  /// The claim `name` as a string; nil if it is not one.
  public func string(_ name: String) -> String? { value(of: name).flatMap { string($0.string) } }
  /// The claim `name` as an integer of 64 bits; nil if it is not one.
  public func integer(_ name: String) -> Int64? { self[name]?.integer }
  /// The claim `name` as a double, rounded to its precision; nil if it is not a number.
  public func double(_ name: String) -> Double? { self[name]?.double }
  /// The claim `name` as a Boolean; nil if it is not one.
  public func bool(_ name: String) -> Bool? { self[name]?.bool }
  /// The claim `name` as strings: one string, or an array of strings only; otherwise nil.
  public func strings(_ name: String) -> [String]? {
    guard let value = self[name] else { return nil }
    if let one = value.string { return [one] }
    guard let all = value.array else { return nil }
    let strings = all.compactMap { $0.string }
    return strings.count == all.count ? strings : nil
  }

  /// The location of the claim, found without parsing the whole payload.
  private func value(of name: String) -> JSONValue? {
    var name = name
    name.makeContiguousUTF8()
    let bytes = name.utf8.span
    var value: JSONValue?
    payload.span.withScratch { value = index.value(of: bytes, in: $0) }
    return value
  }

  /// All claims, in the token's order.
  public var json: JSON {
    // Already strict JSON, otherwise this value would not exist.
    (try? JSON(object: payload)) ?? .null
  }

  /// The payload as text, as it is in the token.
  public var payloadText: String { String(decoding: payload, as: UTF8.self) }

  private func string(_ value: JSONString?) -> String? {
    value.map { JSONReader(bytes: payload, offset: 0).string($0.range) }
  }
}

extension VerifiedClaims: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Which type this is, and nothing of the claims; ``payloadText`` has them.
  public var description: String { "VerifiedClaims (\(payload.count) bytes, redacted)" }
  /// The same as the description.
  public var debugDescription: String { description }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
