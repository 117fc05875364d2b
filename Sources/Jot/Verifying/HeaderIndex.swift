// The locations of a verified header's parameters, for callers that allocate nothing.

/// The parameters of a verified token's header, as offsets in a buffer.
///
/// Strings may contain escapes.
public struct HeaderIndex: Sendable {
  /// The header's bytes in the buffer.
  public private(set) var range: Range<Int>

  @_noAllocation
  fileprivate init(range: Range<Int>) { self.range = range }

  /// Returns the location of `kid` in `buffer`; nil if absent.
  @_noAllocation
  public func keyID(in buffer: borrowing MutableSpan<UInt8>) -> JSONString? {
    value(packed: 0x0300_0000_0064_696b, in: buffer)?.string
  }

  /// Returns the location of `alg` in `buffer`.
  @_noAllocation
  public func algorithm(in buffer: borrowing MutableSpan<UInt8>) -> JSONString? {
    value(packed: 0x0300_0000_0067_6c61, in: buffer)?.string
  }

  /// Returns the location of `typ` in `buffer`; nil if absent.
  @_noAllocation
  public func type(in buffer: borrowing MutableSpan<UInt8>) -> JSONString? {
    value(packed: 0x0300_0000_0070_7974, in: buffer)?.string
  }

  /// Returns the location of the parameter `name` in `buffer`, or nil.
  ///
  /// - Parameters:
  ///   - name: The name's UTF-8 bytes, compared as bytes.
  ///   - buffer: The buffer of ``ClaimIndex/header(of:into:at:)``, unchanged.
  /// - Complexity: O(header); no allocation, which the compiler checks.
  @_noAllocation
  public func value(
    of name: Span<UInt8>, in buffer: borrowing MutableSpan<UInt8>
  ) -> JSONValue? {
    guard range.upperBound <= buffer.count else { return nil }
    var members = JSONMembers(from: range.lowerBound)
    while let member = members.next(buffer) {
      if ClaimIndex.isName(member.name, name, buffer) { return member.value }
    }
    return nil
  }

  /// Returns the parameter whose name is this word, in the form of `JSONString.packed`.
  @_noAllocation
  private func value(
    packed name: UInt64, in buffer: borrowing MutableSpan<UInt8>
  ) -> JSONValue? {
    // A name is read as a whole word.
    guard range.upperBound <= buffer.count - 8 else { return nil }
    var members = JSONMembers(from: range.lowerBound)
    while let member = members.next(buffer) {
      if member.name.packed(buffer) == name { return member.value }
    }
    return nil
  }
}

extension ClaimIndex {
  /// Decodes the header of the verified `token` to `buffer` at `offset`, and returns where its
  /// parameters are.
  ///
  /// ```swift
  /// let claims = try verifier.verify(token.span, scratch: &scratch)
  /// let header = try claims.header(of: token.span, into: &scratch, at: claims.payload.upperBound)
  /// let keyID = header.keyID(in: scratch)
  /// ```
  ///
  /// - Parameters:
  ///   - token: The token of these claims. The header of any other token is not verified.
  ///   - buffer: Any bytes; for instance the scratch of the verification, behind the payload, where
  ///     there is always enough. The scratch of a batch has other payloads there.
  ///   - offset: Where the header begins in the buffer, ≥ 0.
  /// - Throws: `bufferTooSmall`; `tokenMalformed`, `base64Invalid` for what is no verified token.
  /// - Complexity: O(header); no allocation, which the compiler checks.
  @_noAllocation
  public func header(
    of token: Span<UInt8>, into buffer: inout MutableSpan<UInt8>, at offset: Int = 0
  ) throws(JWTError) -> HeaderIndex {
    precondition(offset >= 0, "an offset inside the buffer")
    guard let end = token.firstIndex(of: CompactJWS.dot) else { throw .tokenMalformed }
    // Eight bytes more, because names are read as words, and a zero ends the walk.
    let needed = offset + end / 4 * 3 + 3 + 8
    guard buffer.count >= needed else { throw .bufferTooSmall(needed: needed) }
    let count = try Segments.decode(token, 0..<end, .header, into: &buffer, at: offset)
    buffer.store(0, at: offset + count)
    return HeaderIndex(range: offset..<offset + count)
  }
}
