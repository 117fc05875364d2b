// Fence: finds a set's key by what a header says (RFC 7515 §4.1.4), or by the text that says it.
internal import CJotKernels
import Synchronization

/// The keys of a set, by algorithm and key ID. The set retains them.
///
/// A result is an entry: a number of this index, or nil.
@safe struct KeyIndex: ~Copyable, @unchecked Sendable {
  /// A key, with what is read of it before the key itself.
  @unsafe private struct Entry {
    let key: Unmanaged<VerificationKey>
    /// The algorithms' bits.
    let algorithms: UInt32
    /// Characters of a signature; 0 for a secret.
    let signatureLength: Int16
    /// Whether the next entry has the same ID.
    let isFollowed: Bool
    /// Where a secret's hash states are: in a large set a miss, which then overlaps with the key's.
    let states: UInt
  }

  // The key IDs; the first entry of ID i is starts[i].
  private let ids: ByteStringTable
  private let starts: UnsafeMutablePointer<Int32>
  // The texts of those IDs, of three alignments; their numbers are those of the first entries.
  private let texts: TextTable
  private let entries: UnsafeMutablePointer<Entry>
  private let count: Int
  // By algorithm: the only entry that fits it, or -1.
  private let only: UnsafeMutablePointer<Int32>
  // Never read. As in Policy: prevents copying all these words to the stack for each token.
  private let pinned = Atomic<UInt8>(0)

  /// - Parameters:
  ///   - groups: The keys of each ID; all of them have it.
  ///   - only: By algorithm's number: the only key that fits it, if one.
  init(groups: [[VerificationKey]], only: [VerificationKey?]) {
    let names = groups.map { Array($0[0].keyID!.utf8) }
    ids = ByteStringTable(names, seed: .random(in: .min ... .max))
    var end = 0
    let firsts = groups.map { group in
      end += group.count
      return end - group.count
    }
    texts = TextTable(
      zip(names, firsts).filter { KeyIDText.hasText($0.0) }.flatMap { name, first in
        (0..<3).map { alignment in
          TextTable.Text(
            KeyIDText.text(of: name, alignment: alignment), kind: alignment, number: first)
        }
      })
    let keys =
      groups.flatMap { group in
        group.indices.map { (group[$0], isFollowed: $0 + 1 < group.count) }
      } + only.compactMap { $0 }.map { ($0, isFollowed: false) }
    count = keys.count
    // SAFETY: the blocks are initialised whole and freed once, in deinit. The set retains every key
    // as long as it has this index, so a reader need not.
    unsafe entries = .allocate(capacity: max(1, count))
    for (index, (key, isFollowed)) in keys.enumerated() {
      unsafe (entries + index).initialize(
        to: Entry(
          key: Unmanaged.passUnretained(key), algorithms: key.algorithmMask,
          signatureLength: Int16(Base64URL.encodedLength(of: key.signatureLength)),
          isFollowed: isFollowed, states: Self.states(of: key)))
    }
    unsafe starts = .allocate(capacity: max(1, groups.count))
    for (number, first) in firsts.enumerated() {
      unsafe (starts + number).initialize(to: Int32(first))
    }
    unsafe self.only = .allocate(capacity: only.count)
    for (number, key) in only.enumerated() {
      unsafe (self.only + number).initialize(to: key == nil ? -1 : Int32(end))
      if key != nil { end += 1 }
    }
  }

  private static func states(of key: VerificationKey) -> UInt {
    switch key.material {
    case .hmac(let key): key.address
    case .asymmetric: 0
    }
  }

  deinit {
    // SAFETY: integers and unretained references need no deinitialising.
    unsafe starts.deallocate()
    unsafe entries.deallocate()
    unsafe only.deallocate()
  }

  /// Returns the first key of this ID, or nil.
  @_noAllocation
  borrowing func first(_ id: JSONString, _ scratch: borrowing MutableSpan<UInt8>) -> Int? {
    guard let number = ids.index(of: id, scratch) else { return nil }
    // SAFETY: each of the table's strings has a start.
    return unsafe Int(starts[number])
  }

  /// Returns the first key of the ID whose text is `token[range]`, or nil.
  ///
  /// - Parameter alignment: That of the ID in the header: see `KeyIDText`.
  @_noAllocation @inline(__always)
  borrowing func first(ofText token: Span<UInt8>, in range: Range<Int>, alignment: Int) -> Int? {
    texts.number(of: token, in: range, kind: alignment)
  }

  /// Returns the key with the ID of `first` that fits the algorithm, or nil.
  @_noAllocation @inline(__always)
  borrowing func entry(from first: Int, _ algorithm: AlgorithmID) -> Int? {
    guard first >= 0, first < count else { preconditionFailure("an entry of the index") }
    var index = first
    // SAFETY: the entry lies inside, and so does one that follows.
    while unsafe entries[index].algorithms & algorithm.bit == 0 {
      guard unsafe entries[index].isFollowed else { return nil }
      index += 1
    }
    unsafe jot_prefetch(Int(bitPattern: entries[index].states))
    return index
  }

  /// Returns the only key that fits the algorithm, or nil.
  @_noAllocation @inline(__always)
  borrowing func onlyEntry(_ algorithm: AlgorithmID) -> Int? {
    // SAFETY: there is one for each algorithm's number.
    let index = unsafe Int(only[algorithm.number])
    return index < 0 ? nil : index
  }

  /// Characters of a signature by the key of this entry; 0 for a secret.
  @_noAllocation @inline(__always)
  borrowing func signatureLength(at entry: Int) -> Int {
    guard entry >= 0, entry < count else { preconditionFailure("an entry of the index") }
    // SAFETY: the entry lies inside.
    return unsafe Int(entries[entry].signatureLength)
  }

  /// Calls `body` with the key of this entry, without retaining it.
  @inline(__always)
  borrowing func withKey(
    at entry: Int, _ scratch: inout MutableSpan<UInt8>,
    _ body: (borrowing VerificationKey.Material, inout MutableSpan<UInt8>) throws(JWTError) -> Void
  ) throws(JWTError) {
    guard entry >= 0, entry < count else { preconditionFailure("an entry of the index") }
    // SAFETY: the entry lies inside; the set, which its caller reads, retains the key.
    try unsafe entries[entry].key._withUnsafeGuaranteedRef { key in
      Result { () throws(JWTError) in try body(key.material, &scratch) }
    }.get()
  }
}
