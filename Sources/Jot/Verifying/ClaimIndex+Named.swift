// Claims by name, read in place as typed values: no tree, no copy, no allocation.
//
// A scratch that does not hold the payload is the caller's mistake, but its bytes may come from an
// attacker: no content makes a walk trap, loop or leave the scratch.

extension ClaimIndex {
  /// Returns the location of the claim `name`, or nil.
  ///
  /// - Parameters:
  ///   - name: The name's UTF-8 bytes, compared as bytes.
  ///   - scratch: The scratch of the verification, its payload still in place; or a copy of it, at
  ///     least up to the payload's end. A shorter one has no claims; for any other content the
  ///     result is unspecified.
  /// - Complexity: O(payload); no allocation, which the compiler checks.
  @_noAllocation
  public func value(
    of name: Span<UInt8>, in scratch: borrowing MutableSpan<UInt8>
  ) -> JSONValue? {
    guard payloadStart + payloadLength <= scratch.count else { return nil }
    var members = JSONMembers(from: payloadStart)
    while let member = members.next(scratch) {
      if Self.isName(member.name, name, scratch) { return member.value }
    }
    return nil
  }

  /// Returns the claim `name` as an integer, fractions truncated toward zero; nil if it is not a
  /// number or does not fit 64 bits.
  @_noAllocation
  public func integer(
    of name: Span<UInt8>, in scratch: borrowing MutableSpan<UInt8>
  ) -> Int64? {
    guard let value = value(of: name, in: scratch), value.isNumber else { return nil }
    return value.integer(scratch)
  }

  /// Returns the claim `name` as a Boolean; nil if it is not one.
  @_noAllocation
  public func bool(of name: Span<UInt8>, in scratch: borrowing MutableSpan<UInt8>) -> Bool? {
    switch value(of: name, in: scratch)?.kind {
    case .true: true
    case .false: false
    default: nil
    }
  }

  /// Returns the location of the claim `name` if it is a string; otherwise nil.
  @_noAllocation
  public func string(
    of name: Span<UInt8>, in scratch: borrowing MutableSpan<UInt8>
  ) -> JSONString? {
    value(of: name, in: scratch)?.string
  }

  /// Returns whether the claim `name` is the string `text`, or an array with it, byte for byte.
  @_noAllocation
  public func contains(
    _ text: Span<UInt8>, of name: Span<UInt8>, in scratch: borrowing MutableSpan<UInt8>
  ) -> Bool {
    guard let value = value(of: name, in: scratch) else { return false }
    if let string = value.string { return Self.isName(string, text, scratch) }
    guard value.isArray else { return false }
    var elements = JSONElements(value)
    while let element = elements.next(scratch), !element.isAbsent {
      if let string = element.string, Self.isName(string, text, scratch) { return true }
    }
    return false
  }

  @_noAllocation
  static func isName(
    _ string: JSONString, _ text: Span<UInt8>, _ scratch: borrowing MutableSpan<UInt8>
  ) -> Bool {
    var rest = JSONStringBytes(string)
    for index in 0..<text.count {
      guard let byte = rest.next(scratch), byte == text[index] else { return false }
    }
    return rest.next(scratch) == nil
  }
}
