// Fence: whether a path is a folder.
import Foundation

/// What a path leads to.
public enum PathKind: Sendable {
  case nothing, folder
  /// A file of any kind, a device too.
  case file

  public init(_ path: String) {
    var isFolder: ObjCBool = false
    // SAFETY: the call writes the one flag.
    let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    self = !exists ? .nothing : isFolder.boolValue ? .folder : .file
  }
}
