// Fence: keys by their key ID (RFC 7517 §5, RFC 7515 §4.1.4). Before it: a JWK set, or keys.
// After it: RotatingKeySet, and the one key that a token's header names.

/// An immutable set of keys that verify, each found by its `kid` in one step.
///
/// A token must name its key: one without `kid` is refused unless the set has exactly one key, and an
/// unknown `kid` is refused, never tried on all. A set has secrets or public keys, not both, and no
/// private key.
@safe public final class KeySet: @unchecked Sendable {
  /// The keys that can be used.
  public let keys: [VerificationKey]
  /// Members of the JWK set that were passed over (RFC 7517 §5): of unknown types, not well formed,
  /// not meant for verifying, or without `kid` where others are.
  public let ignoredCount: Int
  /// Whether the keys are secrets: all of them are, or none.
  let isSecret: Bool
  // Indices of the keys that have an ID, in the table's order.
  private let table: ByteStringTable
  private let entries: UnsafeMutablePointer<Unmanaged<VerificationKey>>
  private let only: Unmanaged<VerificationKey>?

  /// Keys that a set may have if nothing else is said.
  public static let defaultKeyLimit = 1000

  /// Makes a set of `keys`.
  ///
  /// A key without ``VerificationKey/keyID`` can be found only while it is alone.
  ///
  /// - Parameter keyLimit: Keys that there may be, ≥ 1.
  /// - Throws: `keySetEmpty`, `keySetDuplicateID`, `keySetMixed`, `keySetTooMany`.
  public convenience init(
    _ keys: [VerificationKey], keyLimit: Int = KeySet.defaultKeyLimit
  ) throws(JWTError) {
    guard keys.count <= keyLimit else { throw .keySetTooMany(limit: keyLimit) }
    try self.init(keys, ignored: 0)
  }

  /// Makes a set from a JWK set (RFC 7517 §5), which may be a stranger's.
  ///
  /// Elements that are no object are passed over before anything is copied for them, and so are keys
  /// that no token can find: of those without `kid` at most two are made, which tell that none of them
  /// is alone. ``keys`` has them last.
  ///
  /// - Parameters:
  ///   - jwks: A strict JSON object of at most 16 MiB with the member `keys`.
  ///   - allowingShort: Takes secrets that are shorter than the hash, too.
  ///   - keyLimit: Elements that `keys` may have, whatever they are, ≥ 1. A key costs some 2 KB (RSA 9
  ///     KB) and 50 to 300 µs.
  /// - Throws: `keyMalformed`, `keyMember`, `keySetEmpty`, `keySetDuplicateID`, `keySetMixed`,
  ///   `keySetPrivate`, `keySetTooMany`; a member that can't be used is passed over.
  /// - Complexity: O(n) in the text, and a key's reading and checks for each member.
  public convenience init(
    jwks: borrowing Secret, allowingShort: Bool = false, keyLimit: Int = KeySet.defaultKeyLimit
  ) throws(JWTError) {
    var (places, ignored) = try JWKSet.objects(in: jwks, limit: keyLimit)
    var keys: [VerificationKey] = []
    var ids: Set<[UInt8]> = []
    var kinds = (hasSecrets: false, hasOthers: false)
    for isNamed in [true, false] {
      var nameless: [Range<Int>] = []
      for place in places {
        guard isNamed || keys.count < 2 else {
          ignored += 1
          continue
        }
        do throws(JWTError) {
          let text = jwks.withBytes { Secret(copying: $0.extracting(place)) }
          let jwk = try JWK(text, wanted: .jwk)
          if isNamed {
            // What a set must not have counts also where the key itself can't be used.
            if let id = jwk.keyID, !ids.insert(Array(id.utf8)).inserted {
              throw .keySetDuplicateID
            }
            if jwk.type == .secret { kinds.hasSecrets = true } else { kinds.hasOthers = true }
            if jwk.type != .secret, jwk.isPrivate { throw .keySetPrivate }
            if jwk.keyID == nil {
              nameless.append(place)
              continue
            }
          }
          keys.append(try VerificationKey(jwk, allowingShort: allowingShort, keyID: nil))
        } catch {
          switch error {
          case .keySetDuplicateID, .keySetPrivate, .cryptographyFailed: throw error
          default: ignored += 1
          }
        }
      }
      places = nameless
    }
    if kinds.hasSecrets, kinds.hasOthers { throw .keySetMixed }
    try self.init(keys, ignored: ignored)
  }

  /// Makes a set from the text of a JWK set.
  public convenience init(
    jwks: String, keyLimit: Int = KeySet.defaultKeyLimit
  ) throws(JWTError) {
    try self.init(jwks: Secret(jwks), keyLimit: keyLimit)
  }

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

  /// Returns where the objects in `keys` stand, and how many other elements there are.
  ///
  /// - Parameter limit: Elements that there may be.
  static func objects(
    in text: borrowing Secret, limit: Int
  ) throws(JWTError) -> (places: [Range<Int>], others: Int) {
    let wanted = JWTError.KeyText.jwkSet
    guard text.count <= Self.limit else { throw .keyMalformed(wanted: wanted, found: .tooLong) }
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
    return try text.withBytes { text throws(JWTError) in
      // The scan has found the text good, so elements end where brackets and quotes say so.
      var (places, others): ([Range<Int>], Int) = ([], 0)
      var (depth, at) = (0, keys.start + 1)
      // Where the element begins, once its first byte was met.
      var start: Int?
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
            if let start {
              guard places.count + others < limit else { throw .keySetTooMany(limit: limit) }
              if text[start] == UInt8(ascii: "{") { places.append(start..<at) } else { others += 1 }
            }
            start = nil
          } else if start == nil, byte > 0x20 {
            start = at
          }
        }
        at += 1
      }
      return (places, others)
    }
  }

  private static func keysMember(
    _ room: inout MutableSpan<UInt8>, _ count: Int
  ) throws(JSONError) -> JSONValue? {
    var keys: JSONValue?
    var scanner = JSONScanner(seed: .random(in: .min ... .max))
    try scanner.open(&room, count: count)
    while let member = try scanner.next(&room) {
      if member.name.packed(room) == ShortName.pack("keys") { keys = member.value }
    }
    return keys
  }
}
