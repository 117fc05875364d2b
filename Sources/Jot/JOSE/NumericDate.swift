// The default clock of a verifier.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Time as claims represent it (RFC 7519 §2).
public enum NumericDate {
  /// Returns whole seconds since 1970, without leap seconds.
  @Sendable
  public static func now() -> Int64 { Int64(time(nil)) }
}
