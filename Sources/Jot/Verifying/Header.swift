// Checks the protected header (RFC 7515 §4) and finds the algorithm that allow list and key permit.
import Synchronization

/// The requirements on a header.
struct Header: ~Copyable, Sendable {
  /// The most members in a header, nested ones included.
  static var memberLimit: Int { @_noAllocation get { 64 } }

  /// The algorithms' names, indexed by number.
  private let names: ByteStrings
  /// The usual headers of the usable algorithms.
  private let usual: TextFrames
  /// Bits of the algorithms in the allow list, and of those that also fit the key.
  private let allowed: UInt32
  private let usable: UInt32
  /// The accepted values of `typ`, in lower case; empty accepts any.
  private let types: ByteStrings
  private let seed: UInt64
  // Never read. As in Policy: prevents copying all these words to the stack for each token.
  private let pinned = Atomic<UInt8>(0)
  private let hasOneKey: Bool
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
    hasOneKey = onlyKey != nil
    let types = Self.types(expectations.type?.lowercased())
    let required = types.map { String(decoding: $0, as: UTF8.self) }
    usual = UsualHeaders.frames(
      expectations.decodesHeaders
        ? [] : expectations.algorithms.filter { [bits = usable] in bits & $0.id.bit != 0 },
      types: expectations.type == nil
        ? ["JWT", "at+jwt"] : required.contains("jwt") ? ["JWT"] + required : required,
      needsType: expectations.type != nil, withIDsFirst: onlyKey == nil)
    self.types = ByteStrings(types)
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

  /// A token with a usual header.
  struct Usual {
    let jws: CompactJWS
    let algorithm: AlgorithmID
    /// The entry of its key in the set; meaningless with one key.
    let entry: Int
    /// Where its `kid`, of which only the place is known, is in the decoded header; 0..<0 if there is
    /// none, or the set has it.
    let unknownKeyID: Range<Int>
  }

  /// Returns a token with a usual header, a key of the set, and a signature as long as that key's;
  /// nil for any other token.
  ///
  /// Does not search for more dots: if the token is refused later, it must be split fully to find
  /// the right error.
  ///
  /// - Parameter keys: The set; for one key, the set of that one.
  @_noAllocation @inline(__always)
  borrowing func usual(_ token: Span<UInt8>, _ keys: KeySet) -> Usual? {
    guard let header = usual.match(token) else { return nil }
    let algorithm = AlgorithmID(number: header.number)
    var (entry, unknown) = (0, 0..<0)
    if !hasOneKey {
      guard let found = keys.entry(of: header, algorithm, token) else { return nil }
      entry = found
    } else if header.alignment >= 0, keys.entry(of: header, algorithm, token) == nil {
      unknown = header.bytes
    }
    let length =
      algorithm.isHMAC
      ? algorithm.tagLength : hasOneKey ? signatureLength : keys.signatureLength(at: entry)
    guard
      let jws = CompactJWS(token, headerLength: header.length, signatureLength: length)
    else { return nil }
    return Usual(jws: jws, algorithm: algorithm, entry: entry, unknownKeyID: unknown)
  }

  /// Returns whether `token[range]`, a usual header but for its `kid`, has a plain one.
  ///
  /// - Parameter keyID: Where that is in the decoded header.
  @_noAllocation
  borrowing func isPlain(
    _ keyID: Range<Int>, _ token: Span<UInt8>, in range: Range<Int>,
    _ scratch: inout MutableSpan<UInt8>, at offset: Int
  ) -> Bool {
    do throws(JWTError) {
      _ = try Segments.decode(token, range, .header, into: &scratch, at: offset)
      let (start, end) = (offset + keyID.lowerBound, offset + keyID.upperBound)
      // The quotes share characters with it, which were not compared.
      let quote = UInt8(ascii: "\"")
      guard scratch[start - 1] == quote, scratch[end] == quote else { return false }
      if let first = scratch.firstSpecial(from: start) { return first == end }
      // Without a kernel.
      for index in start..<end {
        let byte = scratch[index]
        guard byte >= 0x20, byte < 0x80, byte != quote, byte != UInt8(ascii: "\\") else {
          return false
        }
      }
      return true
    } catch {
      return false
    }
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
}
