// Checks the protected header (RFC 7515 §4) and finds the algorithm that allow list and key permit.
import Synchronization

/// The requirements on a header.
struct Header: ~Copyable, Sendable {
  /// The most members in a header, nested ones included.
  static var memberLimit: Int { @_noAllocation get { 64 } }

  /// The algorithms' names, indexed by number.
  private let names: ByteStrings
  /// The base64url texts, with dots, of the usual headers: `spellings` for each usable algorithm.
  private let usual: ByteStrings
  private static var spellings: Int { @_noAllocation get { 3 } }
  /// The numbers of their algorithms, a byte each: a key has at most six.
  private let usualNumbers: UInt64
  /// Bits of the algorithms in the allow list, and of those that also fit the key.
  private let allowed: UInt32
  private let usable: UInt32
  /// The accepted values of `typ`, in lower case; empty accepts any.
  private let types: ByteStrings
  private let seed: UInt64
  // Never read. As in Policy: prevents copying all these words to the stack for each token.
  private let pinned = Atomic<UInt8>(0)
  /// The length of a signature in base64url characters, for one asymmetric key; otherwise 0.
  private let signatureLength: Int

  /// - Parameter onlyKey: The single key; nil if each header names its key.
  init(_ expectations: Expectations, onlyKey: VerificationKey?, seed: UInt64) {
    signatureLength = Base64URL.encodedLength(of: onlyKey?.signatureLength ?? 0)
    let names = (0..<AlgorithmID.count).map { number in
      Algorithm.allCases.first { $0.id.number == number }?.rawValue ?? ""
    }
    self.names = ByteStrings(names.map { Array($0.utf8) })
    allowed = expectations.algorithms.mask
    usable = allowed & (onlyKey?.algorithmMask ?? .max)
    // In the order of their numbers, like the bits.
    let usual =
      onlyKey == nil || expectations.type != nil
      ? [] : names.indices.filter { [bits = usable] in bits >> UInt32($0) & 1 == 1 }
    self.usual = ByteStrings(usual.flatMap { Self.usualHeaders(names[$0]) })
    precondition(usual.count <= 8, "a key serves at most six algorithms")
    usualNumbers = usual.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    types = ByteStrings(Self.types(expectations.type?.lowercased()))
    self.seed = seed
  }

  /// The values of `typ` that mean `type`: `application/` may be left out, unless another slash
  /// follows (RFC 7515 §4.1.9).
  private static func types(_ type: String?) -> [[UInt8]] {
    guard let type else { return [] }
    let prefix = "application/"
    let short = type.hasPrefix(prefix) ? String(type.dropFirst(prefix.count)) : type
    return short.contains("/") || short.isEmpty
      ? [Array(type.utf8)] : [Array(short.utf8), Array((prefix + short).utf8)]
  }

  /// Returns the segments and the algorithm of a token with a usual header and a signature as long
  /// as the only key's; nil for any other token.
  ///
  /// Does not search for more dots: if the token is refused later, it must be split fully to find
  /// the right error.
  @_noAllocation @inline(__always)
  borrowing func usualParts(_ token: Span<UInt8>) -> (jws: CompactJWS, algorithm: AlgorithmID)? {
    guard let index = usual.index(ofPrefixOf: token) else { return nil }
    let shift = 8 * UInt64(truncatingIfNeeded: index / Self.spellings)
    let algorithm = AlgorithmID(
      number: Int(truncatingIfNeeded: usualNumbers >> shift & 0xff))
    let header = usual.length(at: index) - 1
    let length = algorithm.isHMAC ? algorithm.tagLength : signatureLength
    guard
      let jws = CompactJWS(token, headerLength: header, signatureLength: length)
    else { return nil }
    return (jws, algorithm)
  }

