// The text of claims while it is written, in PyJWT's form: no spaces, ASCII only.

/// A text that grows, and what is to be inserted into it at the end.
final class ClaimsBuffer {
  private var bytes: [UInt8]
  private var writer = JSONWriter()
  /// Containers that are written while this text goes on, and where they belong.
  private var insertions: [(offset: Int, encoder: ClaimsEncoder)] = []

  init() { bytes = [UInt8](repeating: 0, count: 2048) }

  /// A place to return to if what follows fails.
  struct Mark {
    fileprivate let writer: JSONWriter
    fileprivate let insertions: Int
  }

  var mark: Mark { Mark(writer: writer, insertions: insertions.count) }

  /// Forgets what was written after `mark`.
  func restore(_ mark: Mark) {
    writer = mark.writer
    insertions.removeSubrange(mark.insertions...)
  }

  func open(_ bracket: UInt8) { write { $0.open(bracket, into: &$1) } }

  func close(_ bracket: UInt8) { write { $0.close(bracket, into: &$1) } }

  func name(_ name: String) { write { $0.name(name.utf8.span, into: &$1) } }

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
    insertions.append((writer.count, encoder))
  }

  @inline(__always)
  private func write(_ body: (inout JSONWriter, inout MutableSpan<UInt8>) -> Void) {
    // Both are moved out while the body runs: properties that are used in place are checked for
    // exclusivity, which took a third of the time.
    var (text, next) = ([UInt8](), writer)
    swap(&text, &bytes)
    while true {
      var span = text.mutableSpan
      body(&next, &span)
      if next.count <= text.count { break }
      text += [UInt8](repeating: 0, count: max(next.count - text.count, text.count))
      next = writer
    }
    (writer, bytes) = (next, text)
  }

  /// The whole text, in the front of a buffer, and its length. The buffer is no longer here.
  func finish() -> (bytes: [UInt8], count: Int) {
    if insertions.isEmpty {
      let result = (bytes, writer.count)
      bytes = []
      return result
    }
    var text: [UInt8] = []
    var start = 0
    for (offset, encoder) in insertions {
      let inserted = encoder.finish()
      text += bytes[start..<offset]
      text += inserted.bytes[..<inserted.count]
      start = offset
    }
    text += bytes[start..<writer.count]
    return (text, text.count)
  }
}
