// Why a token or a key is refused: a code and its details.

/// Why a token or a key was refused.
///
/// Compare the ``code``, or the whole value: `catch JWTError.expired`. No value contains a byte of a
/// token or a key, so every error may be logged. Tell a client only "unauthorized"; keep the reason
/// on the server.
///
/// Two errors are equal if their code and their facts are: the claim, the segment, numbers of bytes
/// or bits. What only explains a refusal in its ``description`` does not count, so that
/// `catch JWTError.tokenMalformed` catches every malformed token: what is wrong with a token's text
/// or header, the limit that a token exceeds, why a set has no key for it.
public struct JWTError: Error, Hashable, Sendable {
  /// What was refused.
  public let code: Code
  let detail: Detail

  /// Makes an error without details.
  @_noAllocation
  public init(_ code: Code) { self.init(code, .none) }

  @_noAllocation
  init(_ code: Code, _ detail: Detail) { (self.code, self.detail) = (code, detail) }

  /// Makes the error of a segment whose JSON is refused with `error`.
  @_noAllocation
  init(_ code: Code, about error: JSONError) {
    self.init(code, JSONLimit(error).map { .exceeds($0) } ?? .none)
  }

  /// A segment of a token.
  public enum Segment: String, Sendable {
    /// The protected header.
    case header
    /// The claims.
    case payload
    /// The signature or MAC.
    case signature
  }

  /// Whether both have the same code and facts.
  public static func == (left: JWTError, right: JWTError) -> Bool {
    left.code == right.code && left.detail.fact == right.detail.fact
  }

