// Fence: a variable that is written before a program begins. Foundation's types, whose own coding
// is not what a token has: a Date counts from 2001. Jot does not link Foundation, so JotFoundation
// installs their coding when it is loaded.
import Synchronization

/// The coding of types of another library.
package protocol ForeignCoding {
  /// Whether this coding knows a type.
  static func knows(_ type: Any.Type) -> Bool
  /// Whether any number by itself is a value of a type.
  static func areNumbers(_ type: Any.Type) -> Bool
  /// The value of a type whose values are numbers.
  static func value<Value>(_ type: Value.Type, of number: Double) -> Value
  /// Decodes a value of a type that this coding knows.
  static func decode<Value>(_ type: Value.Type, from decoder: ClaimsDecoder) throws -> Value
  /// The whole number that a value of a type is encoded as; nil if it is encoded otherwise.
  static func number<Value>(_ value: Value) -> Int64?
  /// Encodes a value of a type that this coding knows.
  static func encode<Value>(_ value: Value, to encoder: ClaimsEncoder) throws
}

/// The coding that JotFoundation has installed, or else the refusal of types that need it.
package enum ForeignTypes {
  nonisolated(unsafe) private static var coding: (any ForeignCoding.Type)?
  private static let isInstalled = Atomic<Bool>(false)
  /// Types that were looked at and need no coding, each in a slot by its address.
  private static let harmless = [16 of Atomic<UInt>] { _ in Atomic<UInt>(0) }

  /// Installs a coding; nil removes it, for tests.
  ///
  /// - Precondition: called before the program begins, or while no other thread codes.
  package static func install(_ coding: (any ForeignCoding.Type)?) {
    isInstalled.store(false, ordering: .relaxed)
    // SAFETY: no other thread reads it then: this runs before `main`, or in a test's own process. A
    // metatype is never freed.
    unsafe self.coding = coding
    isInstalled.store(coding != nil, ordering: .releasing)
  }

  /// Whether a type is foreign.
  @inline(__always)
  static func contain(_ type: Any.Type) -> Bool { installed?.knows(type) ?? needsCoding(type) }

  /// Whether any number by itself is a value of a foreign type.
  static func areNumbers(_ type: Any.Type) -> Bool { installed?.areNumbers(type) ?? false }

  /// The value of a foreign type whose values are numbers.
  ///
  /// - Precondition: `areNumbers(type)`.
  static func value<Value>(_ type: Value.Type, of number: Double) -> Value {
    guard let installed else { preconditionFailure("a type whose values are numbers") }
    return installed.value(type, of: number)
  }

  /// Decodes a value of a foreign type.
  static func decode<Value>(_ type: Value.Type, from decoder: ClaimsDecoder) throws -> Value {
    if let coding = installed { return try coding.decode(type, from: decoder) }
    throw DecodingError.dataCorrupted(
      DecodingError.Context(
        codingPath: decoder.codingPath, debugDescription: Self.advice(type)))
  }

  /// The whole number that a value of a foreign type is encoded as; nil if it is encoded otherwise.
  static func number<Value>(_ value: Value) -> Int64? { installed?.number(value) }

  /// Encodes a value of a foreign type.
  static func encode<Value>(_ value: Value, to encoder: ClaimsEncoder) throws {
    if let coding = installed { return try coding.encode(value, to: encoder) }
    throw EncodingError.invalidValue(
      value,
      EncodingError.Context(
        codingPath: encoder.codingPath, debugDescription: Self.advice(Value.self)))
  }

  @inline(__always)
  private static var installed: (any ForeignCoding.Type)? {
    guard isInstalled.load(ordering: .acquiring) else { return nil }
    // SAFETY: stored before the flag, and not written afterwards.
    return unsafe coding
  }

  private static func advice(_ type: Any.Type) -> String {
    "import JotFoundation to code Foundation's \(type) as claims have it"
  }

  /// Whether a type of Foundation would be coded otherwise than JSON's coders do it.
  private static func needsCoding(_ type: Any.Type) -> Bool {
    let address = UInt(bitPattern: ObjectIdentifier(type))
    let slot = Int(address >> 4 & 15)
    if harmless[slot].load(ordering: .relaxed) == address { return false }
    if foreign.contains(String(reflecting: type)) { return true }
    harmless[slot].store(address, ordering: .relaxed)
    return false
  }

  private static let foreign = Set(
    ["Foundation", "FoundationEssentials"].flatMap { module in
      ["Date", "Data", "URL", "Decimal"].map { "\(module).\($0)" }
    })
}
