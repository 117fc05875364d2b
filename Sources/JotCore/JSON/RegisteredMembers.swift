// Fence: a kernel reads the registered members of a plain JSON object in one pass. Nearly all
// payloads and headers are plain; JSONScanner reads the others, and tests compare both.
internal import CJotKernels

/// The values of the registered members of a payload or a header, and the seconds of its times.
///
/// Index i is the same member as in `jot_members` of `jot_kernels.h`.
@usableFromInline package struct RegisteredMembers: Sendable {
  // The kernel's structure. A tuple, because reading an element of a borrowed InlineArray copies
  // the whole array. `@usableFromInline`, as is the structure, because package types are otherwise
  // never inlined into another module.
  @usableFromInline var values = (
    JSONValue.absent, JSONValue.absent, JSONValue.absent, JSONValue.absent, JSONValue.absent,
    JSONValue.absent, JSONValue.absent
  )
  @usableFromInline var times: (Int64, Int64, Int64) = (0, 0, 0)

  @_noAllocation @inlinable @inline(__always)
  package init() {}

  /// The number of registered members.
  package static var count: Int { @_noAllocation @inlinable get { 7 } }
  /// The index of the first time in a payload, and the number of times.
  package static var firstTime: Int { @_noAllocation @inlinable get { 3 } }
  package static var timeCount: Int { @_noAllocation @inlinable get { 3 } }

  /// The value at an index of 0 to 6; absent if the text does not have it.
  package subscript(index: Int) -> JSONValue {
    @_noAllocation @inlinable @inline(__always) get {
      switch index {
      case 0: values.0
      case 1: values.1
      case 2: values.2
      case 3: values.3
      case 4: values.4
      case 5: values.5
      default: values.6
      }
    }
    @_noAllocation @inlinable @inline(__always) set {
      switch index {
      case 0: values.0 = newValue
      case 1: values.1 = newValue
      case 2: values.2 = newValue
      case 3: values.3 = newValue
      case 4: values.4 = newValue
      case 5: values.5 = newValue
      default: values.6 = newValue
      }
    }
  }

  /// The seconds of the time at an index of 3 to 5; unspecified if the value is absent.
  @_noAllocation @inlinable @inline(__always)
  package func seconds(at index: Int) -> Int64 {
    switch index {
    case 3: times.0
    case 4: times.1
    default: times.2
    }
  }

  @_noAllocation @inlinable @inline(__always)
  package mutating func setSeconds(_ seconds: Int64, at index: Int) {
    switch index {
    case 3: times.0 = seconds
    case 4: times.1 = seconds
    default: times.2 = seconds
    }
  }

  /// Moves all offsets by `distance` bytes.
  package mutating func move(by distance: Int) {
    for index in 0..<Self.count where !self[index].isAbsent {
      self[index] = self[index].moved(by: distance)
    }
  }

  /// Reads the payload `buffer[start..<start + count]` if it is plain. The bytes behind the text
  /// are a workspace.
  ///
  /// - Precondition: all values are absent.
  @_noAllocation
  package mutating func readPlainPayload(
    _ buffer: inout MutableSpan<UInt8>, from start: Int, count: Int
  ) -> PlainPayload {
    guard buffer.hasWorkspace(behind: start, count) else { return PlainPayload(bits: 0) }
    // SAFETY: the kernel reads and writes the text, the 64 bytes behind it that the guard has
    // checked, and a structure of the same ten words.
    let bits = unsafe withUnsafeMutableBytes(of: &self) { members in
      unsafe buffer.withUnsafeMutableBufferPointer {
        unsafe jot_json_claims_avx2(
          $0.baseAddress, start, count,
          members.baseAddress!.assumingMemoryBound(to: jot_members.self))
      }
    }
    if bits == 0 { self = RegisteredMembers() }
    return PlainPayload(bits: UInt32(bitPattern: bits))
  }

  /// Reads the header `buffer[start..<start + count]`; see `readPlainPayload`.
  @_noAllocation
  package mutating func readPlainHeader(
    _ buffer: inout MutableSpan<UInt8>, from start: Int, count: Int
  ) -> Bool {
    guard buffer.hasWorkspace(behind: start, count) else { return false }
    // SAFETY: as above.
    let isPlain = unsafe withUnsafeMutableBytes(of: &self) { members in
      unsafe buffer.withUnsafeMutableBufferPointer {
        unsafe jot_json_header_avx2(
          $0.baseAddress, start, count,
          members.baseAddress!.assumingMemoryBound(to: jot_members.self)) != 0
      }
    }
    if !isPlain { self = RegisteredMembers() }
    return isPlain
  }
}

/// What a kernel found out about a payload in one pass.
@usableFromInline package struct PlainPayload: Sendable {
  @usableFromInline let bits: UInt32

  @_noAllocation
  init(bits: UInt32) { self.bits = bits }

  /// Bytes behind the text that a kernel needs: fewer than ``JSONScanner`` always needs.
  package static var workspaceLength: Int { @_noAllocation get { 64 } }
  /// Whether the payload is plain and the values were read. If false, all other flags are false.
  package var isRead: Bool { @_noAllocation @inlinable get { bits & 1 != 0 } }
  /// Whether every value present has its usual type: times are numbers, others are strings, and the
  /// one at index 2 may have any type.
  package var isTyped: Bool { @_noAllocation @inlinable get { bits & 2 != 0 } }
  /// A bit for each index whose value is present and not null.
  package var present: UInt8 {
    @_noAllocation @inlinable get { UInt8(truncatingIfNeeded: bits >> 8) }
  }
}

extension MutableSpan where Element == UInt8 {
  /// Whether a kernel can read the text of `count` bytes at `start`.
  @_noAllocation @inline(__always)
  fileprivate func hasWorkspace(behind start: Int, _ count: Int) -> Bool {
    CPUFeature.avx2.isAvailable && start >= 0 && count >= 0
      && start <= JSONValue.maximumText - count
      && self.count - start - count >= PlainPayload.workspaceLength
  }
}
