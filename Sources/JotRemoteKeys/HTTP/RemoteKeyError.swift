// Why keys could not be fetched.
#if Server
  public import Jot

  /// Why a provider's keys could not be fetched, or why a set of them could not be made.
  ///
  /// Compare the ``code``. The description says what failed, at which host, and what to do. It has no
  /// byte of a token, and of an answer only its status.
  public struct RemoteKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What failed; its raw value is stable, for logs and metrics. Later versions may add codes.
    @nonexhaustive
    public enum Code: String, CaseIterable, Sendable {
      /// The text is not a URL that can be fetched.
      case urlInvalid = "url_invalid"
      /// A URL is not HTTPS, or an answer leads to one that is not.
      case notSecure = "not_https"
      /// An answer leads to a loopback, link-local, private or otherwise special address.
      case addressForbidden = "address_forbidden"
      /// An answer redirects too often, or nowhere.
      case redirectInvalid = "redirect_invalid"
      /// The time for one fetch is over.
      case timedOut = "timed_out"
      /// The host has no address, or the connection failed or ended early.
      case unreachable = "unreachable"
      /// The status is not 200.
      case statusUnexpected = "status_unexpected"
      /// The body has more bytes than the limit.
      case bodyTooLarge = "body_too_large"
      /// The body has a content coding, which was not asked for.
      case bodyEncoded = "body_encoded"
      /// The provider's metadata is not a strict JSON object with an `issuer` and a `jwks_uri`.
      case metadataInvalid = "metadata_invalid"
      /// The metadata's issuer is not the one that was asked for.
      case issuerMismatch = "issuer_mismatch"
      /// The body is not a JWK set with a usable key: see ``RemoteKeyError/reason``.
      case keysInvalid = "keys_invalid"
      /// The set has secrets: a published secret is known to everybody.
      case keysSecret = "keys_secret"
      /// The kept file can't be read or written, is another provider's, too old, or not only ours.
      case fileInvalid = "file_invalid"
      /// The fetch was cancelled, or the set was shut down.
      case cancelled = "cancelled"
    }

    /// What failed.
    public let code: Code
    /// The host that was asked, if any.
    public let host: String?
    /// The status of the answer, if that is the reason.
    public let status: Int?
    /// Why the JWK set was refused.
    public let reason: JWTError?

    /// Makes an error; for transports.
    ///
    /// - Parameters:
    ///   - code: What failed.
    ///   - host: The host that was asked.
    public init(_ code: Code, host: String? = nil) { self.init(code, host, status: nil) }

    init(_ code: Code, _ host: String?, status: Int? = nil, reason: JWTError? = nil) {
      (self.code, self.host, self.status, self.reason) = (code, host, status, reason)
    }

    /// One line: what failed, where, and what to do.
    public var description: String {
      (host.map { "\($0): " } ?? "") + text
    }

    private var text: String {
      switch code {
      case .urlInvalid: "the text is not an absolute https URL of ASCII characters; pass one"
      case .notSecure: "keys are fetched by HTTPS only; HTTP is for a loopback URL of your own"
      case .addressForbidden:
        "the provider leads to an address that is not public; if it is meant, list the host in"
          + " allowedHosts"
      case .redirectInvalid: "the answer redirects too often or nowhere; pass the final URL"
      case .timedOut: "the answer did not come in time; check the provider, or raise timeout"
      case .unreachable: "the connection failed or ended early; check the name, network and TLS"
      case .statusUnexpected: "the status is \(status ?? 0), not 200; check the URL"
      case .bodyTooLarge: "the answer is longer than bodyLimit; raise it if the set is so large"
      case .bodyEncoded: "the answer has a content coding that was not asked for"
      case .metadataInvalid:
        "the metadata is not a strict JSON object with issuer and jwks_uri; check the issuer"
      case .issuerMismatch:
        "the metadata has another issuer; pass the issuer byte for byte as the provider writes it"
      case .keysInvalid:
        "the answer is no usable JWK set: \(reason?.description ?? "it can't be read")"
      case .keysSecret: "the set has secrets (oct); a provider must publish public keys only"
      case .fileInvalid:
        "the kept file can't be used: it is damaged, too old, another provider's, or others can"
          + " write it"
      case .cancelled: "the fetch was cancelled"
      }
    }
  }
#endif
