import Jot
import Testing

/// What an error says of a token's text and header: the same by every door.
@Suite("TokenFlaw")
struct TokenFlawTests {
  private static let issuer = "https://a.test"

  /// A key with everything that verifies its tokens.
  private struct Doors {
    let key: SigningKey
    let algorithm: Algorithm
    private let one: Verifier
    private let set: Verifier
    private let issuers: IssuerVerifier
    private let cache = TokenCache(entries: 100)

    init(_ key: SigningKey, _ algorithm: Algorithm, type: String? = nil) throws {
      (self.key, self.algorithm) = (key, algorithm)
      one = try Verifier(
        key: key.verificationKey, algorithms: [algorithm], issuer: issuer, type: type)
      set = Verifier(
        keys: try KeySet([key.verificationKey]), algorithms: [algorithm], issuer: issuer,
        type: type)
      issuers = try IssuerVerifier([one])
    }

    /// One of each way to verify a signature: HMAC, RSA's kernels, OpenSSL.
    static func all(type: String? = nil) throws -> [Doors] {
      try [.hs256, .rs256, .es256].map { algorithm in
        try Doors(TestKeys.signingKeys(for: algorithm)[0], algorithm, type: type)
      }
    }

    /// A signed token of this header, where ALG is the algorithm's name, and payload.
    func token(
      header: String = #"{"alg":"ALG"}"#, payload: String = #"{"iss":"https://a.test"}"#
    ) throws -> String {
      let header = header.replacing("ALG", with: algorithm.rawValue)
      return try token(
        encodedHeader: Base64URL.encode(Array(header.utf8)),
        encodedPayload: Base64URL.encode(Array(payload.utf8)))
    }

    func token(encodedHeader: String, encodedPayload: String) throws -> String {
      let input = "\(encodedHeader).\(encodedPayload)"
      let signature = try key.signature(of: Array(input.utf8).span, by: algorithm)
      return "\(input).\(Base64URL.encode(signature))"
    }

    /// The errors of all doors, alone and in batches of other tokens; nil is an accepted token.
    func errors(of token: String) throws -> [JWTError?] {
      var errors: [JWTError?] = []
      let verifiers: [any TokenVerifier] = [
        one, set, issuers, CachedVerifier(one, cache: cache), CachedVerifier(set, cache: cache),
        CachedVerifier(issuers, cache: cache),
      ]
      for verifier in verifiers + verifiers {
        do throws(JWTError) {
          _ = try verifier.verify(token)
          errors.append(nil)
        } catch {
          errors.append(error)
        }
      }
      let good = try self.token()
      for results in [
        one.verify([token, good, token]), set.verify([good, token, token]),
        issuers.verify([token, token, good]),
      ] {
        for result in results {
          if case .failure(let error) = result { errors.append(error) } else { errors.append(nil) }
        }
        // The good token is accepted beside the others.
        if let index = results.firstIndex(where: { (try? $0.get()) != nil }) {
          errors.remove(at: errors.count - results.count + index)
        }
      }
      return errors
    }

