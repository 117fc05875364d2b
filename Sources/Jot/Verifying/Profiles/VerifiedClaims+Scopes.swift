// What a verified token's subject may do: scopes (RFC 8693 §4.2) and roles (RFC 9068 §2.2.3.1).

extension VerifiedClaims: ScopedClaims {
  /// The scopes of the claim `scope`, or, in a token without one, of `scp`; empty if it has neither.
  ///
  /// Either claim is a string of scopes with spaces between (RFC 8693 §4.2; Entra's `scp`), or an
  /// array of strings, each a scope (Okta's `scp`). A value of any other type, an array with
  /// another element included, grants nothing. Nor does what is no scope by RFC 6749 §3.3, such as
  /// one with a control character. If the token has `scope`, that alone counts, even if it is null
  /// or of a wrong type.
  ///
  /// - Complexity: O(n), each time; ``hasScope(_:)`` allocates nothing.
  public var scopes: [String] {
    switch self["scope"] ?? self["scp"] {
    case .string(let text): ScopeList(text: text).scopes
    case .array(let elements):
      Self.strings(elements).map { ScopeList($0).scopes } ?? []
    default: []
    }
  }

  /// Returns whether the token grants `scope`: whether it is one of ``scopes``, compared as bytes.
  ///
  /// - Parameter scope: One scope; what is no scope, such as an empty text, is never granted.
  /// - Complexity: O(n); no allocation.
  public func hasScope(_ scope: String) -> Bool {
    var scope = scope
    scope.makeContiguousUTF8()
    let bytes = scope.utf8.span
    var isGranted = false
    payload.span.withScratch { isGranted = index.hasScope(bytes, in: $0) }
    return isGranted
  }

  /// The roles, groups or other names at `path`: one string, or an array of strings.
  ///
  /// Empty if there is nothing at `path`, or a value of another type; an array with an element of
  /// another type grants nothing either. A string is one role, spaces included. Empty strings are
  /// left out.
  ///
  /// - Parameter path: `"roles"`, `"groups"`, `["realm_access", "roles"]`: see ``ClaimPath``.
  /// - Complexity: O(n), each time; ``hasRole(_:in:)`` allocates nothing.
  public func roles(in path: ClaimPath) -> [String] {
    var value = path.names.first.flatMap { self[$0] }
    for name in path.names.dropFirst() { value = value?[name] }
    let roles: [String] =
      switch value {
      case .string(let role): [role]
      case .array(let elements): Self.strings(elements) ?? []
      default: []
      }
    return roles.filter { !$0.isEmpty }
  }

  /// Returns whether `role` is one of the ``roles(in:)`` at `path`, compared as bytes.
  ///
  /// - Parameters:
  ///   - role: One role; an empty one is never held.
  ///   - path: `"roles"`, `"groups"`, `["realm_access", "roles"]`: see ``ClaimPath``.
  /// - Complexity: O(n) for each name of the path; no allocation.
  public func hasRole(_ role: String, in path: ClaimPath) -> Bool {
    var role = role
    role.makeContiguousUTF8()
    let bytes = role.utf8.span
    let value = value(at: path)
    var isHeld = false
    payload.span.withScratch { isHeld = index.hasRole(bytes, of: value, in: $0) }
    return isHeld
  }

  /// The location of the value at `path`.
  private func value(at path: ClaimPath) -> JSONValue? {
    var value: JSONValue?
    // Not over `enumerated()`, which allocates in a debug build.
    for depth in 0..<path.names.count {
      var name = path.names[depth]
      name.makeContiguousUTF8()
      let bytes = name.utf8.span
      let object = value
      payload.span.withScratch {
        value =
          depth == 0
          ? index.value(of: bytes, in: $0) : index.value(of: bytes, inside: object, in: $0)
      }
    }
    return value
  }

  private static func strings(_ elements: [JSON]) -> [String]? {
    let strings = elements.compactMap { $0.string }
    return strings.count == elements.count ? strings : nil
  }
}
