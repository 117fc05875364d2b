// What a remote key set tells: log lines and metrics. No function here gets a token.
#if Server
  import CoreMetrics
  internal import Jot
  import Logging

  /// The log and the metrics of one set.
  struct RemoteKeyReport: Sendable {
    private let logger: Logger
    private let factory: any MetricsFactory
    private let dimensions: [(String, String)]
    private let unknownKeys: Counter
    private let keyCount: Gauge
    private let duration: Timer

    /// The most key IDs in a line.
    private static let idLimit = 20

    init(host: String, logger: Logger, factory: any MetricsFactory) {
      var logger = logger
      logger[metadataKey: "provider"] = .string(host)
      self.logger = logger
      self.factory = factory
      dimensions = [("provider", host)]
      unknownKeys = Counter(
        label: "jot.remote_keys.unknown_keys", dimensions: dimensions, factory: factory)
      keyCount = Gauge(label: "jot.remote_keys.keys", dimensions: dimensions, factory: factory)
      duration = Timer(
        label: "jot.remote_keys.fetch_duration", dimensions: dimensions, factory: factory)
      keyCount.record(0)
    }

    private func count(_ result: String) {
      Counter(
        label: "jot.remote_keys.fetches", dimensions: dimensions + [("result", result)],
        factory: factory
      ).increment()
    }

    /// A token needs a key that the set lacks.
    func keyIsUnknown() { unknownKeys.increment() }

    func fetchTook(_ time: Duration) {
      let (seconds, attoseconds) = time.components
      duration.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    func isUnchanged() {
      count("unchanged")
      logger.debug("the provider's keys are unchanged")
    }

    /// A new set is in force.
    func isReplaced(by keys: KeySet, from old: [String], source: String) {
      count("changed")
      hasKeys(keys)
      let new = Self.ids(of: keys)
      logger.info(
        "the provider's keys are replaced",
        metadata: [
          // A query may have a secret.
          "keys": "\(keys.keys.count)", "source": "\(source.prefix { $0 != "?" })",
          "added": Self.list(new.filter { !old.contains($0) }),
          "removed": Self.list(old.filter { !new.contains($0) }),
        ])
    }

    /// Keys of an earlier run are in force.
    func isRestored(_ keys: KeySet, age: Duration) {
      hasKeys(keys)
      logger.info(
        "keys of an earlier run are in force",
        metadata: ["keys": "\(keys.keys.count)", "age": "\(age)"])
    }

    private func hasKeys(_ keys: KeySet) {
      keyCount.record(keys.keys.count)
      for element in keys.skipped {
        logger.warning(
          "an element of the provider's key set can't be used",
          metadata: [
            "index": "\(element.index)", "kid": "\(element.keyID.map(Self.shown) ?? "none")",
            "reason": "\(element.error.code.rawValue)",
          ])
      }
      if keys.ignoredCount > keys.skipped.count {
        logger.warning(
          "more elements can't be used",
          metadata: ["count": "\(keys.ignoredCount - keys.skipped.count)"])
      }
    }

    func failed(_ error: RemoteKeyError, place: Int) {
      count(error.code.rawValue)
      logger.warning(
        "the provider's keys can't be fetched",
        metadata: [
          "error": "\(error.code.rawValue)", "description": "\(error)", "place": "\(place)",
        ])
    }

    func recovered(after failures: Int) {
      logger.notice(
        "the provider's keys can be fetched again", metadata: ["failures": "\(failures)"])
    }

    func dropped() {
      keyCount.record(0)
      logger.error("the keys are too old and are dropped: no token is accepted until new ones come")
    }

    func fileFailed(_ error: RemoteKeyError, _ verb: String) {
      logger.warning(
        "the file of kept keys can't be \(verb)",
        metadata: ["error": "\(error.code.rawValue)", "description": "\(error)"])
    }

    /// The key IDs of a set, as log lines show them.
    static func ids(of keys: KeySet) -> [String] {
      keys.keys.map { $0.keyID.map(shown) ?? "none" }
    }

    private static func list(_ ids: [String]) -> Logger.MetadataValue {
      .array(ids.prefix(idLimit).map { .string($0) })
    }

    /// A key ID without control characters, which could forge a line, and without those that can't
    /// be seen or turn the direction; not too long.
    private static func shown(_ id: String) -> String {
      let scalars = id.unicodeScalars.prefix(64).map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
          "\u{fffd}" as Unicode.Scalar
        default: scalar
        }
      }
      return String(String.UnicodeScalarView(scalars))
    }
  }
#endif
