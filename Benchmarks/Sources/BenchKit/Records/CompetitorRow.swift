// One competitor at one task.

/// How a competitor describes itself.
public struct CompetitorDescription: Sendable, Hashable {
  public var name: String
  public var version: String
  public var language: String
  /// How it is called, and whom that favours.
  public var driven: String

  package init(name: String, version: String, language: String, driven: String) {
    (self.name, self.version, self.language) = (name, version, language)
    self.driven = driven
  }

  /// Whether it did not describe itself.
  package var isUnknown: Bool { driven == "?" }

  /// A competitor that did not describe itself, by its program's name.
  package static func unknown(_ name: String) -> CompetitorDescription {
    CompetitorDescription(name: name, version: "?", language: "?", driven: "?")
  }
}

/// What a competitor is asked to do: to sign or to verify access tokens, or to sign values of a type
/// and to verify tokens into them.
public struct CompetitorTask: Sendable, Hashable {
  public let isSigning: Bool
  /// By its name in JWS.
  public let algorithm: String
  /// The name of the claims that are a value of a type; nil for access tokens.
  public let claims: String?

  package init(isSigning: Bool, algorithm: String, claims: String? = nil) {
    (self.isSigning, self.algorithm, self.claims) = (isSigning, algorithm, claims)
  }

  public var name: String {
    claims.map { "\(verb)-claims/\(algorithm)/\($0)" } ?? "\(verb)/\(algorithm)"
  }
  /// Of access tokens it is the same scenario in the record of a run.
  public var scenario: String { claims == nil ? "\(name)/access-token" : name }
  package var verb: String { isSigning ? "sign" : "verify" }

  package static let all =
    ["HS256", "RS256", "ES256", "EdDSA"].flatMap { algorithm in
      [true, false].map { CompetitorTask(isSigning: $0, algorithm: algorithm) }
    }
    + ["6-claims", "1KiB", "4KiB"].flatMap { claims in
      [true, false].map { CompetitorTask(isSigning: $0, algorithm: "HS256", claims: claims) }
    }
}

/// One line of the result: one competitor at one task.
public struct CompetitorRow: Sendable, Equatable {
  public let competitor: CompetitorDescription
  public let task: CompetitorTask
  /// The median of the slices; nil if there is a reason.
  public var nanoseconds: Double?
  /// Time over Jot's in the same round: the median, and its 95 % interval.
  public var timesJot: Times?
  /// Slices.
  public var samples = 0
  /// Why it was not measured.
  public var reason: String?

  package init(competitor: CompetitorDescription, task: CompetitorTask, reason: String? = nil) {
    (self.competitor, self.task, self.reason) = (competitor, task, reason)
  }

  public struct Times: Sendable, Equatable {
    public let median: Double
    public let low: Double
    public let high: Double

    package init(median: Double, low: Double, high: Double) {
      (self.median, self.low, self.high) = (median, low, high)
    }
  }
}
