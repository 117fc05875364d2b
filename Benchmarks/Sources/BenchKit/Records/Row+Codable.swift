// A row in a record's JSON: the columns of the CSV file, and what does not fit into a table.

extension Row: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case scenario, engine, threads, samples, scaling, latency, note
    case tokenBytes = "token_bytes"
    case isOversubscribed = "oversubscribed"
    case nsPerOp = "ns_per_op"
    case madNs = "mad_ns"
    case p50Ns = "p50_ns"
    case p99Ns = "p99_ns"
    case p999Ns = "p999_ns"
    case opsPerSecond = "ops_per_second"
    case allocationsPerOp = "allocations_per_op"
    case ratioToOpenssl = "ratio_to_openssl"
    case ratioLow = "ratio_low"
    case ratioHigh = "ratio_high"
    case hitRatio = "hit_ratio"
    case answerChecked = "answer_checked"
    case slices = "slices_ns"
    case ratioSlices = "slices_ratio"
    case sessions
    // Schema 1 has this name for sessions.
    case sessionsOfSchema1 = "sittings"
    case lowNs = "low_ns"
    case highNs = "high_ns"
    case cyclesPerOp = "cycles_per_op"
  }

  /// The numbers that may be missing.
  private static let figures: [(Key, WritableKeyPath<Row, Double?> & Sendable)] = [
    (.nsPerOp, \.nsPerOp), (.madNs, \.madNs), (.p50Ns, \.p50Ns), (.p99Ns, \.p99Ns),
    (.p999Ns, \.p999Ns), (.opsPerSecond, \.opsPerSecond), (.allocationsPerOp, \.allocationsPerOp),
    (.ratioToOpenssl, \.ratioToOpenssl), (.ratioLow, \.ratioLow), (.ratioHigh, \.ratioHigh),
    (.scaling, \.scaling), (.hitRatio, \.hitRatio), (.lowNs, \.lowNs), (.highNs, \.highNs),
    (.cyclesPerOp, \.cyclesPerOp),
  ]

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(scenario, forKey: .scenario)
    try values.encode(engine, forKey: .engine)
    try values.encode(threads, forKey: .threads)
    try values.encode(tokenBytes, forKey: .tokenBytes)
    try values.encode(isOversubscribed, forKey: .isOversubscribed)
    try values.encode(samples, forKey: .samples)
    try values.encode(answerChecked, forKey: .answerChecked)
    // A missing number is null, not left out.
    for (key, path) in Self.figures {
      try values.encode(
        self[keyPath: path].map { NumberFormat.rounded($0, digits: 9) }, forKey: key)
    }
    try values.encode(latency, forKey: .latency)
    try values.encode(note, forKey: .note)
    try values.encode(slices.values.map { NumberFormat.rounded($0) }, forKey: .slices)
    try values.encode(ratioSlices.values.map { NumberFormat.rounded($0) }, forKey: .ratioSlices)
    try values.encode(slices.sessions, forKey: .sessions)
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      scenario: try values.decode(String.self, forKey: .scenario),
      engine: try values.decode(String.self, forKey: .engine),
      threads: try values.count(.threads, least: 1),
      tokenBytes: try values.count(.tokenBytes, least: 0),
      isOversubscribed: try values.decode(Bool.self, forKey: .isOversubscribed),
      samples: try values.decode(Int.self, forKey: .samples),
      answerChecked: try values.decode(Bool.self, forKey: .answerChecked))
    for (key, path) in Self.figures {
      self[keyPath: path] = try values.figureOrNull(key)
    }
    // It is a divisor.
    guard nsPerOp != 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .nsPerOp, in: values, debugDescription: "a time above 0 is needed")
    }
    latency = try values.decode(Latency?.self, forKey: .latency)
    // Records of schema 1 have no notes.
    note = try values.decodeIfPresent(String.self, forKey: .note)
    let sessions = try values.decode(
      [Int].self,
      forKey: values.contains(.sessionsOfSchema1) ? .sessionsOfSchema1 : .sessions)
    func read(_ key: Key) throws -> Slices {
      let figures = try values.figures(key)
      if figures.isEmpty { return Slices() }
      // Each is checked before they are added: their sum might overflow.
      guard sessions.allSatisfy({ 1...figures.count ~= $0 }), sessions.count <= figures.count,
        sessions.reduce(0, +) == figures.count
      else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "the sessions hold other slices")
      }
      return Slices(figures, sessions: sessions)
    }
    (slices, ratioSlices) = (try read(.slices), try read(.ratioSlices))
  }
}
