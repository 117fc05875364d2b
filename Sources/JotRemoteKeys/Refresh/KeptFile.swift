// Fence: the last set in a file, for a start while the provider is down.
#if Server
  import Foundation
  internal import Jot

  /// A file with a provider's last set.
  struct KeptFile: Sendable {
    /// What the file says.
    struct Content: Equatable, Sendable {
      /// The URL or the issuer that the set was asked of.
      var source: String
      /// The URL that it came from.
      var url: String
      var entityTag: String?
      /// Seconds since 1970, when the request was sent.
      var fetched: Int64
      /// Seconds for which the set was fresh.
      var lifetime: Int64
      /// The JWK set.
      var text: String
    }

    private static let format = "jot-remote-keys/1"

    let path: String
    /// The most bytes in a set.
    let bodyLimit: Int

    /// Reads the file; nil if there is none.
    ///
    /// Whoever can write the file could add a key, so it must be a regular file that belongs to this
    /// process's user or to root and that no other user can write. The keys are checked when a set is
    /// made of the text, as if they were fetched.
    ///
    /// - Throws: `fileInvalid`.
    func read() throws(RemoteKeyError) -> Content? {
      // SAFETY: the calls read a NUL-terminated path, or write a whole `stat`.
      let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      if descriptor < 0, errno == ENOENT { return nil }
      guard descriptor >= 0 else { throw RemoteKeyError(.fileInvalid) }
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      var status = stat()
      guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        status.st_uid == geteuid() || status.st_uid == 0, status.st_mode & 0o022 == 0
      else { throw RemoteKeyError(.fileInvalid) }
      // JSON may need six characters for a byte.
      let limit = 6 * bodyLimit + 8192
      guard let data = try? handle.read(upToCount: limit + 1), data.count <= limit,
        let text = String(validating: data, as: UTF8.self), let object = try? JSON(object: text),
        object["format"]?.string == Self.format, let source = object["source"]?.string,
        let url = object["url"]?.string, let fetched = object["fetched"]?.integer,
        let lifetime = object["lifetime"]?.integer, let keys = object["jwks"]?.string,
        lifetime >= 0, lifetime <= 1 << 40, fetched >= 0, fetched <= 1 << 40,
        keys.utf8.count <= bodyLimit
      else { throw RemoteKeyError(.fileInvalid) }
      return Content(
        source: source, url: url, entityTag: object["etag"]?.string, fetched: fetched,
        lifetime: lifetime, text: keys)
    }

    /// Replaces the file: the content is written beside it, and renamed when it is on the disk.
    ///
    /// - Throws: `fileInvalid`; the old file then stays.
    func write(_ content: Content) throws(RemoteKeyError) {
      let object: JSON = [
        "format": .string(Self.format), "source": .string(content.source),
        "url": .string(content.url), "etag": content.entityTag.map { .string($0) } ?? .null,
        "fetched": .integer(content.fetched), "lifetime": .integer(content.lifetime),
        "jwks": .string(content.text),
      ]
      let beside = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max))"
      // SAFETY: the calls read NUL-terminated paths.
      let descriptor = unsafe open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw RemoteKeyError(.fileInvalid) }
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      do {
        try handle.write(contentsOf: Data(object.text.utf8))
        try handle.synchronize()
        try handle.close()
        guard unsafe rename(beside, path) == 0 else { throw RemoteKeyError(.fileInvalid) }
      } catch {
        _ = unsafe unlink(beside)
        throw RemoteKeyError(.fileInvalid)
      }
    }
  }
#endif
