// Fence: memory that is not zeroed beforehand. The text of claims while it is written, in PyJWT's
// form: no spaces, ASCII only.

/// A text that grows, and what is to be inserted into it at the end.
///
/// Its properties are read and set, never changed in place by a function: then no access to them is
/// checked for exclusivity at run time, which took a tenth of the time.
@safe final class ClaimsBuffer {
  /// What is written stands in front. An array would be zeroed first, and checked for other owners at
  /// each write.
  private var memory: UnsafeMutableBufferPointer<UInt8>
  private var writer = JSONWriter()
  /// Containers that are written while this text goes on, and where they belong.
  private var insertions: [(offset: Int, encoder: ClaimsEncoder)] = []

  // Usual claims, and their scan, fit into a block that malloc keeps for its thread.
  init() { unsafe memory = .allocate(capacity: 1000) }

  // SAFETY: allocated in `init` or `grow`, freed once, and no span of it is kept.
  deinit { unsafe memory.deallocate() }

  /// A place to return to if what follows fails.
  struct Mark {
    fileprivate let writer: JSONWriter
    fileprivate let insertions: Int
  }

  var mark: Mark { Mark(writer: writer, insertions: insertions.count) }

  /// Forgets what was written after `mark`.
  func restore(_ mark: Mark) {
    writer = mark.writer
    if insertions.count == mark.insertions { return }
    var list = insertions
    insertions = []
    list.removeSubrange(mark.insertions...)
    insertions = list
  }

  func open(_ bracket: UInt8) { write { $0.open(bracket, into: &$1) } }

  func close(_ bracket: UInt8) { write { $0.close(bracket, into: &$1) } }

  @inline(__always)
  func name(_ name: String) { write { $0.name(name.utf8.span, into: &$1) } }

  @inline(__always)
  func string(_ value: String) { write { $0.string(value.utf8.span, into: &$1) } }

  @inline(__always)
  func number(_ value: some FixedWidthInteger) {
    guard let value = Int64(exactly: value) else { return verbatim("\(value)") }
    write { $0.integer(value, into: &$1) }
  }

  func strings(_ values: [String]) {
    write { writer, text in
      writer.open(UInt8(ascii: "["), into: &text)
      for value in values { writer.string(value.utf8.span, into: &text) }
      writer.close(UInt8(ascii: "]"), into: &text)
    }
  }

  func numbers(_ values: [Int]) {
    write { writer, text in
      writer.open(UInt8(ascii: "["), into: &text)
      for value in values { writer.integer(Int64(value), into: &text) }
      writer.close(UInt8(ascii: "]"), into: &text)
    }
  }

  func bool(_ value: Bool) { verbatim(value ? "true" : "false") }

  /// Writes a text that is JSON.
  func verbatim(_ json: String) { write { $0.verbatim(json.utf8.span, into: &$1) } }

  /// Leaves a place for a container that has a text of its own.
  func insert(_ encoder: ClaimsEncoder) {
    verbatim("")
    // Moved out, so that it is not copied.
    var list = insertions
    insertions = []
    list.append((writer.count, encoder))
    insertions = list
  }

  @inline(__always)
  private func write(_ body: (inout JSONWriter, inout MutableSpan<UInt8>) -> Void) {
    while true {
      let memory = unsafe memory
      var next = writer
      // SAFETY: the span ends before `grow` frees the memory. Its bytes are only written: a writer
      // reads none back.
      var span = unsafe MutableSpan(_unsafeElements: memory)
      body(&next, &span)
      if next.count <= span.count {
        writer = next
        return
      }
      grow(to: max(next.count, 2 * span.count))
    }
  }

  @inline(never)
  private func grow(to capacity: Int) {
    // SAFETY: `writer.count` bytes were written, and both have room for them.
    let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: capacity)
    unsafe larger.baseAddress!.update(from: memory.baseAddress!, count: writer.count)
    unsafe memory.deallocate()
    unsafe memory = larger
  }

  /// Bytes in the text so far.
  var count: Int { writer.count }

  /// Calls `body` with the whole text and its length; at least `rest` more bytes are behind it.
  func withText<Result>(
    andBehind rest: Int = 0, _ body: (inout MutableSpan<UInt8>, Int) throws -> Result
  ) rethrows -> Result {
    insertAll()
    if unsafe memory.count < count + rest { grow(to: count + rest) }
    // SAFETY: `count` bytes were written. `body` has the others as a workspace, which it writes before
    // it reads it; it does not write to this buffer.
    let memory = unsafe memory
    var span = unsafe MutableSpan(_unsafeElements: memory)
    return try body(&span, count)
  }

  /// Puts each container that has a text of its own where it belongs.
  private func insertAll() {
    if insertions.isEmpty { return }
    let text = ClaimsBuffer()
    var start = 0
    for (offset, encoder) in insertions {
      encoder.end()
      encoder.buffer.insertAll()
      text.append(self, start..<offset)
      text.append(encoder.buffer, 0..<encoder.buffer.writer.count)
      start = offset
    }
    text.append(self, start..<writer.count)
    let old = unsafe memory
    unsafe memory = text.memory
    unsafe text.memory = old
    (writer, insertions) = (text.writer, [])
  }

  private func append(_ other: ClaimsBuffer, _ range: Range<Int>) {
    let (start, end) = (writer.count, writer.count + range.count)
    if unsafe memory.count < end { grow(to: 2 * end) }
    // SAFETY: `other`, another buffer, has written the range; here there is room for it.
    let (target, source) = unsafe (memory, other.memory)
    unsafe (target.baseAddress! + start).update(
      from: source.baseAddress! + range.lowerBound, count: range.count)
    writer = JSONWriter(end: end)
  }
}
