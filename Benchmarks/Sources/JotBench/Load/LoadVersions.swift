// The versions of what the server was built from, as the package manager resolved them.
import Foundation

/// The versions of a server's packages.
public enum LoadVersions {
  private struct Resolved: Decodable {
    struct Pin: Decodable {
      struct State: Decodable { let version: String? }
      let identity: String
      let state: State
    }
    let pins: [Pin]
  }

  /// The packages that the modes depend on, and their names.
  private static let packages = [
    ("hummingbird", "Hummingbird"), ("swift-nio", "SwiftNIO"), ("jwt-kit", "jwt-kit"),
  ]

  /// Like `Hummingbird 2.28.1, SwiftNIO 2.101.2, jwt-kit 5.7.1`.
  ///
  /// - Parameter server: The server's program, below the folder `.build` of its package.
  public static func words(_ server: String) -> String {
    let path = URL(filePath: server).path.split(separator: "/", omittingEmptySubsequences: false)
    let package = path.prefix { $0 != ".build" }.joined(separator: "/")
    let data = FileManager.default.contents(atPath: package + "/Package.resolved") ?? Data()
    let pins = (try? JSONDecoder().decode(Resolved.self, from: data))?.pins ?? []
    return packages.map { identity, name in
      let version = pins.first { $0.identity == identity }?.state.version
      return version.map { "\(name) \($0)" } ?? name
    }.joined(separator: ", ")
  }
}
