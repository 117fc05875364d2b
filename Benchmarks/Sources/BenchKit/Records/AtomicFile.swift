// Fence: a file that is whole or not there, whatever ends the process.
import Foundation

/// Files written beside their place and then renamed.
package enum AtomicFile {
  /// Writes `text` to `path`; what stood there stays as it was until all of the new is on the disk.
  ///
  /// What is no plain file, like `/dev/stdout`, is written as it is.
  package static func write(_ text: String, to path: String, option: String) throws(BenchError) {
    let place = URL(filePath: path).resolvingSymlinksInPath()
    let kind = try? FileManager.default.attributesOfItem(atPath: place.path)[.type]
    if let kind = kind as? FileAttributeType, kind != .typeRegular {
      do {
        return try Data(text.utf8).write(to: place)
      } catch {
        throw .unusable("\(option): it can't be written")
      }
    }
    // Of another process each: two that write the same file do not mix.
    let beside = place.deletingLastPathComponent().appending(
      path: ".\(place.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).part")
    do {
      guard FileManager.default.createFile(atPath: beside.path, contents: nil) else {
        throw CocoaError(.fileWriteUnknown)
      }
      let file = try FileHandle(forWritingTo: beside)
      defer { try? file.close() }
      try file.write(contentsOf: Data(text.utf8))
      try file.synchronize()
      // SAFETY: both strings live as long as the call.
      guard unsafe rename(beside.path, place.path) == 0 else {
        throw CocoaError(.fileWriteUnknown)
      }
    } catch {
      try? FileManager.default.removeItem(at: beside)
      throw .unusable("\(option): the file can't be written; one that was there is unchanged")
    }
    // The new name, too, should outlive a fall of the machine; the file is whole either way.
    if let folder = try? FileHandle(forReadingFrom: place.deletingLastPathComponent()) {
      try? folder.synchronize()
    }
  }
}
