// Fence: files that are complete or not there, whatever ends the process.
import Foundation

/// Writes files to a temporary name and renames them.
package enum AtomicFile {
  /// Writes `text` to `path`. An earlier file stays until the new one is complete on the disk.
  ///
  /// Anything but a plain file, like `/dev/stdout`, is written directly.
  package static func write(_ text: String, to path: String, option: String) throws(BenchError) {
    let target = URL(filePath: path).resolvingSymlinksInPath()
    let kind = try? FileManager.default.attributesOfItem(atPath: target.path)[.type]
    if let kind = kind as? FileAttributeType, kind != .typeRegular {
      do {
        return try Data(text.utf8).write(to: target)
      } catch {
        throw .unusable("\(option): it can't be written")
      }
    }
    // The process is in the name, so that two writers of one file do not mix.
    let beside = target.deletingLastPathComponent().appending(
      path: ".\(target.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).part")
    do {
      guard FileManager.default.createFile(atPath: beside.path, contents: nil) else {
        throw CocoaError(.fileWriteUnknown)
      }
      let file = try FileHandle(forWritingTo: beside)
      defer { try? file.close() }
      try file.write(contentsOf: Data(text.utf8))
      try file.synchronize()
      // SAFETY: both strings live as long as the call.
      guard unsafe rename(beside.path, target.path) == 0 else {
        throw CocoaError(.fileWriteUnknown)
      }
    } catch {
      try? FileManager.default.removeItem(at: beside)
      throw .unusable("\(option): the file can't be written; one that was there is unchanged")
    }
    // The rename should survive a crash too; the file is complete either way.
    if let folder = try? FileHandle(forReadingFrom: target.deletingLastPathComponent()) {
      try? folder.synchronize()
    }
  }
}
