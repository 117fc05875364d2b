// Why a value is no payload.

/// Why a value can't be a payload.
@nonexhaustive
public enum CodablePayloadError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It does not encode as one strict JSON object.
  case notAnObject
  /// An object of it has this name twice (RFC 7519 §4).
  case duplicateName(String)
  /// Its containers are nested deeper than 128 levels, or contain themselves.
  case tooDeep

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .notAnObject: "the payload does not encode as a JSON object; pass a struct"
    case .duplicateName(let name):
      "the payload encodes the member \(name) twice in one object; encode it once"
    case .tooDeep: "the payload is nested deeper than 128 levels; does a value contain itself?"
    }
  }
}
