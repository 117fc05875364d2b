// What blocks a PEM text has, for the error if none is the only one that is wanted.

extension JWTError {
  /// What a PEM block's label says. Writers mix up the labels of one kind, so its DER decides the rest.
  enum PEMKind: Int, CaseIterable {
    case publicKey, certificate, privateKey, encryptedPrivateKey, sshPrivateKey, parameters, other

    init(label: String) {
      self =
        switch label {
        case "PUBLIC KEY", "RSA PUBLIC KEY", "EC PUBLIC KEY": .publicKey
        case "CERTIFICATE", "X509 CERTIFICATE": .certificate
        case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY": .privateKey
        case "ENCRYPTED PRIVATE KEY": .encryptedPrivateKey
        case "OPENSSH PRIVATE KEY": .sshPrivateKey
        case "EC PARAMETERS": .parameters
        default: .other
        }
    }

    var isPrivate: Bool {
      switch self {
      case .privateKey, .encryptedPrivateKey, .sshPrivateKey: true
      case .publicKey, .certificate, .parameters, .other: false
      }
    }

    /// What a text with this block alone is.
    func text(label: String) -> KeyText {
      switch self {
      case .publicKey: .publicKey
      case .certificate: .certificate
      case .privateKey: .privateKey
      case .encryptedPrivateKey: .encryptedPrivateKey
      case .sshPrivateKey: .sshPrivateKey
      case .parameters: .parameters
      case .other:
        switch label {
        case "TRUSTED CERTIFICATE": .trustedCertificate
        case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST": .certificateRequest
        case "PKCS7", "CMS": .pkcs7
        case let label where label.hasPrefix("PGP "): .pgp
        default: .otherPEM
        }
      }
    }

    fileprivate func counted(_ count: Int) -> String {
      let (name, plural) =
        switch self {
        case .publicKey: ("public key", "public keys")
        case .certificate: ("certificate", "certificates")
        case .privateKey: ("private key", "private keys")
        case .encryptedPrivateKey: ("encrypted private key", "encrypted private keys")
        case .sshPrivateKey: ("OpenSSH private key", "OpenSSH private keys")
        case .parameters: ("block of parameters", "blocks of parameters")
        case .other: ("block of another kind", "blocks of another kind")
        }
      return "\(count) \(count == 1 ? name : plural)"
    }
  }

  /// How many blocks of each kind a PEM text has; at most 255 are counted.
  struct PEMKinds: Hashable, Sendable {
    // A byte for each kind.
    private var bits: UInt64 = 0

    init(_ kinds: [PEMKind]) {
      for kind in kinds where self[kind] < 255 { bits += 1 << (8 * UInt64(kind.rawValue)) }
    }

    private subscript(kind: PEMKind) -> Int { Int(bits >> (8 * UInt64(kind.rawValue)) & 0xff) }

    /// Like "2 private keys, 1 certificate".
    var text: String {
      PEMKind.allCases.filter { self[$0] > 0 }.map { $0.counted(self[$0]) }
        .joined(separator: ", ")
    }
  }
}
