import Foundation
import Jot
import JotConform
import Testing

/// No forged token is accepted, and no valid one refused: the promises P1 and P2.
@Suite("The attack corpus")
struct AttackTests {
  @Test("every case is answered as it expects, each refusal for the right reason")
  func replay() throws {
    let text = try Data(contentsOf: Project.file("Tests/Vectors/attacks-public.json"))
    let corpus = try Corpus(text: Array(text))
    #expect(corpus.cases.count == 473)
    for attack in corpus.cases {
      let outcome = try corpus.replay(attack)
      #expect(outcome.isExpected, "\(outcome.json.text) \(attack["title"]?.string ?? "")")
    }
  }
}
