// A key's text without what people and systems wrap around it: encodings, quotes, JSON. It is removed
// alike for the loaders of keys and for the screening of secrets, so what one reads the other refuses.

/// A key's text with what is wrapped around it.
enum WrappedKey {
  /// The most layers: a service's JSON, in base64, in quotes, in UTF-16, has four.
  static let layerLimit = 6

  /// Calls `body` with the innermost text, its format, and the key ID that stood beside it, if any.
  ///
  /// The copies of inner texts are wiped afterwards.
  static func read<Result: ~Copyable>(
    _ text: borrowing Secret, layers: Int = layerLimit, keyID: String? = nil,
    _ body: (borrowing Secret, KeyFormat, String?) throws(JWTError) -> Result
  ) throws(JWTError) -> Result {
    if layers > 0, text.count <= JWKSet.limit, let layer = text.withBytes({ KeyLayer(of: $0) }) {
      return try read(layer.inner, layers: layers - 1, keyID: layer.keyID ?? keyID, body)
    }
    return try body(text, text.withBytes { KeyFormat($0) }, keyID)
  }
}
