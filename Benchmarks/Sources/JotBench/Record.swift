// Results that are kept: written beside and renamed, so that a record is whole or not there.
import Foundation

/// The files of a run, in a folder for its machine.
public enum Record {
  /// Writes `<folder>/<machine>/<date-time>.csv` and `.txt` and returns the former's place.
  public static func write(
    _ report: Report, in folder: String, command: String, date: Date = Date()
  ) throws(BenchError) -> String {
    let name = stamp(date)
    let machine = URL(filePath: folder).appending(path: report.machine.slug)
    do {
      try FileManager.default.createDirectory(at: machine, withIntermediateDirectories: true)
    } catch {
      throw .unusable("--record \(folder): the folder can't be made")
    }
    // The figures come last: where they are, their circumstances are too.
    try write(
      report.text(command: command), to: machine.appending(path: "\(name).txt").path,
      option: "--record \(folder)")
    let figures = machine.appending(path: "\(name).csv").path
    try write(report.csv, to: figures, option: "--record \(folder)")
    return figures
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

  /// Writes a whole file beside its place, then renames it.
  public static func write(
    _ text: String, to path: String, option: String
  ) throws(BenchError) {
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .unusable("\(option): the file can't be written")
    }
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

  /// The GitHub tables of the newest record under `path`, a CSV file or a folder of them.
  public static func markdown(_ path: String) throws(BenchError) -> String {
    let file = try newest(path)
    guard let csv = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw .unusable("\(path): the record can't be read")
    }
    guard let tables = RecordTables(csv: csv) else {
      throw .unusable("\(path): this is no record of jot-bench")
    }
    return tables.markdown
  }

  private static func newest(_ path: String) throws(BenchError) -> String {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .unusable("\(path): there is no such record")
    }
    guard isFolder.boolValue else { return path }
    let files = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    // What `make bench` leaves in results/local is nobody's record but this clone's.
    let records = files.filter { $0.hasSuffix(".csv") && !$0.hasPrefix("local/") }
    // Names begin with the date, so the last by name is the newest.
    let last = records.max {
      ($0 as NSString).lastPathComponent < ($1 as NSString).lastPathComponent
    }
    guard let last else { throw .unusable("\(path): no record is there") }
    return path + "/" + last
  }
}
