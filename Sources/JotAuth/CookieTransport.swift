// A token in a cookie (RFC 6265), set and read byte for byte as Starlette does.

/// The field `Cookie`, and `Set-Cookie` back.
public struct CookieTransport: Transport {
  /// What a browser sends the cookie along with.
  public enum SameSite: String, Sendable { case lax, strict, none }

  private let name: String
  // Everything behind the value, but for Max-Age.
  private let maximumAge: Int?
  private let domain: String?
  private let path: String
  private let isSecure: Bool
  private let isHTTPOnly: Bool
  private let sameSite: SameSite

  /// - Parameters:
  ///   - name: A token of RFC 6265 §4.1.1.
  ///   - maximumAge: Seconds for which a browser keeps it; nil: until it is closed. It does not
  ///     change how long the token in it is valid.
  ///   - path: Where it is sent to; no `;` and no control character.
  ///   - domain: As the path; nil: the host alone.
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

  public func loginResponse(_ token: String) -> Response {
    response(Self.quoted(token), maximumAge)
  }

  /// Tells the client to forget the cookie; the token in it stays valid.
  public func logoutResponse() -> Response? { response("\"\"", 0) }

  /// Returns the cookie's value. Of two cookies of one name the last counts, as for Starlette.
  ///
  /// Complexity: O(n).
  public func token(in headers: [HeaderField]) throws(CredentialsError) -> String {
    var found: String?
    for field in headers where field.isNamed("cookie") {
      for part in field.value.utf8.split(separator: UInt8(ascii: ";")) {
        let border = part.firstIndex(of: UInt8(ascii: "=")) ?? part.startIndex
        let key = Self.trimmed(part[..<border])
        guard key.elementsEqual(name.utf8), border > part.startIndex else { continue }
        found = Self.unquoted(Self.trimmed(part[part.index(after: border)...]))
      }
    }
    guard let found, !found.isEmpty else { throw .missing }
    return found
  }

  private func response(_ value: String, _ maximumAge: Int?) -> Response {
    // Starlette's order, which is the alphabet's.
    let attributes = [
      domain.map { "Domain=\($0)" }, isHTTPOnly ? "HttpOnly" : nil,
      maximumAge.map { "Max-Age=\($0)" }, path.isEmpty ? nil : "Path=\(path)",
      "SameSite=\(sameSite.rawValue)", isSecure ? "Secure" : nil,
    ]
    let text = (["\(name)=\(value)"] + attributes.compactMap { $0 }).joined(separator: "; ")
    return Response(status: 204, headers: [HeaderField("set-cookie", text)])
  }

  /// Characters that stand in a cookie unquoted, as Python's http.cookies has it.
  private static func isLegal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~:".utf8.contains(byte)
    }
  }

  private static func quoted(_ value: String) -> String {
    if !value.isEmpty, value.utf8.allSatisfy(isLegal) { return value }
    var text = "\""
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(Unicode.Scalar(byte))
      case 0x20..<0x7f where byte != UInt8(ascii: ",") && byte != UInt8(ascii: ";"):
        text += String(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 8)
        text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
      }
    }
    return text + "\""
  }

  /// The value without the quotes around it, its escapes resolved.
  private static func unquoted(_ value: Substring.UTF8View) -> String {
    guard value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"")
    else { return String(decoding: value, as: UTF8.self) }
    let inner = Array(value.dropFirst().dropLast())
    var bytes: [UInt8] = []
    var at = 0
    while at < inner.count {
      guard inner[at] == UInt8(ascii: "\\"), at + 1 < inner.count else {
        bytes.append(inner[at])
        at += 1
        continue
      }
      let digits = inner[at + 1..<min(at + 4, inner.count)]
      if digits.count == 3, let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
        bytes.append(byte)
        at += 4
      } else {
        bytes.append(inner[at + 1])
        at += 2
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
    var text = text
    while let first = text.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
    while let last = text.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
    return text
  }
}

/// Why a transport can't be made.
public enum TransportError: Error, Equatable, Sendable, CustomStringConvertible {
  case cookieNameInvalid
  case cookieAttributeInvalid

  public var description: String {
    switch self {
    case .cookieNameInvalid:
      "the cookie's name is empty or has other characters than letters, digits and !#$%&'*+-.^_`|~:"
    case .cookieAttributeInvalid:
      "the cookie's path or domain has a semicolon, a control character or one outside ASCII"
    }
  }
}
