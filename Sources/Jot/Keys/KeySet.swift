// Fence: an index of keys by key ID (RFC 7517 §5, RFC 7515 §4.1.4).

/// An immutable set of verification keys, each found by its `kid` in O(1).
///
/// A token's key is found by its `kid`, then by what fits its algorithm: keys with one `kid` are
/// told apart by their algorithms (RFC 7517 §4.5). A token without `kid` is verified if exactly one
/// key of the set fits its algorithm (RFC 7515 appendix D); the second such key, as in a rotation,
/// ends that. An unknown `kid` is refused, never tried on all keys. A set has either secrets or
/// public keys, and no private key.
@safe public final class KeySet: @unchecked Sendable {
  /// The usable keys. The same key twice counts once.
  public let keys: [VerificationKey]
  /// The number of elements of the JWK set that were skipped (RFC 7517 §5).
  public let ignoredCount: Int
  /// The first of them, at most ``skippedLimit``, in their order.
  public let skipped: [SkippedKey]
  /// Whether the keys are secrets: either all are or no key is.
  let isSecret: Bool
  private let index: KeyIndex
  // Bits of the algorithms that several keys fit.
  private let ambiguous: UInt32
  // The key IDs of skipped elements, and the error of a token that has one.
  private let skippedIDs: ByteStringTable
  private let skippedErrors: UnsafeMutablePointer<JWTError>

  /// An element of a JWK set that can't verify a token.
  public struct SkippedKey: Sendable {
    /// The element's index in `keys`, from 0.
    public let index: Int
    /// The element's `kid`, if it could be read.
    public let keyID: String?
    /// Why the element was skipped.
    public let error: JWTError
  }

  /// The most elements in ``skipped``: a set may have a million that are no key.
  public static let skippedLimit = 100

  /// The default limit of keys in a set.
  public static let defaultKeyLimit = 1000

  /// Makes a set of `keys`.
  ///
  /// - Parameters:
  ///   - keys: Either secrets or public keys; no two with the same ID that fit one algorithm.
  ///   - keyLimit: The most keys, ≥ 1.
  /// - Throws: `keySetEmpty`, `keySetDuplicateID`, `keySetMixed`, `keySetTooMany`.
  public convenience init(
    _ keys: [VerificationKey], keyLimit: Int = KeySet.defaultKeyLimit
  ) throws(JWTError) {
    guard keys.count <= keyLimit else { throw .keySetTooMany(limit: keyLimit) }
    guard !keys.isEmpty else { throw .keySetEmpty }
    let secrets = keys.count { $0.type == .secret }
    guard secrets == 0 || secrets == keys.count else { throw .keySetMixed }
    var builder = Builder()
    for (index, key) in keys.enumerated() { try builder.add(key, at: index) }
    self.init(builder)
  }

  /// Makes a set from a JWK set (RFC 7517 §5), which may be untrusted.
  ///
  /// Elements that can't verify are skipped, whatever `kid` they have: encryption keys, unknown
  /// types, malformed ones, and elements that are not objects, for which nothing is copied. A key
  /// without `kid` is skipped, unread, if two others fit each of its algorithms: no token could
  /// select it.
  ///
  /// - Parameters:
  ///   - jwks: A strict JSON object of at most 16 MiB with the member `keys`; or one whose members are
  ///     certificates or public keys as text, each named by its `kid`.
  ///   - allowingShort: Also accepts secrets shorter than the hash.
  ///   - keyLimit: The most elements in `keys`, of any kind, ≥ 1. A key costs some 2 KB (RSA 9
  ///     KB) and 50 to 300 µs.
  /// - Throws: `keyMalformed`, `keyMember`, `keySetEmpty`, `keySetDuplicateID`, `keySetMixed`,
  ///   `keySetPrivate`, `keySetTooMany`; an unusable element is skipped.
  /// - Complexity: O(n) in the text, plus reading and checking each key.
  public convenience init(
    jwks: borrowing Secret, allowingShort: Bool = false, keyLimit: Int = KeySet.defaultKeyLimit
  ) throws(JWTError) {
    self.init(
      try WrappedKey.read(jwks) { text, format, _ throws(JWTError) in
        switch format {
        case .keyMap: return try Self.members(of: text, keyLimit)
        case .pem: throw .keyMalformed(wanted: .jwkSet, found: .pem)
        case .der: throw .keyMalformed(wanted: .jwkSet, found: .der)
        case .ssh: throw .keyMalformed(wanted: .jwkSet, found: .ssh)
        case .manyKeys: throw .keyMalformed(wanted: .jwkSet, found: .keyMap)
        case .array: throw .keyMalformed(wanted: .jwkSet, found: .array)
        case .jwk, .jwkSet, .unknown:
          return try Self.elements(of: text, allowingShort, keyLimit)
        }
      })
  }

