import Foundation
import JotFoundation
import TestSupport
import Testing

#if !DEBUG
  /// The time of decoding and of signing, beside Foundation's coders that are kept.
  @Suite("The speed of coding", .serialized)
  struct CodingSpeedTests {
    struct Access: Codable {
      var iss = "https://id.example.com", sub = "57cbb51a-ab71-4009-8802-3f54b4f2e23c"
      var aud = ["shop"], exp = 4_102_444_800, iat = 1_767_225_600, role = "editor"
    }
    struct Address: Codable {
      var street = "12 St James's Square", city = "London", zip = 12345, country = "United Kingdom"
    }
    struct Profile: Codable {
      var iss = "https://id.example.com/realms/shop", sub = "57cbb51a-ab71-4009-8802-3f54b4f2e23c"
      var aud = ["shop", "account"], exp = 4_102_444_800, iat = 1_767_225_600, nbf = 1_767_225_600
      var jti = "f2c1c9a6-6bd3-4c4c-a3b6-0e1f5b6f3c11", name = "Ada Lovelace", givenName = "Ada"
      var familyName = "Lovelace", email = "ada@example.com", emailVerified = true
      var locale = "en-GB", zoneinfo = "Europe/London", updated = 1_767_225_600, score = 98.25
      var roles = ["editor", "reviewer", "administrator"], address = Address(), level = 7
      var picture = "https://cdn.example.com/people/ada/portrait-large.png", azp = "shop-web"
      var groups = (1...8).map { "/departments/engine-room/teams/\($0)" }
      var nonce = "n-0S6_WzA2Mj-0123456789", phone = "+44 20 7946 0000"
    }
    struct Large: Codable {
      var aud = "shop", profile = Profile()
      var permissions = (1...90).map { "urn:example:shop:orders:\($0):read" }
    }
    struct Nested: Codable {
      var aud = "shop", main = Profile(), others = [Profile(), Profile(), Profile()]
    }

    private func now() -> Double {
      var time = timespec()
      // SAFETY: the call fills the structure.
      unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    /// The medians of interleaved slices of this thread's time, in nanoseconds a call.
    private func medians(_ bodies: [() throws -> Void]) throws -> [Double] {
      var times = bodies.map { _ in [Double]() }
      for _ in 0..<101 {
        for (index, body) in bodies.enumerated() {
          let start = now()
          for _ in 0..<20 { try body() }
          times[index].append((now() - start) / 20)
        }
      }
      return times.map { $0.sorted()[$0.count / 2] }
    }

    private func compare<T: Codable>(_ name: String, _ value: T) throws -> Double {
      let verifier = try Verifier(
        key: Coding.key.verificationKey, algorithms: [.hs256], audience: ["shop"])
      let claims = try verifier.verify(Coding.signer.sign(value))
      let (decoder, encoder, data) = (JSONDecoder.claims, JSONEncoder.claims, Data(claims.payload))
      let times = try medians([
        { _ = try claims.decode(T.self) }, { _ = try decoder.decode(T.self, from: data) },
        { _ = try Coding.signer.sign(value) },
        { _ = try Coding.signer.sign(value, encoder: encoder) },
      ])
      let ratios = (times[1] / times[0], times[3] / times[2])
      let tenths = [ratios.0, ratios.1].map { String(format: "%.1f", $0) }
      print(
        "\(name), \(claims.payload.count) bytes: decoded in \(Int(times[0])) ns, JSONDecoder",
        "\(Int(times[1])) (\(tenths[0])); signed in \(Int(times[2])) ns, JSONEncoder",
        "\(Int(times[3])) (\(tenths[1]))")
      return ratios.0
    }

    @Test("a type of matching claims is decoded in less than a third of Foundation's time")
    func ratio() throws {
      try skipIfSanitized()
      // A third, though a fifth is usual: other processes may be at work.
      #expect(try compare("6 claims", Access()) > 3)
      #expect(try compare("a profile", Profile()) > 3)
      #expect(try compare("a profile and 90 permissions", Large()) > 3)
      #expect(try compare("four profiles", Nested()) > 2)
    }
  }
#endif
