import Foundation
import Jot
import JotConform
import Testing

/// No forged token is accepted and no valid one refused: promises P1 and P2.
@Suite("The attack corpus")
struct AttackTests {
  @Test("every case gives the expected verdict, each refusal with its reason")
  func replay() throws {
    let text = try Data(contentsOf: Project.file("Tests/Vectors/attacks-public.json"))
    let corpus = try Corpus(text: Array(text))
    #expect(corpus.cases.count == 473)
    for attack in corpus.cases {
      let outcome = try corpus.replay(attack)
      #expect(outcome.isExpected, "\(outcome.json.text) \(attack["title"]?.string ?? "")")
    }
  }

  /// Promise P17: a verdict is a code, and an error's text has only constants and numbers. This
  /// checks every verdict and error that the corpus can cause.
  @Test("no verdict and no error contains a part of a token, a secret or a key")
  func secrecy() throws {
    let text = try Data(contentsOf: Project.file("Tests/Vectors/attacks-public.json"))
    let corpus = try Corpus(text: Array(text))
    var output = ""
    for attack in corpus.cases {
      output += try corpus.replay(attack).json.text
      // The same token and key again, for the texts of the errors.
      let token = attack["token"]?.string ?? ""
      do throws(JWTError) {
        let secret = Secret(Self.secretText)
        let verifier = try Verifier(key: VerificationKey(secret: secret), algorithms: [.hs256])
        _ = try verifier.verify(token)
      } catch {
        output += "\(error) \(String(reflecting: error)) \(error.description)"
      }
      guard let material = attack["material"] else { continue }
      for text in [material["pem"]?.string, material["jwk"]?.text, material["jwks"]?.text] {
        guard let text else { continue }
        do throws(JWTError) {
          _ = try VerificationKey(publicKey: text)
        } catch {
          output += "\(String(reflecting: error)) \(error.description)"
        }
        do throws(JWTError) {
          _ = try SigningKey(jwk: text)
        } catch {
          output += "\(String(reflecting: error)) \(error.description)"
        }
      }
    }
    #expect(output.utf8.count > 50_000)
    // Every substring of twelve characters of the input, at every sixth offset.
    var pieces: Set<Substring> = []
    func add(_ text: String) {
      var rest = text[...]
      while rest.count >= 12 {
        pieces.insert(rest.prefix(12))
        rest = rest.dropFirst(6)
      }
    }
    add(Self.secretText)
    for attack in corpus.cases {
      for segment in (attack["token"]?.string ?? "").prefix(4000).split(separator: ".") {
        add(String(segment))
      }
      for name in ["hex", "pem"] { add(attack["material"]?[name]?.string ?? "") }
      for name in ["n", "x", "y", "d", "k"] { add(attack["material"]?["jwk"]?[name]?.string ?? "") }
    }
    #expect(pieces.count > 5_000)
    // Look up windows of the output, so that one pass finds all pieces.
    let bytes = Array(output.utf8)
    let wanted = Set(pieces.map { Array($0.utf8) })
    var found: [String] = []
    for start in 0..<max(0, bytes.count - 11)
    where wanted.contains(Array(bytes[start..<start + 12])) {
      found.append(String(decoding: bytes[start..<start + 12], as: UTF8.self))
    }
    #expect(found.isEmpty, "\(found.prefix(5))")
  }

  static let secretText = "hunter2 hunter2 hunter2 hunter2 hunter2"
}
