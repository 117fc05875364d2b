// JSON: the kernel with a known shape, the kernel without one and the scanner must agree, and the
// scanner with a recursive parser.
import Jot

/// The input: where the text begins, what is behind it, up to three bytes of the text to change,
/// and the text. The kernel learns the shape of the text, and then reads the changed one.
struct JSONTarget: FuzzTarget {
  private static let behind = Array("1\"{}\\,: ".utf8)

  var seeds: [[UInt8]] {
    (Vectors.segments(0) + Vectors.segments(1)).flatMap { text in
      [[0, 0, 0] + text, [5, 1, 1, 0, 9, UInt8(ascii: "0")] + text]
    }
  }

  /// Other changes of the same text, by bytes that matter in JSON, mostly where a value begins.
  func mutated(_ input: [UInt8], most: Int, _ random: inout Seeded) -> [UInt8]? {
    guard input.count > 3, random.below(2) == 0 else { return nil }
    let text = input.dropFirst(3 + 3 * (Int(input[2]) % 4))
    let beginnings = text.indices.dropFirst().filter { Self.before.contains(text[$0 - 1]) }
    let changes = (0..<1 + random.below(3)).flatMap { _ -> [UInt8] in
      let offset =
        random.below(3) == 0 || beginnings.isEmpty
        ? random.below(max(1, text.count)) : random.one(of: beginnings) - text.startIndex
      let old = text.dropFirst(offset).first ?? 0
      let isNumber = UInt8(ascii: "0")...UInt8(ascii: "9") ~= old && random.below(2) == 0
      return [
        UInt8(offset >> 8 & 0xff), UInt8(offset & 0xff),
        random.one(of: isNumber ? Self.firstOfNumber : Self.bytes),
      ]
    }
    let changed = input.prefix(2) + [UInt8(changes.count / 3)] + changes + text
    return changed.count <= most ? Array(changed) : nil
  }

  private static let firstOfNumber = Array("01-".utf8)
  private static let before = Array(":,[{ \"".utf8)
  private static let bytes = Array("0019\"\\,:{}[]-.e ax\n\u{7f}\u{e9}".utf8)

  func run(_ input: [UInt8]) {
    var reader = ByteReader(input)
    let start = reader.number(below: 64)
    let behind = Self.behind[reader.number(below: Self.behind.count)]
    let changes = (0..<reader.number(below: 4)).map { _ in
      (offset: Int(reader.byte()) << 8 | Int(reader.byte()), byte: reader.byte())
    }
    let text = reader.bytes(.max)
    var changed = text
    for change in changes where !text.isEmpty { changed[change.offset % text.count] = change.byte }
    for isHeader in [false, true] {
      let kernel = PlainKernel(isHeader: isHeader, start: start, behind: behind)
      let wanted = scanned(changed, start, isHeader)
      kernel.forget()
      let cold = kernel.read(changed)
      if let cold { requireEqual(cold, wanted, "the kernel reads \(shown(changed))") }
      kernel.forget()
      for _ in 0..<3 { _ = kernel.read(text) }
      requireEqual(
        kernel.read(changed), cold, "with the shape of \(shown(text)) it reads \(shown(changed))")
    }
    scan(text)
    write(text)
  }

  /// What the scanner reads; nil if it refuses the text.
  private func scanned(_ text: [UInt8], _ start: Int, _ isHeader: Bool) -> PlainKernel.Reading? {
    let length = start + text.count + JSONScanner.workspaceLength(forText: text.count)
    let buffer = ExactBytes(
      [UInt8](repeating: 0x31, count: start) + text
        + [UInt8](repeating: 0x31, count: length - start - text.count))
    var reading = PlainKernel.Reading()
    var isTyped = true
    let isRead = buffer.withMutableSpan { buffer -> Bool in
      var scanner = JSONScanner(seed: 7)
      do throws(JSONError) {
        try scanner.open(&buffer, from: start, count: text.count)
        while let member = try scanner.next(&buffer) {
          let name = bytes(of: member.name, buffer)
          guard let index = PlainKernel.names[isHeader ? 1 : 0].firstIndex(of: name) else {
            continue
          }
          let value = member.value
          reading.values[index] = value.bits
          if value.kind != .null { reading.present |= 1 << UInt8(index) }
          if !isHeader, 3...5 ~= index, value.kind == .number {
            reading.seconds[index - 3] = value.integer(buffer)
          }
          isTyped = isTyped && (isHeader || isUsual(value.kind, index))
        }
        return true
      } catch {
        return false
      }
    }
    if isHeader { reading.present = 0 }
    reading.isTyped = isTyped && !isHeader
    return isRead ? reading : nil
  }

