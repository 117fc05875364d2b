// What the page reads of the field: other libraries at the same tokens.
import Foundation

/// A record of `jot-bench peers`, as far as a page shows it.
struct PageField: Sendable {
  let rows: [FieldRow]
  /// Libraries that could not be had, and why: a line each.
  let leftOut: [String]
  /// The CPU that they were measured on.
  let cpu: String?

  static let schema = "jot-bench-peers/1"

  /// Reads a record of peers; nil if the bytes are none.
  init?(json: Data) {
    guard let saved = try? JSONDecoder().decode(Saved.self, from: json), saved.isOurs,
      saved.rows.allSatisfy(\.isSound)
    else { return nil }
    (rows, leftOut, cpu) = (saved.rows, saved.leftOut ?? [], saved.machine?.words)
  }

  private struct Saved: Decodable {
    let isOurs: Bool
    let machine: FieldMachine?
    let rows: [FieldRow]
    let leftOut: [String]?

    enum CodingKeys: String, CodingKey {
      case schema, machine, rows
      case leftOut = "left_out"
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      // The first records had a number alone.
      isOurs =
        (try? values.decode(String.self, forKey: .schema)) == PageField.schema
        || (try? values.decode(Int.self, forKey: .schema)) == 1
      machine = try values.decodeIfPresent(FieldMachine.self, forKey: .machine)
      rows = try values.decode([FieldRow].self, forKey: .rows)
      leftOut = try values.decodeIfPresent([String].self, forKey: .leftOut)
    }
  }
}

private struct FieldMachine: Decodable {
  let cpu: String?
  let family: Double?
  let model: Double?

  var words: String? {
    func text(_ number: Double?) -> String? { number.map { "\($0)" } }
    return cpu.map { PageRecord.cpu($0, family: text(family), model: text(model)) }
  }
}

/// A peer at a scenario: its time, or the reason why there is none.
struct FieldRow: Decodable, Sendable {
  let peer: String
  let scenario: String
  let version: String?
  let language: String?
  /// Nil for a failure.
  let ns: Double?
  /// Over Jot's time in the same rounds.
  let times: Double?
  let reason: String?
  /// How it is called, and whom that favours.
  let driven: String?

  var isJot: Bool { peer.lowercased() == "jot" }
  var isOpenSSL: Bool { peer.lowercased() == "openssl" }
  var name: String { isJot ? "Jot" : isOpenSSL ? "OpenSSL" : peer }

  var isSound: Bool {
    [ns, times].allSatisfy { $0.map { $0 > 0 && PageRow.isSound($0) } ?? true }
  }

  private enum CodingKeys: String, CodingKey {
    case peer, scenario, operation, algorithm, version, language, reason, driven
    case ns = "ns_per_op"
    case times = "times_jot"
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func text(_ key: CodingKeys) throws -> String? {
      try values.decodeIfPresent(String.self, forKey: key)
    }
    peer = try values.decode(String.self, forKey: .peer)
    if let name = try text(.scenario) {
      scenario = name
    } else {
      // The tokens of the field are the access tokens of the main rows.
      let parts = try [CodingKeys.operation, .algorithm].map {
        try values.decode(String.self, forKey: $0)
      }
      scenario = "\(parts[0])/\(parts[1])/access-token"
    }
    (version, language) = (try text(.version), try text(.language))
    (reason, driven) = (try text(.reason), try text(.driven))
    let time = try values.decodeIfPresent(Double.self, forKey: .ns)
    // A wrong answer voids the figure.
    ns = (reason ?? "") == "" ? time : nil
    times = ns == nil ? nil : try values.decodeIfPresent(Double.self, forKey: .times)
  }
}