  /// Returns the algorithm of the header in `token[range]`; decodes it to `scratch` at `offset`.
  ///
  /// - Parameter keyID: Set to the location of `kid` in `scratch`, if present.
  /// - Throws: `base64Invalid`, `headerInvalid`, `criticalUnsupported`, `b64Unsupported`,
  ///   `typeMismatch`, `algorithmNotAllowed`, `algorithmKeyMismatch`.
  @_noAllocation
  borrowing func algorithm(
    _ token: Span<UInt8>, in range: Range<Int>, scratch: inout MutableSpan<UInt8>, at offset: Int,
    keyID: inout JSONValue
  ) throws(JWTError) -> AlgorithmID {
    let count = try Segments.decode(token, range, .header, into: &scratch, at: offset)
    var members = RegisteredMembers()
    if !members.readPlainHeader(&scratch, from: offset, count: count) {
      try scan(&scratch, offset, count, &members)
    }
    guard let name = members[Self.alg].string, isStringOrNull(members[Self.typ]),
      members[Self.kid].isAbsent || members[Self.kid].isString, isStringOrNull(members[Self.cty])
    else { throw .headerInvalid(flaw(of: members)) }
    guard let number = names.index(of: name, scratch) else { throw .algorithmNotAllowed }
    let algorithm = AlgorithmID(number: number)
    guard allowed & algorithm.bit != 0 else { throw .algorithmNotAllowed }
    if !members[Self.crit].isAbsent { throw .criticalUnsupported }
    if !members[Self.b64].isAbsent, members[Self.b64].kind != .true { throw .b64Unsupported }
    if types.count > 0 {
      guard let type = members[Self.typ].string,
        types.index(of: type, scratch, foldingCase: true) != nil
      else { throw .typeMismatch }
    }
    guard usable & algorithm.bit != 0 else { throw .algorithmKeyMismatch }
    keyID = members[Self.kid]
    return algorithm
  }

  /// Whether a parameter is a string, or absent; null counts as absent.
  @_noAllocation @inline(__always)
  private borrowing func isStringOrNull(_ value: JSONValue) -> Bool {
    value.isAbsent || value.isString || value.isNull
  }

  /// Which parameter is absent or of a wrong type.
  @_noAllocation
  private borrowing func flaw(of members: RegisteredMembers) -> TokenFlaw {
    if members[Self.alg].isAbsent { return .noAlgorithm }
    if !members[Self.alg].isString { return .algorithmType }
    if !isStringOrNull(members[Self.typ]) { return .typeType }
    return isStringOrNull(members[Self.cty]) ? .keyIDType : .contentTypeType
  }

  // The indices of the parameters (RFC 7515 §4.1, RFC 7797 §3) in RegisteredMembers.
  private static var alg: Int { @_noAllocation get { 0 } }
  private static var typ: Int { @_noAllocation get { 1 } }
  private static var kid: Int { @_noAllocation get { 2 } }
  private static var cty: Int { @_noAllocation get { 3 } }
  private static var crit: Int { @_noAllocation get { 4 } }
  private static var b64: Int { @_noAllocation get { 5 } }

  /// The index of the parameter whose name is this word, in the form of `JSONString.packed`; nil
  /// for any other name.
  @_noAllocation
  private static func index(packed name: UInt64) -> Int? {
    switch name {
    case 0x0300_0000_0067_6c61: alg
    case 0x0300_0000_0070_7974: typ
    case 0x0300_0000_0064_696b: kid
    case 0x0300_0000_0079_7463: cty
    case 0x0400_0000_7469_7263: crit
    case 0x0300_0000_0034_3662: b64
    default: nil
    }
  }

  /// Records the parameters of any header.
  @_noAllocation
  private borrowing func scan(
    _ scratch: inout MutableSpan<UInt8>, _ offset: Int, _ count: Int,
    _ members: inout RegisteredMembers
  ) throws(JWTError) {
    var scanner = JSONScanner(memberLimit: Self.memberLimit, seed: seed)
    do throws(JSONError) {
      try scanner.open(&scratch, from: offset, count: count)
      while let member = try scanner.next(&scratch) {
        if let index = Self.index(packed: member.name.packed(scratch)) {
          members[index] = member.value
        }
      }
    } catch {
      throw .headerInvalid(error)
    }
  }

  /// The headers that libraries write: PyJWT's order, the order of the others, and the shortest.
  private static func usualHeaders(_ name: String) -> [[UInt8]] {
    [
      #"{"alg":"\#(name)","typ":"JWT"}"#, #"{"typ":"JWT","alg":"\#(name)"}"#,
      #"{"alg":"\#(name)"}"#,
    ]
    .map { Segments.encoded(Array($0.utf8)) + [CompactJWS.dot] }
  }
}
