// Gets a document of a provider: redirects, addresses and what an answer must be.
#if Server
  /// Gets documents by a transport.
  struct KeyFetcher: Sendable {
    /// The most redirects of one document.
    static let redirectLimit = 3
    /// The most addresses of a host that are tried.
    static let attemptLimit = 2

    let transport: any RemoteKeyTransport
    let bodyLimit: Int

    /// A document, or that it is the one that the request named.
    struct Answer: Sendable {
      /// Where redirects have led to: what the document names is followed from there.
      let way: HopPolicy
      let response: RemoteKeyResponse
      var isUnchanged: Bool { response.status == 304 }
    }

    /// Gets the document at `way`.
    ///
    /// - Parameter validators: Fields that name a document which is at hand: `If-None-Match`. They
    ///   are sent only to `way` itself.
    /// - Throws: ``RemoteKeyError``: any answer but 200, or 304 to validators.
    func document(
      _ way: HopPolicy, validators: [(name: String, value: String)] = []
    ) async throws(RemoteKeyError) -> Answer {
      var way = way
      var validators = validators
      for _ in 0...Self.redirectLimit {
        let host = way.url.host
        let response = try await response(at: way, validators)
        switch response.status {
        case 200:
          let codings = response.values("content-encoding")
          guard codings.allSatisfy({ $0.lowercased() == "identity" }) else {
            throw RemoteKeyError(.bodyEncoded, host)
          }
          guard response.body.count <= bodyLimit else { throw RemoteKeyError(.bodyTooLarge, host) }
          return Answer(way: way, response: response)
        case 304 where !validators.isEmpty:
          return Answer(way: way, response: response)
        case 301, 302, 303, 307, 308:
          let references = response.values("location")
          guard references.count == 1 else { throw RemoteKeyError(.redirectInvalid, host) }
          try way.follow(KeyURL(references[0], from: way.url))
          validators = []
        case let status:
          throw RemoteKeyError(.statusUnexpected, host, status: status)
        }
      }
      throw RemoteKeyError(.redirectInvalid, way.url.host)
    }

    /// Sends one request, to an address that the way allows; to a second one if the first fails.
    private func response(
      at way: HopPolicy, _ validators: [(name: String, value: String)]
    ) async throws(RemoteKeyError) -> RemoteKeyResponse {
      let url = way.url
      let addresses = try await transport.addresses(of: url.host).compactMap { IPAddress($0) }
      guard !addresses.isEmpty else { throw RemoteKeyError(.unreachable, url.host) }
      let allowed = addresses.filter { way.allows($0) }
      guard !allowed.isEmpty else { throw RemoteKeyError(.addressForbidden, url.host) }
      var last = RemoteKeyError(.unreachable, url.host)
      for address in allowed.prefix(Self.attemptLimit) {
        do throws(RemoteKeyError) {
          return try await transport.response(
            to: RemoteKeyRequest(
              url: url.text, host: url.host, address: address.description,
              headers: [
                ("accept", "application/jwk-set+json, application/json;q=0.9, */*;q=0.1"),
                ("accept-encoding", "identity"), ("user-agent", "jot"),
              ] + validators,
              bodyLimit: bodyLimit))
        } catch {
          guard error.code == .unreachable else { throw error }
          last = error
        }
      }
      throw last
    }
  }
#endif
