// What sends a request: HTTPTransport, or a test's own.
#if Server
  /// Resolves names and sends requests for a ``RemoteKeySet``.
  ///
  /// ``HTTPTransport`` is the one for networks. A transport decides nothing: which address may be
  /// asked, redirects, limits of time and what an answer means are the set's part.
  public protocol RemoteKeyTransport: Sendable {
    /// Returns the addresses of `host`, in the order to try them.
    ///
    /// - Parameter host: A name or an IP address, without brackets.
    /// - Throws: ``RemoteKeyError``, `unreachable` if there is none.
    func addresses(of host: String) async throws(RemoteKeyError) -> [String]

    /// Sends a GET to `request.address`, and to no other, and returns the answer.
    ///
    /// Follows no redirect and decodes no content coding. Stops reading a body that is longer than
    /// the limit. Returns early when its task is cancelled.
    ///
    /// - Throws: ``RemoteKeyError``: `unreachable`, `bodyTooLarge`, `cancelled`.
    func response(to request: RemoteKeyRequest) async throws(RemoteKeyError) -> RemoteKeyResponse
  }

  /// A GET for keys or metadata.
  public struct RemoteKeyRequest: Sendable {
    /// The absolute URL: https, or http of a loopback host.
    public let url: String
    /// The URL's host, for TLS and the field Host; an IPv6 address has no brackets.
    public let host: String
    /// The IP address to connect to: it was checked.
    public let address: String
    /// Names and values.
    public let headers: [(name: String, value: String)]
    /// The most bytes in a body.
    public let bodyLimit: Int
  }

  /// An answer.
  public struct RemoteKeyResponse: Sendable {
    /// The status code.
    public let status: Int
    /// Names, in any case, and values.
    public let headers: [(name: String, value: String)]
    /// The body, whole.
    public let body: [UInt8]

    /// Makes an answer.
    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
      (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// The values of the fields `name`, given in lower case.
    func values(_ name: String) -> [String] {
      headers.filter { $0.name.lowercased() == name }.map(\.value)
    }
  }
#endif
