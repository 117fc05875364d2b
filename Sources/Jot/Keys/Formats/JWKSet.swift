// JWK sets (RFC 7517 §5): the text's elements; `KeySet` makes keys of them.

/// The text of a JWK set.
enum JWKSet {
  /// The most bytes in a set: some 30,000 RSA keys.
  static let limit = 1 << 24

  /// An element of `keys` that is an object.
  struct Object {
    let index: Int
    let range: Range<Int>
  }

  /// Returns the objects in `keys`, the indices of the first other elements, and the number of all
  /// others.
  ///
  /// - Parameter limit: The most elements.
  static func objects(
    in text: borrowing Secret, limit: Int
  ) throws(JWTError) -> (objects: [Object], others: [Int], otherCount: Int) {
    let wanted = JWTError.KeyText.jwkSet
    guard text.count <= Self.limit else { throw .keyMalformed(wanted: wanted, found: .tooLong) }
    let count = text.count
    let buffer = ZeroizedBuffer(count: count + JSONScanner.workspaceLength(forText: count))
    var keys: JSONValue?
    do throws(JSONError) {
      keys = try text.withBytes { bytes throws(JSONError) in
        try buffer.withSpan { span throws(JSONError) in
          span.copy(bytes, 0..<count, to: 0)
          return try keysMember(&span, count)
        }
      }
    } catch {
      throw .keyMalformed(wanted: wanted, found: .brokenJWK)
    }
    guard let keys else { throw .keyMember(.keys, .absent) }
    guard keys.isArray else { throw .keyMember(.keys, .type) }
    return try buffer.withSpan { span throws(JWTError) in
      var (objects, others, index): ([Object], [Int], Int) = ([], [], 0)
      var elements = JSONElements(keys)
      while let element = elements.next(span) {
        guard index < limit else { throw .keySetTooMany(limit: limit) }
        if element.kind == .object {
          objects.append(Object(index: index, range: element.range))
        } else if others.count < KeySet.skippedLimit {
          others.append(index)
        }
        index += 1
      }
      return (objects, others, index - objects.count)
    }
  }

  private static func keysMember(
    _ span: inout MutableSpan<UInt8>, _ count: Int
  ) throws(JSONError) -> JSONValue? {
    var keys: JSONValue?
    var scanner = JSONScanner(seed: .random(in: .min ... .max))
    try scanner.open(&span, count: count)
    while let member = try scanner.next(&span) {
      if member.name.text(span) == "keys" { keys = member.value }
    }
    return keys
  }
}
