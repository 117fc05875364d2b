// Records: the files of a run.
import Foundation

/// Writes and finds records, in a folder for each machine.
public enum Record {
  /// Writes `<folder>/<machine>/<date-time>` with `.txt`, `.csv` and `.json`, and returns the path
  /// of the last one.
  public static func write(_ report: Report, in folder: String) throws(BenchError) -> String {
    let stem = try stem(report.machine, report.date, in: folder)
    // The JSON file comes last: where it is, the others are too.
    for (kind, text) in [("txt", report.text), ("csv", report.csv), ("json", report.json)] {
      try AtomicFile.write(text, to: "\(stem).\(kind)", option: "--record \(folder)")
    }
    return "\(stem).json"
  }

  /// Writes `<folder>/<machine>/<date-time>-peers.json` and returns its path.
  public static func write(_ report: CompetitorReport, in folder: String) throws(BenchError)
    -> String
  {
    let path = try stem(report.machine, report.date, in: folder) + competitorsEnding
    try AtomicFile.write(report.json, to: path, option: "--record \(folder)")
    return path
  }

  /// Writes `<folder>/<machine>/<date-time>-load.json` and returns its path.
  public static func write(_ report: LoadReport, in folder: String) throws(BenchError) -> String {
    let path = try stem(report.machine, report.date, in: folder) + loadEnding
    try AtomicFile.write(report.json, to: path, option: "--record \(folder)")
    return path
  }

  /// The ends of the names of a record of competitors, and of a server under load.
  private static let competitorsEnding = "-peers.json"
  private static let loadEnding = "-load.json"

  /// Returns the path of a record's files, without extension, and makes its folder.
  private static func stem(
    _ machine: Machine, _ date: Date, in folder: String
  ) throws(BenchError) -> String {
    let machine = URL(filePath: folder).appending(path: machine.slug)
    do {
      try FileManager.default.createDirectory(at: machine, withIntermediateDirectories: true)
    } catch {
      throw .unusable("--record \(folder): the folder can't be made")
    }
    return machine.appending(path: stamp(date)).path
  }

  /// Writes a file that is complete or not there.
  public static func write(
    _ text: String, to path: String, option: String
  ) throws(BenchError) {
    try AtomicFile.write(text, to: path, option: option)
  }

  /// Reads a record: its JSON file, or the newest in a folder.
  public static func read(_ path: String) throws(BenchError) -> Report {
    let file = try newest(path)
    return try read(path, data(file)) { json throws(BenchError) in try Report(json: json) }
  }

  /// Reads a record of competitors.
  public static func readCompetitors(_ file: String) throws(BenchError) -> CompetitorReport {
    try read(file, data(file)) { json throws(BenchError) in try CompetitorReport(json: json) }
  }

  /// Reads a record of a server under load.
  public static func readLoad(_ file: String) throws(BenchError) -> LoadReport {
    try read(file, data(file)) { json throws(BenchError) in try LoadReport(json: json) }
  }

  /// The newest record of competitors beside the record of a run.
  public static func competitors(beside record: String) -> String? {
    newest(competitorsEnding, beside: record)
  }

  /// The newest record of a server under load beside the record of a run.
  public static func load(beside record: String) -> String? { newest(loadEnding, beside: record) }

  private static func newest(_ ending: String, beside record: String) -> String? {
    let folder = URL(filePath: record).deletingLastPathComponent()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(ending) }.max().map { folder.appending(path: $0).path }
  }

  private static func data(_ file: String) throws(BenchError) -> Data {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw .unusable("\(file): the record can't be read")
    }
    return data
  }

  /// An error has the name of the record.
  private static func read<Value>(
    _ name: String, _ json: Data, _ read: (Data) throws(BenchError) -> Value
  ) throws(BenchError) -> Value {
    do throws(BenchError) {
      return try read(json)
    } catch {
      throw .unusable("\(name): \(error)")
    }
  }

  /// Checks before a measurement that the file `path` can be written.
  public static func check(file path: String, option: String) throws(BenchError) {
    if PathKind(path) == .folder { throw .unusable("\(option): it is a folder") }
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard PathKind(folder) == .folder else {
      throw .unusable("\(option): there is no such folder")
    }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw .unusable("\(option): the folder can't be written")
    }
  }

  /// Checks before a measurement that the folder `path` can be written or made.
  public static func check(folder path: String, option: String) throws(BenchError) {
    var folder = URL(filePath: path)
    while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
      folder = folder.deletingLastPathComponent()
    }
    try check(file: folder.appending(path: "record").path, option: option)
  }

  /// Like `2026-11-24T05-00-00Z`: sorts by time, and is valid on every file system.
  static func stamp(_ date: Date) -> String {
    let style = Date.ISO8601FormatStyle(timeSeparator: .omitted)
    let text = date.formatted(style)
    // 2026-11-24T050000Z: hyphens between the time's parts.
    let parts = text.split(separator: "T")
    let digits = parts[1].filter(\.isNumber)
    let time = stride(from: 0, to: 6, by: 2).map { digits.dropFirst($0).prefix(2) }
    return "\(parts[0])T\(time.joined(separator: "-"))Z"
  }

  /// The GitHub tables of a record: a CSV or JSON file, or the newest in a folder.
  public static func markdown(_ path: String) throws(BenchError) -> String {
    let file = try newest(path, "csv")
    if file.hasSuffix(".json") {
      guard let tables = RecordTables(csv: try read(file).csv) else { return "" }
      return tables.markdown
    }
    guard let csv = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw .unusable("\(path): the record can't be read")
    }
    guard let tables = RecordTables(csv: csv) else {
      throw .unusable("\(path): this is no record of jot-bench")
    }
    return tables.markdown
  }

  /// The newest record of a run under `path`, a file or a folder of them.
  public static func newest(
    _ path: String, _ kind: String = "json"
  ) throws(BenchError) -> String {
    switch PathKind(path) {
    case .nothing: throw .unusable("\(path): there is no such record")
    case .file: return path
    case .folder: break
    }
    let files = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    // results/local belongs to this clone alone. The name of a run's record is its time.
    let records = files.filter { file in
      let name = (file as NSString).lastPathComponent
      return name.hasSuffix("Z.\(kind)") && name.first?.isNumber == true
        && !file.hasPrefix("local/")
    }
    // Names begin with the date, so the last by name is the newest.
    let last = records.max {
      ($0 as NSString).lastPathComponent < ($1 as NSString).lastPathComponent
    }
    guard let last else { throw .unusable("\(path): no record is there") }
    return path + "/" + last
  }
}
