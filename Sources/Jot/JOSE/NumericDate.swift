// The clock that a verifier reads if it is given no other.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The time as claims have it (RFC 7519 §2).
public enum NumericDate {
  /// Returns whole seconds since 1970, without leap seconds.
  @Sendable
  public static func now() -> Int64 { Int64(time(nil)) }
}
