// The targets, and what each one is.
import Foundation

/// Some code under test, with an oracle.
protocol FuzzTarget {
  /// Inputs to begin with, from the vectors.
  var seeds: [[UInt8]] { get }

  /// Runs the code on any bytes; ends the process by ``finding(_:)`` if an answer is wrong.
  mutating func run(_ input: [UInt8])

  /// A change that the bytes' structure survives; nil leaves it to libFuzzer.
  func mutated(_ input: [UInt8], most: Int, _ random: inout Seeded) -> [UInt8]?
}

extension FuzzTarget {
  func mutated(_ input: [UInt8], most: Int, _ random: inout Seeded) -> [UInt8]? { nil }
}

enum FuzzTargets {
  static let all: [(name: String, make: @Sendable () -> any FuzzTarget)] = [
    ("base64url", { Base64URLTarget() }), ("json", { JSONTarget() }),
    ("header", { HeaderTarget() }), ("verify", { VerifyTarget() }), ("keys", { KeysTarget() }),
    ("issuer", { IssuerTarget() }), ("credentials", { CredentialsTarget() }),
    ("cache", { CacheTarget() }),
  ]

  /// The target of this name. Some names are no targets: they do something else and end.
  static func named(_ name: String) -> any FuzzTarget {
    switch name {
    case "list":
      print(all.map(\.name).joined(separator: " "))
      exit(0)
    case "seeds":
      SeedFolder.write()
      exit(0)
    case "overflow-swift", "overflow-c", "undefined-c": return PlantedMistake(name)
    default:
      guard let target = all.first(where: { $0.name == name }) else {
        print("JOT_FUZZ_TARGET is one of: \(all.map(\.name).joined(separator: " "))")
        exit(2)
      }
      return target.make()
    }
  }
}

/// Ends the process as a finding: libFuzzer then keeps the input.
func finding(_ text: String) -> Never {
  FileHandle.standardError.write(Data("jot: finding: \(text)\n".utf8))
  abort()
}

func require(_ condition: Bool, _ text: @autoclosure () -> String) {
  if !condition { finding(text()) }
}

func requireEqual<Value: Equatable>(_ one: Value, _ other: Value, _ text: @autoclosure () -> String)
{
  if one != other { finding("\(text()): \(one) is not \(other)") }
}

/// Bytes as text, or as numbers if they are no text.
func shown(_ bytes: [UInt8]) -> String {
  String(validating: bytes, as: UTF8.self).map { $0.debugDescription } ?? "\(bytes)"
}
