// The protected header (RFC 7515 §4). Before it: CompactJWS. After it: the algorithm that the
// verifier's list and the key agree on; the signature is checked with no other.
import Synchronization

/// What a verifier demands of a header.
struct Header: ~Copyable, Sendable {
  /// Members that a header may have, nested ones included.
  static var memberLimit: Int { @_noAllocation get { 64 } }

  /// The algorithms' names, each at its number.
  private let names: ByteStrings
  /// The base64url texts of the usual headers and their dots, ``spellings`` of them for each usable
  /// algorithm.
  private let usual: ByteStrings
  private static var spellings: Int { @_noAllocation get { 3 } }
  /// The numbers of their algorithms, a byte each: a key serves at most six.
  private let usualNumbers: UInt64
  /// Bits of the algorithms in the allow list, and of those that also fit the key.
  private let allowed: UInt32
  private let usable: UInt32
  /// What `typ` may be, in lower case; none where nothing is asked.
  private let types: ByteStrings
  private let seed: UInt64
  // As in Policy: keeps all these words from being copied to the stack for each token.
  private let place = Atomic<UInt8>(0)
  /// Characters of the one key's signatures, where it is not a secret.
  private let signatureLength: Int

  /// - Parameters:
  ///   - usable: Bits of what the one key serves; nil where each header names its key.
  ///   - signatureLength: Bytes in the one key's signatures, where it is not a secret.
  init(
    allowed: [Algorithm], usable: UInt32?, signatureLength: Int, type: String?, seed: UInt64
  ) {
    self.signatureLength = Base64URL.encodedLength(of: signatureLength)
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
    precondition(usual.count <= 8, "a key serves at most six algorithms")
    usualNumbers = usual.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    types = ByteStrings(
      type.map { [Array($0.lowercased().utf8), Array("application/\($0.lowercased())".utf8)] } ?? []
    )
    self.seed = seed
  }

  /// Returns the parts of a token whose header is a usual one and whose signature is as long as the
  /// one key's are, and its algorithm's number; nil for any other.
  ///
  /// Nobody has looked for further dots: a token that is refused afterwards has to be split plainly,
  /// for the right reason.
  @_noAllocation @inline(__always)
  borrowing func usualParts(_ token: Span<UInt8>) -> (jws: CompactJWS, algorithm: Int)? {
    guard let index = usual.index(ofPrefixOf: token) else { return nil }
    let place = UInt64(truncatingIfNeeded: index / Self.spellings)
    let number = Int(truncatingIfNeeded: usualNumbers >> (8 * place) & 0xff)
    let header = usual.length(at: index) - 1
    let length = number < 3 ? Self.tagLength(number) : signatureLength
    guard
      let jws = CompactJWS(token, headerLength: header, signatureLength: length)
    else { return nil }
    return (jws, number)
  }

  /// Returns the number of the algorithm of the header in `token[range]`, which is decoded to
  /// `scratch` at `place`.
  ///
  /// - Parameter keyID: Set to the place of `kid` in `scratch`, where there is one.
  /// - Throws: `base64Invalid`, `headerInvalid`, `criticalUnsupported`, `b64Unsupported`,
  ///   `typeMismatch`, `algorithmNotAllowed`, `algorithmKeyMismatch`.
  @_noAllocation
  borrowing func algorithm(
    _ token: Span<UInt8>, in range: Range<Int>, scratch: inout MutableSpan<UInt8>, at place: Int,
    keyID: inout JSONValue
  ) throws(JWTError) -> Int {
    let count = try Segments.decode(token, range, .header, into: &scratch, at: place)
    var values = HeaderValues()
    if !values.readPlain(&scratch, from: place, count: count) {
      try scan(&scratch, place, count, &values)
    }
    guard let name = values.alg.string, values.typ.isAbsent || values.typ.isString,
      values.kid.isAbsent || values.kid.isString, values.cty.isAbsent || values.cty.isString
    else { throw .headerInvalid }
    guard let number = names.index(of: name, scratch), allowed >> UInt32(number) & 1 == 1 else {
      throw .algorithmNotAllowed
    }
    if !values.crit.isAbsent { throw .criticalUnsupported }
    if !values.b64.isAbsent, values.b64.kind != .true { throw .b64Unsupported }
    if types.count > 0 {
      guard let type = values.typ.string,
        types.index(of: type, scratch, foldingCase: true) != nil
      else { throw .typeMismatch }
    }
    guard usable >> UInt32(number) & 1 == 1 else { throw .algorithmKeyMismatch }
    keyID = values.kid
    return number
  }

  /// Characters of the tags of HS256, HS384 and HS512.
  @_noAllocation @inline(__always)
  private static func tagLength(_ number: Int) -> Int {
    number == 0 ? 43 : number == 1 ? 64 : 86
  }

  /// Notes the parameters of a header of any kind.
  @_noAllocation
  private borrowing func scan(
    _ scratch: inout MutableSpan<UInt8>, _ place: Int, _ count: Int, _ values: inout HeaderValues
  ) throws(JWTError) {
    var scanner = JSONScanner(memberLimit: Self.memberLimit, seed: seed)
    do throws(JSONError) {
      try scanner.open(&scratch, from: place, count: count)
      while let member = try scanner.next(&scratch) {
        switch member.name.packed(scratch) {
        case ShortName.alg: values.alg = member.value
        case ShortName.typ: values.typ = member.value
        case ShortName.kid: values.kid = member.value
        case ShortName.cty: values.cty = member.value
        case ShortName.crit: values.crit = member.value
        case ShortName.b64: values.b64 = member.value
        default: break
        }
      }
    } catch {
      throw .headerInvalid
    }
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
    .map { Segments.encoded(Array($0.utf8)) + [CompactJWS.dot] }
  }
}
