// What computes hashes, MACs and RSA: Jot's own code, or OpenSSL's providers alone.
internal import CJotKernels

/// The cryptographic primitives, which a validated module may have to compute (FIPS 140-3).
package enum Primitives {
  /// Whether every primitive is left to OpenSSL's providers: `JOT_KERNELS=openssl`, or
  /// `leaveToOpenSSL`. No kernel is then available, for other work either.
  package static var areLeftToOpenSSL: Bool {
    @_noAllocation @inline(__always) get { jot_kernels() & UInt32(JOT_OPENSSL) != 0 }
  }

  /// Leaves every primitive to OpenSSL's providers; false if a key was made before.
  package static func leaveToOpenSSL() -> Bool { jot_leave_to_openssl() == 1 }

  /// Settles, before a key is made, whether it is made for OpenSSL's providers.
  package static func areSettledForOpenSSL() -> Bool { jot_settle() == 1 }
}
