// The claims of a token to be signed.

/// The claims of a token to be signed, in the order in which they are set.
///
/// ```swift
/// let claims: Claims = ["sub": "7e0c…", "aud": ["fastapi-users:auth"], "exp": 1767229200]
/// ```
public struct Claims: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  private var members: [JSON.Member]

  /// Makes an empty list of claims.
  public init() { members = [] }

  /// Makes claims from a dictionary literal, in its order.
  ///
  /// - Precondition: No name occurs twice.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    members = []
    for (name, value) in elements {
      precondition(self[name] == nil, "a claim is named once")
      self[name] = value
    }
  }

  /// The claim `name`. A new claim is appended; nil removes a claim.
  public subscript(name: String) -> JSON? {
    get { index(of: name).map { members[$0].value } }
    set {
      let index = index(of: name)
      switch (index, newValue) {
      case (let index?, let value?): members[index] = JSON.Member(name, value)
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(JSON.Member(name, value))
      case (nil, nil): break
      }
    }
  }

  /// Whether both have the same claims in the same order, compared as the bytes of ``payload``.
  public static func == (left: Claims, right: Claims) -> Bool { left.payload == right.payload }

  /// The claims as PyJWT writes them: no spaces, ASCII only.
  public var payload: [UInt8] { JSON.object(members).utf8 }

  private func index(of name: String) -> Int? {
    members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
  }
}
