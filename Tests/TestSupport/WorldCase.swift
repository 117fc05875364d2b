public import Jot

/// A key or a token as people have it, and what Jot must say of it.
public struct WorldCase: Sendable, CustomStringConvertible {
  /// The kind of trouble; each has several variants.
  public let kind: Int
  public let name: String
  public let input: Input
  /// What the library must do.
  public let expected: Verdict
  /// What `jot` must do, if it is something else.
  private let toolVerdict: Verdict?

  public enum Input: Sendable {
    /// A text that should be a public key.
    case publicKey([UInt8])
    case privateKey([UInt8], passphrase: String? = nil)
    case keySet([UInt8])
    /// A token, and the text of a public key or of a set.
    case token(String, key: [UInt8], Algorithm = .es256, type: String? = nil)
    /// A command of `jot` with KEY and TOKEN for a file and a token; for the tool alone.
    case command([String], environment: String = "", key: [UInt8] = [])
  }

  public enum Verdict: Sendable {
    /// The keys with these thumbprints are read.
    case reads([String], keyID: String? = nil, algorithms: [Algorithm]? = nil)
    /// The token is valid; the tool says these words on its standard error.
    case verifies([String] = [])
    /// It is refused with this code, in a message with these words.
    case refused(JWTError.Code, [String])
    /// The tool's output or error has these words.
    case says([String], status: Int32 = 0)
  }

  public init(
    _ kind: Int, _ name: String, _ input: Input, _ expected: Verdict, tool: Verdict? = nil
  ) {
    (self.kind, self.name, self.input, self.expected) = (kind, name, input, expected)
    toolVerdict = tool
  }

  public var expectedOfTool: Verdict { toolVerdict ?? expected }
  public var description: String { "\(kind): \(name)" }

  /// The bytes that hold a key, if any.
  public var keyText: [UInt8]? {
    switch input {
    case .publicKey(let text), .privateKey(let text, _), .keySet(let text): text
    case .token(_, let key, _, _): key
    case .command(_, _, let key): key.isEmpty ? nil : key
    }
  }
}
