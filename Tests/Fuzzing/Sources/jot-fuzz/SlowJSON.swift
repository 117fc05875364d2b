// Values of a strict JSON text, read slowly: what `JSONOracle` leaves open.

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

/// The members of an object by name.
struct SlowMembers {
  private let members: [JSONOracle.Member]

  init(_ members: [JSONOracle.Member]) { self.members = members }

  /// A value's text, with the quotes of a string.
  subscript(name: String) -> [UInt8]? {
    members.first { $0.name == Array(name.utf8) }?.value
  }

  func string(_ name: String) -> [UInt8]? { self[name].flatMap { SlowJSON.string($0) } }

  func isStringOrNull(_ name: String) -> Bool {
    self[name] == nil || self[name] == Array("null".utf8) || string(name) != nil
  }
}