    /// Expects this code and message of `token` by every door.
    func expect(
      _ token: String, _ code: JWTError.Code, _ message: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let errors = try errors(of: token)
      #expect(errors.count == 18, sourceLocation: sourceLocation)
      for error in errors {
        #expect(error?.code == code, "\(token)", sourceLocation: sourceLocation)
        #expect(error?.description == message, "\(token)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test("a malformed token's error says what stands in its text")
  func texts() throws {
    for doors in try Doors.all() {
      let good = try doors.token()
      let parts = good.split(separator: ".").map(String.init)
      func texts(_ flaw: TokenFlaw) -> [String] {
        switch flaw {
        case .empty: ["", " ", "\r\n\t"]
        case .json: [#"{"alg":"HS256"}"#, " {", "{.}.{"]
        case .bearer:
          ["Bearer " + good, "bearer\t" + good, " BEARER  " + good, "Bearer", "bearer "]
        case .quotes:
          ["\"\(good)\"", "'\(good)'", " \"\(good)\",", good + "\"", "'", good + "'"]
        case .fewDots: ["a", "eyJ9=", "a.b", ".", "\(parts[0]).\(parts[1])", "a b", "é"]
        case .manyDots: [good + ".", "...", "a.b.c.d=.e", "a.b.c.d.e.f", good + "\n" + good]
        case .byteOrderMark: ["\u{feff}" + good]
        case .spaceAround: [" " + good, good + "\n", "\t\(good)\r\n", good + "\u{b}"]
        case .spaceInside:
          [good + "\n=", good.dropLast() + " A", "\(parts[0]) .\(parts[1]).\(parts[2])"]
        case .padding:
          [
            good + "=", good + "==", "\(parts[0])=.\(parts[1]).\(parts[2])", good + "= ",
            "\(parts[0]).\(parts[1]).\(parts[2])=+",
          ]
        case .standardBase64: [good.dropLast() + "+", good.dropLast() + "/", "+" + good]
        case .character:
          ["é", "\u{0}", "*", "\u{a0}", ","].map { good + $0 } + ["%" + good]
        default: []
        }
      }
      for flaw in TokenFlaw.allCases {
        for text in texts(flaw) { try doors.expect(text, .tokenMalformed, flaw.rawValue) }
      }
    }
  }

  @Test("padding under a valid signature is refused too, and named")
  func signedPadding() throws {
    for doors in try Doors.all() {
      let (header, payload) = (
        Base64URL.encode(Array(#"{"alg":"\#(doors.algorithm.rawValue)"}"#.utf8)),
        Base64URL.encode(Array(#"{"iss":"https://a.test"}"#.utf8))
      )
      for token in [
        try doors.token(encodedHeader: header + "=", encodedPayload: payload),
        try doors.token(encodedHeader: header, encodedPayload: payload + "="),
        try doors.token() + "==",
      ] {
        try doors.expect(token, .tokenMalformed, TokenFlaw.padding.rawValue)
      }
    }
  }

  @Test("an empty segment is named, with the code that it always had")
  func emptySegments() throws {
    for doors in try Doors.all() {
      let good = try doors.token()
      let parts = good.split(separator: ".").map(String.init)
      try doors.expect(".\(parts[1]).\(parts[2])", .headerInvalid, "the token's header is empty")
      try doors.expect(
        "\(parts[0]).\(parts[1]).", .signatureInvalid,
        "the token has no signature: nothing follows its last dot")
      try doors.expect(
        try doors.token(encodedHeader: parts[0], encodedPayload: ""), .claimsInvalid,
        "the token's payload is empty")
    }
  }

  /// Headers that differ from each other in form only: one that a kernel reads, and others.
  private static func headers(_ member: String) -> [String] {
    let name = member.dropFirst().prefix { $0 != "\"" }
    let escaped = member.replacing(
      "\"\(name)\"", with: #""\u00\#(String(name.utf8.first!, radix: 16))\#(name.dropFirst())""#)
    return [
      #"{"alg":"ALG",\#(member)}"#, #"{\#(member),"alg":"ALG"}"#,
      #"{"alg":"ALG", "x" : [1,{}], \#(member)}"#, #"{"alg":"ALG",\#(escaped)}"#,
    ]
  }

  @Test("a null typ or cty in a header counts as absent")
  func nullMembers() throws {
    for member in [#""typ":null"#, #""cty":null"#, #""typ":null,"cty":null"#] {
      for header in Self.headers(member) {
        for doors in try Doors.all() {
          let errors = try doors.errors(of: doors.token(header: header))
          // Batches too, in which all tokens are accepted: see `errors`.
          #expect(errors.count == 18 && errors.allSatisfy { $0 == nil }, "\(header)")
        }
        // Where a type is required, it is missed.
        for doors in try Doors.all(type: "at+jwt") {
          let token = try doors.token(header: header)
          #expect(try doors.errors(of: token).allSatisfy { $0 == .typeMismatch })
          let typed = try doors.token(header: #"{"alg":"ALG","typ":"at+jwt","cty":null}"#)
          #expect(try doors.errors(of: typed)[0] == nil)
        }
      }
    }
    // Twice is twice, whatever the value.
    for member in [
      #""typ":null,"typ":null"#, #""typ":null,"typ":"JWT""#, #""typ":"JWT","typ":null"#,
      #""cty":null,"cty":null"#, #""cty":null,"\u0063ty":"x""#,
    ] {
      for doors in try Doors.all() {
        try doors.expect(
          doors.token(header: #"{"alg":"ALG",\#(member)}"#), .headerInvalid,
          "the token's header is not a strict JSON object")
      }
    }
  }

  @Test("a header's member of a wrong type is named, and so is a missing alg")
  func memberTypes() throws {
    for name in ["kid", "typ", "cty"] {
      for value in ["1", "true", "[]", "{}", #"["x"]"#, "1.5e3"] + (name == "kid" ? ["null"] : []) {
        for header in Self.headers(#""\#(name)":\#(value)"#) {
          for doors in try Doors.all() {
            try doors.expect(
              doors.token(header: header), .headerInvalid,
              "the token's header has a \(name) that is not a string")
          }
        }
      }
    }
    for doors in try Doors.all() {
      for value in ["null", "1", "[\"ALG\"]"] {
        try doors.expect(
          doors.token(header: #"{"typ":"JWT","alg":\#(value)}"#), .headerInvalid,
          "the token's header has an alg that is not a string")
      }
      for header in ["{}", #"{"typ":"JWT"}"#, #"{"typ":1,"kid":1}"#, #"{"ALG":"none"}"#] {
        try doors.expect(
          doors.token(header: header), .headerInvalid, "the token's header has no alg")
      }
      for header in ["[]", "{", #"{"alg":"ALG","alg":"ALG"}"#, "\u{feff}{}"] {
        try doors.expect(
          doors.token(header: header), .headerInvalid,
          "the token's header is not a strict JSON object")
      }
    }
  }

  @Test("each limit that a token exceeds is named with its number")
  func limits() throws {
    for doors in try Doors.all() {
      let digits = String(repeating: "1", count: 4301)
      let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
      let many = (0..<64).map { #""\#($0)":1"# }.joined(separator: ",")
      try doors.expect(
        doors.token(header: #"{"alg":"ALG",\#(many)}"#), .headerInvalid,
        "the token's header has more than 64 members")
      for (segment, code) in [("header", JWTError.Code.headerInvalid), ("payload", .claimsInvalid)]
      {
        for (value, message) in [
          (deep, "is nested deeper than 128 levels"),
          (digits, "has a number of more than 4300 digits"),
        ] {
          let token =
            segment == "header"
            ? try doors.token(header: #"{"alg":"ALG","x":\#(value)}"#)
            : try doors.token(payload: #"{"iss":"https://a.test","x":\#(value)}"#)
          try doors.expect(token, code, "the token's \(segment) \(message)")
        }
      }
      let long = String(repeating: "A", count: Verifier.defaultTokenLimit + 1)
      try doors.expect(long, .tokenTooLarge, "the token is longer than the limit of 16384 bytes")
      #expect(try doors.errors(of: long).allSatisfy { $0?.limit == 16384 })
    }
  }

  @Test("an unverified token's errors say the same")
  func unverified() throws {
    for (text, message) in [
      ("", TokenFlaw.empty.rawValue), ("Bearer a.b.c", TokenFlaw.bearer.rawValue),
      ("e30.e30.=", TokenFlaw.padding.rawValue), ("e30=.e30.", TokenFlaw.padding.rawValue),
      (".e30.", TokenFlaw.emptyHeader.rawValue), ("e30..", TokenFlaw.emptyPayload.rawValue),
      ("e30.e30", TokenFlaw.fewDots.rawValue), ("W10.e30.", TokenFlaw.headerJSON.rawValue),
      (String(repeating: "a", count: 101), "the token is longer than the limit of 100 bytes"),
    ] {
      do throws(JWTError) {
        _ = try UnverifiedToken(decoding: text, tokenLimit: 100)
        Issue.record("\(text) is accepted")
      } catch {
        #expect(error.description == message)
      }
    }
  }

  @Test("no message shows a character of the token but those that it names")
  func secrecy() throws {
    let doors = try Doors.all()[0]
    for scalar in (0...0x2ff).compactMap({ Unicode.Scalar($0) }) {
      let text = try doors.token() + String(scalar) + "Zq8"
      for error in try doors.errors(of: text) {
        let line = try #require(error).description
        #expect(!line.contains("Zq8") && line.allSatisfy { !$0.isNewline })
      }
    }
  }
}
