import Jot
import TestSupport
import Testing

/// A header that is recognised by its text selects what it selects when it is decoded.
@Suite("Usual headers")
struct UsualHeaderTests {
  /// Two verifiers that differ in nothing but how they read headers.
  struct Pair {
    let verifier: Verifier
    let oracle: Verifier
    /// Compared, and of these recognised.
    var (count, recognised) = (0, 0)

    init(_ key: VerificationKey, _ algorithms: [Algorithm], type: String? = nil) throws {
      func make(_ decodes: Bool) throws -> Verifier {
        try Verifier(
          key: key,
          expecting: Expectations(
            algorithms: algorithms, audience: nil, type: type, decodingHeaders: decodes,
            clock: { 0 }))
      }
      (verifier, oracle) = (try make(false), try make(true))
    }

    init(_ keys: RotatingKeySet, _ algorithms: [Algorithm], type: String? = nil) {
      func make(_ decodes: Bool) -> Verifier {
        Verifier(
          keys: keys,
          expecting: Expectations(
            algorithms: algorithms, audience: nil, type: type, decodingHeaders: decodes,
            clock: { 0 }))
      }
      (verifier, oracle) = (make(false), make(true))
    }

    init(_ keys: [VerificationKey], _ algorithms: [Algorithm], type: String? = nil) throws {
      self.init(
        RotatingKeySet(try KeySet(keys, keyLimit: keys.count)), algorithms, type: type)
    }

