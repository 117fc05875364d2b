// What the server is told at its start.
import Foundation

/// The port, the keys, and what every token must say.
struct Settings: Decodable {
  /// 0: one that is free.
  let port: Int
  let issuer: String
  let audience: String
  /// The secret of HS256, as text.
  let secret: String
  /// Public keys in PEM.
  let rs256: String
  let es256: String

  init(json: String) throws {
    self = try JSONDecoder().decode(Settings.self, from: Data(json.utf8))
  }
}
