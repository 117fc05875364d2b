// The headers that libraries and providers write, recognised by their text.

/// The texts of all usual headers with given algorithms and values of `typ`.
///
/// Usual are `alg`, and `kid` and `typ` if present, in any order, without white space or escapes,
/// and nothing else: what PyJWT, jsonwebtoken, jose, jose4j, Nimbus, golang-jwt, php-jwt and the
/// .NET handlers write, and Auth0, Cognito, Entra, Google, Keycloak, Kubernetes and Okta.
///
/// With a key ID a header is a beginning, the ID and an ending. The beginning decides which endings
/// are possible: they have the members that it lacks. At most one fits, since an ID has no quotes.
enum UsualHeaders {
  /// The most algorithms; further ones have no texts.
  static let algorithmLimit = 8

  /// The members before a key ID decide those behind it.
  private enum Group: Int { case nothing, algorithm, type, all, whole }

  /// Part of a header.
  private struct Part {
    var bytes: [UInt8]
    var number: Int
    var group: Group

    init(_ text: String, _ group: Group, _ algorithm: Algorithm? = nil) {
      (bytes, self.group) = (Array(text.utf8), group)
      number = algorithm?.id.number ?? -1
    }
  }

  /// The frames of all texts, numbered by algorithm.
  ///
  /// - Parameters:
  ///   - types: The possible values of `typ`; long ones, and those that JSON escapes, are left out.
  ///   - needsType: Leaves out headers without `typ`.
  ///   - withIDsFirst: Whether most headers have a key ID.
  static func frames(
    _ algorithms: [Algorithm], types: [String], needsType: Bool, withIDsFirst: Bool
  ) -> TextFrames {
    let algorithms = algorithms.prefix(Self.algorithmLimit)
    let types = types.filter { KeyIDText.isPlain(Array($0.utf8)) && $0.utf8.count <= 64 }
    // `{`, members and commas; then what begins the key ID or ends the header.
    var whole: [Part] = []
    var beginnings: [Part] = []
    var endings: [Part] = []
    for algorithm in algorithms {
      let alg = #""alg":"\#(algorithm.rawValue)""#
      for type in types {
        let typ = #""typ":"\#(type)""#
        for both in ["\(alg),\(typ)", "\(typ),\(alg)"] {
          whole.append(Part("{\(both)}", .whole, algorithm))
          beginnings.append(Part("{\(both)," + #""kid":""#, .all, algorithm))
          endings.append(Part(#"","# + "\(both)}", .nothing, algorithm))
        }
      }
      beginnings.append(Part("{\(alg)," + #""kid":""#, .algorithm, algorithm))
      endings.append(Part(#"","# + "\(alg)}", .type, algorithm))
      if !needsType {
        whole.append(Part("{\(alg)}", .whole, algorithm))
        endings.append(Part(#"","# + "\(alg)}", .nothing, algorithm))
      }
    }
    for type in types {
      let typ = #""typ":"\#(type)""#
      beginnings.append(Part("{\(typ)," + #""kid":""#, .type))
      endings.append(Part(#"","# + "\(typ)}", .algorithm))
    }
    beginnings.append(Part(#"{"kid":""#, .nothing))
    endings.append(Part(#""}"#, .all))
    if !needsType { endings.append(Part(#""}"#, .algorithm)) }

    // Those of a group together, long ones first.
    endings.sort {
      ($0.group.rawValue, $1.bytes.count) < ($1.group.rawValue, $0.bytes.count)
    }
    let all = withIDsFirst ? beginnings + whole : whole + beginnings
    return TextFrames(
      all.compactMap { part in
        if part.group == .whole {
          let text = Segments.encoded(part.bytes) + [CompactJWS.dot]
          return TextFrames.Beginning(text, number: part.number, endings: 0..<0)
        }
        guard let first = endings.firstIndex(where: { $0.group == part.group }) else { return nil }
        let count = endings.count { $0.group == part.group }
        return TextFrames.Beginning(
          KeyIDText.beginning(part.bytes), number: part.number, endings: first..<first + count)
      },
      endings.map { part in
        TextFrames.Ending(
          (0..<3).map { KeyIDText.ending(part.bytes, alignment: $0) },
          byteCount: part.bytes.count, number: part.number)
      })
  }
}
