// Fence: keys by their key ID (RFC 7517 §5, RFC 7515 §4.1.4). Before it: a JWK set, or keys.
// After it: RotatingKeySet, and the one key that a token's header names.

/// An immutable set of keys that verify, each found by its `kid` in one step.
///
/// A token must name its key: one without `kid` is refused unless the set has exactly one key, and an
/// unknown `kid` is refused, never tried on all. A set has secrets or public keys, not both, and no
/// private key.
@safe public final class KeySet: @unchecked Sendable {
  /// The keys that can be used, in their order.
  public let keys: [VerificationKey]
  /// Members of the JWK set that were passed over (RFC 7517 §5): of unknown types, not well formed,
  /// or not meant for verifying.
  public let ignoredCount: Int
  /// Whether the keys are secrets: all of them are, or none.
  let isSecret: Bool
  // Indices of the keys that have an ID, in the table's order.
  private let table: ByteStringTable
  private let entries: UnsafeMutablePointer<Unmanaged<VerificationKey>>
  private let only: Unmanaged<VerificationKey>?

  /// Makes a set of `keys`.
  ///
  /// A key without ``VerificationKey/keyID`` can be found only while it is alone.
  ///
  /// - Throws: `keySetEmpty`, `keySetDuplicateID`, `keySetMixed`.
  public convenience init(_ keys: [VerificationKey]) throws(JWTError) {
    try self.init(keys, ignored: 0)
  }

  /// Makes a set from a JWK set (RFC 7517 §5).
  ///
  /// - Parameters:
  ///   - jwks: A strict JSON object of at most 16 MiB with the member `keys`.
  ///   - allowingShort: Takes secrets that are shorter than the hash, too.
  /// - Throws: `keyMalformed`, `keyMember`, `keySetEmpty`, `keySetDuplicateID`, `keySetMixed`,
  ///   `keySetPrivate`; a member that can't be used is passed over.
  /// - Complexity: O(n) in the text, and a key's preparation for each member.
  public convenience init(
    jwks: borrowing Secret, allowingShort: Bool = false
  ) throws(JWTError) {
    var keys: [VerificationKey] = []
    var ignored = 0
    var ids: Set<[UInt8]> = []
    var kinds = (hasSecrets: false, hasOthers: false)
    try JWKSet.forEachMember(of: jwks) { text throws(JWTError) in
      do throws(JWTError) {
        let jwk = try JWK(text, wanted: .jwk)
        // What a set must not have counts also where the key itself can't be used.
        if let id = jwk.keyID, !ids.insert(Array(id.utf8)).inserted {
          throw .keySetDuplicateID
        }
        if jwk.type == .secret { kinds.hasSecrets = true } else { kinds.hasOthers = true }
        if jwk.type != .secret, jwk.isPrivate { throw .keySetPrivate }
        keys.append(try VerificationKey(jwk, allowingShort: allowingShort, keyID: nil))
      } catch {
        switch error {
        case .keySetDuplicateID, .keySetPrivate, .cryptographyFailed: throw error
        default: ignored += 1
        }
      }
    }
    if kinds.hasSecrets, kinds.hasOthers { throw .keySetMixed }
    try self.init(keys, ignored: ignored)
  }

  /// Makes a set from the text of a JWK set.
  public convenience init(jwks: String) throws(JWTError) { try self.init(jwks: Secret(jwks)) }

  private convenience init(_ keys: [VerificationKey], ignored: Int) throws(JWTError) {
    guard !keys.isEmpty else { throw .keySetEmpty }
    let secrets = keys.count { $0.type == .secret }
    guard secrets == 0 || secrets == keys.count else { throw .keySetMixed }
    let ids = keys.compactMap { $0.keyID.map { Array($0.utf8) } }
    guard Set(ids).count == ids.count else { throw .keySetDuplicateID }
    self.init(unchecked: keys, ignored: ignored)
  }

  /// The set of no keys: it finds none.
  static let none = KeySet(unchecked: [], ignored: 0)

