// A payload to be signed: encoded, and read as strictly as a verifier will read it.

extension ClaimsEncoder {
  /// Returns `value` as a payload in the front of a buffer, and its length.
  ///
  /// - Throws: ``CodablePayloadError``; `EncodingError`; errors of the value's own coding.
  static func payload(of value: some Encodable) throws -> (bytes: [UInt8], count: Int) {
    let encoder = ClaimsEncoder()
    try encoder.encode(value)
    guard encoder.kind == .object else { throw CodablePayloadError.notAnObject }
    var (bytes, count) = encoder.finish()
    try check(&bytes, count)
    return (bytes, count)
  }

  /// Checks that `bytes[..<count]` are one strict JSON object; a workspace is appended.
  private static func check(_ bytes: inout [UInt8], _ count: Int) throws(CodablePayloadError) {
    guard count < CompactJWS.maximumLength else { throw .notAnObject }
    let needed = count + JSONScanner.workspaceLength(forText: count)
    if bytes.count < needed { bytes += [UInt8](repeating: 0, count: needed - bytes.count) }
    var span = bytes.mutableSpan
    var members = RegisteredMembers()
    if members.readPlainPayload(&span, from: 0, count: count).isRead { return }
    var scanner = JSONScanner(seed: .random(in: .min ... .max))
    do throws(JSONError) {
      try scanner.open(&span, count: count)
      while try scanner.next(&span) != nil {}
    } catch {
      switch error {
      case .duplicateName(let offset):
        var isEscaped = false
        let text = JSONText(bytes)
        let end = text.stringEnd(from: offset, isEscaped: &isEscaped)
        throw .duplicateName(String(decoding: text.unescaped(offset..<end), as: UTF8.self))
      case .tooDeep: throw .tooDeep
      default: throw .notAnObject
      }
    }
  }
}