  /// Hashes the code and the facts.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(code)
    hasher.combine(detail.fact)
  }

  /// Whether `error` is `pattern`: for `catch JWTError.expired` where other errors are thrown too.
  public static func ~= (pattern: JWTError, error: any Error) -> Bool {
    error as? JWTError == pattern
  }

  /// What is known beyond the code; numbers only, so that throwing allocates nothing.
  enum Detail: Hashable, Sendable {
    case none
    /// The second meaning of a code that has two.
    case variant
    case segment(Segment)
    case claim(ClaimName)
    case bytes(needed: Int, has: Int?)
    case bits(Int)
    case limit(Int)
    case index(Int)
    case indexes(Int, Int)
    case text(wanted: KeyText, found: KeyText)
    case blocks(wanted: KeyText, PEMKinds)
    case member(JWKMember, MemberFlaw)
    /// A number of an RSA key, by its name in a JWK.
    case number(JWKMember)
    // Explanations.
    case exceeds(JSONLimit)
    case selection(KeySelection)
    case flaw(TokenFlaw)
    /// The most bytes in a token.
    case tokenLimit(Int)
    /// The skipped element of a JWK set that has the token's `kid`, and why it was skipped.
    case skipped(index: Int, Code)
    /// OpenSSL has no provider of cryptography.
    case providerMissing
    /// The key is one of OpenSSH.
    case openSSH

    /// What counts when errors are compared: the detail, but no explanation.
    var fact: Detail {
      switch self {
      case .exceeds, .selection, .flaw, .tokenLimit, .skipped, .providerMissing, .openSSH: .none
      case .member(let member, _): .member(member, .absent)
      default: self
      }
    }
  }

  /// A limit of the JSON in a token.
  enum JSONLimit: Hashable, Sendable {
    case members, depth, digits

    /// The limit that `error` is about; nil for another error.
    @_noAllocation
    init?(_ error: JSONError) {
      switch error {
      case .tooManyMembers: self = .members
      case .tooDeep: self = .depth
      case .tooManyDigits: self = .digits
      default: return nil
      }
    }
  }

  /// Why a set has no key for a token without `kid`.
  package enum KeySelection: Hashable, Sendable {
    /// Several keys fit the token's algorithm.
    case noKeyID
    /// No key fits the token's algorithm.
    case noneFits
  }

  /// The name of the claim that is missing, of a wrong type or value, out of range or in the future.
  public var claim: String? { if case .claim(let name) = detail { name.text } else { nil } }
  /// The segment that is not canonical base64url.
  public var segment: Segment? { if case .segment(let segment) = detail { segment } else { nil } }
  /// The least bytes of a buffer or of a secret.
  public var neededBytes: Int? {
    if case .bytes(let needed, _) = detail { needed } else { nil }
  }
  /// The bits of an RSA key's modulus.
  public var bits: Int? { if case .bits(let bits) = detail { bits } else { nil } }
  /// The most keys in a set, or bytes in a token.
  public var limit: Int? {
    switch detail {
    case .limit(let limit), .tokenLimit(let limit): limit
    default: nil
    }
  }
  /// The index of a verifier in an ``IssuerVerifier``'s list; for `keyNotFound` of the element of the
  /// JWK set that has the token's `kid` but was skipped; for `keySetEmpty` of the first that was.
  public var index: Int? {
    switch detail {
    case .index(let index), .skipped(let index, _): index
    default: nil
    }
  }

  /// Whether this is `keyMalformed` for a text that looks like `found`.
  package func isMalformed(as found: KeyText) -> Bool {
    if code == .keyMalformed, case .text(_, found) = detail { true } else { false }
  }

  /// What a text was expected to be, or looks like.
  package enum KeyText: String, CaseIterable, Equatable, Sendable {
    case publicKey = "a public key"
    case privateKey = "a private key"
    case encryptedPrivateKey = "an encrypted private key"
    case certificate = "a certificate"
    case pem = "a PEM text"
    case trustedCertificate = "a trusted certificate (convert it: openssl x509 -in OLD -out NEW)"
    case certificateRequest = "a certificate request"
    case pkcs7 = "a PKCS#7 file (convert it: openssl pkcs7 -print_certs -in OLD -out NEW)"
    case pgp = "a PGP key"
    case parameters = "parameters of a curve without a key"
    case otherPEM = "a PEM text of another kind"
    case brokenPEM = "a PEM text whose content can't be read"
    case openPEM = "a PEM text without its END line, or with another label there"
    case labelledPublic = "a private key that is labelled as a public one"
    case labelledPrivate = "a public key that is labelled as a private one"
    case der = "a key or certificate in DER"
    case brokenDER = "DER that is not a key"
    case ssh = "an OpenSSH public key"
    case sshPrivateKey = "an OpenSSH private key"
    case brokenSSH = "an OpenSSH line whose content can't be read"
    case brokenSSHPrivateKey = "an OpenSSH private key whose content can't be read"
    case manySSH = "a text of several OpenSSH lines"
    case jwk = "a JWK or JWK set"
    case secretJWK = "a JWK of a secret (oct)"
    case brokenJWK = "a JWK that is not one strict JSON object"
    case jwkSet = "a JWK set"
    case keyMap = "a JSON object with several keys"
    case array = "a JSON array (of JWKs make a set: {\"keys\":[…]})"
    case brokenKey = "one whose private and public halves don't match"
    case otherAlgorithm = "of a type or curve that Jot does not support"
    case otherJWK = "a JWK with a kty or crv that Jot does not support"
    case otherUse = "a JWK with an alg that is not for signatures, or unknown"
    case otherPSS = "an RSA-PSS key with a hash, MGF or salt that no PS algorithm has"
    case manyPrimes = "an RSA key with more than two primes"
    case legacyCipher = "encrypted with a cipher that this OpenSSL lacks"
    case pkcs12 = "a PKCS#12 file (convert it: openssl pkcs12 -nodes -in OLD -out NEW)"
    case putty = "a PuTTY key (convert it: puttygen OLD -O private-openssh -o NEW)"
    case xml = "a key in XML (convert it in .NET: FromXmlString, then Export…Pem)"
    case token = "a token"
    case empty = "empty"
    case tooLong = "a text that is too long for a key"
    case unknown = "text in an unknown format"

    /// The accepted formats, if this kind of key was expected.
    var asWanted: String {
      switch self {
      case .publicKey:
        "one public key: PEM (PUBLIC KEY, RSA PUBLIC KEY, CERTIFICATE), DER, a JWK, an OpenSSH line"
      case .privateKey:
        "one private key: PEM (PRIVATE KEY, RSA, EC or OPENSSH PRIVATE KEY), DER or a JWK"
      case .jwk: "one JWK; of a set make a KeySet"
      case .jwkSet: "a JWK set: {\"keys\":[…]}"
      default: rawValue
      }
    }
  }

  /// A member of a JWK or of a JWK set.
  package enum JWKMember: String, CaseIterable, Equatable, Sendable {
    case kty, crv, n, e, d, p, q, dp, dq, qi, x, y, k, kid, alg, use, keys
    case keyOperations = "key_ops"
    case otherPrimes = "oth"
  }

  /// What is wrong with a member of a JWK or of a JWK set.
  package enum MemberFlaw: String, CaseIterable, Equatable, Sendable {
    case absent = "is absent"
    case type = "has the wrong type"
    case base64 = "is not canonical base64url"
    case length = "has the wrong length"
    case zeros = "is empty or begins with a zero byte"
    case contradiction = "contradicts the other members"
  }
}
