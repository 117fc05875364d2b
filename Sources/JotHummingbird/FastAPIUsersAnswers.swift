// FastAPI Users' values as Hummingbird's: fields of a request, responses, errors that answer.
#if Hummingbird
  public import Hummingbird
  public import JotFastAPIUsers

  extension Response {
    /// Makes the response of a login, a logout or a refusal.
    public init(_ response: FastAPIUsers.Response) {
      var headers = HTTPFields()
      for field in response.headers {
        // Names come from JotFastAPIUsers, or from a transport of the application.
        guard let name = HTTPFields.Element.Name(field.name) else { continue }
        headers.append(HTTPFields.Element(name: name, value: field.value))
      }
      self.init(
        status: HTTPResponse.Status(code: response.status), headers: headers,
        body: response.body.isEmpty
          ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(string: response.body)))
      // RFC 9110 §8.6: never with 204.
      if response.status == 204 { self.headers[.contentLength] = nil }
    }
  }

  extension HTTPFields {
    /// The fields in which FastAPI Users' transports look for a token.
    var credentials: [FastAPIUsers.HeaderField] {
      var fields: [FastAPIUsers.HeaderField] = []
      for index in indices {
        switch self[index].name {
        case .authorization:
          fields.append(FastAPIUsers.HeaderField("authorization", self[index].value))
        case .cookie: fields.append(FastAPIUsers.HeaderField("cookie", self[index].value))
        default: break
        }
      }
      return fields
    }
  }

  extension FastAPIUsers.AuthenticationError: HTTPResponseError {
    /// 401 or 403.
    public var status: HTTPResponse.Status { HTTPResponse.Status(code: response.status) }

    /// The answer, without a challenge and without the reason.
    public func response(from request: Request, context: some RequestContext) -> Response {
      Response(response)
    }
  }

  extension FastAPIUsers.LoginError: HTTPResponseError {
    /// 400.
    public var status: HTTPResponse.Status { HTTPResponse.Status(code: response.status) }

    /// The answer, with FastAPI Users' code.
    public func response(from request: Request, context: some RequestContext) -> Response {
      Response(response)
    }
  }
#endif
