// The single version of everything in this repository, and the OpenSSL that it runs with.

/// This library: its version, and the OpenSSL that it runs with.
public enum JotLibrary {
  /// The version of Jot (Semantic Versioning).
  public static let version = "0.2.0-dev"

  /// Jot's version, and OpenSSL's: the one built against and the one running.
  ///
  /// Example: `0.2.0 (OpenSSL 3.0.19 built, 3.0.19 running)`.
  public static var versionDescription: String {
    "\(version) (OpenSSL \(OpenSSLVersion.built) built, \(OpenSSLVersion.running) running)"
  }
}
