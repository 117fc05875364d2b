// Which tokens can be verified together: those that need the same kernel, hash and length of key.

extension VerificationBatch {
  /// What checks a signature.
  enum Kind: Int {
    case none, hmac, rsa, ed25519, p256, p384, p521, secp256k1

    init(_ table: borrowing CurveTable) {
      switch table {
      case .ed25519: self = .ed25519
      case .ecdsa(let key):
        self =
          switch key.curve {
          case .p256: .p256
          case .p384: .p384
          case .p521: .p521
          case .secp256k1: .secp256k1
          }
      }
    }
  }

  /// A kind, the bytes of a signature except for HMAC, and a hash, as a number.
  struct Lane: Equatable {
    let number: Int

    @_noAllocation @inline(__always)
    init(number: Int) { self.number = number }

    @inline(__always)
    init(_ kind: Kind, _ hash: SHA2, _ length: Int = 0) {
      number = kind.rawValue << 18 | length << 8 | hash.digestLength
    }

    var kind: Kind { @inline(__always) get { Kind(rawValue: number >> 18) ?? .none } }
    var signatureLength: Int { @inline(__always) get { number >> 8 & 0x3ff } }

    /// No token's.
    static var none: Lane { @_noAllocation @inline(__always) get { Lane(number: 0) } }
  }
}
