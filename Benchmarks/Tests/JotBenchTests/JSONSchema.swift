// A small JSON Schema validator. It supports what Schema.json uses and reports any other keyword.
import Foundation

/// A schema, and the root that its references are resolved from.
struct JSONSchema {
  private let root: [String: Any]

  init(_ data: Data) throws {
    guard let root = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw CocoaError(.coderReadCorrupt)
    }
    self.root = root
  }

  /// Every violation in `value`, with its path.
  func faults(_ value: Any) -> [String] { faults(value, root, "$") }

  private func faults(_ value: Any, _ schema: [String: Any], _ path: String) -> [String] {
    var found: [String] = []
    for (keyword, rule) in schema {
      switch keyword {
      case "$schema", "$defs", "title", "description", "properties": break
      case "$ref":
        let name = (rule as! String).replacing("#/$defs/", with: "")
        let definitions = root["$defs"] as! [String: [String: Any]]
        found += faults(value, definitions[name]!, path)
      case "const":
        if value as? String != rule as? String { found.append("\(path) is not \(rule)") }
      case "enum":
        if !(rule as! [String]).contains(where: { $0 == value as? String }) {
          found.append("\(path) is not one of \(rule)")
        }
      case "type":
        let names = rule as? [String] ?? [rule as! String]
        if !names.contains(where: { Self.has(value, $0) }) {
          found.append("\(path) is no \(names.joined(separator: " or "))")
        }
      case "pattern":
        if let text = value as? String,
          text.range(of: rule as! String, options: .regularExpression) == nil
        {
          found.append("\(path) does not match")
        }
      case "minimum":
        if let number = Self.number(value), number < Self.number(rule)! {
          found.append("\(path) is too small")
        }
      case "minItems", "maxItems":
        if let array = value as? [Any] {
          let border = rule as! Int
          if keyword == "minItems" ? array.count < border : array.count > border {
            found.append("\(path) has \(array.count) items")
          }
        }
      case "items":
        for (index, item) in (value as? [Any] ?? []).enumerated() {
          found += faults(item, rule as! [String: Any], "\(path)[\(index)]")
        }
      case "required":
        if let object = value as? [String: Any] {
          found += (rule as! [String]).filter { object[$0] == nil }.map {
            "\(path).\($0) is missing"
          }
        }
      case "additionalProperties":
        let known = Set((schema["properties"] as? [String: Any] ?? [:]).keys)
        for (name, member) in value as? [String: Any] ?? [:] where !known.contains(name) {
          if let rule = rule as? [String: Any] {
            found += faults(member, rule, "\(path).\(name)")
          } else if rule as! Bool == false {
            found.append("\(path).\(name) is not known")
          }
        }
      default: found.append("the schema's \(keyword) is a word that this validator lacks")
      }
    }
    let object = value as? [String: Any] ?? [:]
    for (name, rule) in schema["properties"] as? [String: [String: Any]] ?? [:] {
      if let member = object[name] { found += faults(member, rule, "\(path).\(name)") }
    }
    return found
  }

  private static func isBool(_ value: Any) -> Bool {
    (value as? NSNumber).map { unsafe String(cString: $0.objCType) == "c" } ?? (value is Bool)
  }

  private static func number(_ value: Any) -> Double? {
    isBool(value) ? nil : (value as? NSNumber)?.doubleValue
  }

  private static func has(_ value: Any, _ type: String) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": isBool(value)
    case "null": value is NSNull
    case "number": number(value) != nil
    case "integer": number(value).map { $0 == $0.rounded() } ?? false
    default: false
    }
  }
}
