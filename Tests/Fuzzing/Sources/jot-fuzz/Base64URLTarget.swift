// base64url: every kernel against the slow codec, with exact buffers.
import Jot

/// The input: how much surrounds the range, then the text to decode, which is also bytes to encode.
struct Base64URLTarget: FuzzTarget {
  private let kernels = Base64URL.kernels.filter(\.isAvailable)

  var seeds: [[UInt8]] {
    let texts = Vectors.tokens.flatMap { $0.token.split(separator: UInt8(ascii: ".")) }
    let lengths = [0, 1, 2, 3, 15, 16, 17, 21, 22, 23, 31, 32, 33, 43, 48, 63, 64, 65, 86, 96, 130]
    return Set(texts.map { Array($0) }).sorted { $0.lexicographicallyPrecedes($1) }.prefix(200)
      .map { [0] + $0 } + lengths.map { [17] + [UInt8](repeating: UInt8(ascii: "A"), count: $0) }
  }

  func run(_ input: [UInt8]) {
    var reader = ByteReader(input)
    let before = reader.number(below: 16)
    let text = reader.bytes(.max)
    for kernel in kernels {
      decode(text, before, kernel)
      encode(text, before, kernel)
    }
  }

  private func decode(_ text: [UInt8], _ before: Int, _ kernel: CPUFeature) {
    let wanted = SlowBase64URL.decode(text)
    let whole = ExactBytes([UInt8](repeating: 0x41, count: before) + text)
    let length = Base64URL.decodedLength(of: text.count) ?? 0
    let bytes = ExactBytes(count: before + length)
    let found = whole.withSpan { text in
      bytes.withMutableSpan { bytes -> Result<Int, Base64URLError> in
        Result { () throws(Base64URLError) in
          try Base64URL.decode(
            text, in: before..<text.count, into: &bytes, at: before, kernel: kernel)
        }
      }
    }
    switch (wanted, found) {
    case (.success(let wanted), .success(let count)):
      requireEqual(Array(bytes.array[before...]), wanted, "\(kernel) decodes \(shown(text))")
      requireEqual(count, wanted.count, "\(kernel) decodes \(shown(text))")
      requireEqual(encoded(wanted, 0, kernel), text, "\(kernel) encodes what it decoded")
    case (.failure(let wanted), .failure(let found)):
      let same =
        switch (wanted.failure, found) {
        case (.character(let offset), .invalidCharacter(let other)): offset == other
        case (.length, .impossibleLength), (.bits, .trailingBits): true
        default: false
        }
      require(same, "\(kernel) on \(shown(text)): \(found), not \(wanted.failure)")
    default: finding("\(kernel) on \(shown(text)): \(found), not \(wanted)")
    }
    require(bytes.array[..<before].allSatisfy { $0 == 0x31 }, "\(kernel) wrote before its range")
    // A byte too few is refused before anything is written.
    if length > 0 {
      let small = ExactBytes(count: length - 1)
      let error = whole.withSpan { text in
        small.withMutableSpan { bytes in
          Result { () throws(Base64URLError) in
            try Base64URL.decode(text, in: before..<text.count, into: &bytes, kernel: kernel)
          }
        }
      }
      if case .success = error { finding("\(kernel) decodes to a short buffer") }
    }
  }

  private func encode(_ bytes: [UInt8], _ before: Int, _ kernel: CPUFeature) {
    requireEqual(
      encoded(bytes, before, kernel), SlowBase64URL.encoded(bytes), "\(kernel) encodes \(bytes)")
  }

  private func encoded(_ bytes: [UInt8], _ before: Int, _ kernel: CPUFeature) -> [UInt8] {
    let whole = ExactBytes([UInt8](repeating: 0x42, count: before) + bytes)
    let text = ExactBytes(count: before + Base64URL.encodedLength(of: bytes.count))
    let count = whole.withSpan { bytes in
      text.withMutableSpan { text in
        try? Base64URL.encode(
          bytes, in: before..<bytes.count, into: &text, at: before, kernel: kernel)
      }
    }
    requireEqual(count, text.memory.count - before, "\(kernel) encodes \(bytes)")
    require(text.array[..<before].allSatisfy { $0 == 0x31 }, "\(kernel) wrote before its range")
    return Array(text.array[before...])
  }
}
