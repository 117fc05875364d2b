// Where in the claims a value is. Names of claims may hold dots and slashes, so no separator of its
// own divides a text into names.

/// The place of a value in a token's claims: the name of a claim, or of members inside objects.
///
/// ```swift
/// claims.roles(in: "roles")
/// claims.roles(in: ["realm_access", "roles"])           // Keycloak
/// claims.roles(in: "https://example.com/roles")         // Auth0: one name
/// claims.roles(in: ClaimPath(pointer: "/realm_access/roles")!)
/// ```
///
/// A text is always one name, never divided: `"realm_access.roles"` is a claim with a dot in its
/// name. A configuration file, where all is text, can use a JSON Pointer.
public struct ClaimPath: Sendable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
  /// The names, from the claim inwards.
  public let names: [String]

  /// Makes the path of the claim `name`.
  public init(_ name: String) { names = [name] }

  /// Makes a path of `names`, from the claim inwards; an empty one leads to nothing.
  public init(_ names: [String]) { self.names = names }

  /// Makes the path of one claim, dots and slashes included.
  public init(stringLiteral name: String) { self.init(name) }

  /// Makes a path of names, from the claim inwards.
  public init(arrayLiteral names: String...) { self.init(names) }

  /// Reads a JSON Pointer (RFC 6901): each name after a slash, with `~1` for a slash and `~0` for
  /// a tilde inside. Returns nil for any other text, and for the empty pointer.
  ///
  /// Names lead through objects only: no number is an index of an array.
  public init?(pointer text: String) {
    guard text.utf8.first == UInt8(ascii: "/") else { return nil }
    var names: [String] = []
    let slash = UInt8(ascii: "/")
    for part in text.utf8.dropFirst().split(separator: slash, omittingEmptySubsequences: false) {
      var name: [UInt8] = []
      var isEscaped = false
      for byte in part {
        switch (isEscaped, byte) {
        case (false, UInt8(ascii: "~")): isEscaped = true
        case (false, _): name.append(byte)
        case (true, UInt8(ascii: "0")), (true, UInt8(ascii: "1")):
          name.append(byte == UInt8(ascii: "0") ? UInt8(ascii: "~") : slash)
          isEscaped = false
        default: return nil
        }
      }
      guard !isEscaped else { return nil }
      names.append(String(decoding: name, as: UTF8.self))
    }
    self.names = names
  }
}
