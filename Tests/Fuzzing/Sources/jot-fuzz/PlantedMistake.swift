// Mistakes that a sanitizer must find: each build proves by them that the library's own code is
// instrumented, in Swift and in C.
import CFuzz
import Jot

struct PlantedMistake: FuzzTarget {
  private let name: String
  let seeds: [[UInt8]] = []

  init(_ name: String) { self.name = name }

  func run(_ input: [UInt8]) {
    // Sixteen bytes on the heap that a span says are seventeen.
    let bytes = ExactBytes(count: 16)
    let long = Span<UInt8>(
      _unsafeElements: UnsafeBufferPointer(start: bytes.memory.baseAddress, count: 17))
    let text = ExactBytes(count: 64)
    text.withMutableSpan { text in
      switch name {
      case "overflow-swift":
        _ = try? Base64URL.encode(long, in: 0..<17, into: &text, at: 0, kernel: .portable)
      case "overflow-c":
        // Copied by C, since nothing in it needs an escape.
        var writer = JSONWriter()
        writer.string(long, into: &text)
      default: _ = fuzz_undefined(.max)
      }
    }
  }
}
