import CMallocCount
import Foundation
import JotFoundation
import TestSupport
import Testing

/// Counts the blocks that coding takes from the allocator, besides those of the values themselves.
@Suite("Allocations of coding", .serialized)
struct CodingAllocationTests {
  enum Role: String, Codable { case editor, reader }

  // All strings are short, so that they need no memory.
  struct Flat: Codable, Equatable {
    var sub = "ada", exp = 4_102_444_800, level: Int8 = 3, score = 2.5, admin = true
    var tenant: String? = "north", team: String?
  }
  struct Typed: Codable, Equatable {
    var role = Role.editor, other = Role.reader, at = Date(timeIntervalSince1970: 5)
  }
  struct Point: Codable, Equatable { var x = 1, y = 2 }
  struct One: Codable, Equatable { var a = Point() }
  struct Two: Codable, Equatable { var a = Point(), b = Point() }
  struct Deep: Codable, Equatable { var one = One() }

  private static let key = try! SigningKey(
    secret: Secret("an allocation test's secret of more than 64 bytes: 0123456789abcdefghij"))

  /// Blocks that a decoding takes and gives back.
  private func blocks<T: Decodable & Equatable>(_ payload: String, _ value: T) throws -> Double {
    guard malloc_count_is_available() != 0 else {
      try skip("the allocator is not interposed here: a sanitizer, or no glibc")
    }
    let signer = try Signer(key: Self.key, algorithm: .hs256)
    let verifier = try Verifier(key: Self.key.verificationKey, algorithms: [.hs256])
    let payload = Array(payload.utf8)
    var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
    var span = token.mutableSpan
    _ = try signer.sign(payload: payload.span, into: &span)
    let claims = try verifier.verify(token)
    #expect(try claims.decode(T.self) == value)
    malloc_count_start()
    for _ in 0..<100 { _ = try claims.decode(T.self) }
    // Each block is counted twice: when it is taken, and when it is given back.
    return (Double(malloc_count_stop()) / 200).rounded(.down)
  }

  @Test("decoding takes two blocks for a flat type, and at most two more for each container")
  func decoding() throws {
    let flat = #""sub":"ada","exp":4102444800,"level":3,"score":2.5,"admin":true,"tenant":"north""#
    let cases: [(String, Double, () throws -> Double)] = [
      ("flat", 2, { try blocks("{\(flat)}", Flat()) }),
      ("other members", 2, { try blocks(#"{"x":[1],\#(flat),"y":{}}"#, Flat()) }),
      (
        "another order", 2,
        {
          try blocks(
            #"{"admin":true,"tenant":"north","score":2.5,"level":3,"exp":4102444800,"sub":"ada"}"#,
            Flat())
        }
      ),
      ("typed", 3, { try blocks(#"{"role":"editor","other":"reader","at":5}"#, Typed()) }),
      ("one nested", 4, { try blocks(#"{"a":{"x":1,"y":2}}"#, One()) }),
      ("two nested", 5, { try blocks(#"{"a":{"x":1,"y":2},"b":{"x":1,"y":2}}"#, Two()) }),
      ("nested twice", 6, { try blocks(#"{"one":{"a":{"x":1,"y":2}}}"#, Deep()) }),
    ]
    var counts: [String] = []
    for (name, most, count) in cases {
      let blocks = try count()
      counts.append("\(name) \(blocks)")
      #if DEBUG
        // Without the optimizer values are boxed that are not otherwise.
        #expect(blocks > 0 && blocks <= 2 * most, "\(name)")
      #else
        #expect(blocks > 0 && blocks <= most, "\(name)")
      #endif
    }
    print("blocks of a decoding: \(counts.joined(separator: ", "))")
  }

  @Test("finding the header of a verified token in place allocates nothing")
  func header() throws {
    guard malloc_count_is_available() != 0 else {
      try skip("the allocator is not interposed here: a sanitizer, or no glibc")
    }
    let verifier = try Verifier(key: Self.key.verificationKey, algorithms: [.hs256])
    let token = Array(
      try Signer(key: Self.key, algorithm: .hs256, keyID: "k").sign(["sub": "x"]).utf8)
    let name = Array("typ".utf8)
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    var span = scratch.mutableSpan
    let isFound = Self.findsHeader(verifier, token.span, name.span, &span)
    var isRight = true
    malloc_count_start()
    for _ in 0..<1000 where !Self.findsHeader(verifier, token.span, name.span, &span) {
      isRight = false
    }
    let calls = malloc_count_stop()
    #expect(isFound && isRight)
    #expect(calls == 0)
  }

  private static func findsHeader(
    _ verifier: Verifier, _ token: Span<UInt8>, _ name: Span<UInt8>,
    _ scratch: inout MutableSpan<UInt8>
  ) -> Bool {
    do throws(JWTError) {
      let claims = try verifier.verify(token, scratch: &scratch)
      let header = try claims.header(of: token, into: &scratch, at: claims.payload.upperBound)
      return header.keyID(in: scratch)?.range.count == 1
        && header.value(of: name, in: scratch)?.kind == .string
    } catch {
      return false
    }
  }
}
