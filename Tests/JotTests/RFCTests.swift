import Foundation
import Jot
import TestSupport
import Testing

/// The examples of the RFCs: promise P2.
@Suite("RFC vectors")
struct RFCTests {
  @Test("all 49 vectors, each at its layer")
  func all() throws {
    var kinds: [String: Int] = [:]
    let vectors = try #require(try Vectors.load("rfc.json")["vectors"]?.array)
    for vector in vectors {
      let (id, kind) = (vector["id"]?.string ?? "", vector["kind"]?.string ?? "")
      kinds[kind, default: 0] += 1
      switch kind {
      case "jws": try jws(vector, id)
      case "json-serialization":
        #expect(reason(vector, nil) == vector["reason"]?.string, "\(id)")
      case "thumbprint":
        let key = try VerificationKey(jwk: Self.publicJWK(vector["key"]))
        #expect(key.thumbprint == vector["sha256"]?.string, "\(id)")
      case "key": try key(vector, id)
      case "mac":
        let secret = Vectors.bytes(vector["key_hex"])
        // RFC 4231 has keys of one repeated byte.
        let key = try SigningKey(weakSecret: Secret(copying: secret.span))
        let algorithm = try #require(vector["alg"]?.string.flatMap(Algorithm.init(rawValue:)))
        let message = Vectors.bytes(vector["message_hex"])
        let mac = try key.signature(of: message.span, by: algorithm)
        #expect(mac == Vectors.bytes(vector["mac_hex"]), "\(id)")
      case "base64url":
        let raw = vector["raw"]?.string.map { Array($0.utf8) } ?? Vectors.bytes(vector["raw_hex"])
        let text = vector["encoded"]!.string!
        var room = [UInt8](repeating: 0, count: Base64URL.encodedLength(of: raw.count))
        var span = room.mutableSpan
        _ = try Base64URL.encode(raw.span, in: 0..<raw.count, into: &span)
        #expect(String(decoding: room, as: UTF8.self) == text, "\(id)")
        var back = [UInt8](repeating: 0, count: raw.count)
        var target = back.mutableSpan
        let characters = Array(text.utf8)
        _ = try Base64URL.decode(characters.span, in: 0..<characters.count, into: &target)
        #expect(back == raw, "\(id)")
      case "eddsa": try eddsa(vector, id)
      default: Issue.record("\(id): \(kind) is unknown")
      }
    }
    #expect(vectors.count == 49)
    print("rfc.json: \(kinds.sorted { $0.key < $1.key })")
  }

  /// The JWS layer checks the signature only, the JWT layer the whole token.
  private func jws(_ vector: JSON, _ id: String) throws {
    guard let jwk = vector["key"] else {
      #expect(reason(vector, nil) == vector["reason"]?.string, "\(id)")
      return
    }
    let key = try VerificationKey(jwk: Self.publicJWK(jwk))
    let algorithm = try #require(vector["alg"]?.string.flatMap(Algorithm.init(rawValue:)))
    let parts = vector["token"]!.string!.split(separator: ".", omittingEmptySubsequences: false)
    let payload = Vectors.bytes(vector["payload_hex"])
    let encoded = Data(payload).base64EncodedString().replacing("+", with: "-")
      .replacing("/", with: "_").prefix { $0 != "=" }
    var signingInput = Array("\(parts[0]).".utf8)
    signingInput += vector["signing_input"]?.string == "raw" ? payload : Array(encoded.utf8)
    let padding = String(repeating: "=", count: (4 - parts[2].count % 4) % 4)
    let signature = try #require(
      Data(
        base64Encoded: parts[2].replacing("-", with: "+").replacing("_", with: "/") + padding))
    let bytes = Array(signature)
    let isSignature = key.isSignature(bytes.span, of: signingInput.span, by: algorithm)
    #expect(isSignature, "\(id)")
    if vector["reproducible"]?.bool == true, let signer = try? SigningKey(jwk: jwk.text) {
      let again = try signer.signature(of: signingInput.span, by: algorithm)
      #expect(again == bytes, "\(id)")
    }
    let accepts = reason(vector, key) == nil
    #expect(accepts == (vector["jot_expect"]?.string == "accept"), "\(id)")
  }

  private func key(_ vector: JSON, _ id: String) throws {
    let jwk = try #require(vector["key"])
    let loaded = Result {
      try VerificationKey(jwk: jwk["kty"]?.string == "oct" ? jwk.text : Self.publicJWK(jwk))
    }
    #expect(
      ((try? loaded.get()) != nil) == (vector["jot_expect"]?.string != "reject"), "\(id)")
    if jwk["d"] != nil { _ = try SigningKey(jwk: jwk.text) }
  }

  private func eddsa(_ vector: JSON, _ id: String) throws {
    let (secret, message) = (
      Vectors.bytes(vector["seed_hex"]), Vectors.bytes(vector["message_hex"])
    )
    let publicBytes = Vectors.bytes(vector["public_hex"])
    let encode = { (bytes: [UInt8]) in
      Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        .replacing("=", with: "")
    }
    let jwk =
      #"{"kty":"OKP","crv":"Ed25519","x":"\#(encode(publicBytes))","d":"\#(encode(secret))"}"#
    let key = try SigningKey(jwk: jwk)
    let signature = try key.signature(of: message.span, by: .edDSA)
    #expect(signature == Vectors.bytes(vector["signature_hex"]), "\(id)")
    let isSignature = key.verificationKey.isSignature(
      signature.span, of: message.span, by: .ed25519)
    #expect(isSignature, "\(id)")
  }

  /// Why the vector's token is refused; nil if it is accepted.
  private func reason(_ vector: JSON, _ key: VerificationKey?) -> String? {
    let token = vector["token"]?.string ?? vector["token"]?.text ?? ""
    do throws(JWTError) {
      let key =
        if let key { key } else { try VerificationKey(secret: Secret(VerifierTests.secret)) }
      let verifier = try Verifier(key: key, algorithms: key.algorithms, clock: { 1_300_819_000 })
      _ = try verifier.verify(token)
      return nil
    } catch {
      return error.code.rawValue
    }
  }

  /// The JWK without its private members.
  private static func publicJWK(_ jwk: JSON?) -> String {
    guard case .object(let members)? = jwk, jwk?["kty"]?.string != "oct" else {
      return jwk?.text ?? ""
    }
    let hidden = ["d", "p", "q", "dp", "dq", "qi"]
    return JSON.object(members.filter { !hidden.contains($0.name) }).text
  }
}
