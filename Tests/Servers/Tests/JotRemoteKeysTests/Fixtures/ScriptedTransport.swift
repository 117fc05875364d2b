// A transport without a network: names and answers are the test's.
import JotRemoteKeys
import Synchronization

final class ScriptedTransport: RemoteKeyTransport {
  typealias Names = @Sendable (String) -> [String]
  typealias Script =
    @Sendable (RemoteKeyRequest) async throws(RemoteKeyError) -> RemoteKeyResponse

  private struct State {
    var names: Names
    var script: Script
    var requests: [RemoteKeyRequest] = []
  }

  private let state: Mutex<State>

  init(names: @escaping Names = { _ in ["203.0.112.1"] }, _ script: @escaping Script) {
    state = Mutex(State(names: names, script: script))
  }

  var requests: [RemoteKeyRequest] { state.withLock { $0.requests } }
  func answer(_ script: @escaping Script) { state.withLock { $0.script = script } }

  func addresses(of host: String) async throws(RemoteKeyError) -> [String] {
    state.withLock { $0.names }(host)
  }

  func response(to request: RemoteKeyRequest) async throws(RemoteKeyError) -> RemoteKeyResponse {
    let script = state.withLock { state in
      state.requests.append(request)
      return state.script
    }
    return try await script(request)
  }

  static func redirect(to url: String) -> RemoteKeyResponse {
    RemoteKeyResponse(status: 302, headers: [("Location", url)], body: [])
  }

  static func ok(
    _ text: String, _ headers: [(name: String, value: String)] = []
  ) -> RemoteKeyResponse {
    RemoteKeyResponse(status: 200, headers: headers, body: Array(text.utf8))
  }
}
