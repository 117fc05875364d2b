// Which scenarios OpenSSL works on for Jot.

extension JotScenario {
  /// Whether OpenSSL does the work on every CPU: all private keys, and public keys on curves.
  var isOpenSSLs: Bool {
    guard case .tokens(let operation, let algorithm, _) = self, !algorithm.hasSecret else {
      return false
    }
    return operation.signs || algorithm.rawValue.hasPrefix("E")
  }

  /// Whether it verifies RSA signatures, at least in part.
  var isRSA: Bool {
    switch self {
    case .tokens(_, let algorithm, _):
      algorithm.rawValue.hasPrefix("RS") || algorithm.rawValue.hasPrefix("PS")
    case .cached, .mixed, .hostile(.wrongRSASignature): true
    case .keySet, .issuers, .base64url, .hostile: false
    }
  }
}
