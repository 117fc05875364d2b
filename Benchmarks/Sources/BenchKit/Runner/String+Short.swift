// Another program's words, made fit for a line of ours.

extension String {
  /// The text on one line of at most 100 printable characters.
  package var short: String {
    let plain = String(unicodeScalars.map { $0.isPrintable ? Character($0) : "?" })
    return plain.count > 100 ? plain.prefix(97) + "..." : plain
  }
}

extension Unicode.Scalar {
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
