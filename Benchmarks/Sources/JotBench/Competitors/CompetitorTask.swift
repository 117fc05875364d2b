// Descriptions and tasks of competitors.
import BenchKit

extension CompetitorDescription {
  /// Asks a process to describe itself, and which types of claims it has.
  static func ask(
    _ process: LineProcess
  ) throws(ProcessFailure) -> (description: CompetitorDescription, claims: [String]) {
    process.send("describe")
    let line = try process.line()
    let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard (4...5).contains(words.count), words.allSatisfy({ !$0.isEmpty }) else {
      throw ProcessFailure(reason: "it does not say what it is: \(line.short)")
    }
    let description = CompetitorDescription(
      name: words[0], version: words[1], language: words[2], driven: words[3])
    return (description, words.count < 5 ? [] : words[4].split(separator: " ").map(String.init))
  }
}

extension CompetitorTask {
  /// - Parameter claims: A profile whose claims have a type; nil for access tokens.
  init(
    operation: JotScenario.Operation, algorithm: JotScenario.Algorithm, claims: TokenProfile? = nil
  ) {
    self.init(
      isSigning: operation.signs, algorithm: algorithm.rawValue, claims: claims?.rawValue)
  }

  var operation: JotScenario.Operation { isSigning ? .sign : .verify }
  var jwsAlgorithm: JotScenario.Algorithm { JotScenario.Algorithm(rawValue: algorithm)! }
  var profile: TokenProfile { claims.map { TokenProfile(rawValue: $0)! } ?? .accessToken }
  /// The type of the claims; nil for access tokens.
  var claimsType: (any TypedClaims.Type)? { claims == nil ? nil : profile.claimsType }
}