  private func isUsual(_ kind: JSONKind, _ index: Int) -> Bool {
    index == 2 || (3...5 ~= index ? kind == .number : kind == .string)
  }

  private func bytes(
    of string: JSONString, _ buffer: borrowing MutableSpan<UInt8>
  ) -> [UInt8] {
    var (rest, bytes) = (JSONStringBytes(string), [UInt8]())
    while let byte = rest.next(buffer) { bytes.append(byte) }
    return bytes
  }

  /// The scanner and the walk over what it has read, against a recursive parser.
  private func scan(_ text: [UInt8]) {
    let wanted = JSONOracle.members(text)
    let count = text.count
    let buffer = ExactBytes(
      text + [UInt8](repeating: 0x31, count: JSONScanner.workspaceLength(forText: count)))
    let found = buffer.withMutableSpan { buffer -> [JSONOracle.Member]? in
      var (scanner, members) = (JSONScanner(seed: 3), [JSONOracle.Member]())
      do throws(JSONError) {
        try scanner.open(&buffer, count: count)
        while let member = try scanner.next(&buffer) {
          let name = bytes(of: member.name, buffer)
          members.append(
            JSONOracle.Member(name: name, value: whole(member.value, in: text)))
          if member.value.kind == .number {
            requireEqual(
              member.value.integer(buffer), SlowJSON.integer(members.last!.value),
              "the integer of \(shown(members.last!.value))")
          }
        }
        return members
      } catch {
        return nil
      }
    }
    requireEqual(found, wanted, "the scanner reads \(shown(text))")
    guard let found else { return }
    // In a buffer without anything behind the text.
    let exact = ExactBytes(text)
    exact.withMutableSpan { buffer in
      var (walk, number) = (JSONMembers(from: 0), 0)
      while let member = walk.next(buffer) {
        require(number < found.count, "the walk finds more than the scanner in \(shown(text))")
        requireEqual(
          JSONOracle.Member(
            name: bytes(of: member.name, buffer), value: whole(member.value, in: text)),
          found[number], "the walk over \(shown(text))")
        number += 1
      }
      requireEqual(number, found.count, "members in the walk over \(shown(text))")
    }
    // Written and read again it is the same value.
    let json = try? JSON(object: String(decoding: text, as: UTF8.self))
    require(json != nil, "a tree of \(shown(text))")
    if let json { requireEqual(try? JSON(object: json.text), json, "the tree of \(shown(text))") }
  }

  /// A value's bytes; a string's with its quotes.
  private func whole(_ value: JSONValue, in text: [UInt8]) -> [UInt8] {
    value.kind == .string
      ? Array(text[value.start - 1..<value.end + 1]) : Array(text[value.range])
  }

  /// The writer, into buffers of the exact length, of a byte less, and of none.
  private func write(_ text: [UInt8]) {
    guard let string = String(validating: text, as: UTF8.self) else { return }
    let wanted = SlowJSON.quoted(string)
    let source = ExactBytes(text)
    for isName in [false, true] {
      let all = Array("[7,".utf8) + wanted + (isName ? [UInt8(ascii: ":")] : [])
      for room in [all.count, all.count - 1, 3, 0] {
        let buffer = ExactBytes(count: room)
        let count = source.withSpan { text in
          buffer.withMutableSpan { buffer in
            var writer = JSONWriter()
            writer.open(UInt8(ascii: "["), into: &buffer)
            writer.integer(7, into: &buffer)
            if isName {
              writer.name(text, into: &buffer)
            } else {
              writer.string(text, into: &buffer)
            }
            return writer.count
          }
        }
        requireEqual(count, all.count, "bytes of \(shown(wanted)) in a buffer of \(room)")
        if room == count { requireEqual(buffer.array, all, "the string \(shown(text))") }
      }
    }
  }
}
