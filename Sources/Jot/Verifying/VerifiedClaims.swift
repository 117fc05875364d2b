// The result of the simple public function: claims of a valid token.

/// The claims of a verified token; only verification makes this type. It prints as its JSON.
public struct VerifiedClaims: Sendable, CustomStringConvertible {
  /// The payload as in the token: strict JSON, one object.
  public let payload: [UInt8]
  private let index: ClaimIndex

  init(payload: [UInt8], index: ClaimIndex) { (self.payload, self.index) = (payload, index) }

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
    var bytes = payload
    let span = bytes.mutableSpan
    let name = Array(name.utf8)
    return index.value(of: name.span, in: span)
  }

  /// All claims, in the token's order.
  public var json: JSON {
    // Already strict JSON, otherwise this value would not exist.
    (try? JSON(object: payload)) ?? .null
  }

  /// The claims as JSON text: no spaces, ASCII only.
  public var description: String { json.text }

  private func string(_ value: JSONString?) -> String? {
    value.map { JSONReader(bytes: payload, offset: 0).string($0.range) }
  }
}
