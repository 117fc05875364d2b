// Fence: recognises texts that consist of a known beginning, any middle and a known ending, without a
// copy: the usual headers of tokens.
internal import CJotKernels
internal import COpenSSL

/// A fixed list of frames: beginnings, each with the endings that may follow it. A dot ends the text.
///
/// Characters of base64url have six bits, so an ending is spelled differently after 0, 1 or 2 bytes
/// modulo three: it has three texts. Of a beginning and an ending every character is compared, of
/// the middle none.
@usableFromInline @safe package struct TextFrames: ~Copyable, @unchecked Sendable {
  /// How texts begin.
  package struct Beginning {
    let text: [UInt8]
    let number: Int
    let endings: Range<Int>

    /// - Parameters:
    ///   - text: At least four characters; no beginning begins with another.
    ///   - number: A number of the frame, or -1 to take the ending's.
    ///   - endings: Indices of the endings that may follow, an ending before those that end with it;
    ///     empty for a whole text with its dot.
    package init(_ text: [UInt8], number: Int, endings: Range<Int>) {
      (self.text, self.number, self.endings) = (text, number, endings)
    }
  }

  /// How texts end.
  package struct Ending {
    let texts: [[UInt8]]
    let byteCount: Int
    let number: Int

    /// - Parameters:
    ///   - texts: Three, by the number of bytes, modulo three, up to and with the ending's first.
    ///   - byteCount: The bytes that each of them encodes.
    ///   - number: As for a beginning.
    package init(_ texts: [[UInt8]], byteCount: Int, number: Int) {
      (self.texts, self.byteCount, self.number) = (texts, byteCount, number)
    }
  }

  /// A text in a frame.
  package struct Match {
    /// The frame's number.
    package let number: Int
    /// The text's characters, without the dot.
    package let length: Int
    /// Where the middle is, in characters and in decoded bytes; empty in a whole text.
    package let middle: Range<Int>
    package let bytes: Range<Int>
    /// The number of bytes before the middle, modulo three; -1 for a whole text.
    package let alignment: Int
  }

  private struct BeginningRecord {
    let start: Int32
    let length: Int32
    /// The last four characters.
    let tail: UInt32
    let number: Int32
    let firstEnding: Int32
    let endOfEndings: Int32
  }

  private struct EndingRecord {
    let starts: (Int32, Int32, Int32)
    let lengths: (Int32, Int32, Int32)
    let byteCount: Int32
    let number: Int32
  }

  private let beginnings: UnsafeMutablePointer<BeginningRecord>
  private let endings: UnsafeMutablePointer<EndingRecord>
  private let texts: UnsafeMutablePointer<UInt8>
  private let count: Int

  /// Copies the frames, in their order.
  package init(_ beginnings: [Beginning], _ endings: [Ending]) {
    count = beginnings.count
    var bytes: [UInt8] = []
    func add(_ text: [UInt8]) -> Int32 {
      bytes += text
      return Int32(bytes.count - text.count)
    }
    // SAFETY: this value alone owns the blocks, which are initialised whole and freed once, in
    // deinit.
    unsafe self.beginnings = .allocate(capacity: max(1, beginnings.count))
    unsafe self.endings = .allocate(capacity: max(1, endings.count))
    for (index, beginning) in beginnings.enumerated() {
      let text = beginning.text
      precondition(text.count >= 4 && beginning.endings.upperBound <= endings.count)
      let start = add(text)
      // As `load` reads them.
      let tail = unsafe bytes.withUnsafeBytes {
        unsafe $0.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)
      }
      unsafe (self.beginnings + index).initialize(
        to: BeginningRecord(
          start: start, length: Int32(text.count), tail: tail, number: Int32(beginning.number),
          firstEnding: Int32(beginning.endings.lowerBound),
          endOfEndings: Int32(beginning.endings.upperBound)))
    }
    for (index, ending) in endings.enumerated() {
      let all = ending.texts
      precondition(all.count == 3 && ending.byteCount >= 0)
      unsafe (self.endings + index).initialize(
        to: EndingRecord(
          starts: (add(all[0]), add(all[1]), add(all[2])),
          lengths: (Int32(all[0].count), Int32(all[1].count), Int32(all[2].count)),
          byteCount: Int32(ending.byteCount), number: Int32(ending.number)))
    }
    unsafe texts = .allocate(capacity: max(1, bytes.count))
    unsafe texts.initialize(from: bytes, count: bytes.count)
  }

  deinit {
    // SAFETY: plain words need no deinitialising.
    unsafe beginnings.deallocate()
    unsafe endings.deallocate()
    unsafe texts.deallocate()
  }

  /// Returns the frame of the text from the front of `token` up to its first dot, or nil.
  ///
  /// - Complexity: O(frames), and O(n) in the characters up to the dot; no allocation.
  @_noAllocation
  package borrowing func match(_ token: Span<UInt8>) -> Match? {
    // SAFETY: `match` reads no byte outside the span.
    unsafe token.withUnsafeBufferPointer {
      guard let text = $0.baseAddress else { return nil }
      return unsafe match(text, $0.count)
    }
  }

  @_noAllocation @inline(__always)
  private borrowing func match(_ text: UnsafePointer<UInt8>, _ count: Int) -> Match? {
    // SAFETY: `count` records exist, with the offsets and lengths of their texts.
    for index in 0..<self.count {
      let length = unsafe Int(beginnings[index].length)
      guard length <= count,
        unsafe UnsafeRawPointer(text).loadUnaligned(fromByteOffset: length - 4, as: UInt32.self)
          == beginnings[index].tail,
        unsafe jot_equal(texts + Int(beginnings[index].start), text, length) != 0
      else { continue }
      if unsafe beginnings[index].firstEnding == beginnings[index].endOfEndings {
        return unsafe Match(
          number: Int(beginnings[index].number), length: length - 1, middle: 0..<0, bytes: 0..<0,
          alignment: -1)
      }
      return unsafe match(beginnings + index, text, count)
    }
    return nil
  }

  /// Finds the ending that follows a beginning.
  @_noAllocation @inline(__always)
  private borrowing func match(
    _ beginning: UnsafePointer<BeginningRecord>, _ text: UnsafePointer<UInt8>, _ count: Int
  ) -> Match? {
    // SAFETY: memchr reads within the text; an ending is compared only if it is inside it, behind
    // the beginning; the indices and lengths are those of records.
    let length = unsafe Int(beginning.pointee.length)
    guard length < count,
      let dot = unsafe memchr(text + length, Int32(UInt8(ascii: ".")), count - length)
    else { return nil }
    let end = unsafe UnsafeRawPointer(dot) - UnsafeRawPointer(text)
    guard end % 4 != 1 else { return nil }
    // Four characters are three bytes; two or three at the end are one or two.
    let bytes = end / 4 * 3 + (end % 4 == 0 ? 0 : end % 4 - 1)
    var index = unsafe Int(beginning.pointee.firstEnding)
    while unsafe index < Int(beginning.pointee.endOfEndings) {
      let ending = unsafe endings + index
      let behind = unsafe Int(ending.pointee.byteCount)
      index += 1
      guard behind <= bytes else { continue }
      let (start, size) =
        switch (bytes - behind + 1) % 3 {
        case 0: unsafe (ending.pointee.starts.0, ending.pointee.lengths.0)
        case 1: unsafe (ending.pointee.starts.1, ending.pointee.lengths.1)
        default: unsafe (ending.pointee.starts.2, ending.pointee.lengths.2)
        }
      let stop = end - Int(size)
      guard stop > length, unsafe jot_equal(texts + Int(start), text + stop, Int(size)) != 0 else {
        continue
      }
      let own = unsafe beginning.pointee.number
      // One and two characters of a beginning are one and two bytes, and begin a third.
      let before = length / 4 * 3 + length % 4
      guard before <= bytes - behind else { return nil }
      return unsafe Match(
        number: Int(own < 0 ? ending.pointee.number : own), length: end, middle: length..<stop,
        bytes: before..<bytes - behind, alignment: length % 4)
    }
    return nil
  }
}
