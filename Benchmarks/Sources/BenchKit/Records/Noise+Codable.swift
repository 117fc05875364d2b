// Noise as a record's JSON has it.

extension Noise: Codable {
  private enum Key: String, CodingKey {
    case verdict, words
    case aaChange = "aa_change"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    aaChange = try values.figureOrNull(.aaChange)
    verdict = try values.decode(Verdict.self, forKey: .verdict)
    words = try values.decode(String.self, forKey: .words)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(aaChange, forKey: .aaChange)
    try values.encode(verdict, forKey: .verdict)
    try values.encode(words, forKey: .words)
  }
}
