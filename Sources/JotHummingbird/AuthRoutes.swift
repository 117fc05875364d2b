// FastAPI Users' routes login and logout.
#if Hummingbird
  public import Hummingbird
  public import JotFastAPIUsers

  extension RouterMethods {
    /// Adds the routes `POST login` and `POST logout` of a backend, with FastAPI Users' answers.
    ///
    /// ```swift
    /// router.group("auth/jwt").addAuthRoutes(backend, authenticator)
    /// ```
    ///
    /// A login is a form with `username` and `password` (OAuth 2.0's password grant), at most 16
    /// KiB; a form of parts counts as empty. A logout needs a token that any of the
    /// authenticator's backends accepts.
    ///
    /// - Parameters:
    ///   - backend: Makes the tokens.
    ///   - authenticator: Finds the user who logs out; its manager checks passwords.
    ///   - requiresVerification: Whether only verified users may log in and out.
    ///   - pool: Signs the tokens of a strategy whose algorithm is RSA's; without one they are
    ///     signed on the thread that serves the request.
    /// - Returns: The router.
    @discardableResult
    public func addAuthRoutes<Manager: FastAPIUsers.LoginManager>(
      _ backend: FastAPIUsers.AuthenticationBackend,
      _ authenticator: FastAPIUsers.Authenticator<Manager>, requiresVerification: Bool = false,
      signing pool: SigningPool? = nil
    ) -> Self {
      post("login") { request, _ in
        let form = try await BodyFields(form: request).texts("username", "password")
        let manager = authenticator.manager
        var found: Manager.User?
        do {
          found = try await manager.authenticate(username: form[0], password: form[1])
        } catch is FastAPIUsers.UserError {
          // Another answer would tell which users there are.
        }
        guard let user = found, user.isActive else { throw FastAPIUsers.LoginError.badCredentials }
        guard user.isVerified || !requiresVerification else {
          throw FastAPIUsers.LoginError.userNotVerified
        }
        return Response(try await backend.login(user, signing: pool))
      }
      return post("logout") { request, _ in
        let found = try await authenticator.authenticate(
          request.headers.credentials,
          requiring: requiresVerification ? [.active, .verified] : .active)
        return Response(try await backend.logout(found.token, found.user))
      }
    }
  }

  extension FastAPIUsers.AuthenticationBackend {
    /// Makes a token for `user`, on the pool if that takes RSA's time, and returns the response.
    fileprivate func login(
      _ user: some FastAPIUsers.User, signing pool: SigningPool?
    ) async throws -> FastAPIUsers.Response {
      let strategy = try await strategy()
      guard let pool, let jwt = strategy as? JWTStrategy,
        KeyType.rsa.algorithms.contains(jwt.algorithm)
      else {
        return transport.loginResponse(try await strategy.writeToken(user))
      }
      return transport.loginResponse(try await pool.sign { try jwt.writeToken(user) })
    }
  }
#endif