  private init(unchecked keys: [VerificationKey], ignored: Int) {
    let named = keys.filter { $0.keyID != nil }
    let ids = named.compactMap { $0.keyID.map { Array($0.utf8) } }
    self.keys = keys
    ignoredCount = ignored
    isSecret = keys.first?.type == .secret
    table = ByteStringTable(ids, seed: .random(in: .min ... .max))
    // SAFETY: `keys` holds every key as long as this object lives, so a reader need not; the block is
    // initialised whole and freed once, in deinit.
    unsafe entries = .allocate(capacity: max(1, named.count))
    for (index, key) in named.enumerated() {
      unsafe (entries + index).initialize(to: Unmanaged.passUnretained(key))
    }
    unsafe only = keys.count == 1 ? Unmanaged.passUnretained(keys[0]) : nil
  }

  deinit {
    // SAFETY: references that are not counted need no deinitialising.
    unsafe entries.deallocate()
  }

  /// Calls `body` with the key that a header means; false where it means none.
  ///
  /// - Parameter keyID: The header's `kid`, or an absent value.
  func withKey(
    _ keyID: JSONValue, _ scratch: inout MutableSpan<UInt8>,
    _ body: (borrowing VerificationKey.Material, UInt32, inout MutableSpan<UInt8>) throws(JWTError)
      -> Void
  ) throws(JWTError) {
    // SAFETY: this object, and so its keys, lives while the caller reads it.
    let found: Unmanaged<VerificationKey>?
    if let string = keyID.string {
      unsafe found = table.index(of: string, scratch).map { unsafe entries[$0] }
    } else {
      unsafe found = only
    }
    guard let found = unsafe found else { throw .keyNotFound }
    try unsafe found._withUnsafeGuaranteedRef { key in
      Result { () throws(JWTError) in try body(key.material, key.served, &scratch) }
    }.get()
  }
}

/// The text of a JWK set.
enum JWKSet {
  /// Bytes that a set may have: some 30,000 RSA keys.
  static let limit = 1 << 24

  /// Calls `body` with the text of each object in `keys`; other elements as they are.
  static func forEachMember(
    of text: borrowing Secret, _ body: (borrowing Secret) throws(JWTError) -> Void
  ) throws(JWTError) {
    let wanted = JWTError.KeyText.jwkSet
    guard text.count <= limit else { throw .keyMalformed(wanted: wanted, found: .tooLong) }
    let count = text.count
    let holder = WipedBytes(count: count + JSONScanner.workspaceLength(forText: count))
    var keys: JSONValue?
    do throws(JSONError) {
      keys = try text.withBytes { bytes throws(JSONError) in
        try holder.withSpan { room throws(JSONError) in
          room.copy(bytes, 0..<count, to: 0)
          return try keysMember(&room, count)
        }
      }
    } catch {
      throw .keyMalformed(wanted: wanted, found: .brokenJWK)
    }
    guard let keys, keys.isArray else { throw .keyMember(.keys) }
    try text.withBytes { text throws(JWTError) in
      // The scan has found the text good, so elements end where brackets and quotes say so.
      var (depth, start, at) = (0, keys.start + 1, keys.start + 1)
      var isInString = false
      while at < keys.end {
        let byte = text[at]
        if isInString {
          if byte == UInt8(ascii: "\"") { isInString = false }
          if byte == UInt8(ascii: "\\") { at += 1 }
        } else {
          switch byte {
          case UInt8(ascii: "\""): isInString = true
          case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
          case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
          default: break
          }
          if depth < 0 || depth == 0 && byte == UInt8(ascii: ",") {
            let element = text.extracting(start..<at)
            if !isBlank(element) { try body(Secret(copying: element)) }
            start = at + 1
          }
        }
        at += 1
      }
    }
  }

  private static func keysMember(
    _ room: inout MutableSpan<UInt8>, _ count: Int
  ) throws(JSONError) -> JSONValue? {
    var keys: JSONValue?
    var scanner = JSONScanner(seed: .random(in: .min ... .max))
    try scanner.open(&room, count: count)
    while let member = try scanner.next(&room) {
      if member.name.text(room) == "keys" { keys = member.value }
    }
    return keys
  }

  private static func isBlank(_ text: Span<UInt8>) -> Bool {
    for index in 0..<text.count where text[index] > 0x20 { return false }
    return true
  }
}
