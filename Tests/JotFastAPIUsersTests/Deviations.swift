import Foundation
import Jot
import Testing

/// Deviations.md's table: a vector's id and the number of its reason.
struct Deviations {
  let rows: [String: Int]
  let reasons: Set<Int>

  /// Reasons for which Jot accepts, or writes, what Python refuses.
  static let accepting: Set<Int> = [8, 10, 14]

  static func load() throws -> Deviations {
    let text = try String(
      contentsOf: Project.file("Sources/Jot/Jot.docc/Deviations.md"), encoding: .utf8)
    var rows: [String: Int] = [:]
    var reasons: Set<Int> = []
    for line in text.split(separator: "\n") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      if line.hasPrefix("| `") {
        let reason = try #require(cells.count == 2 ? Int(cells[1]) : nil, "\(line)")
        // An id may have a comma itself.
        for id in cells[0].components(separatedBy: "`, `") {
          let id = id.trimmingCharacters(in: ["`"])
          if rows.updateValue(reason, forKey: id) != nil { Issue.record("\(id) stands twice") }
        }
      } else if let dot = line.firstIndex(of: "."), let number = Int(line[..<dot]) {
        reasons.insert(number)
      }
    }
    return Deviations(rows: rows, reasons: reasons)
  }

  /// Compares each vector's difference (nil for none) with the table.
  static func compare(
    _ ids: [String], _ difference: (Int) async throws -> String?
  ) async throws {
    #expect(Set(ids).count == ids.count, "ids tell vectors apart")
    let deviations = try load()
    for (index, id) in ids.enumerated() {
      let found = try await difference(index)
      let listed = deviations.rows[id]
      if let found, listed == nil { Issue.record("\(id): \(found), and no row says why") }
      if found == nil, listed != nil { Issue.record("\(id) agrees, yet it has a row") }
    }
  }

  /// Like ``compare(_:_:)``, for vectors that are refused, accepted or fail. If Jot accepts what
  /// Python does not, the listed reason must be one of ``accepting``.
  ///
  /// - Parameter verdict: The name of the member with Python's verdict, and its value for
  ///   acceptance.
  static func compare(
    _ vectors: [JSON], section: String, verdict: (name: String, accepted: String),
    accepts: (JSON) throws -> Bool
  ) async throws {
    let ids = Interop.ids(of: section)
    let rows = try load().rows
    try await compare(ids) { index in
      let expected = vectors[index][verdict.name]?.string == verdict.accepted
      let found = try accepts(vectors[index])
      if found, !expected {
        let reason = rows[ids[index]]
        #expect(reason.map { accepting.contains($0) } ?? false, "\(ids[index]) is accepted")
      }
      return found == expected ? nil : found ? "accepted" : "refused"
    }
  }
}

@Suite("The table of deviations")
struct DeviationTests {
  @Test("lists only existing vectors and numbered reasons, and uses each reason")
  func table() throws {
    let deviations = try Deviations.load()
    let ids = Set(Interop.sections.flatMap(Interop.ids))
    for (id, reason) in deviations.rows {
      #expect(ids.contains(id), "\(id) is no vector")
      #expect(deviations.reasons.contains(reason), "\(id) has no reason")
    }
    #expect(Set(deviations.rows.values) == deviations.reasons, "each reason is used")
    #expect(ids.count > 1000)
    let counts = Dictionary(grouping: deviations.rows, by: \.value).mapValues(\.count)
    let text = counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    print(
      "deviations of \(ids.count) vectors, rows by reason: \(text.joined(separator: ", "))")
  }
}
