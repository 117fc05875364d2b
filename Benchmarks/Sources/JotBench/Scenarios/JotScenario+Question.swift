// The question of each scenario, and its group in the list.
import BenchKit

extension JotScenario {
  /// Whether a run without `--scenario` measures it.
  public var isStandard: Bool { Self.standard.contains(self) }

  /// Its heading in the list.
  public var group: String {
    switch self {
    case .tokens(.sign, _, .accessToken), .tokens(.verify, _, .accessToken): "Access tokens"
    case .tokens(.sign, _, _), .tokens(.verify, _, _): "Other tokens"
    case .tokens(.signBatch, _, _), .tokens(.verifyBatch, _, _), .keySet(.verifyBatch, _, _):
      "Batches"
    case .cached: "Repeated tokens"
    case .keySet, .mixed, .issuers: "Several keys"
    case .claims: "Claims of a type"
    case .base64url: "base64url"
    case .hostile: "Hostile tokens"
    }
  }

  public var question: String {
    switch self {
    case .tokens(.sign, let algorithm, let profile) where profile != .accessToken:
      "How many ready-made \(algorithm.rawValue) payloads of \(profile.size) can one core sign in a"
        + " second?"
    case .tokens(let operation, let algorithm, let profile):
      "How many \(algorithm.rawValue) \(profile.words) can one core \(operation.words)?"
    case .cached(let algorithm, let pattern):
      "How many \(algorithm.rawValue) access tokens can one core verify in a second, with a cache that has"
        + " \(pattern.words)?"
    case .keySet(let operation, let algorithm, let keys):
      "How many \(algorithm.rawValue) access tokens of \(keys) key\(keys == 1 ? "" : "s") in one set"
        + " can one core \(operation.words)?"
    case .issuers(let count, .peek):
      "How long does finding a token's verifier among those of \(count)"
        + " issuer\(count == 1 ? "" : "s") take?"
    case .issuers(let count, .verify):
      "How many HS256 access tokens of \(count) issuer\(count == 1 ? "" : "s"), each with a verifier,"
        + " can one core verify in a second?"
    case .mixed:
      "How many access tokens of two issuers, HS256 and RS256 in turn, can one core verify in a"
        + " second?"
    case .claims(.decode, let profile):
      "How long does decoding the verified claims of \(profile.words) into a type take?"
    case .claims(.encode, let profile):
      "How long does signing a value as one of HS256 \(profile.words) take?"
    case .base64url(.decode, let characters):
      "How long does decoding \(characters) characters take?"
    case .base64url(.encode, let characters):
      "How long does encoding to \(characters) characters take?"
    case .hostile(let attack): "How long does refusing \(attack.words) take?"
    }
  }

  /// All scenarios by group.
  public static let groups: [(name: String, scenarios: [JotScenario])] =
    all.reduce(into: []) { groups, scenario in
      if let index = groups.firstIndex(where: { $0.name == scenario.group }) {
        groups[index].scenarios.append(scenario)
      } else {
        groups.append((scenario.group, [scenario]))
      }
    }
}

extension JotScenario.Operation {
  /// The verb.
  fileprivate var words: String {
    switch self {
    case .sign: "sign in a second"
    case .verify: "verify in a second"
    case .signBatch: "sign in a second, \(Self.batchSize) in one call"
    case .verifyBatch: "verify in a second, \(Self.batchSize) in one call"
    }
  }
}

extension Attack {
  fileprivate var words: String {
    switch self {
    case .wrongSignature: "an HS256 access token with a wrong signature"
    case .wrongRSASignature: "an RS256 access token with a wrong signature"
    case .wrongAlgorithm: "a token with an algorithm that is not allowed"
    case .expired: "an expired token"
    case .wrongAudience: "a token for another audience"
    case .dots: "16 KiB of dots"
    case .headerNesting: "a header of 12 KiB of brackets"
    case .headerMembers: "a header of 1,500 members"
    case .payloadNesting: "signed claims of 12 KiB of brackets"
    case .payloadMembers: "1,500 signed claims without the required one"
    }
  }
}
