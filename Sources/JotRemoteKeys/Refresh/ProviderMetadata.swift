// A provider's metadata: OpenID Connect Discovery 1.0 §4, RFC 8414 §3.
#if Server
  internal import Jot

  enum ProviderMetadata {
    /// The URLs at which an issuer's metadata may be, in the order to try them.
    ///
    /// OpenID Connect appends its path to the issuer; RFC 8414 puts its own between host and path.
    ///
    /// - Throws: `urlInvalid`, also for an issuer with a query or a fragment (RFC 8414 §2).
    static func locations(of issuer: String) throws(RemoteKeyError) -> [KeyURL] {
      let url = try KeyURL(issuer)
      guard !issuer.utf8.contains(where: { "?#".utf8.contains($0) }) else {
        throw RemoteKeyError(.urlInvalid)
      }
      let path = url.target.hasSuffix("/") ? String(url.target.dropLast()) : url.target
      let known = "/.well-known/"
      return [
        url.with(target: path + known + "openid-configuration"),
        url.with(target: known + "oauth-authorization-server" + path),
      ]
    }

    /// Returns the way to the keys that the metadata names.
    ///
    /// - Throws: `metadataInvalid`; `issuerMismatch` unless the document's issuer has the same bytes
    ///   (RFC 8414 §3.3: otherwise anybody's metadata would do); `notSecure`.
    static func keys(
      in answer: KeyFetcher.Answer, of issuer: String
    ) throws(RemoteKeyError) -> HopPolicy {
      let host = answer.way.url.host
      guard let text = String(validating: answer.response.body, as: UTF8.self),
        let document = try? JSON(object: text), let named = document["issuer"]?.string,
        let uri = document["jwks_uri"]?.string
      else { throw RemoteKeyError(.metadataInvalid, host) }
      guard named.utf8.elementsEqual(issuer.utf8) else {
        throw RemoteKeyError(.issuerMismatch, host)
      }
      guard let url = try? KeyURL(uri) else { throw RemoteKeyError(.metadataInvalid, host) }
      var way = answer.way
      try way.follow(url)
      return way
    }
  }
#endif
