// The single version of everything in this repository, and the OpenSSL that it runs with.

/// Jot's version.
public enum JotVersion {
  /// The version of Jot (Semantic Versioning).
  public static let number = "0.2.0-dev"

  /// Jot's version, and OpenSSL's: the one built against and the one running.
  ///
  /// Example: `0.2.0 (OpenSSL 3.0.19 built, 3.0.19 running)`.
  public static var description: String {
    "\(number) (OpenSSL \(OpenSSLVersion.built) built, \(OpenSSLVersion.running) running)"
  }
}
