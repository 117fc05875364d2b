// RSA keys for RSASSA-PSS alone (RFC 4055 §1.2).

/// What an RSA-PSS key allows. The key itself is an ordinary RSA key.
struct PSSParameters: Sendable {
  /// The content of the key's AlgorithmIdentifier, to write the key again.
  let identifier: [UInt8]
  /// The PS algorithms that the parameters allow: all, one or none.
  let algorithms: [Algorithm]
}
