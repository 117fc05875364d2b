// Fence: files and standard streams by descriptor, so that memory is bounded, errors have names,
// and a closed pipe is an ordinary error.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
#if CommandLine
  import Jot
#endif

enum Streams {
  static func ignoreClosedPipes() { signal(SIGPIPE, SIG_IGN) }

  static func exit(_ status: Int32) -> Never {
    #if canImport(Glibc)
      Glibc.exit(status)
    #elseif canImport(Musl)
      Musl.exit(status)
    #else
      Darwin.exit(status)
    #endif
  }

  /// Whether `path` is a readable file.
  static func exists(_ path: some StringProtocol) -> Bool {
    // SAFETY: the text is NUL-terminated and lives as long as the call.
    unsafe access(String(path), R_OK) == 0
  }

  /// Writes a line to the standard error; ignores errors.
  ///
  /// Control characters, with which a value could forge lines, are shown as question marks.
  static func complain(_ line: String) {
    let line = line.unicodeScalars.map {
      $0.properties.generalCategory == .control ? "?" : Character($0)
    }
    _ = put(Array((String(line) + "\n").utf8), to: 2)
  }

  /// Writes all of `bytes` and returns 0, or errno.
  private static func put(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var written = 0
    while written < bytes.count {
      // SAFETY: the call reads from `written` to the end, all inside the array.
      let count = unsafe bytes.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress! + written, $0.count - written)
      }
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      written += count
    }
    return 0
  }

  /// Reads up to `bytes.count` bytes and returns the count, 0 at the end, or errno negated.
  private static func fill(_ bytes: inout [UInt8], from descriptor: Int32) -> Int {
    while true {
      // SAFETY: the call writes within the array.
      let count = unsafe bytes.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress, $0.count)
      }
      if count >= 0 { return count }
      if errno != EINTR { return -Int(errno) }
    }
  }

  #if CommandLine
    // The tool has only one thread.
    nonisolated(unsafe) private static var pending: [UInt8] = []

    /// Buffers a line for the standard output; it is written before the next input is read.
    static func print(_ line: String) {
      unsafe pending.append(contentsOf: line.utf8)
      unsafe pending.append(UInt8(ascii: "\n"))
    }

    /// Writes the buffered lines.
    static func flush() throws(Failure) {
      let bytes = unsafe pending
      unsafe pending.removeAll(keepingCapacity: true)
      let error = put(bytes, to: 1)
      if error != 0 { throw Failure("cannot write the standard output: \(name(of: error))") }
    }

    /// Returns the content of a file of at most `limit` bytes.
    ///
    /// - Parameter source: The option that named the file, for errors.
    static func content(of path: String, source: String, limit: Int) throws(Failure) -> [UInt8] {
      let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw Failure("cannot read \(source): \(name(of: errno)); pass the name of a file")
      }
      defer { close(descriptor) }
      var content: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: min(limit + 1, 65537))
      while true {
        let count = fill(&chunk, from: descriptor)
        guard count >= 0 else {
          throw Failure("cannot read \(source): \(name(of: Int32(-count)))")
        }
        if count == 0 { return content }
        content.append(contentsOf: chunk[..<count])
        guard content.count <= limit else {
          throw Failure("\(source) has more than \(limit) bytes")
        }
      }
    }

    /// Creates the file `path` with `content`, readable by its owner only. Fails if the file
    /// exists, and removes a file that could not be written completely.
    static func create(_ path: String, _ content: borrowing Secret) throws(Failure) {
      // SAFETY: the call reads a NUL-terminated path.
      let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else {
        throw Failure("cannot create --output \(shown(path)): \(name(of: errno))")
      }
      var bytes = content.withBytes { bytes in (0..<bytes.count).map { bytes[$0] } }
      defer { for index in bytes.indices { bytes[index] = 0 } }
      var error = put(bytes, to: descriptor)
      if error == 0, fsync(descriptor) != 0, errno != EINVAL { error = errno }
      if close(descriptor) != 0, error == 0 { error = errno }
      guard error == 0 else {
        // SAFETY: the call reads a NUL-terminated path.
        _ = unsafe unlink(path)
        throw Failure("cannot write --output \(shown(path)): \(name(of: error))")
      }
    }

    /// The whole standard input, at most `limit` bytes.
    static func input(limit: Int) throws(Failure) -> [UInt8] {
      var content: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = fill(&chunk, from: 0)
        guard count >= 0 else {
          throw Failure("cannot read the standard input: \(name(of: Int32(-count)))")
        }
        if count == 0 { return content }
        content.append(contentsOf: chunk[..<count])
        guard content.count <= limit else {
          throw Failure("the standard input has more than \(limit) bytes")
        }
      }
    }

    /// Calls `body` with each line of the standard input, without its LF or CR LF; with nil for a
    /// line of more than `limit` bytes, which is discarded. An input without lines is an error.
    static func eachToken(limit: Int, _ body: ([UInt8]?) throws(Failure) -> Void) throws(Failure) {
      var chunk = [UInt8](repeating: 0, count: 65536)
      var line: [UInt8] = []
      var isTooLong = false
      var isEmpty = true
      func end() throws(Failure) {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        try body(isTooLong || line.count > limit ? nil : line)
        line.removeAll(keepingCapacity: true)
        isTooLong = false
      }
      while true {
        // Write the answers to earlier lines first: the sender may wait for them.
        try flush()
        let count = fill(&chunk, from: 0)
        guard count >= 0 else {
          throw Failure("cannot read the standard input: \(name(of: Int32(-count)))")
        }
        if count == 0 { break }
        isEmpty = false
        var rest = chunk[..<count]
        while true {
          let border = rest.firstIndex(of: UInt8(ascii: "\n"))
          let part = rest[..<(border ?? rest.endIndex)]
          // One byte more may be the CR.
          isTooLong = isTooLong || line.count + part.count - 1 > limit
          if isTooLong { line.removeAll(keepingCapacity: true) } else { line += part }
          guard let border else { break }
          try end()
          rest = rest[(border + 1)...]
        }
      }
      if isTooLong || !line.isEmpty { try end() }
      if isEmpty { throw Failure("no token: the standard input is empty") }
    }

    /// The bytes of an environment variable, of any content.
    static func environment(_ name: String) -> Secret? {
      // SAFETY: the text of getenv is copied at once; nothing here changes the environment.
      guard let text = unsafe getenv(name) else { return nil }
      return unsafe text.withMemoryRebound(to: UInt8.self, capacity: strlen(text)) {
        unsafe Secret(copying: Span(_unsafeStart: $0, count: strlen(text)))
      }
    }

    private static func name(of error: Int32) -> String {
      // SAFETY: the text of strerror is copied at once, on the only thread.
      unsafe String(cString: strerror(error))
    }

    /// A file's name as errors may show it: only if the file exists or the name can't be a key.
    static func shown(_ path: String) -> String {
      // SAFETY: the call reads a NUL-terminated path.
      let exists = unsafe access(path, F_OK) == 0
      return exists || Redaction.isPlain(path) ? path : Redaction.mark
    }
  #endif
}
