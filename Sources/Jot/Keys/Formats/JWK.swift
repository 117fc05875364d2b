// JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2): read, and written as a key's public JWK and
// its thumbprint (RFC 7638).

/// A JWK that was read but not made into a key.
///
/// Its members stay in a buffer that is wiped; only names and public values become strings.
struct JWK: ~Copyable {
  let type: KeyType
  let keyID: String?
  /// The only algorithm of the key, from `alg`.
  let algorithm: Algorithm?
  let isPrivate: Bool
  private let text: ZeroizedBuffer
  private let members: [Name: JSONValue]

  /// A member that Jot reads.
  typealias Name = JWTError.JWKMember

  /// Reads a JWK that something may be wrapped around.
  init(reading text: borrowing Secret, wanted: JWTError.KeyText) throws(JWTError) {
    self = try WrappedKey.read(text) { text, format, _ throws(JWTError) in
      if format == .jwkSet { throw .keyMalformed(wanted: wanted, found: .jwkSet) }
      return try JWK(text, wanted: wanted)
    }
  }

  /// Reads `text`, which must be one strict JSON object.
  init(_ text: borrowing Secret, wanted: JWTError.KeyText) throws(JWTError) {
    guard text.count <= PEMBlock.limit else { throw .keyMalformed(wanted: wanted, found: .tooLong) }
    let count = text.count
    let holder = ZeroizedBuffer(count: count + JSONScanner.workspaceLength(forText: count))
    let members: [Name: JSONValue]
    do throws(JSONError) {
      members = try text.withBytes { bytes throws(JSONError) in
        try holder.withSpan { span throws(JSONError) in
          span.copy(bytes, 0..<count, to: 0)
          return try Self.scan(&span, count)
        }
      }
    } catch {
      throw .keyMalformed(wanted: wanted, found: .brokenJWK)
    }
    func string(_ name: Name) throws(JWTError) -> String? {
      guard let value = members[name] else { return nil }
      guard let string = value.string else { throw .keyMember(name, .type) }
      let text = holder.withSpan { string.text($0) }
      // Swift compares canonically equivalent texts as equal: U+212A is not a K. A kid is compared
      // as bytes.
      guard name == .kid || text.utf8.allSatisfy({ $0 < 0x80 }) else {
        throw .keyUnsupported(name == .alg ? .otherUse : .otherJWK)
      }
      return text
    }
    guard let kind = try string(.kty) else { throw .keyMember(.kty, .absent) }
    var curve: String?
    if kind == "EC" || kind == "OKP" {
      curve = try string(.crv)
      if curve == nil { throw .keyMember(.crv, .absent) }
    }
    guard let type = KeyType(jwkType: kind, curve: curve) else {
      throw .keyUnsupported(.otherJWK)
    }
    let keyID = try string(.kid)
    var algorithm: Algorithm?
    if let name = try string(.alg) {
      algorithm = Algorithm(rawValue: name)
      guard let algorithm else { throw .keyUnsupported(.otherUse) }
      guard type.algorithms.contains(algorithm) else { throw .keyAlgorithmMismatch }
    }
    (self.type, self.keyID, self.algorithm) = (type, keyID, algorithm)
    isPrivate = type == .secret || members[.d] != nil
    self.text = holder
    self.members = members
  }

  /// Returns the `kid` in the text of a JWK that may be unusable otherwise.
  static func keyID(in text: borrowing Secret) -> String? {
    let count = text.count
    let holder = ZeroizedBuffer(count: count + JSONScanner.workspaceLength(forText: count))
    return text.withBytes { bytes in
      holder.withSpan { span in
        span.copy(bytes, 0..<count, to: 0)
        return (try? scan(&span, count))?[.kid]?.string?.text(span)
      }
    }
  }

  private static func scan(
    _ span: inout MutableSpan<UInt8>, _ count: Int
  ) throws(JSONError) -> [Name: JSONValue] {
    var members: [Name: JSONValue] = [:]
    var scanner = JSONScanner(seed: .random(in: .min ... .max))
    try scanner.open(&span, count: count)
    while let member = try scanner.next(&span) {
      // Null counts as absent: these members are optional, or missed below (RFC 7517 §4).
      if !member.value.isNull, let name = Name(rawValue: member.name.text(span)) {
        members[name] = member.value
      }
    }
    return members
  }

  /// The kind of the JWK, for an error.
  var kind: JWTError.KeyText {
    type == .secret ? .secretJWK : isPrivate ? .privateKey : .publicKey
  }

