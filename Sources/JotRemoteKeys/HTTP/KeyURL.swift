// A URL that keys are fetched from, read strictly: what is checked is what is asked (RFC 3986).
#if Server
  /// An absolute URL with the scheme https or http, without user and fragment.
  struct KeyURL: Hashable, Sendable {
    /// Whether the scheme is https.
    let isSecure: Bool
    /// In lower case; an IPv6 address has no brackets.
    let host: String
    let port: Int
    /// Path and query; begins with a slash.
    let target: String

    private static let limit = 2048

    /// Reads an absolute URL.
    ///
    /// - Throws: `urlInvalid`, also for a user, characters that URLs don't have, and 2,048 bytes.
    init(_ text: String) throws(RemoteKeyError) {
      guard let url = Self.read(text) else { throw RemoteKeyError(.urlInvalid) }
      self = url
    }

    /// Reads the reference of a redirect: absolute, `//host/path`, `/path` or relative to the path.
    init(_ reference: String, from base: KeyURL) throws(RemoteKeyError) {
      let scheme = base.isSecure ? "https:" : "http:"
      let reference = String(reference.prefix { $0 != "#" })
      let path = base.target.prefix { $0 != "?" }
      let text =
        if reference.hasPrefix("//") {
          scheme + reference
        } else if reference.hasPrefix("/") {
          base.origin + reference
        } else if reference.hasPrefix("?") {
          base.origin + path + reference
        } else if reference.prefix(while: { !"/?#".contains($0) }).contains(":") {
          reference
        } else {
          base.origin + path[...(path.lastIndex(of: "/") ?? path.startIndex)] + reference
        }
      guard !reference.isEmpty, let url = Self.read(text) else {
        throw RemoteKeyError(.redirectInvalid, base.host)
      }
      self = url
    }

    private init(isSecure: Bool, host: String, port: Int, target: String) {
      (self.isSecure, self.host, self.port, self.target) = (isSecure, host, port, target)
    }

    private static func read(_ text: String) -> KeyURL? {
      let forbidden = Set("\"<>\\^`{|}".utf8)
      guard text.utf8.count <= limit,
        text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !forbidden.contains($0) })
      else { return nil }
      let isSecure = text.prefix(8).lowercased() == "https://"
      guard isSecure || text.prefix(7).lowercased() == "http://" else { return nil }
      let rest = text.dropFirst(isSecure ? 8 : 7)
      let authority = rest.prefix { !"/?#".contains($0) }
      let tail = rest[authority.endIndex...].prefix { $0 != "#" }
      guard let (host, port) = parts(of: authority, defaultPort: isSecure ? 443 : 80) else {
        return nil
      }
      return KeyURL(
        isSecure: isSecure, host: host, port: port,
        target: tail.hasPrefix("/") ? String(tail) : "/" + tail)
    }

    private static func parts(of authority: Substring, defaultPort: Int) -> (String, Int)? {
      var host = authority
      var port = defaultPort
      if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
        let digits = authority[authority.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.allSatisfy(\.isNumber),
          let number = Int(digits), (1...65535).contains(number)
        else { return nil }
        (host, port) = (authority[..<colon], number)
      }
      if host.hasPrefix("["), host.hasSuffix("]") {
        guard let address = IPAddress(String(host.dropFirst().dropLast())),
          address.bytes.count == 16
        else { return nil }
        return (address.description, port)
      }
      let isName = host.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
          || "-._".utf8.contains(byte)
      }
      guard !host.isEmpty, host.utf8.count <= 253, isName else { return nil }
      return (host.lowercased(), port)
    }

    /// Scheme, host and port.
    private var origin: String {
      let name = host.contains(":") ? "[\(host)]" : host
      return (isSecure ? "https" : "http") + "://" + name
        + (port == (isSecure ? 443 : 80) ? "" : ":\(port)")
    }

    /// The URL, in one spelling.
    var text: String { origin + target }

    /// The same URL with another path and query.
    func with(target: String) -> KeyURL {
      KeyURL(isSecure: isSecure, host: host, port: port, target: target)
    }

    /// Whether the host is `localhost` or a loopback address by its text.
    var isLoopback: Bool { host == "localhost" || IPAddress(host)?.isLoopback ?? false }
  }
#endif
