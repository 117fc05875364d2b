// FastAPI Users' transports: the token of a request's fields, against a slow reader of both syntaxes;
// and what a login sends is what the next request has.
import Jot
import JotFastAPIUsers

/// The input: the fields of a request, one a line. All of it is also a token to send.
struct CredentialsTarget: FuzzTarget {
  private let bearer = FastAPIUsers.BearerTransport(tokenURL: "")
  private let cookie = try! FastAPIUsers.CookieTransport(name: "c")

  var seeds: [[UInt8]] {
    let bearers = Vectors.attacks("bearer").map { attack in
      (attack["headers"] as! [[String]]).map { "\($0[0]):\($0[1])" }.joined(separator: "\n")
    }
    let cookies = (Vectors.json("python-cookies")["unquote"] as! [[String]]).prefix(100).map {
      "cookie:c=\($0[0])"
    }
    let values = (Vectors.json("python-cookies")["quote"] as! [[String]]).prefix(50).map { $0[0] }
    return (bearers + cookies + values).map { Array($0.utf8) }
  }

  func run(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    let fields = text.unicodeScalars.split(separator: "\n").map { line in
      let name = line.prefix { $0 != ":" }
      return FastAPIUsers.HeaderField(
        String(Substring(name)), String(Substring(line.dropFirst(name.count + 1))))
    }
    requireSame(bearerToken(fields), wantedBearer(fields), "Bearer in \(fields)")
    requireSame(cookieToken(fields), wantedCookie(fields), "the cookie in \(fields)")
    sendBack(text)
    checkIDs(text)
  }

  private enum Found: Equatable {
    /// By bytes: Swift compares strings by canonical equivalence.
    case token([UInt8])
    case failed(FastAPIUsers.CredentialsError)

    init(_ token: String) { self = .token(Array(token.utf8)) }

    init(_ read: () throws(FastAPIUsers.CredentialsError) -> String) {
      do throws(FastAPIUsers.CredentialsError) {
        self.init(try read())
      } catch {
        self = .failed(error)
      }
    }
  }

  private func requireSame(_ found: Found, _ wanted: Found, _ text: @autoclosure () -> String) {
    requireEqual(found, wanted, text())
  }

  private func bearerToken(_ fields: [FastAPIUsers.HeaderField]) -> Found {
    Found { () throws(FastAPIUsers.CredentialsError) in try bearer.token(in: fields) }
  }

  private func cookieToken(_ fields: [FastAPIUsers.HeaderField]) -> Found {
    Found { () throws(FastAPIUsers.CredentialsError) in try cookie.token(in: fields) }
  }

  private func isNamed(_ field: FastAPIUsers.HeaderField, _ name: String) -> Bool {
    // Without the letters beyond ASCII that lower-casing makes equal.
    field.name.utf8.allSatisfy { $0 < 0x80 } && field.name.lowercased() == name
  }

  private func wantedBearer(_ fields: [FastAPIUsers.HeaderField]) -> Found {
    let all = fields.filter { isNamed($0, "authorization") }
    if all.isEmpty { return .failed(.missing) }
    if all.count > 1 { return .failed(.malformed) }
    // RFC 6750 §2.1, a state for each part: the scheme, spaces, the token, its padding.
    var (state, offset, token) = (0, 0, [UInt8]())
    for byte in all[0].value.utf8 {
      switch state {
      case 0:
        let scheme = offset < 6 ? ["Bb", "Ee", "Aa", "Rr", "Ee", "Rr"][offset] : " "
        guard scheme.utf8.contains(byte) else { return .failed(.malformed) }
        offset += 1
        if offset == 7 { state = 1 }
        continue
      case 1 where byte == 0x20: continue
      case 2 where byte == UInt8(ascii: "="), 3 where byte == UInt8(ascii: "="): state = 3
      case 1 where Self.tokenCharacters.contains(byte), 2 where Self.tokenCharacters.contains(byte):
        state = 2
      default: return .failed(.malformed)
      }
      token.append(byte)
    }
    return state >= 2 ? .token(token) : .failed(.malformed)
  }

  private static let tokenCharacters = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/".utf8)

  /// As Starlette's cookie_parser and Python's http.cookies do it.
  private func wantedCookie(_ fields: [FastAPIUsers.HeaderField]) -> Found {
    var found = ""
    for field in fields where isNamed(field, "cookie") {
      for chunk in field.value.unicodeScalars.split(separator: ";") {
        let parts = chunk.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, strip(Array(parts[0])) == ["c"] else { continue }
        found = unquote(strip(Array(parts[1])))
      }
    }
    return found.isEmpty ? .failed(.missing) : Found(found)
  }

  private func strip(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    // A field is read as Latin-1, where other white space in UTF-8 begins with a letter.
    let isSpace = { (scalar: Unicode.Scalar) in
      scalar.isASCII && (scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value))
    }
    guard let first = text.firstIndex(where: { !isSpace($0) }) else { return [] }
    return Array(text[first...text.lastIndex { !isSpace($0) }!])
  }

  private func unquote(_ text: [Unicode.Scalar]) -> String {
    guard text.count >= 2, text.first == "\"", text.last == "\"" else {
      return String(String.UnicodeScalarView(text))
    }
    var (rest, view) = (text.dropFirst().dropLast(), String.UnicodeScalarView())
    while let scalar = rest.popFirst() {
      let digits = rest.prefix(3).map(\.value)
      if scalar != "\\" || rest.isEmpty || rest.first == "\n" {
        view.append(scalar)
      } else if digits.count == 3, digits.allSatisfy({ 48...55 ~= $0 }), digits[0] < 52 {
        let value = digits.reduce(0) { $0 * 8 + $1 - 48 }
        view.append(Unicode.Scalar(UInt8(value)))
        rest = rest.dropFirst(3)
      } else {
        view.append(rest.removeFirst())
      }
    }
    return String(view)
  }

  /// The token that a login's response carries is the one that the next request has.
  private func sendBack(_ token: String) {
    let body = try? JSON(object: bearer.loginResponse(token).body)
    requireSame(
      body?["access_token"]?.string.map { Found($0) } ?? .failed(.missing), Found(token),
      "the body with \(token.debugDescription)")
    guard let field = cookie.loginResponse(token).headers.first else { finding("no set-cookie") }
    require(
      field.value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f },
      "a control character in \(field)")
    let attributes = field.value.unicodeScalars.split(separator: ";")
    requireEqual(attributes.count, 5, "attributes of \(field)")
    let wanted = token.isEmpty ? Found.failed(.missing) : Found(token)
    requireSame(
      cookieToken([FastAPIUsers.HeaderField("cookie", String(Substring(attributes[0])))]), wanted,
      "sent back: \(field)")
  }

  /// An ID that was read is written as the same ID.
  private func checkIDs(_ text: String) {
    if let id = FastAPIUsers.UUIDValue(tokenSubject: text) {
      requireEqual(FastAPIUsers.UUIDValue(tokenSubject: id.tokenSubject), id, "the ID \(text)")
    }
    if let id = Int(tokenSubject: text) {
      requireEqual(Int(tokenSubject: id.tokenSubject), id, "the ID \(text)")
    }
  }
}
