import Hummingbird
import HummingbirdTesting
import JotFastAPIUsers
import JotHummingbird
import Testing

@Suite("FastAPI Users' routes", .serialized)
struct InteropRouteTests {
  /// The fields that the vectors have of a response.
  private static let compared = [
    "content-type", "content-length", "www-authenticate", "set-cookie",
  ]

  @Test("answer each exchange of the vectors as Python does, byte for byte")
  func exchanges() async throws {
    let exchanges = Interop.http["exchanges"]!.array!
    #expect(exchanges.count == 48)
    let application = try Interop.application(
      Interop.accounts(), strategy: Interop.strategy())
    try await application.test(.live) { client in
      for exchange in exchanges {
        let id = exchange["id"]!.string!
        var fields: [(String, String)] = []
        if case .object(let members)? = exchange["request"]?["headers"] {
          fields = members.map { ($0.name, $0.value.string!) }
        }
        var body: ByteBuffer?
        if case .object(let members)? = exchange["request"]?["data"] {
          fields.append(("Content-Type", "application/x-www-form-urlencoded"))
          let pairs = members.map { "\($0.name)=\($0.value.string!.replacing("@", with: "%40"))" }
          body = ByteBuffer(string: pairs.joined(separator: "&"))
        }
        let response = try await client.execute(
          uri: exchange["path"]!.string!,
          method: exchange["method"]!.string! == "GET" ? .get : .post, headers: HTTPFields(fields),
          body: body)
        #expect(Int64(response.status.code) == exchange["status"]!.integer!, "\(id)")
        #expect(String(buffer: response.body) == exchange["body"]!.string!, "\(id)")
        for name in Self.compared {
          let expected = exchange["headers"]?[name]?.string
          #expect(response.headers[HTTPFields.Element.Name(name)!] == expected, "\(id): \(name)")
        }
      }
    }
  }

  private static let form = "application/x-www-form-urlencoded"
  private static let json = "application/json"

  private static func missing(_ names: String...) -> String {
    let faults = names.map {
      #"{"type":"missing","loc":["body","\#($0)"],"msg":"Field required","input":null}"#
    }
    return #"{"detail":["# + faults.joined(separator: ",") + "]}"
  }

  private static func noText(_ name: String, _ value: String) -> String {
    #"{"type":"string_type","loc":["body","\#(name)"],"msg":"Input should be a valid string","#
      + #""input":\#(value)}"#
  }

