import Jot
import Testing

/// The claims `at_hash` and `c_hash`, and OpenID Connect Core's own examples.
@Suite("IDTokenVerifier: at_hash and c_hash")
struct TokenHashTests {
  private static let example = Verifier.idToken(
    keys: try! KeySet(jwks: OpenIDExamples.jwks), algorithms: [.rs256],
    issuer: OpenIDExamples.issuer, clientID: OpenIDExamples.clientID,
    options: Verifier.Options(clock: { OpenIDExamples.now }))

  @Test("the examples of OpenID Connect Core are accepted, and with another code or token refused")
  func examples() throws {
    let (verifier, nonce) = (Self.example, OpenIDExamples.nonce)
    let claims = try verifier.verify(
      OpenIDExamples.idToken, nonce: nonce, from: .authorizationEndpoint)
    #expect(claims.subject == "248289761001" && claims.string("name") == "Jane Doe")
    _ = try verifier.verify(
      OpenIDExamples.withAccessTokenHash, nonce: nonce, from: .authorizationEndpoint,
      accessToken: OpenIDExamples.accessToken)
    _ = try verifier.verify(
      OpenIDExamples.withCodeHash, nonce: nonce, from: .authorizationEndpoint,
      code: OpenIDExamples.code)
    #expect(throws: JWTError.claimMismatch("at_hash")) {
      try verifier.verify(
        OpenIDExamples.withAccessTokenHash, nonce: nonce, accessToken: OpenIDExamples.code)
    }
    #expect(throws: JWTError.claimMismatch("c_hash")) {
      try verifier.verify(
        OpenIDExamples.withCodeHash, nonce: nonce, code: OpenIDExamples.accessToken)
    }
    #expect(throws: JWTError.claimMismatch("nonce")) {
      try verifier.verify(OpenIDExamples.idToken, nonce: nil)
    }
    #expect(throws: JWTError.claimMissing("at_hash")) {
      try verifier.verify(
        OpenIDExamples.idToken, nonce: nonce, from: .authorizationEndpoint,
        accessToken: OpenIDExamples.accessToken)
    }
    #expect(throws: JWTError.claimMissing("c_hash")) {
      try verifier.verify(
        OpenIDExamples.idToken, nonce: nonce, from: .authorizationEndpoint,
        code: OpenIDExamples.code)
    }
  }

  @Test(
    "a hash is optional from the token endpoint and required from the authorization endpoint",
    arguments: [
      ("77QmUPtjPfzWtF2AnpK9RQ", nil, nil), (nil, nil, .claimMissing("at_hash")),
      (.null, nil, .claimMissing("at_hash")),
      ("77QmUPtjPfzWtF2AnpK9RA", .claimMismatch("at_hash"), .claimMismatch("at_hash")),
      ("77QmUPtjPfzWtF2AnpK9R", .claimMismatch("at_hash"), .claimMismatch("at_hash")),
      ("77QmUPtjPfzWtF2AnpK9RQ==", .claimMismatch("at_hash"), .claimMismatch("at_hash")),
      ("", .claimMismatch("at_hash"), .claimMismatch("at_hash")),
      (1, .claimType("at_hash"), .claimType("at_hash")),
      (["77QmUPtjPfzWtF2AnpK9RQ"], .claimType("at_hash"), .claimType("at_hash")),
    ] as [(JSON?, JWTError?, JWTError?)])
  func sources(hash: JSON?, atTokenEndpoint: JWTError?, atAuthorization: JWTError?) throws {
    let secret = ProfileTokens()
    for (claim, other) in [("at_hash", "c_hash"), ("c_hash", "at_hash")] {
      let verifier = try Self.verifier(secret.key, .hs256)
      var claims = Self.claims
      claims[claim] = hash
      claims[other] = "of what did not come along"
      let token = try secret.signer.sign(claims)
      for (source, error) in [
        (.tokenEndpoint, atTokenEndpoint), (.authorizationEndpoint, atAuthorization),
      ] as [(IDTokenVerifier.Source, JWTError?)] {
        let value = OpenIDExamples.accessToken
        let refusal = ProfileTokens.refusal { () throws(JWTError) in
          try verifier.verify(
            token, nonce: "n", from: source, accessToken: claim == "at_hash" ? value : nil,
            code: claim == "c_hash" ? value : nil)
        }
        #expect(refusal?.code == error?.code)
        if let error { #expect(refusal?.claim == error.claim?.replacing("at_hash", with: claim)) }
      }
    }
  }

  /// The left halves of hashes of the example's access token, by Python's hashlib.
  private static let hashes = [
    256: "77QmUPtjPfzWtF2AnpK9RQ", 384: "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs",
    512: "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM",
    448: "W6Ie3EoycJT-JESJ2WSAWX7LRP3FuHvmvNycBMeL-NngYGhJXChp7YRUBdOXcrKGZD4qnhCAstjO",
  ]

  @Test("the hash is that of the algorithm, and of EdDSA that of the key's curve")
  func algorithms() throws {
    var tested = 0
    for algorithm in Algorithm.allCases {
      for key in try TestKeys.signingKeys(for: algorithm) {
        let bits =
          switch algorithm {
          case .hs256, .rs256, .ps256, .es256, .es256k: 256
          case .hs384, .rs384, .ps384, .es384: 384
          case .hs512, .rs512, .ps512, .es512, .es521: 512
          default: key.verificationKey.type == .ed448 ? 448 : 512
          }
        let verifier = try Self.verifier(key.verificationKey, algorithm)
        for (size, hash) in Self.hashes {
          var claims = Self.claims
          claims["at_hash"] = .string(hash)
          let token = try Signer(key: key, algorithm: algorithm).sign(claims)
          let refusal = ProfileTokens.refusal { () throws(JWTError) in
            try verifier.verify(token, nonce: "n", accessToken: OpenIDExamples.accessToken)
          }
          #expect(
            refusal == (size == bits ? nil : .claimMismatch("at_hash")), "\(algorithm), \(size)")
          tested += 1
        }
      }
    }
    #expect(tested >= 18 * 4)
  }

  private static let claims: Claims = [
    "iss": "https://id.example", "sub": "ada", "aud": "shop", "exp": 4_102_444_800, "iat": 0,
    "nonce": "n",
  ]

  private static func verifier(
    _ key: VerificationKey, _ algorithm: Algorithm
  ) throws -> IDTokenVerifier {
    try Verifier.idToken(
      key: key, algorithms: [algorithm], issuer: "https://id.example", clientID: "shop")
  }
}
