// Slow, simple versions of what Jot does fast: the oracles of the targets.

/// Base64url without padding (RFC 4648 §5), by a search in the alphabet.
enum SlowBase64URL {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let values = (0...255).map { byte in alphabet.firstIndex(of: UInt8(byte)) }

  /// Whether a character is in the alphabet.
  static func encodes(_ character: UInt8) -> Bool { values[Int(character)] != nil }

  enum Failure: Equatable {
    case character(Int)
    case length, bits
  }

  static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    var (text, bits, count) = ([UInt8](), 0, 0)
    for byte in bytes {
      (bits, count) = (bits << 8 | Int(byte), count + 8)
      while count >= 6 {
        count -= 6
        text.append(alphabet[bits >> count & 63])
      }
      bits &= 0xff
    }
    if count > 0 { text.append(alphabet[bits << (6 - count) & 63]) }
    return text
  }

  /// The bytes, or the first error from the left.
  static func decode(_ text: [UInt8]) -> Result<[UInt8], FailureError> {
    if let offset = text.firstIndex(where: { values[Int($0)] == nil }) {
      return .failure(FailureError(failure: .character(offset)))
    }
    if text.count % 4 == 1 { return .failure(FailureError(failure: .length)) }
    var (bytes, bits, count) = ([UInt8](), 0, 0)
    for character in text {
      (bits, count) = (bits << 6 | values[Int(character)]!, count + 6)
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(bits >> count & 0xff))
      }
      bits &= 0xff
    }
    if bits & (1 << count - 1) != 0 { return .failure(FailureError(failure: .bits)) }
    return .success(bytes)
  }

  static func decoded(_ text: [UInt8]) -> [UInt8]? { try? decode(text).get() }

  struct FailureError: Error, Equatable { let failure: Failure }
}

/// Texts in strict JSON that `JSONOracle` has read.
enum SlowJSON {
  /// The bytes of a string with its quotes, escapes resolved; nil for another value.
  static func string(_ value: [UInt8]) -> [UInt8]? {
    guard value.first == UInt8(ascii: "\"") else { return nil }
    return JSONOracle.members(Array("{".utf8) + value + Array(":0}".utf8))?.first?.name
  }

  /// The elements of an array.
  static func elements(_ array: [UInt8]) -> [[UInt8]] {
    var (elements, element, depth, isString) = ([[UInt8]](), [UInt8](), 0, false)
    var offset = 1
    while offset < array.count - 1 {
      let byte = array[offset]
      offset += 1
      if isString {
        element.append(byte)
        if byte == UInt8(ascii: "\\") {
          element.append(array[offset])
          offset += 1
        }
        isString = byte != UInt8(ascii: "\"")
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ",") where depth == 0:
        elements.append(element)
        element = []
        continue
      case 0x20, 0x09, 0x0a, 0x0d: continue
      default: break
      }
      element.append(byte)
    }
    return element.isEmpty ? elements : elements + [element]
  }

  static func isNumber(_ value: [UInt8]) -> Bool {
    value.first.map { "-0123456789".utf8.contains($0) } ?? false
  }

  /// A number truncated toward zero, by moving its point; nil if it does not fit 64 bits.
  static func integer(_ number: [UInt8]) -> Int64? {
    let text = String(decoding: number, as: UTF8.self).lowercased()
    let isNegative = text.hasPrefix("-")
    let parts = text.drop { $0 == "-" }.split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    var digits = mantissa.joined().drop { $0 == "0" }
    if digits.isEmpty { return 0 }
    let fraction = mantissa.count > 1 ? mantissa[1].count : 0
    var exponent = 0
    if parts.count > 1 {
      let size = parts[1].drop { "+-0".contains($0) }
      exponent = size.count > 9 ? 1_000_000_000 : Int(size) ?? 0
      if parts[1].hasPrefix("-") { exponent = -exponent }
    }
    let length = digits.count - fraction + exponent
    if length <= 0 { return 0 }
    if length > 19 { return nil }
    digits = digits.prefix(length)
    let zeros = String(repeating: "0", count: length - digits.count)
    return Int64((isNegative ? "-" : "") + digits + zeros)
  }

  /// A string as CPython's `json.dumps` writes it.
  static func quoted(_ text: String) -> [UInt8] {
    var quoted = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: quoted += "\\\""
      case 0x5c: quoted += "\\\\"
      case 0x08: quoted += "\\b"
      case 0x09: quoted += "\\t"
      case 0x0a: quoted += "\\n"
      case 0x0c: quoted += "\\f"
      case 0x0d: quoted += "\\r"
      case 0x20..<0x7f: quoted.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return Array((quoted + "\"").utf8)
  }
}
