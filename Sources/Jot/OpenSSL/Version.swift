// The single version of everything in this repository.

/// The version of Jot.
public let version = "0.1.0"

/// Jot's version, and OpenSSL's: the one built against and the one running.
///
/// Example: `0.1.0 (OpenSSL 3.0.19 built, 3.0.19 running)`.
public var versionDescription: String {
  "\(version) (OpenSSL \(OpenSSLVersion.built) built, \(OpenSSLVersion.running) running)"
}
