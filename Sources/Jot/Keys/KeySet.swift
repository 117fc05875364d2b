// Fence: an index of keys by key ID (RFC 7517 §5, RFC 7515 §4.1.4).

/// An immutable set of verification keys, each found by its `kid` in O(1).
///
/// A token must name its key. A token without `kid` is refused unless the set has exactly one key.
/// An unknown `kid` is refused, never tried on all keys. A set has either secrets or public keys,
/// and no private key.
@safe public final class KeySet: @unchecked Sendable {
  /// The usable keys.
  public let keys: [VerificationKey]
  /// The number of skipped elements of the JWK set (RFC 7517 §5): of unknown types, malformed, not
  /// for verifying, or without `kid` among several keys.
  public let ignoredCount: Int
  /// Whether the keys are secrets: either all are or no key is.
  let isSecret: Bool
  // Indices of the keys that have an ID, in the table's order.
  private let table: ByteStringTable
  private let entries: UnsafeMutablePointer<Unmanaged<VerificationKey>>
  private let only: Unmanaged<VerificationKey>?

  /// The default limit of keys in a set.
  public static let defaultKeyLimit = 1000

  /// Makes a set of `keys`.
  ///
  /// A key without ``VerificationKey/keyID`` can be found only if it is the only key.
  ///
  /// - Parameters:
  ///   - keys: Either secrets or public keys; no two with the same ID.
  ///   - keyLimit: The most keys, ≥ 1.
  /// - Throws: `keySetEmpty`, `keySetDuplicateID`, `keySetMixed`, `keySetTooMany`.
  public convenience init(
    _ keys: [VerificationKey], keyLimit: Int = KeySet.defaultKeyLimit
  ) throws(JWTError) {
    guard keys.count <= keyLimit else { throw .keySetTooMany(limit: keyLimit) }
    try self.init(keys, ignored: 0)
  }