  /// Checks that `use` and `key_ops` allow `operation`, `verify` or `sign` (RFC 7517 §4.2, §4.3).
  func checkUse(_ operation: String) throws(JWTError) {
    if let use = members[.use] {
      guard let use = use.string else { throw .keyMember(.use, .type) }
      guard text.withSpan({ use.text($0) }) == "sig" else { throw .keyUse }
    }
    if let operations = members[.keyOperations] {
      guard operations.isArray, let allowed = text.withSpan({ Self.strings(operations, $0) }),
        Set(allowed).count == allowed.count
      else { throw .keyMember(.keyOperations, .type) }
      guard allowed.contains(operation) else { throw .keyUse }
    }
  }

  /// The strings of an array; nil if an element is not a string.
  private static func strings(
    _ array: JSONValue, _ span: borrowing MutableSpan<UInt8>
  ) -> [String]? {
    var elements = JSONStrings(array)
    var strings: [String] = []
    while true {
      switch elements.next(span) {
      case .string(let element): strings.append(element.text(span))
      case .other: return nil
      case .end: return strings
      }
    }
  }

  /// The secret of an `oct` key.
  func secret() throws(JWTError) -> Secret { try octets(.k) }

  /// The key's public half.
  func publicKey() throws(JWTError) -> ParsedKey {
    try checkUse("verify")
    return ParsedKey(try handle(isPrivate: false), keyID: keyID, algorithm: algorithm)
  }

  /// The private key.
  func privateKey() throws(JWTError) -> ParsedKey {
    try checkUse("sign")
    return ParsedKey(try handle(isPrivate: true), keyID: keyID, algorithm: algorithm)
  }

  private func handle(isPrivate: Bool) throws(JWTError) -> KeyHandle {
    switch type {
    case .secret: throw .keyMalformed(wanted: .publicKey, found: .secretJWK)
    case .rsa: return try rsa(isPrivate)
    case .p256, .p384, .p521, .secp256k1: return try curve(isPrivate)
    case .ed25519, .ed448: return try edwards(isPrivate)
    }
  }

  private func rsa(_ isPrivate: Bool) throws(JWTError) -> KeyHandle {
    var numbers = KeyNumbers()
    let names: [Name] = [.n, .e, .d, .p, .q, .dp, .dq, .qi]
    // RFC 7518 §6.3.2: the numbers after d are all present or all absent.
    let count = !isPrivate ? 2 : names[3...].contains { members[$0] != nil } ? 8 : 3
    // More than two primes: rare, and not covered by OpenSSL's checks.
    if isPrivate, members[.otherPrimes] != nil { throw .keyUnsupported(.manyPrimes) }
    for (name, parameter) in zip(names, KeyNumbers.rsaNames).prefix(count) {
      try add(name, as: parameter, to: &numbers, isPrivate: isPrivate)
    }
    guard let key = UncheckedKey(numbers) else {
      throw .keyMember(isPrivate ? .d : .n, .contradiction)
    }
    do throws(JWTError) {
      return try KeyHandle(key)
    } catch {
      // Here the number is a member.
      if case .number(let name) = error.detail { throw .keyMember(name, .contradiction) }
      throw error
    }
  }

  private func curve(_ isPrivate: Bool) throws(JWTError) -> KeyHandle {
    guard let group = type.group else { throw .keyUnsupported(.otherAlgorithm) }
    var numbers = KeyNumbers(group: group)
    // SEC 1 §2.3.3: both coordinates, uncompressed.
    var point: [UInt8] = [4]
    for name in [Name.x, .y] {
      let coordinate = try octets(name, width: type.width)
      coordinate.withBytes { bytes in for index in 0..<bytes.count { point.append(bytes[index]) } }
    }
    numbers.add("pub", octets: point.span)
    if isPrivate {
      let d = try octets(.d, width: type.width)
      d.withBytes { numbers.add("priv", $0, isPrivate: true) }
    }
    // The widths are right, so OpenSSL refuses the point, or a number beyond the order.
    guard let key = UncheckedKey(numbers) else {
      throw isPrivate ? .keyMember(.d, .contradiction) : .keyInvalidPoint
    }
    return try KeyHandle(key)
  }

  private func edwards(_ isPrivate: Bool) throws(JWTError) -> KeyHandle {
    let x = try octets(.x, width: type.width)
    guard isPrivate else {
      guard let key = x.withBytes({ UncheckedKey(type, publicBytes: $0) }) else {
        throw .cryptographyFailed
      }
      return try KeyHandle(key)
    }
    let d = try octets(.d, width: type.width)
    guard let key = d.withBytes({ UncheckedKey(type, privateBytes: $0) }) else {
      throw .cryptographyFailed
    }
    let derived = key.rawPublicKey ?? []
    guard x.withBytes({ $0.equals(derived.span, in: 0..<$0.count) }) else {
      throw .keyMember(.x, .contradiction)
    }
    return try KeyHandle(key)
  }

