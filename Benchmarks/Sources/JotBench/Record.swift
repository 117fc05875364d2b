// Results that are kept: written beside and renamed, so that a record is whole or not there.
import Foundation

/// The files of a run, in a folder for its machine.
public enum Record {
  /// Writes `<folder>/<machine>/<date-time>` with `.txt`, `.csv` and `.json`, and returns the last
  /// one's place.
  public static func write(_ report: Report, in folder: String) throws(BenchError) -> String {
    let machine = URL(filePath: folder).appending(path: report.machine.slug)
    do {
      try FileManager.default.createDirectory(at: machine, withIntermediateDirectories: true)
    } catch {
      throw .unusable("--record \(folder): the folder can't be made")
    }
    let place = machine.appending(path: stamp(report.date)).path
    // All that is known comes last: where it is, the rest is too.
    for (kind, text) in [("txt", report.text), ("csv", report.csv), ("json", report.json)] {
      try WholeFile.write(text, to: "\(place).\(kind)", option: "--record \(folder)")
    }
    return "\(place).json"
  }

  /// Writes a file that is whole or not there.
  public static func write(
    _ text: String, to path: String, option: String
  ) throws(BenchError) {
    try WholeFile.write(text, to: path, option: option)
  }

  /// Reads a record: its JSON file, or the newest in a folder.
  public static func read(_ path: String) throws(BenchError) -> Report {
    let file = try newest(path, "json")
    guard let data = FileManager.default.contents(atPath: file) else {
      throw .unusable("\(path): the record can't be read")
    }
    do throws(BenchError) {
      return try Report(json: data)
    } catch {
      throw .unusable("\(path): \(error)")
    }
  }

  /// Checks, before anything is measured for it, that the file `path` can be written.
  public static func check(file path: String, option: String) throws(BenchError) {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
      isFolder.boolValue
    else {
      throw .unusable("\(option): there is no such folder")
    }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw .unusable("\(option): the folder can't be written")
    }
  }

  /// Checks, before anything is measured for it, that the folder `path` can be written or made.
  public static func check(folder path: String, option: String) throws(BenchError) {
    var folder = URL(filePath: path)
    while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
      folder = folder.deletingLastPathComponent()
    }
    try check(file: folder.appending(path: "record").path, option: option)
  }

  /// Like `2026-11-24T05-00-00Z`: sorts by time, and is a name on every file system.
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

  private static func newest(_ path: String, _ kind: String) throws(BenchError) -> String {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .unusable("\(path): there is no such record")
    }
    guard isFolder.boolValue else { return path }
    let files = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    // What `make bench` leaves in results/local is nobody's record but this clone's.
    let records = files.filter { $0.hasSuffix(".\(kind)") && !$0.hasPrefix("local/") }
    // Names begin with the date, so the last by name is the newest.
    let last = records.max {
      ($0 as NSString).lastPathComponent < ($1 as NSString).lastPathComponent
    }
    guard let last else { throw .unusable("\(path): no record is there") }
    return path + "/" + last
  }
}
