// The single version of everything in this repository, the OpenSSL that it runs with, and what is
// left to it.

/// This library: its version, the OpenSSL that it runs with, and what is left to OpenSSL.
public enum JotLibrary {
  /// The version of Jot (Semantic Versioning).
  public static let version = "0.2.0-dev"

  /// Jot's version, and OpenSSL's: the one built against and the one running.
  ///
  /// Example: `0.2.0 (OpenSSL 3.0.19 built, 3.0.19 running)`.
  public static var versionDescription: String {
    "\(version) (OpenSSL \(OpenSSLVersion.built) built, \(OpenSSLVersion.running) running)"
  }

  /// Whether OpenSSL's providers compute every hash, MAC and signature: with `JOT_KERNELS=openssl`
  /// in the environment, or after ``leavePrimitivesToOpenSSL()``.
  ///
  /// Otherwise Jot's own code and OpenSSL's low-level functions compute HMAC, hashes and the RSA
  /// public operation; the article Security has the list.
  public static var leavesPrimitivesToOpenSSL: Bool { Primitives.areLeftToOpenSSL }

  /// Leaves every hash, MAC and signature to OpenSSL's providers, such as its FIPS provider.
  ///
  /// Call it once, before the first key is made and before other threads use Jot: keys are made for
  /// what computes with them. It can't be undone. Every use becomes slower, and allocates.
  ///
  /// - Returns: False if a key was made before; then nothing has changed.
  public static func leavePrimitivesToOpenSSL() -> Bool { Primitives.leaveToOpenSSL() }
}
