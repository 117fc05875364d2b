// The answer of a verification, however it was made.
import Jot

/// What a caller sees of a verification.
struct Answer: Equatable, CustomStringConvertible {
  var error: JWTError?
  var payload: [UInt8] = []
  var times: [Int64?] = []
  /// Texts of the claims that are strings or an audience, as they are in the payload.
  var texts: [[UInt8]?] = []

  init(_ error: JWTError) { self.error = error }

  var description: String {
    error.map { "refused (\($0.code.rawValue): \($0))" }
      ?? "accepted \(shown(payload)) with \(times) and \(texts.map { $0.map(shown) })"
  }

  init(_ claims: ClaimIndex, _ scratch: borrowing ExactBytes) {
    payload = Array(scratch.memory[claims.payload])
    times = [claims.expiration, claims.notBefore, claims.issuedAt]
    texts = [
      claims.issuer?.range, claims.subject?.range, claims.tokenID?.range, claims.audience?.range,
    ].map { range in range.map { Array(scratch.memory[$0]) } }
  }

  /// The answer of `verify`, in buffers of the least length.
  init(
    _ token: [UInt8],
    _ verify: (Span<UInt8>, inout MutableSpan<UInt8>) throws(JWTError) -> ClaimIndex
  ) {
    let text = ExactBytes(token)
    let scratch = ExactBytes(count: Verifier.scratchLength(forToken: token.count))
    do throws(JWTError) {
      let claims = try text.withSpan { text throws(JWTError) in
        try scratch.withMutableSpan { scratch throws(JWTError) in try verify(text, &scratch) }
      }
      self.init(claims, scratch)
    } catch {
      self.init(error)
    }
  }

  /// Ends the process if the oracle says something else.
  func check(_ token: [UInt8], _ oracle: TokenOracle, _ what: String) {
    let wanted = Result { () throws(Refusal) in try oracle.payload(token) }
    // A text takes longer than a verification.
    func text() -> String { "\(what): \(shown(token))" }
    switch (wanted, error) {
    case (.failure(let refusal), let error?): requireEqual(error.code, refusal.code, text())
    case (.failure(let refusal), nil): finding("\(text()) is accepted in spite of \(refusal.code)")
    case (.success, let error?): finding("\(text()) is refused: \(error)")
    case (.success(let payload), nil):
      requireEqual(payload, self.payload, text())
      let claims = SlowMembers(JSONOracle.members(payload)!)
      for (index, name) in ["exp", "nbf", "iat"].enumerated() {
        let wanted = claims[name].flatMap { SlowJSON.integer($0) }
        requireEqual(times[index], wanted, "\(text()), \(name)")
      }
      for (index, name) in ["iss", "sub", "jti", "aud"].enumerated() {
        let value = claims[name]
        let isString = value?.first == UInt8(ascii: "\"")
        let wanted = isString ? value.map { Array($0.dropFirst().dropLast()) } : value
        requireEqual(texts[index], wanted, "\(text()), \(name)")
      }
    }
  }
}
