// Fence: the registered members of a plain JSON object, read by a kernel in one pass, as nearly every
// payload and header is plain. JSONScanner reads the others, and is the oracle.
internal import CJotKernels

/// Values of the registered claims (RFC 7519 §4.1), as they stand in a payload, and the seconds of its
/// times.
@usableFromInline package struct ClaimValues: Sendable {
  // In the order of the kernel's structure. Usable from inlined code, as is the structure: a package's
  // own types are never inlined into another module.
  @usableFromInline package var iss = JSONValue.absent
  @usableFromInline package var sub = JSONValue.absent
  @usableFromInline package var aud = JSONValue.absent
  @usableFromInline package var jti = JSONValue.absent
  @usableFromInline package var exp = JSONValue.absent
  @usableFromInline package var nbf = JSONValue.absent
  @usableFromInline package var iat = JSONValue.absent
  @usableFromInline package var expSeconds: Int64 = 0
  @usableFromInline package var nbfSeconds: Int64 = 0
  @usableFromInline package var iatSeconds: Int64 = 0

  @_noAllocation @inlinable @inline(__always)
  package init() {}

  /// Moves all places by `distance` bytes.
  package mutating func move(by distance: Int) {
    for claim in [\Self.iss, \.sub, \.aud, \.jti, \.exp, \.nbf, \.iat] {
      let value = self[keyPath: claim]
      if !value.isAbsent { self[keyPath: claim] = value.moved(by: distance) }
    }
  }

  /// Reads the object that `buffer[start..<start + count]` is, if it is plain. The bytes behind the text
  /// are a workspace.
  ///
  /// - Precondition: all values are absent.
  @_noAllocation
  package mutating func readPlain(
    _ buffer: inout MutableSpan<UInt8>, from start: Int, count: Int
  ) -> PlainClaims {
    guard buffer.hasPlainRoom(start, count) else { return PlainClaims(bits: 0) }
    // SAFETY: the kernel reads and writes the text and what the guard keeps free behind it, and a
    // structure of the same ten words.
    let bits = unsafe withUnsafeMutableBytes(of: &self) { values in
      unsafe buffer.withUnsafeMutableBufferPointer {
        unsafe jot_json_claims_avx2(
          $0.baseAddress, start, count,
          values.baseAddress!.assumingMemoryBound(to: jot_members.self))
      }
    }
    if bits == 0 { self = ClaimValues() }
    return PlainClaims(bits: UInt32(bitPattern: bits))
  }
}

/// What a kernel says of a payload at one look.
@usableFromInline package struct PlainClaims: Sendable {
  @usableFromInline let bits: UInt32

  @_noAllocation
  init(bits: UInt32) { self.bits = bits }

  /// Whether the values were read: the payload is plain. Otherwise nothing else is true.
  package var isRead: Bool { @_noAllocation @inlinable get { bits & 1 != 0 } }
  /// Whether `iss`, `sub` and `jti` are strings and the times numbers, where they are there.
  package var isTyped: Bool { @_noAllocation @inlinable get { bits & 2 != 0 } }
  /// The claims that are there and not null, from the lowest bit: iss, sub, aud, jti, exp, nbf, iat.
  package var present: UInt8 {
    @_noAllocation @inlinable get { UInt8(truncatingIfNeeded: bits >> 8) }
  }
}

/// Values of the header parameters that are looked at (RFC 7515 §4.1, RFC 7797 §3).
package struct HeaderValues: Sendable {
  // In the order of the kernel's structure.
  package var alg = JSONValue.absent
  package var typ = JSONValue.absent
  package var kid = JSONValue.absent
  package var cty = JSONValue.absent
  package var crit = JSONValue.absent
  package var b64 = JSONValue.absent
  private var unused: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  @_noAllocation
  package init() {}

  /// Reads the object that `buffer[start..<start + count]` is; see ``ClaimValues/readPlain``.
  @_noAllocation
  package mutating func readPlain(
    _ buffer: inout MutableSpan<UInt8>, from start: Int, count: Int
  ) -> Bool {
    guard buffer.hasPlainRoom(start, count) else { return false }
    // SAFETY: as above.
    let isPlain = unsafe withUnsafeMutableBytes(of: &self) { values in
      unsafe buffer.withUnsafeMutableBufferPointer {
        unsafe jot_json_header_avx2(
          $0.baseAddress, start, count,
          values.baseAddress!.assumingMemoryBound(to: jot_members.self)) != 0
      }
    }
    if !isPlain { self = HeaderValues() }
    return isPlain
  }
}

extension MutableSpan where Element == UInt8 {
  /// Whether a kernel can read the text of `count` bytes at `start`: it needs 64 bytes behind it,
  /// fewer than any ``JSONScanner`` does.
  @_noAllocation @inline(__always)
  fileprivate func hasPlainRoom(_ start: Int, _ count: Int) -> Bool {
    Kernel.avx2.isAvailable && start >= 0 && count >= 0 && start <= JSONValue.maximumText - count
      && self.count - start - count >= 64
  }
}
