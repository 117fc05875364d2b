// What a scenario asks, in words, and which others it stands with.
import BenchKit

extension JotScenario {
  /// What a run without `--scenario` measures.
  public var isStandard: Bool { Self.standard.contains(self) }

  /// The heading under which it is listed.
  public var group: String {
    switch self {
    case .tokens(.sign, _, .accessToken), .tokens(.verify, _, .accessToken): "Access tokens"
    case .tokens(.sign, _, _), .tokens(.verify, _, _): "Other tokens"
    case .tokens(.signBatch, _, _), .tokens(.verifyBatch, _, _): "Many tokens in one call"
    case .cached: "Tokens that come again"
    case .keySet, .mixed, .issuers: "Several keys"
    case .base64url: "Texts"
    case .hostile: "What must be refused"
    }
  }

  /// The question that it answers, for one core.
  public var question: String {
    switch self {
    case .tokens(.sign, let algorithm, let profile) where profile != .accessToken:
      "How many \(algorithm.rawValue) \(profile.words), which stand written, can one core make?"
    case .tokens(let operation, let algorithm, let profile):
      "How many \(algorithm.rawValue) \(profile.words) can one core \(operation.words)?"
    case .cached(let pattern):
      "How many RS256 access tokens can one core verify with a cache \(pattern.words)?"
    case .keySet(let keys):
      "How many HS256 access tokens can one core verify, of \(keys) key\(keys == 1 ? "" : "s")"
        + " in one set?"
    case .issuers(let count, .peek):
      "How long does it take to choose the verifier of an HS256 access token, of \(count)"
        + " issuer\(count == 1 ? "" : "s")?"
    case .issuers(let count, .verify):
      "How many HS256 access tokens can one core verify, of \(count)"
        + " issuer\(count == 1 ? "" : "s") with a verifier each?"
    case .mixed:
      "How many access tokens, HS256 and RS256 in turn, can one core verify, of two issuers?"
    case .base64url(.decode, let characters):
      "How soon is a base64url text of \(characters) characters read?"
    case .base64url(.encode, let characters):
      "How soon is a base64url text of \(characters) characters written?"
    case .hostile(let attack): "How soon \(attack.words) refused?"
    }
  }

  /// What can run, grouped as it is listed.
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
  /// The verb, and how it is done.
  fileprivate var words: String {
    switch self {
    case .sign: "make"
    case .verify: "verify"
    case .signBatch: "make, \(Self.batchSize) in one call"
    case .verifyBatch: "verify, \(Self.batchSize) in one call"
    }
  }
}

extension Attack {
  fileprivate var words: String {
    switch self {
    case .wrongSignature: "is an HS256 access token with a wrong signature"
    case .wrongRSASignature: "is an RS256 access token with a wrong signature"
    case .wrongAlgorithm: "is a token of an algorithm that is not allowed"
    case .expired: "is an expired token"
    case .wrongAudience: "is a token for another audience"
    case .dots: "are 16 KiB of dots"
    case .headerNesting: "is a header of 12 KiB of brackets"
    case .headerMembers: "is a header of 1,500 members"
    case .payloadNesting: "are signed claims of 12 KiB of brackets"
    case .payloadMembers: "are 1,500 signed claims without the one that is asked for"
    }
  }
}
