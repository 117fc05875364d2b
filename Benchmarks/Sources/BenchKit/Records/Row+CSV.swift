// A row as a line of a CSV file.

extension Row {
  static let columns = [
    "scenario", "engine", "threads", "ns_per_op", "mad_ns", "p50_ns", "p99_ns", "p999_ns",
    "samples", "ops_per_second", "allocations_per_op", "ratio_to_openssl", "ratio_low",
    "ratio_high", "scaling", "answer_checked", "token_bytes", "hit_ratio",
  ]

  /// The row's cells, in the order of the columns; nil is an empty cell.
  var cells: [(name: String, text: String?, isText: Bool)] {
    let texts: [String?] = [
      scenario, engine, "\(threads)", NumberFormat.text(nsPerOp), NumberFormat.text(madNs),
      NumberFormat.text(p50Ns),
      NumberFormat.text(p99Ns), NumberFormat.text(p999Ns), "\(samples)",
      NumberFormat.text(opsPerSecond),
      NumberFormat.text(allocationsPerOp), NumberFormat.ratio(ratioToOpenssl),
      NumberFormat.ratio(ratioLow),
      NumberFormat.ratio(ratioHigh), NumberFormat.ratio(scaling), "\(answerChecked)",
      "\(tokenBytes)", NumberFormat.ratio(hitRatio),
    ]
    return zip(Self.columns, texts).enumerated().map { ($1.0, $1.1, $0 < 2) }
  }
}
