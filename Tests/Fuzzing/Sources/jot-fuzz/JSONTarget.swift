// JSON: the kernel with a known shape, the kernel without one and the scanner must agree, and the
// scanner with a recursive parser.
import Jot

/// The input: where the text begins, what is behind it, up to three bytes of the text to change,
/// and the text. The kernel learns the shape of the text, and then reads the changed one.
struct JSONTarget: FuzzTarget {
  var seeds: [[UInt8]] {
    (Vectors.segments(0) + Vectors.segments(1)).flatMap { text in
      [[0, 0, 0] + text, [5, 1, 1, 0, 9, UInt8(ascii: "0")] + text]
    }
  }

  func run(_ input: [UInt8]) {
    var reader = ByteReader(input)
    let start = reader.number(below: 64)
    let behind = reader.one(of: Array("1\"{}\\,: ".utf8))
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

extension ByteReader {
  mutating func one(of choices: [UInt8]) -> UInt8 { choices[number(below: choices.count)] }
}

/// The kernel for plain payloads or headers, in a buffer with nothing but the 64 bytes that it needs
/// behind the text.
struct PlainKernel {
  let isHeader: Bool
  let start: Int
  let behind: UInt8

  static let names = ["iss sub aud exp nbf iat jti", "alg typ kid cty crit b64"].map { names in
    names.split(separator: " ").map { Array($0.utf8) }
  }

  struct Reading: Equatable {
    var values = [UInt64](repeating: 0, count: 7)
    var seconds = [Int64?](repeating: nil, count: 3)
    var present: UInt8 = 0
    var isTyped = false
  }

  func read(_ text: [UInt8]) -> Reading? {
    let buffer = ExactBytes(
      [UInt8](repeating: 0x31, count: start) + text + [UInt8](repeating: behind, count: 64))
    var members = RegisteredMembers()
    var reading = Reading()
    let isRead = buffer.withMutableSpan { buffer -> Bool in
      if isHeader { return members.readPlainHeader(&buffer, from: start, count: text.count) }
      let payload = members.readPlainPayload(&buffer, from: start, count: text.count)
      (reading.present, reading.isTyped) = (payload.present, payload.isTyped)
      return payload.isRead
    }
    let after = buffer.array
    require(
      after[..<start].allSatisfy { $0 == 0x31 } && Array(after[start..<start + text.count]) == text
        && after[(start + text.count + 8)...].allSatisfy { $0 == behind },
      "the kernel wrote outside of the eight bytes behind \(shown(text))")
    guard isRead else { return nil }
    for index in 0..<7 {
      reading.values[index] = members[index].bits
      if !isHeader, 3...5 ~= index, members[index].kind == .number, !members[index].isAbsent {
        reading.seconds[index - 3] = members.seconds(at: index)
      }
    }
    return reading
  }

  /// Makes the thread know other shapes only: it knows four.
  func forget() {
    var buffer = Self.fillers
    var span = buffer.mutableSpan
    for number in 0..<Self.fillerCount {
      for _ in 0..<2 {
        var members = RegisteredMembers()
        let (start, count) = (number * Self.fillerStride, 6 + number)
        if isHeader {
          _ = members.readPlainHeader(&span, from: start, count: count)
        } else {
          _ = members.readPlainPayload(&span, from: start, count: count)
        }
      }
    }
  }

  private static let (fillerCount, fillerStride) = (12, 96)
  /// Objects with names of different lengths, each in front of a workspace.
  private static let fillers = (0..<fillerCount).flatMap { number in
    let text = Array("{\"\(String(repeating: "f", count: number))\":1}".utf8)
    return text + [UInt8](repeating: 0x31, count: fillerStride - text.count)
  }
}
