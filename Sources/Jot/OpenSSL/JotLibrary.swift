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

  /// The most bytes that the tables of public keys may take in this process: 32 MiB if not set.
  ///
  /// A key on P-256, P-384, P-521, secp256k1 or an Ed25519 key gets a table of its multiples after
  /// eight valid signatures; then a verification takes a thirtieth to a fifth of the time, and
  /// allocates nothing. A table takes 86 KiB to 240 KiB; if there is no room for another one, it
  /// replaces the least recently used, unless all are in use. 0 means no tables. A lower limit takes
  /// tables away at once. One that a thread is using is freed later: when a table is made, the limit
  /// is set or the bytes are asked for; until then it counts.
  public static var keyTableLimit: Int {
    get { KeyTables.shared.limit }
    set { KeyTables.shared.limit = newValue }
  }

  /// The bytes that the tables of public keys take now.
  public static var keyTableBytes: Int { KeyTables.shared.usage.bytes }
}