  /// Makes a set from a JWK set (RFC 7517 §5), which may be untrusted.
  ///
  /// Elements that are not objects are skipped before anything is copied for them. Keys that no
  /// token can name are skipped too: at most two keys without `kid` are made, enough to show that
  /// such a key is not the only one. They are last in ``keys``.
  ///
  /// - Parameters:
  ///   - jwks: A strict JSON object of at most 16 MiB with the member `keys`.
  ///   - allowingShort: Also accepts secrets shorter than the hash.
  ///   - keyLimit: The most elements in `keys`, of any kind, ≥ 1. A key costs some 2 KB (RSA 9
  ///     KB) and 50 to 300 µs.
  /// - Throws: `keyMalformed`, `keyMember`, `keySetEmpty`, `keySetDuplicateID`, `keySetMixed`,
  ///   `keySetPrivate`, `keySetTooMany`; an unusable element is skipped.
  /// - Complexity: O(n) in the text, plus reading and checking each key.
  public convenience init(
    jwks: borrowing Secret, allowingShort: Bool = false, keyLimit: Int = KeySet.defaultKeyLimit
  ) throws(JWTError) {
    var (ranges, ignored) = try JWKSet.objects(in: jwks, limit: keyLimit)
    var keys: [VerificationKey] = []
    var ids: Set<[UInt8]> = []
    var kinds = (hasSecrets: false, hasOthers: false)
    for isNamed in [true, false] {
      var nameless: [Range<Int>] = []
      for range in ranges {
        guard isNamed || keys.count < 2 else {
          ignored += 1
          continue
        }
        do throws(JWTError) {
          let text = jwks.withBytes { Secret(copying: $0.extracting(range)) }
          let jwk = try JWK(text, wanted: .jwk)
          if isNamed {
            // Forbidden contents count even if the key itself is unusable.
            if let id = jwk.keyID, !ids.insert(Array(id.utf8)).inserted {
              throw .keySetDuplicateID
            }
            if jwk.type == .secret { kinds.hasSecrets = true } else { kinds.hasOthers = true }
            if jwk.type != .secret, jwk.isPrivate { throw .keySetPrivate }
            if jwk.keyID == nil {
              nameless.append(range)
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
      ranges = nameless
    }
    if kinds.hasSecrets, kinds.hasOthers { throw .keySetMixed }
    try self.init(keys, ignored: ignored)
  }

  /// Makes a set from the text of a JWK set, as ``init(jwks:allowingShort:keyLimit:)`` does.
  ///
  /// - Parameters:
  ///   - jwks: A strict JSON object of at most 16 MiB with the member `keys`; may be untrusted.
  ///   - keyLimit: The most elements in `keys`, of any kind, ≥ 1.
  /// - Throws: As for a `Secret`.
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

  /// The empty set; every lookup fails.
  static let none = KeySet(unchecked: [], ignored: 0)

  private init(unchecked keys: [VerificationKey], ignored: Int) {
    let named = keys.filter { $0.keyID != nil }
    let ids = named.compactMap { $0.keyID.map { Array($0.utf8) } }
    self.keys = keys
    ignoredCount = ignored
    isSecret = keys.first?.type == .secret
    table = ByteStringTable(ids, seed: .random(in: .min ... .max))
    // SAFETY: `keys` retains every key as long as this object lives, so a reader need not. The
    // block is initialised whole and freed once, in deinit.
    unsafe entries = .allocate(capacity: max(1, named.count))
    for (index, key) in named.enumerated() {
      unsafe (entries + index).initialize(to: Unmanaged.passUnretained(key))
    }
    unsafe only = keys.count == 1 ? Unmanaged.passUnretained(keys[0]) : nil
  }

  deinit {
    // SAFETY: unretained references need no deinitialising.
    unsafe entries.deallocate()
  }

  /// Calls `body` with the key that a header selects; returns false if there is no such key.
  ///
  /// - Parameter keyID: The header's `kid`, or an absent value.
  func withKey(
    _ keyID: JSONValue, _ scratch: inout MutableSpan<UInt8>,
    _ body: (borrowing VerificationKey.Material, UInt32, inout MutableSpan<UInt8>) throws(JWTError)
      -> Void
  ) throws(JWTError) {
    // SAFETY: this object, and so its keys, live while the caller reads them.
    let found: Unmanaged<VerificationKey>?
    if let string = keyID.string {
      unsafe found = table.index(of: string, scratch).map { unsafe entries[$0] }
    } else {
      unsafe found = only
    }
    guard let found = unsafe found else { throw .keyNotFound }
    try unsafe found._withUnsafeGuaranteedRef { key in
      Result { () throws(JWTError) in try body(key.material, key.algorithmMask, &scratch) }
    }.get()
  }
}

/// The text of a JWK set.
enum JWKSet {
  /// The most bytes in a set: some 30,000 RSA keys.
  static let limit = 1 << 24

  /// Returns the ranges of the objects in `keys` and the number of other elements.
  ///
  /// - Parameter limit: The most elements.
  static func objects(
    in text: borrowing Secret, limit: Int
  ) throws(JWTError) -> (ranges: [Range<Int>], others: Int) {
    let wanted = JWTError.KeyText.jwkSet
    guard text.count <= Self.limit else { throw .keyMalformed(wanted: wanted, found: .tooLong) }
    let count = text.count
    let buffer = ZeroizedBuffer(count: count + JSONScanner.workspaceLength(forText: count))
    var keys: JSONValue?
    do throws(JSONError) {
      keys = try text.withBytes { bytes throws(JSONError) in
        try buffer.withSpan { span throws(JSONError) in
          span.copy(bytes, 0..<count, to: 0)
          return try keysMember(&span, count)
        }
      }
    } catch {
      throw .keyMalformed(wanted: wanted, found: .brokenJWK)
    }
    guard let keys, keys.isArray else { throw .keyMember(.keys) }
    return try buffer.withSpan { span throws(JWTError) in
      var (ranges, others): ([Range<Int>], Int) = ([], 0)
      var elements = JSONElements(keys)
      while let element = elements.next(span) {
        guard ranges.count + others < limit else { throw .keySetTooMany(limit: limit) }
        if element.kind == .object { ranges.append(element.range) } else { others += 1 }
      }
      return (ranges, others)
    }
  }

  private static func keysMember(
    _ span: inout MutableSpan<UInt8>, _ count: Int
  ) throws(JSONError) -> JSONValue? {
    var keys: JSONValue?
    var scanner = JSONScanner(seed: .random(in: .min ... .max))
    try scanner.open(&span, count: count)
    while let member = try scanner.next(&span) {
      if member.name.text(span) == "keys" { keys = member.value }
    }
    return keys
  }
}
