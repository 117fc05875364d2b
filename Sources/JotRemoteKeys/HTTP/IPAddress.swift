// An IP address as bytes, and whether the public internet routes it (RFC 6890).
#if Server
  /// An IPv4 or IPv6 address.
  struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes, in network order.
    let bytes: [UInt8]

    /// - Precondition: `bytes` has 4 or 16 elements.
    init(bytes: [UInt8]) {
      precondition(bytes.count == 4 || bytes.count == 16, "an address has 4 or 16 bytes")
      self.bytes = bytes
    }

    /// Reads `1.2.3.4` with four decimal parts, or the text of RFC 4291 §2.2 without a zone.
    init?(_ text: String) {
      guard let bytes = text.contains(":") ? Self.six(text) : Self.four(text) else { return nil }
      self.bytes = bytes
    }

    private static func four(_ text: some StringProtocol) -> [UInt8]? {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      let bytes = parts.compactMap { part in
        part.utf8.count <= 3 && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
          ? UInt8(part) : nil
      }
      return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    private static func six(_ text: String) -> [UInt8]? {
      let halves = text.split(separator: "::", omittingEmptySubsequences: false)
      guard halves.count <= 2 else { return nil }
      var groups: [[UInt8]] = []
      for half in halves {
        var bytes: [UInt8] = []
        let parts = half.isEmpty ? [] : half.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
          if index == parts.count - 1, half.endIndex == text.endIndex, part.contains(".") {
            guard let tail = four(part) else { return nil }
            bytes += tail
          } else {
            guard (1...4).contains(part.utf8.count), part.first != "+", part.first != "-",
              let group = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(group >> 8), UInt8(group & 255)]
          }
        }
        groups.append(bytes)
      }
      let count = groups.reduce(0) { $0 + $1.count }
      if groups.count == 1 { return count == 16 ? groups[0] : nil }
      guard count <= 14 else { return nil }
      return groups[0] + [UInt8](repeating: 0, count: 16 - count) + groups[1]
    }

    /// The address in a form that every resolver reads as this address.
    var description: String {
      if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
      return stride(from: 0, to: 16, by: 2).map { index in
        String(Int(bytes[index]) << 8 | Int(bytes[index + 1]), radix: 16)
      }.joined(separator: ":")
    }

    /// The IPv4 address in an IPv6 one: mapped, compatible, NAT64 or 6to4.
    private var embedded: IPAddress? {
      guard bytes.count == 16 else { return nil }
      let isMapped =
        bytes[..<10].allSatisfy { $0 == 0 }
        && (bytes[10..<12] == [255, 255] || bytes[10..<12] == [0, 0] && bytes[12] != 0)
      let isNAT64 =
        bytes[..<4] == [0, 0x64, 0xff, 0x9b] && bytes[4..<12].allSatisfy { $0 == 0 }
      if isMapped || isNAT64 { return IPAddress(bytes: Array(bytes[12...])) }
      if bytes[..<2] == [0x20, 0x02] { return IPAddress(bytes: Array(bytes[2..<6])) }
      return nil
    }

    /// Whether this is the machine itself: 127.0.0.0/8 or ::1.
    var isLoopback: Bool {
      if bytes.count == 4 { return bytes[0] == 127 }
      if bytes[..<15].allSatisfy({ $0 == 0 }), bytes[15] == 1 { return true }
      return bytes[..<12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255] && bytes[12] == 127
    }

    /// Whether the address is of a public host: not loopback, link-local, private, multicast or
    /// reserved.
    var isPublic: Bool {
      if let embedded { return embedded.isPublic }
      if bytes.count == 4 {
        let second = bytes[1]
        return switch bytes[0] {
        case 0, 10, 127, 224...255: false
        case 100: !(64...127).contains(second)
        case 169: second != 254
        case 172: !(16...31).contains(second)
        case 192: second != 168 && !(second == 0 && (bytes[2] == 0 || bytes[2] == 2))
        case 198: !(18...19).contains(second) && !(second == 51 && bytes[2] == 100)
        case 203: !(second == 0 && bytes[2] == 113)
        default: true
        }
      }
      // 2000::/3 is all that is routed; of it 2001::/23 is special (Teredo, ORCHID), and 2001:db8::/32
      // and 3fff::/20 are documentation.
      guard bytes[0] & 0xe0 == 0x20 else { return false }
      if bytes[0] == 0x20, bytes[1] == 1 {
        return bytes[2] >= 2 && !(bytes[2] == 0x0d && bytes[3] == 0xb8)
      }
      return !(bytes[0] == 0x3f && bytes[1] == 0xff && bytes[2] < 0x10)
    }
  }
#endif