    /// The answer for a header's base64url text, which must be the oracle's.
    @discardableResult
    mutating func answer(
      _ header: [UInt8], _ key: SigningKey, _ algorithm: Algorithm,
      isRecognised: Bool? = nil, _ location: SourceLocation = #_sourceLocation
    ) throws -> String {
      func encoded(_ bytes: [UInt8]) -> [UInt8] { Array(Base64URL.encode(bytes).utf8) }
      let dot = [UInt8(ascii: ".")]
      let input = header + dot + encoded(Array(#"{"sub":"x"}"#.utf8))
      let token = input + dot + encoded(try key.signature(of: input.span, by: algorithm))
      func answer(_ verifier: Verifier) -> Result<String?, JWTError> {
        Result { () throws(JWTError) in
          try verifier.verify(String(decoding: token, as: UTF8.self)).subject
        }
      }
      let (found, expected) = (answer(verifier), answer(oracle))
      #expect(
        found == expected, "\(String(decoding: header, as: UTF8.self))", sourceLocation: location)
      let isUsual = verifier.recognisesHeader(of: token)
      #expect(!oracle.recognisesHeader(of: token))
      if let isRecognised { #expect(isUsual == isRecognised, sourceLocation: location) }
      (count, recognised) = (count + 1, recognised + (isUsual ? 1 : 0))
      switch found {
      case .success(let subject): return subject ?? ""
      case .failure(let error): return error.code.rawValue
      }
    }

    @discardableResult
    mutating func answer(
      _ header: String, _ key: SigningKey, _ algorithm: Algorithm = .hs256,
      isRecognised: Bool? = nil, _ location: SourceLocation = #_sourceLocation
    ) throws -> String {
      try answer(
        Array(Base64URL.encode(Array(header.utf8)).utf8), key, algorithm,
        isRecognised: isRecognised, location)
    }
  }

  static func key(_ number: Int, id: String? = nil) throws -> SigningKey {
    try SigningKey(secret: Secret(KeySetTests.secret(number)), keyID: id)
  }

  /// All orders of members.
  static func orders(_ members: [String]) -> [String] {
    guard members.count > 1 else { return members }
    return members.indices.flatMap { index in
      var others = members
      let first = others.remove(at: index)
      return orders(others).map { "\(first),\($0)" }
    }
  }

  static func headers(_ algorithm: String, _ id: String?, types: [String?]) -> [String] {
    let alg = #""alg":"\#(algorithm)""#
    let kid = id.map { [#""kid":"\#($0)""#] } ?? []
    return types.flatMap { type in
      orders([alg] + kid + (type.map { [#""typ":"\#($0)""#] } ?? []))
    }.map { "{\($0)}" }
  }

  static let types = ["JWT", "at+jwt", nil]
  static let ids = [
    "", "a", "ab", "abc", "2026-01", "/é~\u{7f}", String(repeating: "k", count: 128),
  ]

  @Test("every order of alg, kid and typ is recognised, with one key and in sets of any size")
  func orders() throws {
    for id in Self.ids {
      let key = try Self.key(0, id: id)
      for count in [0, 1, 2, 100] {
        let others = try (1..<max(1, count)).map { try Self.key($0, id: "other \($0)") }
        var pair =
          try count == 0
          ? Pair(key.verificationKey, [.hs256, .hs384])
          : Pair(others.map(\.verificationKey) + [key.verificationKey], [.hs256, .hs384])
        for algorithm in [Algorithm.hs256, .hs384] {
          for header in Self.headers(algorithm.rawValue, id, types: Self.types) {
            #expect(try pair.answer(header, key, algorithm, isRecognised: true) == "x")
            // The same members in another spelling are decoded.
            let spaced = "{ " + header.dropFirst()
            #expect(try pair.answer(spaced, key, algorithm, isRecognised: false) == "x")
          }
          for header in Self.headers(algorithm.rawValue, nil, types: Self.types) {
            let isFound = count < 2
            #expect(
              try pair.answer(header, key, algorithm, isRecognised: isFound)
                == (isFound ? "x" : "key_not_found"))
          }
        }
      }
    }
  }

  @Test("one changed character of a header is never taken for the header")
  func characters() throws {
    let alphabet = Array(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=. ".utf8)
    var random = Seeded(seed: 11)
    for id in ["", "ke", "key-0001"] {
      let key = try Self.key(0, id: id)
      let set = [key, try Self.key(1, id: "key-0002"), try Self.key(2, id: "kez")]
      for (isSet, algorithms) in [(true, [Algorithm.hs256]), (false, [.hs256, .hs512])] {
        // One of the two has a key without ID, so that its headers' IDs are unknown.
        var pairs = [
          try isSet
            ? Pair(set.map(\.verificationKey), algorithms) : Pair(key.verificationKey, algorithms)
        ]
        if !isSet { pairs.append(try Pair(Self.key(0).verificationKey, algorithms)) }
        for index in pairs.indices {
          for header in Self.headers("HS256", id, types: ["JWT", nil]) {
            let text = Array(Base64URL.encode(Array(header.utf8)).utf8)
            try pairs[index].answer(text, key, .hs256, isRecognised: true)
            for offset in text.indices {
              for other in alphabet.shuffled(using: &random).prefix(offset < 16 ? 2 : 12) {
                var changed = text
                changed[offset] = other
                try pairs[index].answer(changed, key, .hs256)
              }
              try pairs[index].answer(Array(text[..<offset]), key, .hs256)
            }
          }
          // Changes of `kid` alone are recognised if any ID is accepted, and of `typ` never.
          #expect(pairs[index].recognised < pairs[index].count / 3)
        }
      }
    }
  }

  @Test("a header that differs in its members is decoded, and answered as before")
  func members() throws {
    let key = try Self.key(0, id: "a")
    let keys = try [key, Self.key(1, id: "b"), Self.key(2, id: #"a","typ":"JWT"#)]
    var pairs = [
      try Pair(key.verificationKey, [.hs256]), try Pair(keys.map(\.verificationKey), [.hs256]),
      try Pair(Self.key(0).verificationKey, [.hs256]),
    ]
    for (header, one, set) in [
      (#"{"alg":"HS256","kid":"b"}"#, "x", "signature_invalid"),
      (#"{"alg":"HS256","kid":"c"}"#, "x", "key_not_found"),
      (#"{"alg":"HS256","kid":"A"}"#, "x", "key_not_found"),
      (#"{"alg":"HS256","kid":"\u0061"}"#, "x", "x"),
      (#"{"alg":"HS256","kid":"a\",\"typ\":\"JWT"}"#, "x", "signature_invalid"),
      (#"{"alg":"HS256","kid":"a\"}"#, "header_invalid", "header_invalid"),
      (#"{"alg":"HS256","kid":"a""}"#, "header_invalid", "header_invalid"),
      ("{\"alg\":\"HS256\",\"kid\":\"a\u{1}\"}", "header_invalid", "header_invalid"),
      (#"{"alg":"HS256","kid":"a"}}"#, "header_invalid", "header_invalid"),
      (#"{"alg":"HS256","kid":"a","kid":"a"}"#, "header_invalid", "header_invalid"),
      (#"{"alg":"HS256","kid":"a","alg":"HS256"}"#, "header_invalid", "header_invalid"),
      (#"{"alg":"HS256","kid":null}"#, "header_invalid", "header_invalid"),
      (#"{"alg":"HS256","kid":"a","typ":1}"#, "header_invalid", "header_invalid"),
      (#"{"alg":"HS256","kid":"a","crit":["x"]}"#, "crit_unsupported", "crit_unsupported"),
      (#"{"alg":"HS256","kid":"a","b64":false}"#, "b64_unsupported", "b64_unsupported"),
      (#"{"alg":"HS256","kid":"a","b64":true}"#, "x", "x"),
      (#"{"alg":"HS256","kid":"a","x":1}"#, "x", "x"),
      (#"{"alg":"HS256","kid":"a","typ":"jwt"}"#, "x", "x"),
      (#"{"alg":"HS512","kid":"a"}"#, "alg_not_allowed", "alg_not_allowed"),
      (#"{"alg":"none","kid":"a"}"#, "alg_not_allowed", "alg_not_allowed"),
      (#"{"alg":"hs256","kid":"a"}"#, "alg_not_allowed", "alg_not_allowed"),
    ] {
      for (index, expected) in [one, set, one].enumerated() {
        let found = try pairs[index].answer(header, key)
        #expect(found == expected || found.hasPrefix("b64"), "\(header)")
      }
    }
    for index in pairs.indices { #expect(pairs[index].recognised <= 3) }
    // An ID that JSON escapes, or a long one, has no text.
    let long = String(repeating: "k", count: 129)
    for id in [#"a","typ":"JWT"#, #"a\b"#, "a\u{1f}", long] {
      let key = try Self.key(0, id: id)
      var pair = try Pair([key.verificationKey, Self.key(1, id: "b").verificationKey], [.hs256])
      let escaped = JSON.string(id).text
      #expect(
        try pair.answer(#"{"alg":"HS256","kid":\#(escaped)}"#, key, isRecognised: false) == "x")
    }
  }

  @Test("a required typ must be there, and is recognised as written")
  func type() throws {
    let key = try Self.key(0, id: "a")
    let keys = [key.verificationKey, try Self.key(1, id: "b").verificationKey]
    for (required, same) in [
      ("at+jwt", ["at+jwt", "application/at+jwt"]), ("JWT", ["JWT", "jwt", "application/jwt"]),
      ("a/b", ["a/b"]), (#"a"b"#, []),
    ] {
      var pairs = [
        try Pair(key.verificationKey, [.hs256], type: required),
        try Pair(keys, [.hs256], type: required),
      ]
      for index in pairs.indices {
        for type in same {
          for header in Self.headers("HS256", "a", types: [type]) {
            #expect(try pairs[index].answer(header, key, isRecognised: true) == "x")
          }
        }
        for header in Self.headers("HS256", "a", types: [nil, "x", "JWS"]) {
          #expect(try pairs[index].answer(header, key, isRecognised: false) == "typ_mismatch")
        }
        for header in Self.headers("HS256", "a", types: [required.uppercased(), "aT+jWT"]) {
          try pairs[index].answer(header, key)
        }
      }
    }
  }

  @Test("finds keys of several algorithms, and the one of two with one kid")
  func algorithms() throws {
    let keys: [(String, Algorithm)] = [
      ("rsa2048", .rs256), ("rsa2048", .rs512), ("rsa2048", .ps384), ("p256", .es256),
      ("p384", .es384), ("ed25519", .edDSA), ("ed25519", .ed25519),
    ]
    let types = ["rsa2048", "p256", "p384", "ed25519"]
    let signing = try types.map { name in
      try SigningKey(
        privateKey: #require(TestKeys.shared[name]?.privatePkcs8Pem), keyID: "one")
    }
    var pair = try Pair(signing.map(\.verificationKey), keys.map(\.1))
    for (name, algorithm) in keys {
      let key = signing[types.firstIndex(of: name)!]
      for id in ["one", nil] {
        for header in Self.headers(algorithm.rawValue, id, types: Self.types) {
          #expect(try pair.answer(header, key, algorithm, isRecognised: true) == "x")
        }
      }
    }
    // A signature of another length, or by another key.
    let rsa = signing[0]
    for (header, key) in [
      (#"{"alg":"ES256","kid":"one"}"#, rsa), (#"{"alg":"ES384","kid":"one"}"#, rsa),
      (#"{"alg":"RS512","kid":"one"}"#, rsa), (#"{"alg":"EdDSA"}"#, rsa),
    ] {
      #expect(try pair.answer(header, key, .rs256) == "signature_invalid")
    }
    #expect(try pair.answer(#"{"alg":"ES512","kid":"one"}"#, rsa, .rs256) == "alg_not_allowed")
    // The ID is known, but no key with it fits.
    var other = try Pair([signing[0].verificationKey], [.rs256, .es256])
    #expect(
      try other.answer(#"{"alg":"ES256","kid":"one"}"#, rsa, .rs256, isRecognised: false)
        == "alg_key_mismatch")
  }

  @Test("a new set's keys are recognised from its replacement on, and the old ones no more")
  func rotation() throws {
    let (old, new) = (try Self.key(0, id: "old"), try Self.key(1, id: "new"))
    let keys = RotatingKeySet(try KeySet([old.verificationKey]))
    var pair = Pair(keys, [.hs256])
    let headers = ["old", "new"].map { #"{"alg":"HS256","kid":"\#($0)","typ":"JWT"}"# }
    #expect(try pair.answer(headers[0], old, isRecognised: true) == "x")
    #expect(try pair.answer(headers[1], new, isRecognised: false) == "key_not_found")
    keys.replace(with: try KeySet([new.verificationKey]))
    #expect(try pair.answer(headers[0], old, isRecognised: false) == "key_not_found")
    #expect(try pair.answer(headers[1], new, isRecognised: true) == "x")
    #expect(try pair.answer(headers[1], old, isRecognised: true) == "signature_invalid")
  }

  @Test("finds each of ten thousand keys")
  func many() throws {
    let keys = try (0..<10_000).map { try Self.key($0, id: "key-\($0)") }
    var pair = try Pair(keys.map(\.verificationKey), [.hs256])
    for index in stride(from: 0, to: 10_000, by: 97) {
      let headers = Self.headers("HS256", "key-\(index)", types: Self.types)
      #expect(
        try pair.answer(headers[index % headers.count], keys[index], isRecognised: true) == "x")
      #expect(
        try pair.answer(headers[index % headers.count], keys[(index + 1) % 10_000])
          == "signature_invalid")
    }
  }
}
