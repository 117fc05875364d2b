// A token in a cookie (RFC 6265), written and read byte for byte as Starlette does.

extension FastAPIUsers {
  /// Carries tokens in the fields `Cookie` and `Set-Cookie`.
  public struct CookieTransport: Transport {
    /// With which requests a browser sends the cookie.
    public enum SameSite: String, Sendable {
      /// With requests of the site itself, and when a link leads to it.
      case lax
      /// With requests of the site itself only.
      case strict
      /// With every request; browsers then require a secure cookie.
      case none
    }

    private let name: String
    // Everything behind the value, except Max-Age.
    private let maximumAge: Int?
    private let domain: String?
    private let path: String
    private let isSecure: Bool
    private let isHTTPOnly: Bool
    private let sameSite: SameSite

    /// Makes a transport.
    ///
    /// - Parameters:
    ///   - name: A token of RFC 6265 §4.1.1.
    ///   - maximumAge: Seconds for which a browser keeps it; nil: until the browser is closed. Does
    ///     not change the lifetime of the token in it.
    ///   - path: The path to which it is sent; no `;` and no control character.
    ///   - domain: The same rules as for the path; nil: only the host.
    ///   - isSecure: Whether a browser sends the cookie over HTTPS only.
    ///   - isHTTPOnly: Whether the cookie is hidden from the page's scripts.
    ///   - sameSite: With which requests a browser sends the cookie.
    /// - Throws: ``TransportError``: Python would throw at the first login.
    public init(
      name: String = "fastapiusersauth", maximumAge: Int? = nil, path: String = "/",
      domain: String? = nil, isSecure: Bool = true, isHTTPOnly: Bool = true,
      sameSite: SameSite = .lax
    ) throws(TransportError) {
      guard !name.isEmpty, name.utf8.allSatisfy(Self.isLegal) else { throw .cookieNameInvalid }
      for text in [path, domain ?? ""] {
        guard text.utf8.allSatisfy({ 0x20..<0x7f ~= $0 && $0 != UInt8(ascii: ";") }) else {
          throw .cookieAttributeInvalid
        }
      }
      (self.name, self.maximumAge, self.path, self.domain) = (name, maximumAge, path, domain)
      (self.isSecure, self.isHTTPOnly, self.sameSite) = (isSecure, isHTTPOnly, sameSite)
    }

    /// Returns the response to a login: 204, with the token in `set-cookie`.
    public func loginResponse(_ token: String) -> Response {
      response(Self.quoted(token), maximumAge)
    }

    /// Tells the client to delete the cookie; the token in it stays valid.
    public func logoutResponse() -> Response? { response("\"\"", 0) }

    /// Returns the cookie's value. Of two cookies with one name the last is used, as in Starlette.
    ///
    /// Complexity: O(n).
    public func token(in headers: [HeaderField]) throws(CredentialsError) -> String {
      var found: String?
      for field in headers where field.isNamed("cookie") {
        for part in field.value.unicodeScalars.split(separator: ";") {
          let border = part.firstIndex(of: "=") ?? part.startIndex
          let key = Self.trimmed(part[..<border])
          guard key.elementsEqual(name.unicodeScalars), border > part.startIndex else { continue }
          found = Self.unquoted(Self.trimmed(part[part.index(after: border)...]))
        }
      }
      guard let found, !found.isEmpty else { throw .missing }
      return found
    }

    private func response(_ value: String, _ maximumAge: Int?) -> Response {
      // Starlette's order, which is alphabetical.
      let attributes = [
        domain.map { "Domain=\($0)" }, isHTTPOnly ? "HttpOnly" : nil,
        maximumAge.map { "Max-Age=\($0)" }, path.isEmpty ? nil : "Path=\(path)",
        "SameSite=\(sameSite.rawValue)", isSecure ? "Secure" : nil,
      ]
      let text = (["\(name)=\(value)"] + attributes.compactMap { $0 }).joined(separator: "; ")
      return Response(status: 204, headers: [HeaderField("set-cookie", text)])
    }

    /// Characters that need no quotes in a cookie, as in Python's http.cookies.
    private static func isLegal(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "!#$%&'*+-.^_`|~:".utf8.contains(byte)
      }
    }

    /// The value as Python's `http.cookies._quote` writes it.
    ///
    /// Its characters are Latin-1; others stay unchanged, where Starlette would throw.
    private static func quoted(_ value: String) -> String {
      if !value.isEmpty, value.utf8.allSatisfy(isLegal) { return value }
      var text = "\""
      for scalar in value.unicodeScalars {
        switch scalar {
        case "\"", "\\": text += "\\\(scalar)"
        case "\0"..<" ", ",", ";", "\u{7f}"..."\u{ff}":
          let digits = String(scalar.value, radix: 8)
          text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        default: text.unicodeScalars.append(scalar)
        }
      }
      return text + "\""
    }

    /// The value as Python's `http.cookies._unquote` reads it: removes the quotes, and replaces an
    /// escape, `\\(?:([0-3][0-7][0-7])|(.))`, by its Latin-1 character or by the escaped one.
    private static func unquoted(_ value: Substring.UnicodeScalarView) -> String {
      guard value.count >= 2, value.first == "\"", value.last == "\"" else {
        return String(Substring(value))
      }
      let inner = Array(value.dropFirst().dropLast())
      var text = String.UnicodeScalarView()
      var offset = 0
      while offset < inner.count {
        // `.` matches any character except a line feed.
        guard inner[offset] == "\\", offset + 1 < inner.count, inner[offset + 1] != "\n" else {
          text.append(inner[offset])
          offset += 1
          continue
        }
        if let character = octal(inner[(offset + 1)..<min(offset + 4, inner.count)]) {
          text.append(character)
          offset += 4
        } else {
          text.append(inner[offset + 1])
          offset += 2
        }
      }
      return String(text)
    }

    /// The character of three octal digits; nil for anything else.
    private static func octal(_ digits: ArraySlice<Unicode.Scalar>) -> Unicode.Scalar? {
      guard digits.count == 3, digits.allSatisfy({ "0"..."7" ~= $0 }) else { return nil }
      let value = digits.reduce(0) { $0 << 3 | ($1.value & 7) }
      return value <= 0xff ? Unicode.Scalar(UInt8(value)) : nil
    }

    /// The text without what Python's `str.strip` removes of ASCII. Starlette reads a field as
    /// Latin-1, where other white space in UTF-8 begins with a letter: it is a part of the name.
    private static func trimmed(
      _ text: Substring.UnicodeScalarView
    ) -> Substring.UnicodeScalarView {
      var text = text
      func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && PythonInteger.isSpace(scalar)
      }
      while let first = text.first, isSpace(first) { text = text.dropFirst() }
      while let last = text.last, isSpace(last) { text = text.dropLast() }
      return text
    }
  }

  /// Why a transport can't be made.
  public enum TransportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The cookie's name is empty or has characters that RFC 6265 forbids.
    case cookieNameInvalid
    /// The path or the domain has a semicolon, a control character or one outside ASCII.
    case cookieAttributeInvalid

    /// What is wrong.
    public var description: String {
      switch self {
      case .cookieNameInvalid:
        "the cookie's name is empty or has characters other than letters, digits and !#$%&'*+-.^_`|~:"
      case .cookieAttributeInvalid:
        "the cookie's path or domain has a semicolon, a control character or one outside ASCII"
      }
    }
  }
}
