// Fence: whether a certificate is for a name (RFC 9525 §6.3), by OpenSSL.
#if Server
  internal import COpenSSL

  enum CertificateName {
    /// Whether the certificate has the DNS name `host` among its alternative names, perhaps by a
    /// wildcard for the whole first label. Other names, addresses among them, don't count.
    ///
    /// swift-nio-ssl accepts a certificate for the name or for the address: so whoever can redirect a
    /// name to a machine with a certificate for its address would be taken for the name's owner.
    static func matches(_ der: [UInt8], host: String) -> Bool {
      var host = host
      // SAFETY: d2i_X509 reads the bytes up to their count and moves only the local pointer; the
      // certificate that it returns is this function's, freed once. X509_check_host reads the name up
      // to its length.
      return unsafe der.withUnsafeBufferPointer { bytes in
        var next = bytes.baseAddress
        guard let certificate = unsafe d2i_X509(nil, &next, bytes.count) else {
          ERR_clear_error()
          return false
        }
        defer { unsafe X509_free(certificate) }
        return host.withUTF8 { name in
          unsafe name.withMemoryRebound(to: CChar.self) { name in
            unsafe X509_check_host(certificate, name.baseAddress, name.count, flags, nil) == 1
          }
        }
      }
    }

    /// Names of the subject don't count, nor wildcards for a part of a label.
    private static let flags = UInt32(
      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
  }
#endif
