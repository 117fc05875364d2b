// Where keys come from: a URL or an issuer's metadata, then the URLs that stand in for it.
#if Server
  internal import Jot

  /// Fetches a set, from the first place that has one.
  struct KeySource: Sendable {
    /// A place where keys may be.
    enum Place: Hashable, Sendable {
      case url(HopPolicy)
      case issuer(String, [HopPolicy])
    }

    /// A fetched set.
    struct Found: Sendable {
      /// The URL that the set is from.
      let url: String
      /// The set's text; nil if it is unchanged.
      let text: [UInt8]?
      let entityTag: String?
      /// The lifetime that the answer states.
      let lifetime: Duration?
      /// The way to the keys by metadata, and for how long that is fresh.
      let metadata: Metadata?
    }

    /// Where an issuer's keys are.
    struct Metadata: Sendable {
      let place: Int
      let way: HopPolicy
      let until: Duration
    }

    /// What is at hand.
    struct Known: Sendable {
      var url: String?
      var entityTag: String?
      var metadata: Metadata?
    }

    let places: [Place]
    let fetcher: KeyFetcher
    let clock: MonotonicClock
    let wallClock: @Sendable () -> Int64
    let limits: RefreshSchedule.Limits
    /// The time for one place.
    let timeout: Duration

    /// Fetches from the place at `index`, within the time-out.
    func fetch(from index: Int, known: Known) async throws(RemoteKeyError) -> Found {
      try await clock.within(timeout) { () async throws(RemoteKeyError) in
        try await found(at: index, known)
      }
    }

    private func found(at index: Int, _ known: Known) async throws(RemoteKeyError) -> Found {
      switch places[index] {
      case .url(let way): return try await keys(at: way, known, metadata: known.metadata)
      case .issuer(let issuer, let locations):
        if let metadata = known.metadata, metadata.place == index, clock.now() < metadata.until {
          return try await keys(at: metadata.way, known, metadata: metadata)
        }
        let answer = try await metadata(at: locations)
        let way = try ProviderMetadata.keys(in: answer, of: issuer)
        let lifetime = limits.clamped(lifetime(of: answer.response) ?? limits.defaultLifetime)
        return try await keys(
          at: way, known, metadata: Metadata(place: index, way: way, until: clock.now() + lifetime))
      }
    }

    /// The first of the locations that does not answer "not found".
    private func metadata(
      at locations: [HopPolicy]
    ) async throws(RemoteKeyError) -> KeyFetcher.Answer {
      for way in locations.dropLast() {
        do throws(RemoteKeyError) {
          return try await fetcher.document(way)
        } catch {
          guard let status = error.status, (400..<500).contains(status) else { throw error }
        }
      }
      return try await fetcher.document(locations[locations.count - 1])
    }

    private func keys(
      at way: HopPolicy, _ known: Known, metadata: Metadata?
    ) async throws(RemoteKeyError) -> Found {
      let url = way.url.text
      let tag = known.url == url ? known.entityTag : nil
      let answer = try await fetcher.document(
        way, validators: tag.map { [("if-none-match", $0)] } ?? [])
      let tags = answer.response.values("etag")
      return Found(
        url: url, text: answer.isUnchanged ? nil : answer.response.body,
        entityTag: Self.usable(tags.count == 1 ? tags[0] : nil) ?? (answer.isUnchanged ? tag : nil),
        lifetime: lifetime(of: answer.response), metadata: metadata)
    }

    private func lifetime(of response: RemoteKeyResponse) -> Duration? {
      AnswerLifetime.seconds(of: response, now: wallClock()).map { .seconds($0) }
    }

    /// A tag that can be sent back: a quoted string of visible characters, perhaps weak.
    static func usable(_ tag: String?) -> String? {
      guard let tag, tag.utf8.count <= 256, tag.hasSuffix("\""),
        tag.hasPrefix("\"") || tag.hasPrefix("W/\""),
        tag.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
      else { return nil }
      return tag
    }
  }
#endif
