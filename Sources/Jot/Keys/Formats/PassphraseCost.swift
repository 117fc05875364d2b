// The cost of decrypting a private key (RFC 5958 §3): OpenSSL does whatever work the key specifies.

/// The work to derive a key from a passphrase. An encrypted private key specifies it, and its
/// author may be untrusted.
enum PassphraseCost {
  /// Rounds of a hash or of HMAC: PBKDF2 (RFC 8018 §5.2), PBKDF1, PKCS#12 (RFC 7292 B.2).
  case iterations(Int)
  /// RFC 7914 §2.
  case scrypt(cost: Int, blockSize: Int, parallelization: Int)

  /// Sixteen times OWASP's recommendation for PBKDF2 with SHA-256 (600,000); takes some seconds.
  static let mostIterations = 10_000_000
  /// N · r · p: 32 times what `openssl pkcs8 -scrypt` writes; takes a second or two.
  static let mostBlocks = 1 << 22
  /// OpenSSL's memory limit for scrypt, in bytes.
  static let mostMemory = 1 << 25

  /// Whether Jot permits this much work.
  var isBearable: Bool {
    switch self {
    case .iterations(let count): return count <= Self.mostIterations
    case .scrypt(let cost, let blockSize, let parallelization):
      // Check each alone first, so that no product overflows.
      guard max(cost, blockSize, parallelization) <= Self.mostBlocks else { return false }
      let blocks = cost * blockSize
      return blocks <= Self.mostBlocks && blocks * parallelization <= Self.mostBlocks
        && 128 * blockSize * (cost + parallelization + 2) <= Self.mostMemory
    }
  }

  /// Reads the cost from an encrypted private key. Nil if `bytes` are not one, or have a form that
  /// specifies its cost elsewhere; OpenSSL must then not get the key.
  init?(_ bytes: Span<UInt8>) {
    var whole = DERReader(0..<bytes.count)
    guard var key = whole.enter(bytes, 0x30), whole.isAtEnd,
      let algorithm = AlgorithmIdentifier(&key, bytes), key.next(bytes, 0x04) != nil, key.isAtEnd
    else { return nil }
    // RFC 8018 A.4: the scheme's own parameters name the function.
    var function = algorithm
    if algorithm.isNamed(Self.pbes2, bytes) {
      var parameters = algorithm.parameters
      guard let inner = AlgorithmIdentifier(&parameters, bytes),
        Self.functions.contains(where: { inner.isNamed($0, bytes) })
      else { return nil }
      function = inner
    } else if !Self.schemes.contains(where: { algorithm.isNamed($0, bytes) }) {
      return nil
    }
    // All parameters begin with a salt; the numbers follow.
    var parameters = function.parameters
    guard parameters.next(bytes, 0x04) != nil, let first = parameters.number(bytes) else {
      return nil
    }
    guard function.isNamed(Self.scrypt, bytes) else {
      self = .iterations(first)
      return
    }
    guard let blockSize = parameters.number(bytes), let lanes = parameters.number(bytes) else {
      return nil
    }
    self = .scrypt(cost: first, blockSize: blockSize, parallelization: lanes)
  }

  private static let pkcs5: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5]
  private static let pkcs12: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1]
  private static let pbes2 = pkcs5 + [13]
  private static let scrypt: [UInt8] = [0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11]
  /// PBES2's key derivation functions: PBKDF2 and scrypt.
  private static let functions = [pkcs5 + [12], scrypt]
  /// The schemes with a fixed function: PBES1 and PKCS#12.
  private static let schemes =
    [1, 3, 4, 6, 10, 11].map { pkcs5 + [$0] } + (1...6).map { pkcs12 + [$0] }
}

/// An algorithm's name and its parameters, which must be a sequence (RFC 5280 §4.1.1.2).
private struct AlgorithmIdentifier {
  let parameters: DERReader
  private let name: Range<Int>

  init?(_ reader: inout DERReader, _ bytes: Span<UInt8>) {
    guard var sequence = reader.enter(bytes, 0x30), let name = sequence.next(bytes, 0x06),
      let parameters = sequence.enter(bytes, 0x30), sequence.isAtEnd
    else { return nil }
    (self.name, self.parameters) = (name, parameters)
  }

  func isNamed(_ other: [UInt8], _ bytes: Span<UInt8>) -> Bool { bytes.has(other, in: name) }
}

extension DERReader {
  /// The next value as an integer ≥ 0, clamped to the greatest Int; nil for anything else.
  fileprivate mutating func number(_ bytes: Span<UInt8>) -> Int? {
    guard let range = next(bytes, 0x02), let first = range.first, bytes[first] < 0x80 else {
      return nil
    }
    let digits = range.drop { bytes[$0] == 0 }
    guard digits.count < 8 else { return .max }
    return digits.reduce(0) { $0 << 8 | Int(bytes[$1]) }
  }
}
