import Jot
import TestSupport
import Testing

/// The header of a verified token, and what a token's claims print.
@Suite("VerifiedClaims.header")
struct VerifiedHeaderTests {
  static let first = Secret(String(repeating: "first ", count: 8))

  /// A token with any header.
  static func token(_ header: String, _ payload: String) throws -> String {
    let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
    let key = try SigningKey(secret: first)
    let signature = try key.signature(of: Array(input.utf8).span, by: .hs256)
    return input + "." + Base64URL.encode(signature)
  }

  static let headers: [(text: String, keyID: String?, type: String?)] = [
    (#"{"alg":"HS256"}"#, nil, nil),
    (#"{"alg":"HS256","typ":"JWT"}"#, nil, "JWT"),
    (#"{"alg":"HS256","kid":"2026-11","typ":"JWT"}"#, "2026-11", "JWT"),
    (#"{"typ":"at+jwt","kid":"ü \"k\"","alg":"HS256","cty":null}"#, "ü \"k\"", "at+jwt"),
    (#" { "x" : { "kid" : "no" } , "alg" : "HS256" , "\u006bid" : "\u00fc" } "#, "ü", nil),
  ]

  /// One verifier of each type.
  static func verifiers() throws -> [any TokenVerifier] {
    let key = try VerificationKey(secret: first)
    let one = try Verifier(key: key, algorithms: [.hs256, .hs384], issuer: "i")
    let issuers = try IssuerVerifier([one])
    let cache = TokenCache()
    return [one, issuers, CachedVerifier(one, cache: cache), CachedVerifier(issuers, cache: cache)]
  }

  @Test("has kid, alg, typ and the others of the token's own header, from every verifier")
  func parameters() throws {
    for header in Self.headers {
      let token = try Self.token(header.text, #"{"iss":"i","sub":"x"}"#)
      for verifier in try Self.verifiers() {
        let verified = try verifier.verify(token).header
        #expect(verified.keyID == header.keyID && verified.type == header.type)
        #expect(verified.algorithm == .hs256 && verified.contentType == nil)
        #expect(verified.bytes == Array(header.text.utf8))
        #expect(try verified.json == JSON(object: header.text))
        #expect(verified["x"]?["kid"]?.string == (header.text.contains(#""x""#) ? "no" : nil))
      }
      let batch = try Verifier(
        key: VerificationKey(secret: Self.first), algorithms: [.hs256])
      let results = batch.verify([token, "a.b.c", token])
      #expect(try results.map { try? $0.get().header.keyID } == [header.keyID, nil, header.keyID])
      #expect(try results[2].get().header.bytes == Array(header.text.utf8))
    }
  }

  @Test("tells which key of a set has signed, and whose algorithm")
  func set() throws {
    let ec = try SigningKey.generate(.p256)
    let other = try SigningKey.generate(.ed25519)
    let keys = try KeySet([
      VerificationKey(publicKey: #require(other.verificationKey.pemRepresentation), keyID: "a"),
      VerificationKey(publicKey: #require(ec.verificationKey.pemRepresentation), keyID: "c"),
    ])
    let verifier = Verifier(keys: keys, algorithms: [.edDSA, .es256])
    for (secret, keyID, algorithm) in [("first ", "a", Algorithm.hs256), ("other ", "b", .hs512)] {
      let key = try SigningKey(secret: Secret(String(repeating: secret, count: 12)))
      let long = try VerificationKey(
        secret: Secret(String(repeating: secret, count: 12)), keyID: keyID)
      let token = try Signer(key: key, algorithm: algorithm, keyID: keyID, contentType: "x")
        .sign(["sub": "s"])
      let header = try Verifier(keys: KeySet([long]), algorithms: [.hs256, .hs512]).verify(token)
        .header
      #expect(header.keyID == keyID && header.algorithm == algorithm && header.contentType == "x")
    }
    let token = try Signer(key: ec, algorithm: .es256, keyID: "c").sign(["sub": "s"])
    let header = try verifier.verify(token).header
    #expect(header.keyID == "c" && header.algorithm == .es256)
    #expect(header.description == #"{"alg":"ES256","kid":"c","typ":"JWT"}"#)
  }

  @Test("is found in place, behind the payload of its own scratch")
  func inPlace() throws {
    for header in Self.headers {
      for length in [0, 999] {
        let payload = #"{"iss":"i","x":"\#(String(repeating: "y", count: length))"}"#
        let token = Array(try Self.token(header.text, payload).utf8)
        for verifier in try Self.verifiers() {
          var scratch = [UInt8](
            repeating: 0xff, count: Verifier.scratchLength(forToken: token.count))
          var span = scratch.mutableSpan
          let claims = try verifier.verify(token.span, scratch: &span)
          let found = try claims.header(of: token.span, into: &span, at: claims.payload.upperBound)
          #expect(found.range.count == header.text.utf8.count)
          #expect(text(found.keyID(in: span), span) == header.keyID)
          #expect(text(found.type(in: span), span) == header.type)
          #expect(text(found.algorithm(in: span), span) == "HS256")
          let (x, none) = (Array("x".utf8), Array("y".utf8))
          #expect((found.value(of: x.span, in: span) != nil) == header.text.contains(#""x""#))
          #expect(found.value(of: none.span, in: span) == nil)
          // The payload is still there.
          #expect(text(claims.issuer, span) == "i")
        }
      }
    }
  }

  @Test("a buffer that is too small, and what is no token, are refused")
  func buffers() throws {
    let token = Array(try Self.token(Self.headers[2].text, "{}").utf8)
    let verifier = try Verifier(key: VerificationKey(secret: Self.first), algorithms: [.hs256])
    var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
    var span = scratch.mutableSpan
    let claims = try verifier.verify(token.span, scratch: &span)
    var small = [UInt8](repeating: 0, count: 20)
    var smallSpan = small.mutableSpan
    do throws(JWTError) {
      _ = try claims.header(of: token.span, into: &smallSpan)
      Issue.record("a small buffer was taken")
    } catch {
      #expect(error.code == .bufferTooSmall)
      var enough = [UInt8](repeating: 0, count: error.neededBytes ?? 0)
      var enoughSpan = enough.mutableSpan
      #expect(try claims.header(of: token.span, into: &enoughSpan).keyID(in: enoughSpan) != nil)
    }
    for other in ["", "abc", "!!!!.x.y", "A.x.y"] {
      let bytes = Array(other.utf8)
      #expect(throws: JWTError.self) { try claims.header(of: bytes.span, into: &span) }
    }
    // Any header at all gives locations inside the buffer, or none.
    let odd = Array("\(Base64URL.encode(Array(#"{"kid":"#.utf8))).x.y".utf8)
    #expect(try claims.header(of: odd.span, into: &span).keyID(in: span) == nil)
    // A buffer that has shrunk.
    let found = try claims.header(of: token.span, into: &span, at: 50)
    let name = Array("kid".utf8)
    #expect(found.keyID(in: smallSpan) == nil)
    #expect(found.value(of: name.span, in: smallSpan) == nil)
  }

  private func text(_ string: JSONString?, _ span: borrowing MutableSpan<UInt8>) -> String? {
    guard let string else { return nil }
    let raw = string.range.map { span[$0] }
    return try? JSON(value: "\"\(String(decoding: raw, as: UTF8.self))\"").string
  }

  @Test("claims print nothing of themselves, however they are printed; their text is a property")
  func redacted() throws {
    let payload = #"{"sub":"a secret name","iss":"i","level":31415,"list":["hidden"]}"#
    let claims = try Self.verifiers()[0].verify(Self.token(Self.headers[2].text, payload))
    var dumped = ""
    dump(claims, to: &dumped)
    struct Holder { let claims: VerifiedClaims, optional: VerifiedClaims?, list: [VerifiedClaims] }
    let holder = Holder(claims: claims, optional: claims, list: [claims])
    var held = ""
    dump(holder, to: &held)
    for text in [
      "\(claims)", String(reflecting: claims), claims.description, claims.debugDescription, dumped,
      "\(holder)", String(reflecting: holder), held, "\([claims])", "\(Optional(claims) as Any)",
      "\(claims.customMirror.children.map { "\($0)" })",
    ] {
      for part in ["secret", "31415", "hidden", "level", "115, 101, 99"] {
        #expect(!text.contains(part), "\(text)")
      }
    }
    #expect("\(claims)".contains("VerifiedClaims"))
    #expect(claims.payloadText == payload)
    #expect(try claims.json == JSON(object: payload))
  }
}
