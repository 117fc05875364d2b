// Compares the strings of a list with a JSON string, its escapes resolved.

extension ByteStrings {
  /// Returns the index of the string equal to `string` with its escapes resolved, or nil.
  ///
  /// - Parameter foldingCase: Lowers the ASCII letters of `string` first; only for media types.
  @_noAllocation
  package borrowing func index(
    of string: JSONString, _ buffer: borrowing MutableSpan<UInt8>, foldingCase: Bool = false
  ) -> Int? {
    if !string.isEscaped, !foldingCase {
      return self.index(of: buffer, from: string.start, to: string.end)
    }
    for index in 0..<count where isString(at: index, string, buffer, foldingCase) { return index }
    return nil
  }

  /// Returns whether the string at `index` equals `string` with its escapes resolved.
  @_noAllocation
  borrowing func isString(
    at index: Int, _ string: JSONString, _ buffer: borrowing MutableSpan<UInt8>,
    _ foldingCase: Bool = false
  ) -> Bool {
    let length = length(at: index)
    if !string.isEscaped, !foldingCase {
      return isString(at: index, buffer, from: string.start, to: string.end)
    }
    var rest = JSONStringBytes(string)
    var offset = 0
    while offset < length, let next = rest.next(buffer) {
      let isUpper = foldingCase && next &- UInt8(ascii: "A") < 26
      guard (isUpper ? next | 0x20 : next) == byte(offset, of: index) else { return false }
      offset += 1
    }
    return offset == length && rest.next(buffer) == nil
  }
}
