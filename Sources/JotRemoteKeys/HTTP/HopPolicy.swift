// Where answers may lead: redirects, and the jwks_uri of metadata.
#if Server
  /// The way from the caller's URL, hop by hop.
  ///
  /// The caller chose the first host: it may have any address. An answer may lead to another host,
  /// but only by HTTPS, and only to a public address: otherwise a provider, or whoever answers in its
  /// place, could make this program ask its own network. Hosts that the caller lists are its own
  /// choice too.
  struct HopPolicy: Hashable, Sendable {
    /// The URL to ask next.
    private(set) var url: KeyURL
    private let allowedHosts: Set<String>
    private let mayBePlain: Bool
    /// Whether an answer has led to another host.
    private var hasLeft = false

    /// - Throws: `notSecure` unless the URL is HTTPS, or HTTP at a loopback host.
    init(from url: KeyURL, allowedHosts: Set<String>) throws(RemoteKeyError) {
      guard url.isSecure || url.isLoopback else { throw RemoteKeyError(.notSecure, url.host) }
      self.url = url
      self.allowedHosts = allowedHosts
      mayBePlain = !url.isSecure
    }

    /// Follows an answer's link.
    ///
    /// - Throws: `notSecure` if that leaves HTTPS, or leaves the machine by HTTP.
    mutating func follow(_ next: KeyURL) throws(RemoteKeyError) {
      let isSameMachine = mayBePlain && url.isLoopback && next.isLoopback
      guard next.isSecure || isSameMachine && !url.isSecure && !hasLeft else {
        throw RemoteKeyError(.notSecure, next.host)
      }
      if next.host != url.host, !isSameMachine { hasLeft = true }
      url = next
    }

    /// Whether the current URL may be asked at `address`: the one that will be connected to.
    func allows(_ address: IPAddress) -> Bool {
      if !url.isSecure { return address.isLoopback }
      return !hasLeft || allowedHosts.contains(url.host) || address.isPublic
    }
  }
#endif
