// Tokens made to cost their reader time or memory.
import BenchKit

/// An attack, and the reason for which it must be refused.
public enum Attack: String, Sendable, CaseIterable {
  /// HS256 access tokens, each with one wrong character in its signature.
  case wrongSignature = "wrong-signature"
  /// The same with RS256.
  case wrongRSASignature = "wrong-signature-RS256"
  /// A header that names an algorithm that is not allowed.
  case wrongAlgorithm = "wrong-algorithm"
  case expired
  case wrongAudience = "wrong-audience"
  /// 16 KiB of dots.
  case dots
  /// A header that decodes to 12 KiB of opening brackets, and one of 1,500 distinct members.
  case headerNesting = "header-nesting"
  case headerMembers = "header-members"
  /// The same in a payload with a correct MAC. The members lack only `exp`, so that all are read.
  case payloadNesting = "payload-nesting"
  case payloadMembers = "payload-members"

  /// The reason's stable code.
  var reason: String {
    switch self {
    case .wrongSignature, .wrongRSASignature: "signature_invalid"
    case .wrongAlgorithm: "alg_not_allowed"
    case .expired: "expired"
    case .wrongAudience: "audience_mismatch"
    case .dots: "token_malformed"
    case .headerNesting, .headerMembers: "header_invalid"
    case .payloadNesting: "claims_invalid"
    case .payloadMembers: "claim_missing"
    }
  }
}
