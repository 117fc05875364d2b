// Fence: writes keys as PEM (RFC 7468).
internal import CJotKernels
internal import COpenSSL

extension KeyHandle {
  /// The private key in PKCS#8, as PEM; nil as `pkcs8` is.
  var privatePEM: Secret? {
    guard let der = pkcs8 else { return nil }
    return der.withBytes { Self.pem("PRIVATE KEY", $0) }
  }

  /// The public key as PEM (SPKI); nil if OpenSSL fails.
  var publicPEM: String? {
    if let pss {
      return publicKeyInfo(pss)?.withBytes { der in
        Self.pem("PUBLIC KEY", der).withBytes { $0.ascii(0..<$0.count) }
      }
    }
    // SAFETY: i2d allocates a block for us, freed here; it holds public numbers only.
    var block: UnsafeMutablePointer<UInt8>?
    let ticket = jot_enter()
    let count = unsafe i2d_PUBKEY(key, &block)
    jot_leave(ticket)
    defer { unsafe CRYPTO_free(block, "", 0) }
    guard count > 0, let start = unsafe block else {
      ERR_clear_error()
      return nil
    }
    let pem = Self.pem("PUBLIC KEY", unsafe Span(_unsafeStart: start, count: Int(count)))
    return pem.withBytes { $0.ascii(0..<$0.count) }
  }

  /// Writes DER as PEM, 64 characters a line.
  private static func pem(_ label: String, _ der: Span<UInt8>) -> Secret {
    // Three bytes are four characters, so a line has 48 bytes.
    var text: [UInt8] = []
    text.reserveCapacity(2 * der.count + 128)
    defer { wipe(&text) }
    text += Array("-----BEGIN \(label)-----\n".utf8)
    var line = [UInt8](repeating: 0, count: 68)
    defer { wipe(&line) }
    for start in stride(from: 0, to: der.count, by: 48) {
      let range = start..<min(start + 48, der.count)
      // SAFETY: EVP_EncodeBlock reads the range, which lies inside, and writes 64 characters and NUL.
      let count = unsafe der.withUnsafeBufferPointer { der in
        unsafe line.withUnsafeMutableBufferPointer {
          unsafe EVP_EncodeBlock(
            $0.baseAddress, der.baseAddress! + range.lowerBound, Int32(range.count))
        }
      }
      text += line[..<Int(count)]
      text.append(UInt8(ascii: "\n"))
    }
    text += Array("-----END \(label)-----\n".utf8)
    return Secret(copying: text.span)
  }
}
