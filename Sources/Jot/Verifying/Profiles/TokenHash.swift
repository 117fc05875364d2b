// The claims at_hash and c_hash of an ID Token (OpenID Connect Core §3.1.3.6, §3.3.2.11).

/// The hash of an access token or of a code, by which an ID Token names it.
enum TokenHash {
  /// Returns the left half of the hash of `text`, in base64url.
  ///
  /// The hash is that of the ID Token's `alg`. EdDSA has the one of its curve: SHA-512 for Ed25519,
  /// and for Ed448 SHAKE256 with 114 bytes, as RFC 8032 uses it and the OpenID Foundation's working
  /// group has decided (AB/Connect issue 1125).
  ///
  /// - Parameters:
  ///   - algorithm: The `alg` of the verified ID Token.
  ///   - signatureLength: The characters of its signature, which tell the curve of `EdDSA`.
  /// - Throws: `cryptographyFailed`, `providerMissing`.
  static func text(
    of text: String, _ algorithm: Algorithm, signatureLength: Int
  ) throws(JWTError) -> String {
    let bytes = Array(text.utf8)
    let isEd448 =
      algorithm == .ed448
      || algorithm == .edDSA && signatureLength == Base64URL.encodedLength(of: 114)
    if isEd448 {
      let hash = try SHAKE256.hash(bytes.span, count: 114)
      return Base64URL.encode(Array(hash[..<57]))
    }
    let digest = (algorithm.hash ?? .sha512).hash(bytes.span, in: 0..<bytes.count)
    guard digest.count > 0 else { throw .cryptographyFailed.orProviderMissing }
    return Base64URL.encode((0..<digest.count / 2).map { digest[$0] })
  }
}
