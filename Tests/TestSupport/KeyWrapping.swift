import Foundation
import Jot

/// Something that may be around a key's text: what a loader of keys reads in it, or not, is up to the
/// loader; the loader of secrets must refuse what is read.
public struct KeyWrapping: Sendable {
  public let name: String
  public let wrap: @Sendable ([UInt8]) -> [UInt8]

  private init(_ name: String, _ wrap: @escaping @Sendable ([UInt8]) -> [UInt8]) {
    (self.name, self.wrap) = (name, wrap)
  }

  /// What is around keys most often.
  public static let usual = [
    KeyWrapping("alone") { $0 },
    KeyWrapping("a byte order mark") { [0xef, 0xbb, 0xbf] + $0 },
    KeyWrapping("quotes") { around("\"", $0, "\"") },
    KeyWrapping("single quotes") { around("'", $0, "'") },
    KeyWrapping("leading text") { around("my key:\n", $0) },
    KeyWrapping("a leading word") { around("key ", $0) },
    KeyWrapping("white space") { around(" \n\t", $0, "\n \n") },
    KeyWrapping("a name") { around("JWT_KEY=", $0) },
    KeyWrapping("base64url") { Array(Base64URL.encode($0).utf8) },
    KeyWrapping("a member of JSON") {
      around(#"{"x":"y","key":"#, json($0), "}")
    },
    KeyWrapping("UTF-16 LE, byte order mark") { [0xff, 0xfe] + units($0, 2) },
  ]

  public static let all =
    usual + [
      KeyWrapping("backquotes") { around("`", $0, "`") },
      KeyWrapping("export") { around("export KEY=", $0, "\n") },
      KeyWrapping("base64") { Array(Data($0).base64EncodedString().utf8) },
      KeyWrapping("base64 in lines") {
        Array(Data($0).base64EncodedString(options: .lineLength64Characters).utf8)
      },
      KeyWrapping("hexadecimal") { hexadecimal($0, "%02x") },
      KeyWrapping("hexadecimal, capitals") { hexadecimal($0, "%02X") },
      KeyWrapping("UTF-16 LE") { units($0, 2) },
      KeyWrapping("UTF-16 BE") { units($0, 2, isBig: true) },
      KeyWrapping("UTF-16 BE, byte order mark") { [0xfe, 0xff] + units($0, 2, isBig: true) },
      KeyWrapping("UTF-32 LE") { units($0, 4) },
      KeyWrapping("UTF-32 BE, byte order mark") {
        [0, 0, 0xfe, 0xff] + units($0, 4, isBig: true)
      },
      KeyWrapping("a JSON string") { json($0) },
      KeyWrapping("a JSON string, each character escaped") { text in
        around("\"", text.flatMap { Array(String(format: "\\u%04x", $0).utf8) }, "\"")
      },
      KeyWrapping("the only member of JSON") { around(#"{"key":"#, json($0), "}") },
      KeyWrapping("two members of JSON") {
        around(#"{"a":"#, json($0) + Array(#","b":"#.utf8) + json($0), "}")
      },
      KeyWrapping("an array of JSON") { around("[", json($0), "]") },
      KeyWrapping("kty escaped") { replaced($0, #""kty""#, #""\u006b\u0074y""#) },
      KeyWrapping(#"slashes as \/"#) { replaced($0, "/", "\\/") },
      KeyWrapping(#"line ends as \n"#) { replaced($0, "\n", "\\n") },
      KeyWrapping(#"line ends as \\n"#) { replaced($0, "\n", "\\\\n") },
      KeyWrapping("CR LF") { replaced($0, "\n", "\r\n") },
      KeyWrapping("CR") { replaced($0, "\n", "\r") },
      KeyWrapping("trailing text") { around("", $0, "\nend") },
      KeyWrapping("a comma") { around("", $0, ",") },
      KeyWrapping("no-break spaces") { around("\u{a0}", $0, "\u{a0}") },
      KeyWrapping("control characters") { around("\u{1f}\u{b}", $0, "\u{c}") },
      KeyWrapping("NULs around it") { around("\0", $0, "\0") },
      KeyWrapping("NULs for spaces") { replaced($0, " ", "\0") },
      KeyWrapping("a NUL behind each byte") { $0.flatMap { [$0, 0] } },
      KeyWrapping("brackets") { around("[", $0, "]") },
      KeyWrapping("braces") { around("{", $0, "}") },
      KeyWrapping("a digit") { around("0", $0) },
      KeyWrapping("an equals sign") { around("=", $0) },
    ]

  private static func around(_ start: String, _ text: [UInt8], _ end: String = "") -> [UInt8] {
    Array(start.utf8) + text + Array(end.utf8)
  }

  private static func replaced(_ text: [UInt8], _ old: String, _ new: String) -> [UInt8] {
    var (result, offset) = ([UInt8](), 0)
    let (old, new) = (Array(old.utf8), Array(new.utf8))
    while offset < text.count {
      let isOld = text[offset...].starts(with: old)
      result += isOld ? new : [text[offset]]
      offset += isOld ? old.count : 1
    }
    return result
  }

  private static func json(_ text: [UInt8]) -> [UInt8] {
    Array(JSON.string(String(decoding: text, as: UTF8.self)).text.utf8)
  }

  private static func hexadecimal(_ text: [UInt8], _ format: String) -> [UInt8] {
    text.flatMap { Array(String(format: format, $0).utf8) }
  }

  /// The code units of a text in the plane of 65,536 characters.
  private static func units(_ text: [UInt8], _ width: Int, isBig: Bool = false) -> [UInt8] {
    String(decoding: text, as: UTF8.self).utf16.flatMap { unit -> [UInt8] in
      let bytes = [UInt8(unit & 0xff), UInt8(unit >> 8)] + [UInt8](repeating: 0, count: width - 2)
      return isBig ? bytes.reversed() : bytes
    }
  }
}
