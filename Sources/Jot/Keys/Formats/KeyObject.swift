// Keys in a JSON object that is no JWK: a service account's `private_key`, a key manager's `PublicKey`,
// or a map of key IDs to certificates.

/// The members of a JSON object as far as they tell what keys it has.
struct KeyObject: ~Copyable {
  private let text: ZeroizedBuffer
  /// The members that are the text of a key.
  private(set) var keys: [JSONMember] = []
  private var hasOthers = false
  private var isJWK = false
  private var isSet = false
  /// The `private_key_id` of a service account.
  private(set) var keyID: String?

  /// Reads a strict JSON object of at most 16 MiB; nil for another text.
  static func read(_ text: Span<UInt8>) -> KeyObject? {
    guard text.count <= JWKSet.limit else { return nil }
    let bytes = text.extracting(text.trimmed.lowerBound...)
    var object = KeyObject(bytes.count)
    do throws(JSONError) {
      try object.scan(bytes)
    } catch {
      return nil
    }
    return object
  }

  private init(_ count: Int) {
    text = ZeroizedBuffer(count: count + JSONScanner.workspaceLength(forText: count))
  }

  private mutating func scan(_ bytes: Span<UInt8>) throws(JSONError) {
    let count = bytes.count
    try text.withSpan { span throws(JSONError) in
      span.copy(bytes, 0..<count, to: 0)
      var scanner = JSONScanner(seed: .random(in: .min ... .max))
      try scanner.open(&span, count: count)
      while let member = try scanner.next(&span) {
        // A name's letters may all be escaped, six bytes each; no name that counts is longer.
        let name = member.name.range.count > 84 ? "" : member.name.text(span)
        let isNamed = name == "kty" || name == "keys"
        if !isNamed, !isJWK, !isSet, let string = member.value.string, Self.isKey(string, span) {
          keys.append(member)
          continue
        }
        hasOthers = true
        switch name {
        case "kty": isJWK = true
        case "keys": isSet = true
        case "private_key_id": keyID = member.value.string?.text(span)
        default: break
        }
      }
    }
  }

  var format: KeyFormat {
    if isJWK { return .jwk }
    if isSet { return .jwkSet }
    if !keys.isEmpty, !hasOthers { return .keyMap }
    return keys.count > 1 ? .manyKeys : .jwk
  }

  /// The object's only key, beside other members; nil for a JWK, a set or a map.
  var only: Secret? {
    keys.count == 1 && hasOthers && !isJWK && !isSet ? text(of: keys[0]) : nil
  }

  /// The name of a member.
  func name(of member: JSONMember) -> String { text.withSpan { member.name.text($0) } }

  /// The text of a key.
  func text(of member: JSONMember) -> Secret {
    text.withSpan { span in
      guard let string = member.value.string else { return Secret("") }
      return Secret(string, span)
    }
  }

  /// Whether a string is PEM, or has the structure of a key's DER in base64: a text may have a
  /// hundred thousand, so no decoder sees them.
  private static func isKey(_ string: JSONString, _ span: borrowing MutableSpan<UInt8>) -> Bool {
    guard 56...PEMBlock.limit ~= string.range.count else { return false }
    return Secret(string, span).withBytes { text in
      if text.contains("-----BEGIN ") { return true }
      guard let der = PEMBlock.decodedBase64(text, 0..<text.count) else { return false }
      return der.withBytes { DERFormat(of: $0) != nil || DERFormat.isEncrypted($0) }
    }
  }
}