  /// The keys of a JSON object of key IDs and public keys.
  private static func members(
    of text: borrowing Secret, _ keyLimit: Int
  ) throws(JWTError) -> Builder {
    var builder = Builder()
    guard let object = text.withBytes({ KeyObject.read($0) }) else {
      throw .keyMalformed(wanted: .jwkSet, found: .brokenJWK)
    }
    guard object.keys.count <= keyLimit else { throw .keySetTooMany(limit: keyLimit) }
    for (index, member) in object.keys.enumerated() {
      let name = object.name(of: member)
      let text = object.text(of: member)
      // Also beside a public one, and whatever kind it is.
      guard !text.withBytes({ $0.contains("PRIVATE KEY-----") }) else { throw .keySetPrivate }
      do throws(JWTError) {
        try builder.add(
          VerificationKey(publicKey: text, keyID: name), at: index)
      } catch {
        if error.isMalformed(as: .privateKey) || error.isMalformed(as: .encryptedPrivateKey) {
          throw .keySetPrivate
        }
        switch error.code {
        case .keySetDuplicateID, .cryptographyFailed: throw error
        default: builder.skipped.append(SkippedKey(index: index, keyID: name, error: error))
        }
      }
    }
    guard !builder.keys.isEmpty else { throw builder.emptiness }
    return builder
  }

