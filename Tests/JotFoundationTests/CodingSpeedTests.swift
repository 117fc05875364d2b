import Foundation
import JotFoundation
import TestSupport
import Testing

#if !DEBUG
  /// A bound that holds on a busy machine too; `jot-bench` measures (decode/6-claims and others).
  @Suite("The speed of coding", .serialized)
  struct CodingSpeedTests {
    struct Access: Codable {
      var iss = "https://id.example.com", sub = "57cbb51a-ab71-4009-8802-3f54b4f2e23c"
      var groups = ["shop"], exp = 4_102_444_800, iat = 1_767_225_600, role = "editor"
    }

    private func now() -> Double {
      var time = timespec()
      // SAFETY: the call fills the structure.
      unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    /// The least time of interleaved slices: other processes only ever add to a slice.
    private func minima(_ bodies: [() throws -> Void]) throws -> [Double] {
      var least = bodies.map { _ in Double.infinity }
      for _ in 0..<400 {
        for (index, body) in bodies.enumerated() {
          let start = now()
          for _ in 0..<10 { try body() }
          least[index] = min(least[index], now() - start)
        }
      }
      return least
    }

    @Test("six claims are decoded in less than a third of the time of a decoder that is kept")
    func decoding() throws {
      try skipIfSanitized()
      let claims = try Coding.verifier.verify(Coding.signer.sign(Access()))
      let (decoder, data) = (JSONDecoder.claims, Data(claims.payload))
      let least = try minima([
        { _ = try claims.decode(Access.self) },
        { _ = try decoder.decode(Access.self, from: data) },
      ])
      #expect(least[1] > 3 * least[0])
    }
  }
#endif
