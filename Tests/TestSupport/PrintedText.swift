import Foundation
import Jot

/// All that was printed, to be searched for pieces of keys.
public struct PrintedText {
  /// Twelve bytes.
  private struct Piece: Hashable {
    var (first, last) = (0 as UInt64, 0 as UInt64)

    mutating func append(_ byte: UInt8) {
      first = first << 8 | last >> 24 & 0xff
      last = last << 8 & 0xffff_ffff | UInt64(byte)
    }
  }

  private static let length = 12
  private var pieces: Set<Piece> = []

  public init() {}

  public var count: Int { pieces.count }

  public mutating func add(_ text: String) {
    Self.forEachPiece(of: text.utf8) { pieces.insert($0) }
  }

  /// Whether any twelve bytes of `text` were printed.
  public func hasPiece(of text: some Collection<UInt8>) -> Bool {
    var found = false
    Self.forEachPiece(of: text) { if pieces.contains($0) { found = true } }
    return found
  }

  /// The cases with a text of which twelve bytes were printed.
  public func leaks() -> Set<String> {
    Set(Self.secrets.lazy.filter { hasPiece(of: $0.text) }.map(\.name))
  }

  /// What must not be printed: the texts and private numbers of the table's keys, and what they are
  /// in base64 and in hexadecimal digits; each with its case.
  public static let secrets: [(name: String, text: [UInt8])] = {
    let table = WorldTable.shared
    var known: Set<[UInt8]> = []
    var secrets = [("the passphrase", Array(table.passphrase.utf8))]
    for row in table.cases {
      guard let key = row.keyText, known.insert(key).inserted else { continue }
      for text in forms(of: key) {
        // Only runs of what keys consist of: a name in JSON is no secret.
        let runs = text.split { !isKeyByte($0) }.filter { $0.count >= 32 }.map(Array.init)
        secrets += runs.map { (row.description, $0) }
      }
      for number in table.privateNumbers(of: row) where known.insert(number).inserted {
        secrets += forms(of: number).map { (row.description, $0) }
      }
    }
    return secrets
  }()

  /// The bytes as they are, and as others might print them.
  private static func forms(of bytes: [UInt8]) -> [[UInt8]] {
    // A number may begin anywhere in a group of base64's three bytes.
    let base64 = (0..<min(3, bytes.count)).map { Data(bytes[$0...]).base64EncodedString() }
    let url = base64.map { $0.replacing("+", with: "-").replacing("/", with: "_") }
    let hexadecimal = ["0123456789abcdef", "0123456789ABCDEF"].map { digits in
      let digits = Array(digits.utf8)
      return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
    return [bytes] + (base64 + url).map { Array($0.utf8) } + hexadecimal
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"),
      UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func forEachPiece(of text: some Collection<UInt8>, _ body: (Piece) -> Void) {
    var (piece, count) = (Piece(), 0)
    for byte in text {
      piece.append(byte)
      count += 1
      if count >= length { body(piece) }
    }
  }
}
