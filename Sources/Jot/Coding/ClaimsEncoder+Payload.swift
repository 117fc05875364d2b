// A payload to be signed: encoded, and read as strictly as a verifier will read it.

extension ClaimsEncoder {
  /// Calls `body` with the bytes of `value` as a payload; what follows them is not a part of it.
  ///
  /// - Throws: ``CodablePayloadError``; `EncodingError`; errors of the value's own coding; what
  ///   `body` throws.
  static func withPayload<Result>(
    of value: some Encodable, _ body: (Span<UInt8>, Range<Int>) throws -> Result
  ) throws -> Result {
    let encoder = ClaimsEncoder()
    try encoder.encode(value)
    guard encoder.kind == .object else { throw CodablePayloadError.notAnObject }
    encoder.end()
    try check(encoder.buffer)
    return try encoder.buffer.withText { text, count in try body(text.span, 0..<count) }
  }

  /// Drawn once for the process: asking the system each time took longer than a short scan.
  private static let seed = UInt64.random(in: .min ... .max)

  /// Checks that a text is one strict JSON object.
  private static func check(_ buffer: ClaimsBuffer) throws {
    let isPlain = try buffer.withText(andBehind: PlainPayload.workspaceLength) { text, count in
      guard count < CompactJWS.maximumLength else { throw CodablePayloadError.notAnObject }
      var members = RegisteredMembers()
      return members.readPlainPayload(&text, from: 0, count: count).isRead
    }
    if isPlain { return }
    let needed = JSONScanner.workspaceLength(forText: buffer.count)
    try buffer.withText(andBehind: needed) { text, count in
      var scanner = JSONScanner(seed: seed)
      do throws(JSONError) {
        try scanner.open(&text, count: count)
        while try scanner.next(&text) != nil {}
      } catch {
        throw Self.error(error, in: (0..<count).map { text[$0] })
      }
    }
  }

  private static func error(_ error: JSONError, in bytes: [UInt8]) -> CodablePayloadError {
    switch error {
    case .duplicateName(let offset):
      var isEscaped = false
      let text = JSONText(bytes)
      let end = text.stringEnd(from: offset, isEscaped: &isEscaped)
      return .duplicateName(String(decoding: text.unescaped(offset..<end), as: UTF8.self))
    case .tooDeep: return .tooDeep
    default: return .notAnObject
    }
  }
}
