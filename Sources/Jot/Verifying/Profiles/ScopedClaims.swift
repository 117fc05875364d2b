// Scopes, whatever type has them: what a server's check of scopes asks for.

/// Claims that grant scopes (RFC 6749 §3.3): ``VerifiedClaims``, or a type that was decoded from them.
///
/// ```swift
/// struct Access: Decodable, ScopedClaims {
///   let sub: String
///   let scope: ScopeList
///   var scopes: [String] { scope.scopes }
/// }
/// ```
public protocol ScopedClaims {
  /// The granted scopes.
  var scopes: [String] { get }

  /// Returns whether `scope` is granted.
  ///
  /// - Parameter scope: One scope, compared as bytes.
  func hasScope(_ scope: String) -> Bool
}

extension ScopedClaims {
  /// Returns whether `scope` is one of ``scopes``, compared as bytes.
  ///
  /// A text that is no scope, such as an empty one or two with a space between, is never granted.
  public func hasScope(_ scope: String) -> Bool {
    ScopeList.isScope(scope) && scopes.contains { $0.utf8.elementsEqual(scope.utf8) }
  }

  /// Returns whether all of `scopes` are granted; true for none.
  public func hasScopes(_ scopes: some Sequence<String>) -> Bool { scopes.allSatisfy(hasScope) }
}
