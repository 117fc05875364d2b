// What a server is asked for, and how much of it.

/// One way in which a server handles a request: a path, and the tokens that are sent to it.
public struct LoadMode: Sendable {
  public let name: String
  /// Bearer tokens, sent in turn; the server must accept each.
  public let tokens: [String]
  /// Tokens that the server must refuse; empty if it verifies nothing.
  public let refused: [String]

  public init(name: String, tokens: [String], refused: [String]) {
    (self.name, self.tokens, self.refused) = (name, tokens, refused)
  }

  var path: String { "/\(name)" }

  /// A request of HTTP/1.1 with a token.
  func request(_ token: String) -> String {
    "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n\r\n"
  }

  /// The mode that the others are compared with: it reads the token and verifies nothing.
  public static let base = "base"
}

/// How a server is loaded.
public struct LoadSettings: Sendable {
  /// The server's program, and the line that it is started with.
  public var server = ""
  public var start = "{}"
  /// The program wrk.
  public var wrk = "wrk"
  public var modes: [LoadMode] = []
  /// Slices of each mode under the closed load.
  public var slices = 20
  /// Seconds of each slice.
  public var seconds = 1.0
  public var connections = 64
  /// Requests a second of the open load; nil: half of what ``LoadMode/base`` does under the closed
  /// load; 0: no open load.
  public var rate: Double?
  public var serverCPU = 0
  public var clientCPU = 1
  public var seed: UInt64 = 1
  /// Seconds to wait for an answer.
  public var patience = 30.0

  public init() {}

}