  /// Adds an RSA number; leading zeros are refused (RFC 7518 §6.3.1.1).
  private func add(
    _ name: Name, as parameter: StaticString, to numbers: inout KeyNumbers, isPrivate: Bool = false
  ) throws(JWTError) {
    let number = try octets(name)
    try number.withBytes { bytes throws(JWTError) in
      guard bytes.count > 0, bytes[0] != 0 else { throw .keyMember(name, .zeros) }
      numbers.add(parameter, bytes, isPrivate: isPrivate)
    }
  }

  /// The bytes of a member, which must be canonical base64url of `width` bytes, if given.
  private func octets(_ name: Name, width: Int? = nil) throws(JWTError) -> Secret {
    guard let member = members[name] else { throw .keyMember(name, .absent) }
    guard let string = member.string else { throw .keyMember(name, .type) }
    let characters = text.withSpan { Secret(string, $0) }
    let octets = ZeroizedBuffer(count: characters.count)
    return try characters.withBytes { characters throws(JWTError) in
      try octets.withSpan { octets throws(JWTError) in
        guard
          let length = try? Base64URL.decode(
            characters, in: 0..<characters.count, into: &octets)
        else { throw .keyMember(name, .base64) }
        guard width == nil || length == width else { throw .keyMember(name, .length) }
        return Secret(copying: octets.span.extracting(first: length))
      }
    }
  }
}

extension KeyHandle {
  /// The public key's required members in the order of their names (RFC 7638 §3.2).
  private var requiredMembers: [JSON.Member]? {
    guard let numbers = publicMembers else { return nil }
    var members = [JSON.Member("kty", .string(type.jwkType))]
    if type != .rsa { members.append(JSON.Member("crv", .string(type.rawValue))) }
    for (name, bytes) in numbers {
      members.append(
        JSON.Member(name, .string(String(decoding: Segments.encoded(bytes), as: UTF8.self))))
    }
    return members.sorted { $0.name < $1.name }
  }

  /// The public key as a JWK; nil if OpenSSL fails.
  func publicJWK(keyID: String?, algorithm: Algorithm?) -> JSON? {
    guard var members = requiredMembers else { return nil }
    if let keyID { members.append(JSON.Member("kid", .string(keyID))) }
    if let algorithm { members.append(JSON.Member("alg", .string(algorithm.rawValue))) }
    members.append(JSON.Member("use", .string("sig")))
    return .object(members)
  }

  /// The private key as a JWK: the public one and the private numbers; nil if OpenSSL fails.
  func privateJWK(keyID: String?, algorithm: Algorithm?) -> Secret? {
    guard let numbers = privateMembers,
      let publicText = publicJWK(keyID: keyID, algorithm: algorithm)?.utf8
    else { return nil }
    var text: [UInt8] = []
    // Reserved beforehand: an array that grows leaves copies behind.
    text.reserveCapacity(
      publicText.count + numbers.reduce(0) { $0 + 16 + 2 * $1.bytes.count })
    defer { wipe(&text) }
    text += publicText.dropLast()
    for number in numbers {
      text += Array(",\"\(number.name)\":\"".utf8)
      number.bytes.withSpan { bytes in
        var encoded = [UInt8](repeating: 0, count: Base64URL.encodedLength(of: bytes.count))
        defer { wipe(&encoded) }
        var span = encoded.mutableSpan
        // The portable kernel keeps no number in vector registers, which a debug build spills.
        _ = try? Base64URL.encode(
          bytes.span, in: 0..<bytes.count, into: &span, at: 0, kernel: .portable)
        text += encoded
      }
      text.append(UInt8(ascii: "\""))
    }
    text.append(UInt8(ascii: "}"))
    return Secret(copying: text.span)
  }

  /// The thumbprint (RFC 7638) with SHA-256, as base64url; nil if OpenSSL fails.
  var thumbprint: String? {
    guard let members = requiredMembers else { return nil }
    let text = JSON.object(members).utf8
    let digest = SHA2.sha256.hash(text.span, in: 0..<text.count)
    guard digest.count > 0 else { return nil }
    return String(
      decoding: Segments.encoded((0..<digest.count).map { digest[$0] }), as: UTF8.self)
  }
}
