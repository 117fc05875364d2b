// The protected header (RFC 7515 §4). Before it: CompactJWS. After it: the algorithm that the
// verifier's list and the key agree on; the signature is checked with no other.

/// What a verifier demands of a header.
struct Header: ~Copyable, Sendable {
  /// Members that a header may have, nested ones included.
  static var memberLimit: Int { @_noAllocation get { 64 } }

  /// The algorithms' names, each at its number.
  private let names: ByteStrings
  /// The base64url texts of the usual headers, ``spellings`` of them for each usable algorithm.
  private let usual: ByteStrings
  private static var spellings: Int { @_noAllocation get { 3 } }
  /// Bits of the algorithms in the allow list, and of those that also fit the key.
  private let allowed: UInt32
  private let usable: UInt32
  /// What `typ` may be, in lower case; none where nothing is asked.
  private let types: ByteStrings
  private let seed: UInt64

  /// - Parameter usable: Bits of what the one key serves; nil where each header names its key.
  init(allowed: [Algorithm], usable: UInt32?, type: String?, seed: UInt64) {
    let names = (0..<Algorithm.numbers).map { number in
      Algorithm.allCases.first { $0.number == number }?.rawValue ?? ""
    }
    self.names = ByteStrings(names.map { Array($0.utf8) })
    self.allowed = allowed.bits
    self.usable = self.allowed & (usable ?? .max)
    // In the order of their numbers, as the bits stand.
    let usual =
      usable == nil || type != nil
      ? []
      : names.indices.filter { [bits = self.usable] in
        bits >> UInt32($0) & 1 == 1
      }
    self.usual = ByteStrings(usual.flatMap { Self.usualHeaders(names[$0]) })
    types = ByteStrings(
      type.map { [Array($0.lowercased().utf8), Array("application/\($0.lowercased())".utf8)] } ?? []
    )
    self.seed = seed
  }

  /// Returns the number of the algorithm of the header in `token[range]`.
  ///
  /// A usual header is compared as text; any other is decoded to `scratch` at `place` and scanned.
  ///
  /// - Parameter keyID: Set to the place of `kid` in `scratch`, where there is one.
  /// - Throws: `base64Invalid`, `headerInvalid`, `criticalUnsupported`, `b64Unsupported`,
  ///   `typeMismatch`, `algorithmNotAllowed`, `algorithmKeyMismatch`.
  @_noAllocation
  borrowing func algorithm(
    _ token: Span<UInt8>, in range: Range<Int>, scratch: inout MutableSpan<UInt8>, at place: Int,
    keyID: inout JSONValue
  ) throws(JWTError) -> Int {
    if let index = usual.index(of: token, in: range) {
      return number(ofUsable: index / Self.spellings)
    }
    let number = try scan(token, range, &scratch, place, &keyID)
    guard usable >> UInt32(number) & 1 == 1 else { throw .algorithmKeyMismatch }
    return number
  }

  /// Returns the number of the usable algorithm at `index`: the place of that bit.
  @_noAllocation @inline(__always)
  private borrowing func number(ofUsable index: Int) -> Int {
    var bits = usable
    for _ in 0..<index { bits &= bits &- 1 }
    return bits.trailingZeroBitCount
  }

  /// Reads any header and returns its algorithm's number, which is one of the allow list.
  @_noAllocation
  private borrowing func scan(
    _ token: Span<UInt8>, _ range: Range<Int>, _ scratch: inout MutableSpan<UInt8>, _ place: Int,
    _ keyID: inout JSONValue
  ) throws(JWTError) -> Int {
    let count = try Segments.decode(token, range, .header, into: &scratch, at: place)
    var number: Int?
    var hasAlgorithm = false
    var isCritical = false
    var isUnencoded = false
    var fitsType = types.count == 0
    var scanner = JSONScanner(memberLimit: Self.memberLimit, seed: seed)
    do throws(JSONError) {
      try scanner.open(&scratch, from: place, count: count)
      while let member = try scanner.next(&scratch) {
        let value = member.value
        let string = value.string
        switch member.name.packed(scratch) {
        case ShortName.alg:
          guard let string else { throw .syntax(value.start) }
          hasAlgorithm = true
          number = names.index(of: string, scratch)
        case ShortName.typ:
          guard let string else { throw .syntax(value.start) }
          if types.index(of: string, scratch, foldingCase: true) != nil { fitsType = true }
        case ShortName.kid:
          guard string != nil else { throw .syntax(value.start) }
          keyID = value
        case ShortName.cty:
          guard string != nil else { throw .syntax(value.start) }
        case ShortName.crit:
          isCritical = true
        case ShortName.b64:
          isUnencoded = value.kind != .true
        default: break
        }
      }
    } catch {
      throw .headerInvalid
    }
    guard hasAlgorithm else { throw .headerInvalid }
    guard let number, allowed >> UInt32(number) & 1 == 1 else { throw .algorithmNotAllowed }
    if isCritical { throw .criticalUnsupported }
    if isUnencoded { throw .b64Unsupported }
    guard fitsType else { throw .typeMismatch }
    return number
  }

  /// The base64url text, and its dot, of a header to be signed.
  static func text(
    _ algorithm: Algorithm, keyID: String?, type: String?, contentType: String?
  ) -> [UInt8] {
    var members = [JSON.Member("alg", .string(algorithm.rawValue))]
    if let contentType { members.append(JSON.Member("cty", .string(contentType))) }
    if let keyID { members.append(JSON.Member("kid", .string(keyID))) }
    if let type { members.append(JSON.Member("typ", .string(type))) }
    return Segments.encoded(JSON.object(members).utf8) + [CompactJWS.dot]
  }

  /// The headers that libraries write: PyJWT's order, everyone else's, and the shortest.
  private static func usualHeaders(_ name: String) -> [[UInt8]] {
    [
      #"{"alg":"\#(name)","typ":"JWT"}"#, #"{"typ":"JWT","alg":"\#(name)"}"#,
      #"{"alg":"\#(name)"}"#,
    ]
    .map { Segments.encoded(Array($0.utf8)) }
  }
}
