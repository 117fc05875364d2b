// Fence: the registered claims (RFC 7519 §4.1), read by a kernel in one pass where the payload is plain,
// as nearly every payload is. JSONScanner reads the others, and is the oracle.
internal import CJotKernels

/// Values of the registered claims, as they stand in a payload, and the seconds of its times.
package struct ClaimValues: Sendable {
  // In the order of the kernel's structure.
  package var iss = JSONValue.absent
  package var sub = JSONValue.absent
  package var aud = JSONValue.absent
  package var jti = JSONValue.absent
  package var exp = JSONValue.absent
  package var nbf = JSONValue.absent
  package var iat = JSONValue.absent
  package var expSeconds: Int64 = 0
  package var nbfSeconds: Int64 = 0
  package var iatSeconds: Int64 = 0

  @_noAllocation @inlinable @inline(__always)
  package init() {}

  /// Moves all places by `distance` bytes.
  package mutating func move(by distance: Int) {
    for claim in [\Self.iss, \.sub, \.aud, \.jti, \.exp, \.nbf, \.iat] {
      let value = self[keyPath: claim]
      if !value.isAbsent { self[keyPath: claim] = value.moved(by: distance) }
    }
  }

  /// Bytes behind the text that the kernel needs: fewer than any ``JSONScanner`` does.
  private static var workspaceLength: Int { @_noAllocation get { 64 } }

  /// Reads the object that `buffer[start..<start + count]` is; false where it is not plain, or no
  /// JSON, or where no kernel can tell. The bytes behind the text are a workspace.
  ///
  /// - Precondition: all values are absent.
  @_noAllocation
  package mutating func readPlain(
    _ buffer: inout MutableSpan<UInt8>, from start: Int, count: Int
  ) -> Bool {
    guard Kernel.avx2.isAvailable, start >= 0, count >= 0,
      start <= JSONValue.maximumText - count,
      buffer.count - start - count >= Self.workspaceLength
    else { return false }
    // SAFETY: the kernel reads and writes the text and what the guard keeps free behind it, and a
    // structure of the same ten words.
    let isPlain = unsafe withUnsafeMutableBytes(of: &self) { values in
      unsafe buffer.withUnsafeMutableBufferPointer {
        unsafe jot_json_claims_avx2(
          $0.baseAddress, start, count,
          values.baseAddress!.assumingMemoryBound(to: jot_claims.self)) != 0
      }
    }
    if !isPlain { self = ClaimValues() }
    return isPlain
  }
}
