// FastAPI Users' transports: how a token travels.

extension FastAPIUsers {
  /// Carries a token to the client and back.
  public protocol Transport: Sendable {
    /// Returns the response to a login.
    func loginResponse(_ token: String) -> Response

    /// Returns the response to a logout; nil if a client can't be told to delete its token.
    func logoutResponse() -> Response?

    /// Returns the token in a request's fields.
    func token(in headers: [HeaderField]) throws(CredentialsError) -> String
  }

  /// Why a request has no token; the raw value is the stable code, for logs, metrics and tests.
  public enum CredentialsError: String, Error, Sendable, CustomStringConvertible {
    /// The field or cookie is absent.
    case missing = "credentials_missing"
    /// It is present but malformed, or occurs twice.
    case malformed = "credentials_malformed"

    /// What is wrong.
    public var description: String {
      switch self {
      case .missing: "the request has no token where this transport reads it"
      case .malformed: "the request's credentials are malformed or occur twice"
      }
    }
  }

  /// The field `Authorization` with the scheme `Bearer` (RFC 6750 §2.1).
  public struct BearerTransport: Transport {
    /// Where clients get a token, for an API's description.
    public let tokenURL: String

    /// Makes a transport.
    public init(tokenURL: String) { self.tokenURL = tokenURL }

    /// Returns the response to a login: 200, with the token as JSON.
    public func loginResponse(_ token: String) -> Response {
      Response(status: 200, json: ["access_token": .string(token), "token_type": "bearer"])
    }

    /// A client keeps its own token; see ``AuthenticationBackend/logout(_:_:)``.
    public func logoutResponse() -> Response? { nil }

    /// Returns the token of the only field `Authorization`.
    ///
    /// Accepts the scheme in any case, spaces, a `b64token` (RFC 6750 §2.1), and nothing else: two programs may
    /// read a looser syntax differently. Complexity: O(n).
    public func token(in headers: [HeaderField]) throws(CredentialsError) -> String {
      let fields = headers.filter { $0.isNamed("authorization") }
      guard let field = fields.first else { throw .missing }
      guard fields.count == 1 else { throw .malformed }
      let bytes = field.value.utf8
      let scheme = bytes.prefix(7)
      guard scheme.count == 7, zip(scheme, "bearer ".utf8).allSatisfy({ $0 | 0x20 == $1 }),
        scheme.last == UInt8(ascii: " ")
      else { throw .malformed }
      let token = bytes.dropFirst(7).drop { $0 == UInt8(ascii: " ") }
      let padding = token.suffix(while: { $0 == UInt8(ascii: "=") })
      let text = token.dropLast(padding.count)
      guard !text.isEmpty, text.allSatisfy(Self.isTokenCharacter) else { throw .malformed }
      return String(decoding: token, as: UTF8.self)
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
  }
}

extension BidirectionalCollection where SubSequence: BidirectionalCollection {
  /// The longest suffix whose elements all satisfy `predicate`.
  fileprivate func suffix(while predicate: (Element) -> Bool) -> SubSequence {
    var start = endIndex
    while start > startIndex, predicate(self[index(before: start)]) { start = index(before: start) }
    return self[start...]
  }
}
