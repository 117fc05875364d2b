// Claims of any name, read as typed values where they stand: no tree, no copy, no allocation.
//
// A scratch that is not the payload's is the caller's mistake, but what stands in it is some sender's:
// so no byte of it makes a walk trap, run on or leave the scratch.

extension ClaimIndex {
  /// Returns where the claim `name` lies, or nil.
  ///
  /// - Parameters:
  ///   - name: The name's UTF-8 bytes, compared as bytes.
  ///   - scratch: What the token was verified with, its payload still in place; or a copy of that, up
  ///     to the payload's end at least. One that ends before it has no claims; in another's the answer
  ///     means nothing.
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

  /// Returns the claim `name` as a whole number, fractions truncated toward zero; nil where it is
  /// none or does not fit 64 bits.
  @_noAllocation
  public func integer(
    of name: Span<UInt8>, in scratch: borrowing MutableSpan<UInt8>
  ) -> Int64? {
    guard let value = value(of: name, in: scratch), value.isNumber else { return nil }
    return value.integer(scratch)
  }

  /// Returns the claim `name` as a Boolean; nil where it is none.
  @_noAllocation
  public func bool(of name: Span<UInt8>, in scratch: borrowing MutableSpan<UInt8>) -> Bool? {
    switch value(of: name, in: scratch)?.kind {
    case .true: true
    case .false: false
    default: nil
    }
  }

  /// Returns where the claim `name`, a string, lies; nil where it is none.
  @_noAllocation
  public func string(
    of name: Span<UInt8>, in scratch: borrowing MutableSpan<UInt8>
  ) -> JSONString? {
    value(of: name, in: scratch)?.string
  }

  /// Returns whether the claim `name` is the string `text`, or an array that has it, byte for byte.
  @_noAllocation
  public func contains(
    _ text: Span<UInt8>, in name: Span<UInt8>, _ scratch: borrowing MutableSpan<UInt8>
  ) -> Bool {
    guard let value = value(of: name, in: scratch) else { return false }
    if let string = value.string { return Self.isName(string, text, scratch) }
    guard value.isArray else { return false }
    var elements = JSONStrings(value)
    while case .string(let element) = elements.next(scratch) {
      if Self.isName(element, text, scratch) { return true }
    }
    return false
  }

  @_noAllocation
  private static func isName(
    _ string: JSONString, _ text: Span<UInt8>, _ scratch: borrowing MutableSpan<UInt8>
  ) -> Bool {
    var rest = JSONStringBytes(string)
    for index in 0..<text.count {
      guard let byte = rest.next(scratch), byte == text[index] else { return false }
    }
    return rest.next(scratch) == nil
  }
}
