// What a profile leaves to its caller.

extension Verifier {
  /// What a profile of tokens leaves open: the same as the parameters of ``Verifier`` with these
  /// names.
  ///
  /// ```swift
  /// let verifier = Verifier.accessToken(
  ///   keys: keys, algorithms: [.es256], issuer: "https://id.example", audience: ["shop"],
  ///   options: Verifier.Options(leeway: 30))
  /// ```
  public struct Options: Sendable {
    /// A token's `sub` must equal this; nil accepts any.
    public var subject: String?
    /// Names of claims that must be present and not null, besides the profile's.
    public var required: [String]
    /// Whole seconds by which clocks may differ, ≥ 0.
    public var leeway: Int64
    /// The most seconds since `iat`, ≥ 0; `iat` is then required. Nil means no limit.
    public var maximumAge: Int64?
    /// The most bytes in a token, ≥ 0; always below 1 GiB.
    public var tokenLimit: Int
    /// Whether other verifiers of an ``IssuerVerifier`` have issuers with the same keys, which can
    /// then sign for this one: as `sharedIssuers` of ``Verifier``.
    public var sharesKeys: Bool
    /// Whole seconds since 1970; read once for each token, and once more for an ID Token.
    public var clock: @Sendable () -> Int64

    /// Makes options; each default is that of ``Verifier``.
    ///
    /// - Parameters:
    ///   - subject: A token's `sub` must equal this; nil accepts any.
    ///   - required: Names of claims that must be present and not null, besides the profile's.
    ///   - leeway: Whole seconds by which clocks may differ, ≥ 0.
    ///   - maximumAge: The most seconds since `iat`, ≥ 0. Nil means no limit.
    ///   - tokenLimit: The most bytes in a token, ≥ 0.
    ///   - sharesKeys: Whether issuers of other verifiers have the same keys.
    ///   - clock: Whole seconds since 1970.
    public init(
      subject: String? = nil, required: [String] = [], leeway: Int64 = 0,
      maximumAge: Int64? = nil, tokenLimit: Int = Verifier.defaultTokenLimit,
      sharesKeys: Bool = false, clock: @escaping @Sendable () -> Int64 = NumericDate.now
    ) {
      (self.subject, self.required, self.leeway) = (subject, required, leeway)
      (self.maximumAge, self.tokenLimit) = (maximumAge, tokenLimit)
      (self.sharesKeys, self.clock) = (sharesKeys, clock)
    }
  }
}

extension Expectations {
  /// The expectations of a profile.
  ///
  /// - Parameters:
  ///   - required: The claims that the profile requires.
  ///   - strings: Those of `required` that are not registered and must be strings.
  /// - Precondition: as for ``Verifier``.
  package init(
    profile algorithms: [Algorithm], issuer: String?, audience: [String], required: [String],
    strings: [String] = [], type: String? = nil, options: Verifier.Options
  ) {
    self.init(
      algorithms: algorithms, audience: audience, issuer: options.sharesKeys ? nil : issuer,
      sharedIssuers: options.sharesKeys ? issuer.map { [$0] } : nil, subject: options.subject,
      required: required + options.required, requiredStrings: strings, type: type,
      leeway: options.leeway, maximumAge: options.maximumAge, tokenLimit: options.tokenLimit,
      clock: options.clock)
  }
}
