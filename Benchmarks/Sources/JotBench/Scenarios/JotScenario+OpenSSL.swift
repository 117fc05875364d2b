// Which scenarios OpenSSL works on for Jot.

extension JotScenario {
  /// Whether OpenSSL does the work on every CPU: all private keys, and public keys on curves.
  var isOpenSSLs: Bool {
    switch self {
    case .tokens(let operation, let algorithm, _), .keySet(let operation, let algorithm, _):
      !algorithm.hasSecret && (operation.signs || algorithm.rawValue.hasPrefix("E"))
    case .cached(let algorithm, _): algorithm.rawValue.hasPrefix("E")
    default: false
    }
  }

  /// Whether it verifies RSA signatures, at least in part.
  var isRSA: Bool {
    switch self {
    case .tokens(_, let algorithm, _), .cached(let algorithm, _), .keySet(_, let algorithm, _):
      algorithm.rawValue.hasPrefix("RS") || algorithm.rawValue.hasPrefix("PS")
    case .mixed, .hostile(.wrongRSASignature): true
    case .issuers, .claims, .base64url, .hostile: false
    }
  }
}
