// Fence: the addresses of a host, by the system's resolver.
#if Server
  import Dispatch
  import Foundation

  enum HostResolver {
    /// The most addresses that are used.
    static let limit = 8

    /// Returns the addresses of `host` in the system's order (RFC 6724).
    ///
    /// The system's resolver can't be cancelled, so it runs on a thread of Dispatch; a caller that
    /// stops waiting leaves it there until its own time-out.
    static func addresses(of host: String) async throws(RemoteKeyError) -> [IPAddress] {
      if let address = IPAddress(host) { return [address] }
      let addresses = await withCheckedContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(returning: resolve(host)) }
      }
      guard !addresses.isEmpty else { throw RemoteKeyError(.unreachable, host) }
      return addresses
    }

    private static func resolve(_ host: String) -> [IPAddress] {
      var hints = unsafe addrinfo()
      // Only a socket type, so that each address is listed once. Linux has it as an enumeration.
      #if canImport(Glibc)
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      #else
        unsafe hints.ai_socktype = SOCK_STREAM
      #endif
      var first: UnsafeMutablePointer<addrinfo>?
      // SAFETY: getaddrinfo reads the NUL-terminated name and the hints, and writes a list that only
      // freeaddrinfo, below, releases. Each entry's address has the length of its family, which is
      // checked against `ai_addrlen` before its bytes are copied.
      guard unsafe getaddrinfo(host, nil, &hints, &first) == 0 else { return [] }
      defer { unsafe freeaddrinfo(first) }
      var found: [IPAddress] = []
      var next = unsafe first
      while let entry = unsafe next, found.count < limit {
        let length = unsafe Int(entry.pointee.ai_addrlen)
        if let address = unsafe entry.pointee.ai_addr {
          let raw = unsafe UnsafeRawBufferPointer(start: address, count: length)
          switch unsafe entry.pointee.ai_family {
          case AF_INET where length >= 8: found.append(IPAddress(bytes: unsafe Array(raw[4..<8])))
          case AF_INET6 where length >= 24:
            found.append(IPAddress(bytes: unsafe Array(raw[8..<24])))
          default: break
          }
        }
        unsafe next = entry.pointee.ai_next
      }
      return found
    }
  }
#endif
