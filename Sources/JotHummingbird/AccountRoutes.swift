// FastAPI Users' routes for tokens with one purpose: to verify an address, to reset a password.
#if Hummingbird
  public import Hummingbird
  public import JotFastAPIUsers

  extension RouterMethods {
    /// Adds the routes `POST request-verify-token` and `POST verify`, with FastAPI Users' answers.
    ///
    /// A request for a token is answered with 202, whether there is such a user or not.
    ///
    /// - Parameters:
    ///   - tokens: Makes and reads the tokens.
    ///   - manager: Finds the users, sends the tokens, stores who is verified.
    /// - Returns: The router.
    @discardableResult
    public func addVerifyRoutes<Manager: FastAPIUsers.VerificationManager>(
      _ tokens: FastAPIUsers.VerifyTokens, _ manager: Manager
    ) -> Self {
      post("request-verify-token") { request, _ in
        let email = try await BodyFields(json: request).texts("email")[0]
        if let (user, token) = try await issue(email, manager, { try tokens.write($0) }) {
          try await manager.send(verifyToken: token, to: user)
        }
        return Response(FastAPIUsers.Response(status: 202, json: .null))
      }
      return post("verify") { request, _ in
        let token = try await BodyFields(json: request).texts("token")[0]
        do {
          let user = try await manager.setVerified(try await tokens.read(token, manager))
          return Response(FastAPIUsers.Response(status: 200, json: manager.json(of: user)))
        } catch FastAPIUsers.PurposeError.userAlreadyVerified {
          throw AccountError(detail: "VERIFY_USER_ALREADY_VERIFIED")
        } catch where error is FastAPIUsers.PurposeError || error is FastAPIUsers.UserError {
          throw AccountError(detail: "VERIFY_USER_BAD_TOKEN")
        }
      }
    }

    /// Adds the routes `POST forgot-password` and `POST reset-password`, with FastAPI Users' answers.
    ///
    /// A request for a token is answered with 202, whether there is such a user or not.
    ///
    /// - Parameters:
    ///   - tokens: Makes and reads the tokens, each of which counts once.
    ///   - manager: Finds the users, sends the tokens, stores passwords.
    /// - Returns: The router.
    @discardableResult
    public func addResetRoutes<Manager: FastAPIUsers.ResetManager>(
      _ tokens: FastAPIUsers.ResetTokens<Manager.User>, _ manager: Manager
    ) -> Self {
      post("forgot-password") { request, _ in
        let email = try await BodyFields(json: request).texts("email")[0]
        if let (user, token) = try await issue(email, manager, { try await tokens.write($0) }) {
          try await manager.send(resetToken: token, to: user)
        }
        return Response(FastAPIUsers.Response(status: 202, json: .null))
      }
      return post("reset-password") { request, _ in
        let fields = try await BodyFields(json: request).texts("token", "password")
        do {
          let user = try await tokens.read(fields[0], manager)
          try await manager.setPassword(fields[1], of: user)
        } catch let error as FastAPIUsers.PasswordError {
          throw AccountError(detail: [
            "code": "RESET_PASSWORD_INVALID_PASSWORD", "reason": .string(error.reason),
          ])
        } catch where error is FastAPIUsers.PurposeError || error is FastAPIUsers.UserError {
          throw AccountError(detail: "RESET_PASSWORD_BAD_TOKEN")
        }
        return Response(FastAPIUsers.Response(status: 200, json: .null))
      }
    }
  }

  /// The user with this address and a token for it; nil if there is no such user, or one who may
  /// have no token: the client must not learn which.
  private func issue<Manager: FastAPIUsers.AccountManager>(
    _ email: String, _ manager: Manager, _ write: (Manager.User) async throws -> String
  ) async throws -> (Manager.User, String)? {
    do {
      let user = try await manager.get(email: email)
      return (user, try await write(user))
    } catch where error is FastAPIUsers.PurposeError || error is FastAPIUsers.UserError {
      return nil
    }
  }

  /// A refusal of an account's route: 400, with FastAPI Users' code.
  private struct AccountError: HTTPResponseError {
    let detail: JSON
    var status: HTTPResponse.Status { .badRequest }

    func response(from request: Request, context: some RequestContext) -> Response {
      Response(FastAPIUsers.Response(status: 400, json: ["detail": detail]))
    }
  }
#endif
