// Scopes and roles, read in place: no tree, no copy, no allocation. A value of another type than
// expected grants nothing.

extension ClaimIndex {
  /// Returns whether the token grants `scope`, byte for byte.
  ///
  /// Reads the claim as ``VerifiedClaims/scopes`` does.
  ///
  /// - Parameters:
  ///   - scope: One scope's bytes; what is no scope is not granted.
  ///   - scratch: The scratch of the verification, its payload still in place; or a copy of it.
  /// - Complexity: O(payload); no allocation, which the compiler checks.
  @_noAllocation
  public func hasScope(
    _ scope: Span<UInt8>, in scratch: borrowing MutableSpan<UInt8>
  ) -> Bool {
    guard scope.count > 0, payloadStart + payloadLength <= scratch.count else { return false }
    for index in 0..<scope.count where !ScopeList.isScopeByte(scope[index]) { return false }
    // `scope` decides alone if it is there, whatever its type.
    var (value, isScope) = (JSONValue.absent, false)
    var members = JSONMembers(from: payloadStart)
    while !isScope, let member = members.next(scratch) {
      isScope = Self.isName(member.name, packed: 0x65_706f_6373, scratch)
      if isScope || Self.isName(member.name, packed: 0x70_6373, scratch) { value = member.value }
    }
    if let list = value.string { return Self.hasWord(scope, list, scratch) }
    return Self.isElement(scope, value, scratch)
  }

  /// Returns whether `value` is the role `role`, or an array of strings with it, byte for byte.
  ///
  /// - Parameters:
  ///   - role: The role's bytes; an empty one is never held.
  ///   - value: From ``value(of:in:)`` or ``value(of:inside:in:)``; nil has no role.
  ///   - scratch: The scratch that `value` is from.
  /// - Complexity: O(value); no allocation, which the compiler checks.
  @_noAllocation
  public func hasRole(
    _ role: Span<UInt8>, of value: JSONValue?, in scratch: borrowing MutableSpan<UInt8>
  ) -> Bool {
    guard let value, role.count > 0, value.end <= scratch.count else { return false }
    if let string = value.string { return Self.isName(string, role, scratch) }
    return Self.isElement(role, value, scratch)
  }

  /// Returns the location of the member `name` of the object `object`; nil if that is no object, or
  /// lacks it.
  ///
  /// - Parameters:
  ///   - name: The name's UTF-8 bytes, compared as bytes.
  ///   - object: From ``value(of:in:)`` or from this function.
  ///   - scratch: The scratch that `object` is from.
  /// - Complexity: O(object); no allocation, which the compiler checks.
  @_noAllocation
  public func value(
    of name: Span<UInt8>, inside object: JSONValue?, in scratch: borrowing MutableSpan<UInt8>
  ) -> JSONValue? {
    guard let object, object.kind == .object, object.end <= scratch.count else { return nil }
    var members = JSONMembers(from: object.start)
    while let member = members.next(scratch) {
      if Self.isName(member.name, name, scratch) { return member.value }
    }
    return nil
  }

  /// Whether the spaces of `list` separate a word that is `word`, which has none.
  @_noAllocation
  private static func hasWord(
    _ word: Span<UInt8>, _ list: JSONString, _ scratch: borrowing MutableSpan<UInt8>
  ) -> Bool {
    var rest = JSONStringBytes(list)
    // How many bytes of the current word are the same; -1 after a difference.
    var same = 0
    while true {
      let byte = rest.next(scratch)
      if let byte, byte != 0x20 {
        // Not an &&, whose closure would capture the span.
        if same >= 0, same < word.count, word[same] == byte { same += 1 } else { same = -1 }
      } else {
        if same == word.count { return true }
        if byte == nil { return false }
        same = 0
      }
    }
  }

  /// Whether `value` is an array of strings only, one of which is `text`.
  @_noAllocation
  private static func isElement(
    _ text: Span<UInt8>, _ value: JSONValue, _ scratch: borrowing MutableSpan<UInt8>
  ) -> Bool {
    guard value.isArray else { return false }
    var elements = JSONStrings(value)
    var isFound = false
    while true {
      switch elements.next(scratch) {
      case .string(let element): if !isFound { isFound = isName(element, text, scratch) }
      case .other: return false
      case .end: return isFound
      }
    }
  }

  /// Whether `name` is the word of up to eight characters, the first in the lowest bits.
  // Not `packed`, which reads a whole word: a copy of the payload may end before that.
  @_noAllocation
  private static func isName(
    _ name: JSONString, packed word: UInt64, _ scratch: borrowing MutableSpan<UInt8>
  ) -> Bool {
    var (rest, word) = (JSONStringBytes(name), word)
    while let byte = rest.next(scratch) {
      guard word != 0, byte == UInt8(truncatingIfNeeded: word) else { return false }
      word >>= 8
    }
    return word == 0
  }
}
