// The transport for networks: async-http-client, with one connection for one request.
#if Server
  import AsyncHTTPClient
  import NIOCore
  import NIOHTTP1
  public import NIOSSL

  /// Sends requests by HTTP/1.1 with async-http-client.
  ///
  /// Each request has a connection of its own to the address that was checked: the client is told to
  /// use it in place of the name, and the connection's peer is compared with it again. The
  /// certificate must be for the name: one for the address is not enough. No proxy is used, whatever the environment says: it would resolve the
  /// name once more.
  public struct HTTPTransport: RemoteKeyTransport {
    private var tlsConfiguration: TLSConfiguration

    /// Makes a transport.
    ///
    /// - Parameter tlsConfiguration: For a provider with a certificate authority of its own; by
    ///   default the system's authorities are trusted. TLS 1.0 and 1.1 are not used (RFC 8996).
    public init(tlsConfiguration: TLSConfiguration = .makeClientConfiguration()) {
      self.tlsConfiguration = tlsConfiguration
      if [.tlsv1, .tlsv11].contains(tlsConfiguration.minimumTLSVersion) {
        self.tlsConfiguration.minimumTLSVersion = .tlsv12
      }
    }

    /// Returns the addresses of `host` in the system's order.
    public func addresses(of host: String) async throws(RemoteKeyError) -> [String] {
      try await HostResolver.addresses(of: host).map(\.description)
    }

    /// Sends a GET to `request.address`.
    public func response(
      to request: RemoteKeyRequest
    ) async throws(RemoteKeyError) -> RemoteKeyResponse {
      let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: configuration(for: request))
      let result: Result<RemoteKeyResponse, RemoteKeyError>
      do {
        result = .success(try await Self.exchange(request, client))
      } catch let error as RemoteKeyError {
        result = .failure(error)
      } catch is CancellationError {
        result = .failure(RemoteKeyError(.cancelled, request.host))
      } catch {
        result = .failure(RemoteKeyError(.unreachable, request.host))
      }
      // In a task of its own: a cancelled one may not be able to wait.
      _ = await Task { try? await client.shutdown() }.value
      return try result.get()
    }

    private func configuration(for request: RemoteKeyRequest) -> HTTPClient.Configuration {
      var configuration = HTTPClient.Configuration(
        tlsConfiguration: tlsConfiguration, redirectConfiguration: .disallow,
        decompression: .disabled)
      configuration.httpVersion = .http1Only
      configuration.connectionPool.retryConnectionEstablishment = false
      if IPAddress(request.host) == nil {
        configuration.dnsOverride = [request.host: request.address]
      }
      // Before the request is written.
      configuration.http1_1ConnectionDebugInitializer = { channel in
        Self.check(channel, request)
      }
      return configuration
    }

    /// Fails unless the connection is to the checked address and the certificate for the name.
    private static func check(
      _ channel: any Channel, _ request: RemoteKeyRequest
    ) -> EventLoopFuture<Void> {
      let peer = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
      guard peer == IPAddress(request.address) else {
        return channel.eventLoop.makeFailedFuture(RemoteKeyError(.addressForbidden, request.host))
      }
      guard request.url.hasPrefix("https:"), IPAddress(request.host) == nil else {
        return channel.eventLoop.makeSucceededVoidFuture()
      }
      return channel.nioSSL_peerCertificate().flatMapThrowing { certificate in
        guard let der = try certificate?.toDERBytes(),
          CertificateName.matches(der, host: request.host)
        else { throw RemoteKeyError(.unreachable, request.host) }
      }
    }

    private static func exchange(
      _ request: RemoteKeyRequest, _ client: HTTPClient
    ) async throws -> RemoteKeyResponse {
      var message = HTTPClientRequest(url: request.url)
      for (name, value) in request.headers { message.headers.add(name: name, value: value) }
      message.headers.add(name: "connection", value: "close")
      // The set's own time-out cancels this task; this one is only for a caller without one.
      let answer = try await client.execute(message, timeout: .seconds(60))
      var body: [UInt8] = []
      for try await part in answer.body {
        guard body.count + part.readableBytes <= request.bodyLimit else {
          throw RemoteKeyError(.bodyTooLarge, request.host)
        }
        body.append(contentsOf: part.readableBytesView)
      }
      return RemoteKeyResponse(
        status: Int(answer.status.code), headers: answer.headers.map { ($0.name, $0.value) },
        body: body)
    }
  }
#endif
