// A certificate for localhost, keys.test and 127.0.0.1, signed by its own key: for tests only.
import NIOSSL

enum TestCertificate {
  static func server() throws -> TLSConfiguration {
    let certificate = try NIOSSLCertificate(bytes: Array(certificate.utf8), format: .pem)
    let key = try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)
    return .makeServerConfiguration(
      certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
  }

  /// A client that trusts this certificate alone.
  static func client() throws -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .certificates([
      try NIOSSLCertificate(bytes: Array(certificate.utf8), format: .pem)
    ])
    return configuration
  }

  private static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBbzCCARagAwIBAgIBATAKBggqhkjOPQQDAjATMREwDwYDVQQDDAhqb3QgdGVz
    dDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowEzERMA8GA1UEAwwI
    am90IHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASLhgfmeypHXwpDhqPl
    6uehfYR0mX4v1rtZz40QzUp91SwxkANIXiurs/P5qaSpJ0qw10J/mAffQD/R6ZVj
    gyHco1kwVzAlBgNVHREEHjAcgglsb2NhbGhvc3SCCWtleXMudGVzdIcEfwAAATAP
    BgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBSmO7H1ehFcXhCSj5Z5gUny6byR8DAK
    BggqhkjOPQQDAgNHADBEAiBgxCbrnhaTGKayf9NwIr4rgHYifoZlclURAqG9WIYL
    awIgDumkiO5dW6BkpBFcR5lSeQJhcKmRTBJMkQmvt68hrds=
    -----END CERTIFICATE-----
    """

  private static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLU6OIbb0ftyPm3Uo
    EgzQh3iww46U4sdlh1NUdgT+9lehRANCAASLhgfmeypHXwpDhqPl6uehfYR0mX4v
    1rtZz40QzUp91SwxkANIXiurs/P5qaSpJ0qw10J/mAffQD/R6ZVjgyHc
    -----END PRIVATE KEY-----
    """
}
