// Keys that no type declares: an element's index, a member's name, `super`.

/// A key in a coding path.
struct ClaimsKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  /// The key of an array's element.
  init(index: Int) { (stringValue, intValue) = ("Index \(index)", index) }
  init(stringValue: String) { (self.stringValue, intValue) = (stringValue, Int(stringValue)) }
  init(intValue: Int) { (stringValue, self.intValue) = ("\(intValue)", intValue) }

  private init(name: String) { (stringValue, intValue) = (name, nil) }

  /// The key of a superclass's members.
  static let `super` = ClaimsKey(name: "super")
}
