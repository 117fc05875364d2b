import Jot
import TestSupport
import Testing

/// The table of keys and tokens as people have them, on the library.
@Suite("The world's keys and tokens")
struct WorldTests {
  static let table = WorldTable.shared.cases

  @Test("each kind has at least five variants")
  func variants() {
    for kind in 1...20 {
      #expect(Self.table.count { $0.kind == kind } >= 5, "kind \(kind)")
    }
    #expect(Set(Self.table.map(\.description)).count == Self.table.count)
  }

  @Test("each key is read as itself, each token verified, or refused with the words that help")
  func table() throws {
    var printed = PrintedText()
    for row in Self.table {
      let outcome = try Self.outcome(row)
      guard let outcome else { continue }
      switch (row.expected, outcome) {
      case (.reads(let thumbprints, let keyID, let algorithms), .success(let keys)):
        #expect(keys.map(\.thumbprint) == thumbprints, "\(row)")
        if let keyID { #expect(keys.map(\.keyID) == [keyID], "\(row)") }
        if let algorithms { #expect(keys.map(\.algorithms) == [algorithms], "\(row)") }
      case (.verifies, .success): break
      case (.refused(let code, let words), .failure(let error)):
        let message = error.description
        printed.add(message)
        printed.add(String(reflecting: error))
        #expect(error.code == code, "\(row): \(message)")
        for word in words { #expect(message.contains(word), "\(row): \(message)") }
        #expect(message.count < 240 && !message.contains { $0.isNewline }, "\(row): \(message)")
        if row.kind == 9, !row.name.contains("JWK") { #expect(!message.contains("JWK's")) }
      case (_, .success): Issue.record("\(row) is accepted")
      case (_, .failure(let error)): Issue.record("\(row): \(error.code.rawValue), \(error)")
      }
    }
    #expect(printed.leaks() == [])
  }

  /// The keys that a case's text gives, or none for a verified token; nil for the tool alone.
  private static func outcome(
    _ row: WorldCase
  ) throws -> Result<[VerificationKey], JWTError>? {
    switch row.input {
    case .command: return nil
    case .publicKey(let text): return read { () throws(JWTError) in try publicKey(text) }
    case .privateKey(let text, let passphrase):
      return read { () throws(JWTError) in try privateKey(text, passphrase) }
    case .keySet(let text): return read { () throws(JWTError) in try keySet(text) }
    case .token(let token, let key, let algorithm, let type):
      return read { () throws(JWTError) in
        let keys = (try? keySet(key)) == nil ? try publicKey(key) : []
        let verifier =
          if keys.isEmpty {
            Verifier(
              keys: try KeySet(jwks: Secret(copying: key.span)), algorithms: [algorithm],
              type: type)
          } else {
            try Verifier(key: keys[0], algorithms: [algorithm], type: type)
          }
        _ = try verifier.verify(token)
        return []
      }
    }
  }

  private static func read(
    _ read: () throws(JWTError) -> [VerificationKey]
  ) -> Result<[VerificationKey], JWTError> {
    do throws(JWTError) { return .success(try read()) } catch { return .failure(error) }
  }

  private static func publicKey(_ text: [UInt8]) throws(JWTError) -> [VerificationKey] {
    [try VerificationKey(publicKey: Secret(copying: text.span))]
  }

  private static func privateKey(
    _ text: [UInt8], _ passphrase: String?
  ) throws(JWTError) -> [VerificationKey] {
    let text = Secret(copying: text.span)
    guard let passphrase else { return [try SigningKey(privateKey: text).verificationKey] }
    return [try SigningKey(privateKey: text, passphrase: Secret(passphrase)).verificationKey]
  }

  private static func keySet(_ text: [UInt8]) throws(JWTError) -> [VerificationKey] {
    try KeySet(jwks: Secret(copying: text.span)).keys
  }

  @Test("what a loader of keys reads, the loader of secrets refuses, whatever is around it")
  func secrets() throws {
    var read = 0
    var texts: [[UInt8]: String] = [:]
    for row in Self.table {
      guard let text = row.keyText, text.count < 20_000 else { continue }
      texts[text] = row.description
    }
    for (text, name) in texts {
      for wrapping in KeyWrapping.usual {
        let wrapped = wrapping.wrap(text)
        guard Self.isRead(wrapped) else { continue }
        read += 1
        #expect(!Self.isSecret(wrapped), "\(name), \(wrapping.name)")
      }
      // Refused as it is also if no loader reads it, for want of a passphrase.
      if name.contains("encrypted") { #expect(!Self.isSecret(text), "\(name)") }
    }
    print("\(read) wrapped texts are read as keys, and refused as secrets")
    #expect(read > 2000)
    // The comparison would find a difference: these are no keys, so they are secrets.
    #expect(Self.isSecret(Array(String(repeating: "x7", count: 40).utf8)))
  }

  @Test("nor is a secret what a loader of keys only recognises: other programs' keys, tokens")
  func foreign() throws {
    let foreign: [JWTError.KeyText] = [.putty, .xml, .pkcs12, .token]
    var found: [JWTError.KeyText: Int] = [:]
    for row in Self.table {
      guard let text = row.keyText, text.count < 20_000 else { continue }
      for wrapping in KeyWrapping.usual {
        let wrapped = wrapping.wrap(text)
        do throws(JWTError) {
          _ = try Self.publicKey(wrapped)
        } catch {
          guard let kind = foreign.first(where: { error.isMalformed(as: $0) }) else { continue }
          found[kind, default: 0] += 1
          #expect(!Self.isSecret(wrapped), "\(row), \(wrapping.name)")
        }
      }
    }
    #expect(found.count == foreign.count && found.values.allSatisfy { $0 > 2 }, "\(found)")
  }

  @Test("so it is for each format in each wrapping, and in several")
  func wrappings() throws {
    let rounds = isCampaign ? 20_000 : 1_000
    let formats = try WorldTable.shared.formats
    var read = 0
    func check(_ text: [UInt8], _ name: @autoclosure () -> String) {
      guard Self.isRead(text) else { return }
      read += 1
      #expect(!Self.isSecret(text), "\(name()): \(text)")
    }
    for (name, text) in formats {
      #expect(Self.isRead(text), "\(name)")
      for wrapping in KeyWrapping.all { check(wrapping.wrap(text), "\(name), \(wrapping.name)") }
    }
    var generator = Seeded(seed: 12)
    for _ in 0..<rounds {
      var (name, text) = formats.randomElement(using: &generator)!
      for _ in 0..<Int.random(in: 2...4, using: &generator) where text.count < 50_000 {
        let wrapping = KeyWrapping.all.randomElement(using: &generator)!
        name += ", \(wrapping.name)"
        text = wrapping.wrap(text)
      }
      check(text, name)
    }
    print("\(read) texts in several wrappings are read as keys, and refused as secrets")
    #expect(read > rounds / 4)
  }

  @Test("a length in more digits than DER allows, which OpenSSL reads, makes a key no secret")
  func lengths() throws {
    var read = 0
    for (_, text) in try WorldTable.shared.formats where text[0] == 0x30 && text[1] > 0x80 {
      let start = 2 + Int(text[1] & 0x7f)
      let length = text.count - start
      for zeros in 0..<8 {
        let head = [0x30, UInt8(0x82 + zeros)] + [UInt8](repeating: 0, count: zeros)
        let other = head + [UInt8(length >> 8), UInt8(length & 0xff)] + text[start...]
        guard Self.isRead(other) else { continue }
        read += 1
        #expect(!Self.isSecret(other), "\(other)")
      }
    }
    #expect(read > 0)
  }

  private static func isRead(_ text: [UInt8]) -> Bool {
    (try? publicKey(text)) != nil || (try? privateKey(text, "correct horse")) != nil
      || (try? keySet(text)) != nil
      || (try? VerificationKey(jwk: Secret(copying: text.span))) != nil
  }

  private static func isSecret(_ text: [UInt8]) -> Bool {
    do throws(JWTError) {
      _ = try SigningKey(secret: Secret(copying: text.span), allowingShort: true)
      return true
    } catch {
      return error.code != .keyLooksAsymmetric
    }
  }

  @Test("no random secret is taken for a key, in base64, base64url, hexadecimal or raw")
  func random() throws {
    let rounds = isCampaign ? 250_000 : 5_000
    var generator = Seeded(seed: 18)
    for _ in 0..<rounds {
      let raw = (0..<Int.random(in: 32...64, using: &generator)).map { _ in
        UInt8.random(in: .min ... .max, using: &generator)
      }
      let url = Base64URL.encode(raw)
      let padding = String(repeating: "=", count: (4 - url.count % 4) % 4)
      let base64 = url.replacing("-", with: "+").replacing("_", with: "/") + padding
      let digits = Array("0123456789abcdef".utf8)
      let hexadecimal = raw.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
      for secret in [raw, Array(url.utf8), Array(base64.utf8), hexadecimal] {
        guard !Self.isSecret(secret) else { continue }
        Issue.record("\(secret) is refused")
      }
    }
    print("\(4 * rounds) random secrets accepted")
  }
}
