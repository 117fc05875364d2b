import Dispatch
import Hummingbird
import HummingbirdTesting
import JotFastAPIUsers
import JotHummingbird
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@Suite("A signing pool", .serialized)
struct SigningPoolTests {
  /// Works that hold a pool's threads until they are let go.
  private final class Plug: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let tasks: [Task<Int, any Error>]

    /// Returns when all of the works are in the pool.
    init(_ pool: SigningPool, count: Int) async throws {
      let semaphore = semaphore
      tasks = (0..<count).map { number in
        Task {
          try await pool.sign {
            semaphore.wait()
            return number
          }
        }
      }
      try await until { pool.count == count }
    }

    func pull() async throws -> [Int] {
      for _ in tasks { semaphore.signal() }
      var numbers: [Int] = []
      for task in tasks { numbers.append(try await task.value) }
      return numbers
    }
  }

  @Test("refuses at once what its queue has no place for, and then goes on")
  func full() async throws {
    let pool = SigningPool(threads: 1, queueLimit: 2)
    let plug = try await Plug(pool, count: 3)
    await #expect(throws: SigningPoolError.full) { try await pool.sign { 1 } }
    #expect(try await plug.pull() == [0, 1, 2] && pool.count == 0)
    #expect(try await pool.sign { 7 } == 7)
    struct Failed: Error {}
    await #expect(throws: Failed.self) { try await pool.sign { throw Failed() } }
    #expect(pool.count == 0)
  }

  @Test("answers each of a thousand works, or refuses it, and none hangs")
  func storm() async throws {
    let pool = SigningPool(threads: 2, queueLimit: 8)
    let (done, refused) = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<1000 {
        group.addTask {
          let task = Task { try await pool.sign { number } }
          if number % 3 == 0 { task.cancel() }
          switch await task.result {
          case .success(let result): return result == number
          case .failure(let error):
            return !(error is CancellationError || error as? SigningPoolError == .full)
          }
        }
      }
      var counts = (0, 0)
      for await isDone in group { if isDone { counts.0 += 1 } else { counts.1 += 1 } }
      return counts
    }
    #expect(done > 0 && done + refused == 1000 && pool.count == 0)
  }

  @Test("finishes what it has at a shutdown, refuses what is new, and ends its service")
  func shutdown() async throws {
    let pool = SigningPool(threads: 1, queueLimit: 2)
    let plug = try await Plug(pool, count: 3)
    let group = ServiceGroup(services: [pool], logger: Logger(label: "test"))
    let service = Task { try await group.run() }
    try await until {
      await group.triggerGracefulShutdown()
      do {
        _ = try await pool.sign { 0 }
        return false
      } catch {
        return error as? SigningPoolError == .shutDown
      }
    }
    #expect(try await plug.pull() == [0, 1, 2])
    try await service.value
    await #expect(throws: SigningPoolError.shutDown) { try await pool.sign { 0 } }
  }

  @Test("signs RSA's logins: when it is full the surplus is told to come again")
  func login() async throws {
    let key = Interop.json["keys"]!["rsa2048"]!["private_pkcs8_pem"]!.string!
    let strategy = try Interop.strategy(.rs256, key)
    let pool = SigningPool(threads: 1, queueLimit: 0)
    let application = try Interop.application(Interop.accounts(), strategy: strategy, signing: pool)
    try await application.test(.live) { client in
      func login(_ path: String) async throws -> TestResponse {
        try await client.execute(
          uri: path, method: .post,
          headers: [.contentType: "application/x-www-form-urlencoded"],
          body: ByteBuffer(string: "username=bors@camelot.bt&password=guinevere"))
      }
      let plug = try await Plug(pool, count: 1)
      for _ in 0..<5 {
        let refused = try await login("/auth/jwt/login")
        #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] == "1")
      }
      // A backend without the pool signs where it is.
      let inline = try await login("/auth/cookie/login")
      #expect(inline.status == .noContent)
      _ = try await plug.pull()
      let accepted = try await login("/auth/jwt/login")
      #expect(accepted.status == .ok)
      let body = try JSON(object: String(buffer: accepted.body))
      let token = try #require(body["access_token"]?.string)
      #expect(try strategy.verify(token).subject != nil)
    }
  }
}

/// Waits until `condition` holds, half a minute at most.
func until(_ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(30)
  while try await !condition() {
    try #require(ContinuousClock.now < deadline, "nothing changed")
    try await Task.sleep(for: .milliseconds(2))
  }
}
