// HTTP fields and responses as values, independent of any server.

extension FastAPIUsers {
  /// A field of a request or a response.
  public struct HeaderField: Sendable, Equatable {
    /// In any case: names are compared case-insensitively (RFC 9110 §5.1).
    public let name: String
    /// The field's value, as sent.
    public let value: String

    /// Makes a field.
    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }

    /// Whether this field has the name `other`, a lower-case ASCII text.
    func isNamed(_ other: String) -> Bool {
      name.utf8.count == other.utf8.count
        && zip(name.utf8, other.utf8).allSatisfy { $0 == $1 || $0 | 0x20 == $1 && $1 >= 0x61 }
    }
  }

  /// A response to a login, a logout or a refused request.
  public struct Response: Sendable, Equatable {
    /// The HTTP status code.
    public let status: Int
    /// Names in lower case, in the order in which they are sent.
    public let headers: [HeaderField]
    /// The content; empty for none.
    public let body: String

    /// A response without a body.
    public init(status: Int, headers: [HeaderField] = []) {
      (self.status, self.headers, body) = (status, headers, "")
    }

    /// A response with JSON.
    public init(status: Int, json: JSON) {
      self.status = status
      body = json.text
      headers = [
        HeaderField("content-length", String(body.utf8.count)),
        HeaderField("content-type", "application/json"),
      ]
    }

    /// An error in FastAPI's form.
    package init(status: Int, detail: String) {
      self.init(status: status, json: ["detail": .string(detail)])
    }
  }

  /// Why a login is refused; the client gets no more detail.
  public enum LoginError: Error, Equatable, Sendable {
    /// Unknown user, wrong password, or inactive user.
    case badCredentials
    /// Only verified users may log in, and this one is not.
    case userNotVerified

    /// The response to send: 400, with FastAPI Users' code.
    public var response: Response {
      switch self {
      case .badCredentials: Response(status: 400, detail: "LOGIN_BAD_CREDENTIALS")
      case .userNotVerified: Response(status: 400, detail: "LOGIN_USER_NOT_VERIFIED")
      }
    }
  }
}
