// The keys of a provider: fetched, kept fresh, and dropped when they are too old.
#if Server
  import CoreMetrics
  import Dispatch
  public import Jot
  public import Logging
  import Synchronization

  /// A provider's keys, fetched by HTTPS and replaced while tokens are verified.
  ///
  /// ```swift
  /// let remote = try RemoteKeySet(issuer: "https://id.example.com")
  /// let verifier = Verifier(
  ///   keys: remote.keys, algorithms: [.rs256, .es256], audience: ["shop"],
  ///   issuer: "https://id.example.com", required: ["exp"])
  /// let claims = try await remote.verify(token, with: verifier)
  /// ```
  ///
  /// ``keys`` is an ordinary `RotatingKeySet`: a verifier that has it takes no lock and waits for
  /// nothing. ``verify(_:with:)-(String,_)`` is the same while the key is there; otherwise it waits
  /// for a fetch. Run the set as a service (``run()``), so that keys are fetched before they are
  /// needed, and dropped when they are too old.
  ///
  /// One fetch serves all who wait. A token with an unknown `kid` causes at most one fetch in each
  /// `coolDown`, so forged tokens cost the provider nothing. An answer that is no usable set changes
  /// nothing: the last good set stays until its time is over.
  public final class RemoteKeySet: Sendable {
    /// The current keys, for verifiers; empty at first, and when the keys are too old.
    ///
    /// With an empty set a token is refused with `keysUnavailable`.
    public let keys = RotatingKeySet()

    let configuration: Configuration
    let clock: MonotonicClock
    let source: KeySource
    let name: String
    let report: RemoteKeyReport
    let guarded: Mutex<Guarded>
    /// Nanoseconds of `clock` when time alone changes something.
    let due = Atomic<Int64>(0)
    let file: KeptFile?
    let fileQueue = DispatchQueue(label: "jot.remote-keys.file")

    /// What fetches change; `guarded` has it.
    struct Guarded {
      var schedule: RefreshSchedule
      var known = KeySource.Known()
      /// The text of the current set: the same text again is no change.
      var text: [UInt8] = []
      var flight: Task<Void, Never>?
      var waiters = 0
      var isShutDown = false
      var fetchedAt: Int64?
      var lastError: RemoteKeyError?
      var lastErrorAt: Int64?
    }

    /// Makes a set that is fetched from `url`; fetches nothing yet.
    ///
    /// - Parameters:
    ///   - url: A JWK set's absolute URL: https, or http of a loopback host.
    ///   - configuration: Limits; a second URL; a file.
    ///   - transport: Sends requests.
    ///   - clock: Measures lifetimes and waits.
    ///   - logger: For lines about changes and failures.
    /// - Throws: `urlInvalid`, `notSecure`, also for a fallback.
    /// - Precondition: The configuration's limits are positive.
    public convenience init(
      url: String, configuration: Configuration = Configuration(),
      transport: any RemoteKeyTransport = HTTPTransport(),
      clock: some Clock<Duration> = ContinuousClock(),
      logger: Logger = Logger(label: "jot.remote-keys")
    ) throws(RemoteKeyError) {
      let way = try HopPolicy(from: KeyURL(url), allowedHosts: configuration.allowedNames)
      try self.init(
        url, way.url.host, .url(way), configuration, transport, MonotonicClock(clock), logger)
    }

    /// Makes a set for an issuer, whose metadata says where its keys are; fetches nothing yet.
    ///
    /// The metadata is that of OpenID Connect, or of RFC 8414 if there is none. Its `issuer` must be
    /// `issuer` byte for byte.
    ///
    /// - Parameters:
    ///   - issuer: The issuer's identifier, an absolute URL as in its tokens' `iss`.
    ///   - configuration: Limits; a second URL; a file.
    ///   - transport: Sends requests.
    ///   - clock: Measures lifetimes and waits.
    ///   - logger: For lines about changes and failures.
    /// - Throws: `urlInvalid`, `notSecure`, also for a fallback.
    /// - Precondition: The configuration's limits are positive.
    public convenience init(
      issuer: String, configuration: Configuration = Configuration(),
      transport: any RemoteKeyTransport = HTTPTransport(),
      clock: some Clock<Duration> = ContinuousClock(),
      logger: Logger = Logger(label: "jot.remote-keys")
    ) throws(RemoteKeyError) {
      var ways: [HopPolicy] = []
      for url in try ProviderMetadata.locations(of: issuer) {
        ways.append(try HopPolicy(from: url, allowedHosts: configuration.allowedNames))
      }
      try self.init(
        issuer, ways[0].url.host, .issuer(issuer, ways), configuration, transport,
        MonotonicClock(clock), logger)
    }

    private init(
      _ name: String, _ host: String, _ place: KeySource.Place, _ configuration: Configuration,
      _ transport: any RemoteKeyTransport, _ clock: MonotonicClock, _ logger: Logger
    ) throws(RemoteKeyError) {
      configuration.check()
      var places = [place]
      for url in configuration.fallbacks {
        places.append(
          .url(try HopPolicy(from: KeyURL(url), allowedHosts: configuration.allowedNames)))
      }
      (self.name, self.configuration, self.clock) = (name, configuration, clock)
      source = KeySource(
        places: places,
        fetcher: KeyFetcher(transport: transport, bodyLimit: configuration.bodyLimit),
        clock: clock, wallClock: configuration.wallClock, limits: configuration.limits,
        timeout: configuration.timeout)
      report = RemoteKeyReport(
        host: host, logger: logger, factory: configuration.metrics ?? MetricsSystem.factory)
      guarded = Mutex(Guarded(schedule: RefreshSchedule(limits: configuration.limits)))
      file = configuration.file.map { KeptFile(path: $0, bodyLimit: configuration.bodyLimit) }
      restore()
    }
  }
#endif