  /// Path, media type, body, and the answer of FastAPI Users 15.0.5 with FastAPI 0.165.0 and
  /// pydantic 2.14.4.
  private static let recorded: [(String, String, String, Int, String)] = [
    ("jwt/login", form, "", 422, missing("username", "password")),
    ("jwt/login", form, "username=a", 422, missing("password")),
    ("jwt/login", form, "password=b", 422, missing("username")),
    ("jwt/login", form, "username=&password=", 422, missing("username", "password")),
    ("jwt/login", json, #"{"username":"a"}"#, 422, missing("username", "password")),
    ("jwt/login", "", "username=a&password=b", 422, missing("username", "password")),
    (
      "jwt/login", form, "username=a&password=b&grant_type=x", 422,
      #"{"detail":[{"type":"string_pattern_mismatch","loc":["body","grant_type"],"msg":"String should match pattern '^password$'","input":"x","ctx":{"pattern":"^password$"}}]}"#
    ),
    ("jwt/login", form, "username=a;password=b", 422, missing("password")),
    (
      "jwt/login", form, "username=bors%40camelot.bt&password=%zz", 400,
      #"{"detail":"LOGIN_BAD_CREDENTIALS"}"#
    ),
    ("jwt/login", form, "username=%ff&password=x", 400, #"{"detail":"LOGIN_BAD_CREDENTIALS"}"#),
    (
      "strict/login", form, "username=bors%40camelot.bt&password=guinevere", 400,
      #"{"detail":"LOGIN_USER_NOT_VERIFIED"}"#
    ),
    ("strict/logout", "", "", 403, #"{"detail":"Forbidden"}"#),
    ("forgot-password", json, "", 422, missing("email")),
    ("forgot-password", json, "{}", 422, missing("email")),
    ("forgot-password", json, "[]", 422, missing("email")),
    ("forgot-password", json, "null", 422, missing("email")),
    ("forgot-password", "text/plain", #"{"email":"bors@camelot.bt"}"#, 422, missing("email")),
    ("forgot-password", json, #"{"email":5}"#, 422, "{\"detail\":[\(noText("email", "5"))]}"),
    (
      "forgot-password", json, #"{"email":{"a":1}}"#, 422,
      "{\"detail\":[\(noText("email", #"{"a":1}"#))]}"
    ),
    (
      "forgot-password", json, "{\"email\":\"\u{fffd}", 400,
      #"{"detail":"There was an error parsing the body"}"#
    ),
    ("forgot-password", json, #"{"email":"nobody@camelot.bt"}"#, 202, "null"),
    ("forgot-password", json, #"{"email":"mordred@camelot.bt"}"#, 202, "null"),
    (
      "forgot-password", "Application/vnd.api+json; x=y", #"{"email":"nobody@camelot.bt"}"#, 202,
      "null"
    ),
    ("request-verify-token", json, "{}", 422, missing("email")),
    ("request-verify-token", json, #"{"email":"nobody@camelot.bt"}"#, 202, "null"),
    ("request-verify-token", json, #"{"email":"mordred@camelot.bt"}"#, 202, "null"),
    ("request-verify-token", json, #"{"email":"king.arthur@camelot.bt"}"#, 202, "null"),
    ("verify", json, "{}", 422, missing("token")),
    ("verify", json, #"{"token":5}"#, 422, "{\"detail\":[\(noText("token", "5"))]}"),
    ("verify", json, #"{"token":"x"}"#, 400, #"{"detail":"VERIFY_USER_BAD_TOKEN"}"#),
    ("reset-password", json, "", 422, missing("token", "password")),
    ("reset-password", json, #"{"token":"x"}"#, 422, missing("password")),
    ("reset-password", json, #"{"password":"x"}"#, 422, missing("token")),
    (
      "reset-password", json, #"{"token":5,"password":6}"#, 422,
      "{\"detail\":[\(noText("token", "5")),\(noText("password", "6"))]}"
    ),
    (
      "reset-password", json, #"{"token":"x","password":"y"}"#, 400,
      #"{"detail":"RESET_PASSWORD_BAD_TOKEN"}"#
    ),
  ]

  @Test("answer what is missing or wrong as FastAPI does, and send nothing then")
  func refusals() async throws {
    let accounts = Interop.accounts()
    let strategy = try Interop.strategy()
    let bors = try strategy.writeToken(try await accounts.get(email: "bors@camelot.bt"))
    try await Interop.application(accounts, strategy: strategy).test(.live) { client in
      for (path, type, body, status, answer) in Self.recorded {
        var fields = type.isEmpty ? [] : [("Content-Type", type)]
        if path == "strict/logout" { fields.append(("Authorization", "Bearer \(bors)")) }
        // U+FFFD stands for a byte that is not UTF-8.
        var bytes = Array(body.utf8)
        if body.contains("\u{fffd}") {
          bytes.replaceSubrange(bytes.count - 3..<bytes.count, with: [0xff])
        }
        let response = try await client.execute(
          uri: "/auth/\(path)", method: .post, headers: HTTPFields(fields),
          body: ByteBuffer(bytes: bytes))
        #expect(response.status.code == status, "\(path) \(body)")
        #expect(String(buffer: response.body) == answer, "\(path) \(body)")
        #expect(response.headers[.contentType] == "application/json", "\(path) \(body)")
      }
      #expect(accounts.takeSent() == [])
      let long = ByteBuffer(string: "username=" + String(repeating: "a", count: 16_400))
      let response = try await client.execute(
        uri: "/auth/jwt/login", method: .post, headers: [.contentType: Self.form], body: long)
      #expect(response.status == .contentTooLarge)
      let broken = try await client.post("/auth/verify", #"{"token":"x","token":"y"}"#)
      #expect(broken.status == 422 && broken.body.contains("json_invalid"))
    }
  }

  @Test("verify an address once, and reset a password once")
  func tokens() async throws {
    let accounts = Interop.accounts()
    let strategy = try Interop.strategy()
    try await Interop.application(accounts, strategy: strategy).test(.live) { client in
      let email = #"{"email":"bors@camelot.bt"}"#
      #expect(try await client.post("/auth/request-verify-token", email) == (202, "null"))
      let verify = try #require(accounts.takeSent().first)
      // A token of one purpose is none of another.
      let wrong = try await client.post(
        "/auth/reset-password", #"{"token":"\#(verify)","password":"lancelot"}"#)
      #expect(wrong == (400, #"{"detail":"RESET_PASSWORD_BAD_TOKEN"}"#))
      let verified = try await client.post("/auth/verify", #"{"token":"\#(verify)"}"#)
      #expect(
        verified == (
          200,
          #"{"id":"11111111-1111-4111-8111-111111111111","email":"bors@camelot.bt","is_active":true,"is_superuser":false,"is_verified":true}"#
        ))
      let again = try await client.post("/auth/verify", #"{"token":"\#(verify)"}"#)
      #expect(again == (400, #"{"detail":"VERIFY_USER_ALREADY_VERIFIED"}"#))

      #expect(try await client.post("/auth/forgot-password", email) == (202, "null"))
      let reset = try #require(accounts.takeSent().first)
      func change(_ password: String) async throws -> (Int, String) {
        try await client.post(
          "/auth/reset-password", #"{"token":"\#(reset)","password":"\#(password)"}"#)
      }
      #expect(
        try await change("y") == (
          400,
          #"{"detail":{"code":"RESET_PASSWORD_INVALID_PASSWORD","reason":"Password should be at least 3 characters"}}"#
        ))
      accounts.change("bors@camelot.bt") { $0.isActive = false }
      #expect(try await change("lancelot").0 == 400)
      accounts.change("bors@camelot.bt") { $0.isActive = true }
      #expect(try await change("lancelot") == (200, "null"))
      #expect(try await change("lancelot") == (400, #"{"detail":"RESET_PASSWORD_BAD_TOKEN"}"#))
      let login = try await client.execute(
        uri: "/auth/strict/login", method: .post, headers: [.contentType: Self.form],
        body: ByteBuffer(string: "username=bors@camelot.bt&password=lancelot"))
      #expect(login.status == .ok)
    }
  }
}

extension TestClientProtocol {
  /// Posts JSON and returns status and body.
  fileprivate func post(_ uri: String, _ json: String) async throws -> (status: Int, body: String) {
    let response = try await execute(
      uri: uri, method: .post, headers: [.contentType: "application/json"],
      body: ByteBuffer(string: json))
    return (response.status.code, String(buffer: response.body))
  }
}
