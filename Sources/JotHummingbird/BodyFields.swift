// The texts in the body of a request to FastAPI Users' routes, and FastAPI's answer if one is missing.
#if Hummingbird
  import Hummingbird
  import JotFastAPIUsers

  /// The members of a form or of a JSON object.
  struct BodyFields {
    private var members: [String: JSON] = [:]
    private var faults: [JSON] = []

    /// The longest body, in bytes: a longer one is answered with 413.
    static let limit = 16 * 1024

    /// Reads a form (application/x-www-form-urlencoded); any other body counts as an empty one.
    ///
    /// As in FastAPI the last field of a name counts, an empty one is missing, and a `grant_type`
    /// must be `password`.
    init(form request: Request) async throws {
      let body = try await request.body.collect(upTo: Self.limit)
      guard request.mediaType == "application/x-www-form-urlencoded" else { return }
      for pair in body.readableBytesView.split(separator: UInt8(ascii: "&")) {
        let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
        let text = Self.formText(pair[end...].dropFirst())
        members[Self.formText(pair[..<end])] = text.isEmpty ? nil : .string(text)
      }
      if let grant = members["grant_type"], grant != "password" {
        faults.append(
          fault(
            "string_pattern_mismatch", "grant_type", "String should match pattern '^password$'",
            grant, ["pattern": "^password$"]))
      }
    }

    /// Reads JSON; a body of another media type counts as an empty one.
    ///
    /// - Throws: ``FieldError`` for a text that is not strict JSON.
    init(json request: Request) async throws {
      let body = try await request.body.collect(upTo: Self.limit)
      let type = request.mediaType
      guard body.readableBytes > 0,
        type == "application/json" || type.hasPrefix("application/") && type.hasSuffix("+json")
      else { return }
      guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
        throw FieldError(status: 400, detail: "There was an error parsing the body")
      }
      do throws(JSONError) {
        guard case .object(let found) = try JSON(value: text) else { return }
        for member in found { members[member.name] = member.value }
      } catch {
        throw FieldError(detail: [
          fault("json_invalid", .integer(0), "JSON decode error", [:], ["error": "Not strict JSON"])
        ])
      }
    }

    /// Returns the texts with these names, in their order.
    ///
    /// - Throws: ``FieldError``, with all that is missing or no text.
    func texts(_ names: String...) throws(FieldError) -> [String] {
      var (texts, faults) = ([String](), faults)
      for name in names {
        switch members[name] {
        case .string(let text): texts.append(text)
        case nil: faults.append(fault("missing", .string(name), "Field required", .null))
        case let value?:
          faults.append(
            fault("string_type", .string(name), "Input should be a valid string", value))
        }
      }
      guard faults.isEmpty else { throw FieldError(detail: .array(faults)) }
      return texts
    }

    /// A part of a form: `+` is a space, `%` begins two hexadecimal digits or is itself.
    private static func formText(_ part: some Collection<UInt8>) -> String {
      var (bytes, rest) = ([UInt8](), Array(part)[...])
      while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
        case UInt8(ascii: "%"):
          let digits = rest.prefix(2)
          let isHexadecimal =
            digits.count == 2 && digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
          let value =
            isHexadecimal ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) : nil
          bytes.append(value ?? byte)
          if value != nil { rest = rest.dropFirst(2) }
        default: bytes.append(byte)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// What is wrong with a body: FastAPI's answer, 422 with a list of faults.
  struct FieldError: HTTPResponseError {
    let status: HTTPResponse.Status
    let detail: JSON

    init(status: Int = 422, detail: JSON) {
      (self.status, self.detail) = (HTTPResponse.Status(code: status), detail)
    }

    func response(from request: Request, context: some RequestContext) -> Response {
      Response(FastAPIUsers.Response(status: status.code, json: ["detail": detail]))
    }
  }

  private func fault(
    _ type: JSON, _ place: JSON, _ message: JSON, _ input: JSON, _ context: JSON? = nil
  ) -> JSON {
    var members: [JSON.Member] = [
      JSON.Member("type", type), JSON.Member("loc", ["body", place]), JSON.Member("msg", message),
      JSON.Member("input", input),
    ]
    if let context { members.append(JSON.Member("ctx", context)) }
    return .object(members)
  }

  extension Request {
    /// The media type of the body in lower case, without parameters; empty for a body without one.
    fileprivate var mediaType: String {
      let value = headers[.contentType] ?? ""
      return value.prefix { $0 != ";" && $0 != " " }.lowercased()
    }
  }
#endif
