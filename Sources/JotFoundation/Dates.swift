// NumericDates (RFC 7519 §2) as Foundation's dates, and errors as Foundation shows them.
public import Foundation
public import Jot

extension VerifiedClaims {
  /// `exp`: the first second in which the token is refused; nil if absent.
  public var expirationDate: Date? { expiration.map(Date.init(numericDate:)) }
  /// `nbf`: the first second in which the token is valid; nil if absent.
  public var notBeforeDate: Date? { notBefore.map(Date.init(numericDate:)) }
  /// `iat`: when the token was issued; nil if absent.
  public var issuedAtDate: Date? { issuedAt.map(Date.init(numericDate:)) }
}

extension JSON {
  /// A date as a NumericDate: whole seconds since 1970, rounded down.
  ///
  /// ```swift
  /// try signer.sign(["sub": "ada", "exp": .date(.now + 3600)])
  /// ```
  ///
  /// A date outside 64 bits becomes the nearest that fits: a token's `exp` may be that far away.
  ///
  /// - Precondition: The date is a number.
  public static func date(_ date: Date) -> JSON {
    precondition(!date.timeIntervalSince1970.isNaN, "a date that is a number")
    return .integer(date.numericDate ?? (date.timeIntervalSince1970 < 0 ? .min : .max))
  }
}

extension Date {
  /// The date of whole seconds since 1970.
  init(numericDate seconds: Int64) { self.init(timeIntervalSince1970: TimeInterval(seconds)) }

  /// Whole seconds since 1970, rounded down; nil outside 64 bits.
  var numericDate: Int64? { Int64(exactly: timeIntervalSince1970.rounded(.down)) }
}

extension JWTError: LocalizedError {
  /// The error's description, which `localizedDescription` would not show otherwise.
  public var errorDescription: String? { description }
}
