// What a verifier expects of every token, as given to its initializers.

/// The allow list, and the required content of header and claims.
package struct Expectations: Sendable {
  let algorithms: [Algorithm]
  let audience: [String]?
  /// Whether `"aud":null` counts as no audience: FastAPI Users writes it if none is configured.
  let allowsNullAudience: Bool
  let issuer: String?
  let sharedIssuers: [String]?
  let subject: String?
  let required: [String]
  /// Those of `required` that are not registered and must be strings.
  let requiredStrings: [String]
  let type: String?
  let leeway: Int64
  let maximumAge: Int64?
  let tokenLimit: Int
  let clock: @Sendable () -> Int64
  /// Whether every header is decoded: the oracle of those that are recognised by their text.
  let decodesHeaders: Bool

  /// - Precondition: as for ``Verifier``.
  package init(
    algorithms: [Algorithm], audience: [String]?, allowingNullAudience: Bool = false,
    issuer: String? = nil, sharedIssuers: [String]? = nil, subject: String? = nil,
    required: [String] = [], requiredStrings: [String] = [], type: String? = nil,
    leeway: Int64 = 0, maximumAge: Int64? = nil,
    tokenLimit: Int = Verifier.defaultTokenLimit, decodingHeaders: Bool = false,
    clock: @escaping @Sendable () -> Int64
  ) {
    precondition(!algorithms.isEmpty, "a verifier allows at least one algorithm")
    precondition(leeway >= 0, "leeway is 0 seconds or more")
    precondition(maximumAge ?? 0 >= 0, "the maximum age is 0 seconds or more")
    precondition(required.count <= 64, "at most 64 claims are required")
    precondition(issuer == nil || sharedIssuers == nil, "issuer or sharedIssuers, not both")
    self.algorithms = algorithms
    (self.audience, allowsNullAudience) = (audience, allowingNullAudience)
    (self.issuer, self.sharedIssuers, self.subject) = (issuer, sharedIssuers, subject)
    (self.required, self.requiredStrings, self.type) = (required, requiredStrings, type)
    (self.leeway, self.maximumAge) = (leeway, maximumAge)
    self.tokenLimit = min(tokenLimit, CompactJWS.maximumLength)
    self.clock = clock
    decodesHeaders = decodingHeaders
  }

  /// The accepted issuers; nil accepts any.
  var issuers: [String]? { issuer.map { [$0] } ?? sharedIssuers }
}
