// The kernel that JSONTarget compares.
import Jot

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
