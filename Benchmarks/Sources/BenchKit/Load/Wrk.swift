// wrk, a closed load: each connection sends its next request when the last one is answered.
import Foundation

/// The program wrk.
public enum WrkProgram {
  /// Where it is on the PATH; nil if it is not.
  public static var path: String? { ExternalProgram("wrk")?.executable }

  /// Its name and version, like `wrk 4.1.0`; nil if it does not say.
  public static func version(_ path: String) -> String? {
    guard let child = ChildProcess(path, ["-v"]) else { return nil }
    let lines = LineReader(child.output)
    defer { lines.stop() }
    guard case .line(let line) = lines.line(within: 5) else { return nil }
    let words = line.split(separator: " ").prefix(2)
    return words.count == 2 ? words.joined(separator: " ").short : nil
  }
}

/// Files for wrk: a script, and each mode's tokens. They are removed with this object.
final class Wrk {
  private let settings: LoadSettings
  private let folder = FileManager.default.temporaryDirectory.appending(
    path: "jot-\(UUID().uuidString)")

  /// The requests are made before the load, so that Lua only hands them out.
  private static let script = """
    local requests, at = {}, 0
    function init(arguments)
      for token in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format("GET", nil, {["Authorization"] = "Bearer " .. token})
      end
    end
    function request()
      at = at % #requests + 1
      return requests[at]
    end

    """

  init(_ settings: LoadSettings) throws(BenchError) {
    self.settings = settings
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(Self.script.utf8).write(to: script)
      for mode in settings.modes {
        let lines = mode.tokens.map { "\($0)\n" }.joined()
        try Data(lines.utf8).write(to: tokens(of: mode))
      }
    } catch {
      throw .unusable("the files for wrk can't be written to \(folder.path)")
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Longer than it is needed: if this process is killed, wrk ends by itself.
  private var duration: String { "\(Int(settings.seconds + settings.patience) + 1)s" }

  private var script: URL { folder.appending(path: "tokens.lua") }
  private func tokens(of mode: LoadMode) -> URL { folder.appending(path: mode.name) }

  /// Runs wrk on its CPU while `body` measures, and returns what it printed.
  ///
  /// It is started for longer and then interrupted: its own durations are whole seconds.
  func run(
    _ mode: LoadMode, port: Int, while body: () throws(BenchError) -> Void
  ) throws(BenchError) -> WrkOutput {
    let arguments = [
      "--threads", "1", "--connections", "\(settings.connections)", "--duration", duration,
      "--latency", "--script", script.path, "http://127.0.0.1:\(port)\(mode.path)", "--",
      tokens(of: mode).path,
    ]
    let child = CPUs.pinned(to: settings.clientCPU) { ChildProcess(settings.wrk, arguments) }
    guard let child else {
      throw .unusable("\(settings.wrk) can't be run; install it: ./.ci/tools wrk")
    }
    let (lines, complaints) = (LineReader(child.output), LineReader(child.errors))
    defer {
      lines.stop()
      complaints.stop()
    }
    try body()
    child.interrupt()
    var text = ""
    while true {
      switch lines.line(within: settings.patience) {
      case .line(let line): text += line + "\n"
      case .ended:
        if text.isEmpty, case .line(let line) = complaints.line(within: 1) { text = line }
        return try WrkOutput(text)
      case .late, .tooLong: throw .unusable("wrk did not end within \(settings.patience) s")
      }
    }
  }
}