  /// The keys of a JWK set.
  private static func elements(
    of jwks: borrowing Secret, _ allowingShort: Bool, _ keyLimit: Int
  ) throws(JWTError) -> Builder {
    let objects: [JWKSet.Object]
    var builder = Builder()
    (objects, builder.others, builder.otherCount) = try JWKSet.objects(in: jwks, limit: keyLimit)
    var kinds = (hasSecrets: false, hasOthers: false)
    // Keys with `kid` first: a key without one is read only if a token can select it.
    var nameless: [JWKSet.Object] = []
    func read(_ object: JWKSet.Object, isNameless: Bool) throws(JWTError) {
      let text = jwks.withBytes { Secret(copying: $0.extracting(object.range)) }
      do throws(JWTError) {
        let jwk = try JWK(text, wanted: .jwk)
        if !isNameless {
          // Forbidden contents count even if the key itself is unusable.
          if jwk.type == .secret { kinds.hasSecrets = true } else { kinds.hasOthers = true }
          if jwk.type != .secret, jwk.isPrivate { throw .keySetPrivate }
          if jwk.keyID == nil {
            nameless.append(object)
            return
          }
        } else if builder.isAmbiguous(jwk.algorithm.map { [$0] } ?? jwk.type.algorithms) {
          throw .keyNotFound(.noKeyID)
        }
        try builder.add(
          VerificationKey(jwk, allowingShort: allowingShort, keyID: nil), at: object.index)
      } catch {
        switch error.code {
        case .keySetDuplicateID, .keySetPrivate, .cryptographyFailed: throw error
        default:
          builder.skipped.append(
            SkippedKey(index: object.index, keyID: JWK.keyID(in: text), error: error))
        }
      }
    }
    for object in objects { try read(object, isNameless: false) }
    for object in nameless { try read(object, isNameless: true) }
    if kinds.hasSecrets, kinds.hasOthers { throw .keySetMixed }
    guard !builder.keys.isEmpty else { throw builder.emptiness }
    return builder
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

  /// The empty set; every lookup fails.
  static let none = KeySet(Builder())

  /// The keys of a set while it is made, grouped by ID.
  private struct Builder {
    /// A key with its index in the caller's list.
    struct Entry {
      let key: VerificationKey
      let index: Int
      /// Equal for equal keys; a secret's does not reveal the secret.
      let identity: [UInt8]
    }

    /// The objects that were skipped.
    var skipped: [SkippedKey] = []
    /// The indices of the first elements that are not objects, and the number of all.
    var others: [Int] = []
    var otherCount = 0
    /// Why there is no key.
    var emptiness: JWTError {
      skipped.first.map { .keySetEmpty(skippedAt: $0.index, for: $0.error.code) } ?? .keySetEmpty
    }
    private(set) var keys: [VerificationKey] = []
    /// The keys of each ID.
    private(set) var groups: [[Entry]] = []
    /// Bits of the algorithms that several different keys fit.
    private(set) var ambiguous: UInt32 = 0
    private var fitting: UInt32 = 0
    private var numbers: [[UInt8]: Int] = [:]
    // The algorithms of each key, under all its IDs and without ID.
    private var masks: [[UInt8]: UInt32] = [:]
    private let challenge = (0..<16).map { _ in UInt8.random(in: .min ... .max) }

    /// Adds a key, unless the same key with the same ID is there.
    ///
    /// - Throws: `keySetDuplicateID` if another key with its ID fits one of its algorithms.
    mutating func add(_ key: VerificationKey, at index: Int) throws(JWTError) {
      let entry = Entry(key: key, index: index, identity: try key.identity(challenge))
      let known = masks[entry.identity] ?? 0
      if let id = key.keyID.map({ Array($0.utf8) }) {
        let number = numbers[id] ?? groups.count
        if number == groups.count {
          numbers[id] = number
          groups.append([])
        }
        var left = key.algorithmMask
        for other in groups[number] where other.key.algorithmMask & key.algorithmMask != 0 {
          guard other.identity == entry.identity else {
            throw .keySetDuplicateID(at: other.index, and: index)
          }
          left &= ~other.key.algorithmMask
        }
        // The same key again, for no further algorithm.
        if left == 0, !groups[number].isEmpty { return }
        groups[number].append(entry)
      } else if key.algorithmMask & ~known == 0, known != 0 {
        return
      }
      // The same key under two IDs is one key: a token without ID is not ambiguous.
      ambiguous |= fitting & key.algorithmMask & ~known
      fitting |= key.algorithmMask
      masks[entry.identity] = known | key.algorithmMask
      keys.append(key)
    }

    /// Whether a token can't select a key without ID: others fit each of its algorithms.
    func isAmbiguous(_ algorithms: [Algorithm]) -> Bool { algorithms.mask & ~ambiguous == 0 }
  }

  private init(_ builder: Builder) {
    let (keys, groups) = (builder.keys, builder.groups)
    self.keys = keys
    ignoredCount = builder.skipped.count + builder.otherCount
    let others = builder.others.map { index in
      SkippedKey(
        index: index, keyID: nil, error: .keyMalformed(wanted: .jwk, found: .brokenJWK))
    }
    let all = (builder.skipped + others).sorted { $0.index < $1.index }
    skipped = Array(all.prefix(Self.skippedLimit))
    isSecret = keys.first?.type == .secret
    ambiguous = builder.ambiguous
    index = KeyIndex(
      groups: groups.map { $0.map(\.key) },
      only: (0..<AlgorithmID.count).map { number in
        let bit = AlgorithmID(number: number).bit
        return keys.first { $0.algorithmMask & bit != 0 && builder.ambiguous & bit == 0 }
      })
    // Of two elements with one ID the first.
    var ids: Set<[UInt8]> = []
    let named = skipped.compactMap { element in
      element.keyID.map { (id: Array($0.utf8), element) }
    }.filter { ids.insert($0.id).inserted }
    skippedIDs = ByteStringTable(named.map(\.id), seed: .random(in: .min ... .max))
    // SAFETY: the block is initialised whole and freed once, in deinit.
    unsafe skippedErrors = .allocate(capacity: max(1, named.count))
    for (number, (_, element)) in named.enumerated() {
      unsafe (skippedErrors + number).initialize(
        to: .keyNotFound(skippedAt: element.index, for: element.error.code))
    }
  }

  deinit {
    // SAFETY: errors need no deinitialising.
    unsafe skippedErrors.deallocate()
  }

  /// Returns the key that a header selects, as an entry.
  ///
  /// - Parameter keyID: The header's `kid`, or an absent value.
  /// - Throws: `keyNotFound`, with the skipped element that has this ID, if any;
  ///   `algorithmKeyMismatch` if no key of this ID fits the algorithm; `keysUnavailable` if the set
  ///   is empty.
  func entry(
    _ keyID: JSONValue, _ algorithm: AlgorithmID, _ scratch: borrowing MutableSpan<UInt8>
  ) throws(JWTError) -> Int {
    if keys.isEmpty { throw .keysUnavailable }
    if let string = keyID.string {
      guard let first = index.first(string, scratch) else {
        guard let skipped = skippedIDs.index(of: string, scratch) else { throw .keyNotFound }
        // SAFETY: an index of the table is below the number of its strings.
        throw unsafe skippedErrors[skipped]
      }
      guard let entry = index.entry(from: first, algorithm) else { throw .algorithmKeyMismatch }
      return entry
    }
    if let entry = index.onlyEntry(algorithm) { return entry }
    if keys.count == 1 { throw .algorithmKeyMismatch }
    throw .keyNotFound(ambiguous & algorithm.bit != 0 ? .noKeyID : .noneFits)
  }

  /// Returns the key that a usual header selects by its text, as an entry; nil if its `kid` is
  /// unknown, or if `entry(_:_:_:)` throws for any other reason.
  @_noAllocation @inline(__always)
  func entry(
    of header: TextFrames.Match, _ algorithm: AlgorithmID, _ token: Span<UInt8>
  ) -> Int? {
    if header.alignment < 0 { return index.onlyEntry(algorithm) }
    guard
      let first = index.first(ofText: token, in: header.middle, alignment: header.alignment)
    else { return nil }
    return index.entry(from: first, algorithm)
  }

  /// Characters of a signature by the key of this entry; 0 for a secret.
  @_noAllocation @inline(__always)
  func signatureLength(at entry: Int) -> Int { index.signatureLength(at: entry) }

  /// Calls `body` with the key of this entry.
  @inline(__always)
  func withKey(
    at entry: Int, _ scratch: inout MutableSpan<UInt8>,
    _ body: (borrowing VerificationKey.Material, inout MutableSpan<UInt8>) throws(JWTError) -> Void
  ) throws(JWTError) {
    try index.withKey(at: entry, &scratch, body)
  }
}
