// Why a request is refused, and RFC 6750 §3's answer to it.
#if Hummingbird
  public import Hummingbird
  public import Jot

  /// A refusal of a request, which answers as RFC 6750 §3 says; a route may throw it too.
  ///
  /// The answer has no body, and says no more of a token than whether it has expired. The
  /// ``code`` is for logs and metrics.
  public struct BearerError: HTTPResponseError, Equatable {
    /// Why a request is refused; the raw value is stable.
    @nonexhaustive
    public enum Code: String, CaseIterable, Sendable {
      /// The request has no token: 401, without an error.
      case credentialsMissing = "credentials_missing"
      /// Two tokens, or none behind `Bearer`: 400, `invalid_request`.
      case requestInvalid = "invalid_request"
      /// The token is not valid: 401, `invalid_token`.
      case tokenInvalid = "invalid_token"
      /// The token is valid no longer: 401, `invalid_token`.
      case tokenExpired = "expired_token"
      /// The token does not allow this: 403, `insufficient_scope`.
      case scopeInsufficient = "insufficient_scope"
      /// The keys can't be had at the moment: 503, with `Retry-After`.
      case keysUnavailable = "keys_unavailable"
      /// The server can't verify tokens: 500.
      case serverFault = "server_fault"
    }

    /// Why the request is refused.
    public let code: Code
    /// The protection space that the challenge names.
    public let realm: String
    /// The scopes that the challenge asks for.
    public let scopes: [String]

    /// A request without a token.
    public static func credentialsMissing(realm: String = defaultRealm) -> BearerError {
      BearerError(.credentialsMissing, realm: realm)
    }

    /// A token that does not allow what the request asks for.
    ///
    /// - Parameters:
    ///   - scopes: The scopes that would be enough; none if no scope is. Each is a scope-token of
    ///     RFC 6749 §3.3.
    ///   - realm: The protection space that the challenge names.
    public static func scopeInsufficient(
      _ scopes: [String] = [], realm: String = defaultRealm
    ) -> BearerError {
      BearerError(.scopeInsufficient, realm: realm, scopes: checked(scopes: scopes))
    }

    /// A token that was refused: whose fault it is decides the answer.
    public init(_ error: JWTError, realm: String = defaultRealm) {
      let code: Code =
        switch error.fault {
        case .client: error.code == .expired ? .tokenExpired : .tokenInvalid
        case .keys: .keysUnavailable
        default: .serverFault
        }
      self.init(code, realm: realm)
    }

    init(_ code: Code, realm: String, scopes: [String] = []) {
      (self.code, self.realm, self.scopes) = (code, Self.checked(realm: realm), scopes)
    }

    /// The status of the answer.
    public var status: HTTPResponse.Status {
      switch code {
      case .requestInvalid: .badRequest
      case .credentialsMissing, .tokenInvalid, .tokenExpired: .unauthorized
      case .scopeInsufficient: .forbidden
      case .keysUnavailable: .serviceUnavailable
      case .serverFault: .internalServerError
      }
    }

    /// The answer: a challenge, or when to come again.
    ///
    /// No `Cache-Control`: no cache keeps such a status unless it is told to (RFC 9110 §15.1).
    public func response(from request: Request, context: some RequestContext) -> Response {
      var headers = HTTPFields()
      headers[.wwwAuthenticate] = challenge
      if code == .keysUnavailable { headers[.retryAfter] = Self.retryAfter }
      return Response(status: status, headers: headers)
    }

    private var challenge: String? {
      let start = "Bearer realm=\"\(realm)\""
      func error(_ code: Code, _ text: String) -> String {
        "\(start), error=\"\(code.rawValue)\", error_description=\"\(text)\""
      }
      switch code {
      case .credentialsMissing: return start
      case .requestInvalid: return error(.requestInvalid, "The request must carry one token")
      case .tokenInvalid: return error(.tokenInvalid, "The token is not valid")
      case .tokenExpired: return error(.tokenInvalid, "The token has expired")
      case .scopeInsufficient:
        let text = error(.scopeInsufficient, "The token does not allow this")
        return scopes.isEmpty ? text : "\(text), scope=\"\(scopes.joined(separator: " "))\""
      case .keysUnavailable, .serverFault: return nil
      }
    }

    /// The realm of a program that names none.
    public static let defaultRealm = "api"
    /// Seconds.
    private static let retryAfter = "5"

    /// Returns `realm`.
    ///
    /// - Precondition: It has printable ASCII characters other than `"` and `\`.
    static func checked(realm: String) -> String {
      precondition(
        realm.utf8.allSatisfy { 0x20..<0x7f ~= $0 && $0 != 0x22 && $0 != 0x5c },
        "a realm has printable ASCII characters other than quotes and backslashes")
      return realm
    }

    /// Returns `scopes`.
    ///
    /// - Precondition: Each is a scope-token of RFC 6749 §3.3.
    static func checked(scopes: [String]) -> [String] {
      precondition(
        ScopeList(scopes).scopes.count == scopes.count,
        "a scope has printable ASCII characters other than spaces, quotes and backslashes")
      return scopes
    }
  }
#endif
