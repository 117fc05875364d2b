// Where a request carries its token: the field Authorization (RFC 6750 §2.1), or a cookie (RFC 6265).
#if Hummingbird
  import Hummingbird

  /// A place where a request may carry its token.
  public struct TokenCarrier: Sendable, Equatable {
    /// Nil: the field `Authorization`.
    private let cookie: String?

    /// The field `Authorization` with the scheme `Bearer`.
    ///
    /// Another scheme counts as no token, so that another middleware may know it.
    public static let bearer = TokenCarrier(cookie: nil)

    /// The cookie `name`; an empty value counts as no token.
    ///
    /// - Precondition: `name` is a token of RFC 9110 §5.6.2.
    public static func cookie(_ name: String) -> TokenCarrier {
      precondition(
        !name.isEmpty && name.utf8.allSatisfy(isCookieName), "a cookie's name is a token (RFC 6265)"
      )
      return TokenCarrier(cookie: name)
    }

    /// Returns the token of a request; nil if no carrier has one.
    ///
    /// - Parameters:
    ///   - headers: The request's fields; each is looked at once.
    ///   - carriers: Where a token may be. Two tokens are too many, wherever they are: a proxy
    ///     before the server may have read the other one.
    /// - Throws: ``Malformed``: two tokens, two fields `Authorization`, or no token behind `Bearer`.
    /// - Complexity: O(n); no allocation.
    static func token(
      in headers: HTTPFields, _ carriers: [TokenCarrier]
    ) throws(Malformed) -> Substring? {
      var found: Substring?
      var hasAuthorization = false
      for index in headers.indices {
        let name = headers[index].name
        if name == .authorization, carriers.contains(.bearer) {
          guard !hasAuthorization else { throw Malformed() }
          hasAuthorization = true
          try add(bearerToken(headers[index].value), to: &found)
        } else if name == .cookie {
          let value = headers[index].value
          for carrier in carriers {
            guard let wanted = carrier.cookie else { continue }
            try addCookies(named: wanted, of: value, to: &found)
          }
        }
      }
      return found
    }

    /// A request is malformed: RFC 6750's `invalid_request`.
    struct Malformed: Error {}

    private static func add(_ token: Substring?, to found: inout Substring?) throws(Malformed) {
      guard let token else { return }
      guard found == nil else { throw Malformed() }
      found = token
    }

    /// The token behind `Bearer`, in any case, and spaces; nil for another scheme.
    private static func bearerToken(_ value: String) throws(Malformed) -> Substring? {
      let text = value.utf8
      guard
        zip(text, "bearer".utf8).allSatisfy({ $0 | 0x20 == $1 }),
        let end = text.index(text.startIndex, offsetBy: 6, limitedBy: text.endIndex),
        end == text.endIndex || text[end] == space
      else { return nil }
      guard let start = text[end...].firstIndex(where: { $0 != space }) else { throw Malformed() }
      let token = text[start...]
      // A b64token: "=" only at its end.
      guard let tail = token.firstIndex(where: { !isTokenCharacter($0) }) else {
        return Substring(token)
      }
      guard tail > start, token[tail...].allSatisfy({ $0 == UInt8(ascii: "=") }) else {
        throw Malformed()
      }
      return Substring(token)
    }

    /// Adds the values of cookies (RFC 6265 §4.2.1), without quotes around them.
    private static func addCookies(
      named name: String, of value: String, to found: inout Substring?
    ) throws(Malformed) {
      var rest = value.utf8[...]
      while !rest.isEmpty {
        let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
        var pair = rest[..<end]
        rest = end == rest.endIndex ? rest[end...] : rest[rest.index(after: end)...]
        pair = pair.drop { $0 == space }
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")),
          pair[..<equals].elementsEqual(name.utf8)
        else { continue }
        var text = pair[pair.index(after: equals)...]
        while text.last == space { text.removeLast() }
        if text.count >= 2, text.first == quote, text.last == quote {
          text = text.dropFirst().dropLast()
        }
        if !text.isEmpty { try add(Substring(text), to: &found) }
      }
    }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        true
      default: false
      }
    }

    private static func isCookieName(_ byte: UInt8) -> Bool {
      0x21..<0x7f ~= byte && !"()<>@,;:\\\"/[]?={}".utf8.contains(byte)
    }

    private static let space = UInt8(ascii: " ")
    private static let quote = UInt8(ascii: "\"")
  }
#endif
