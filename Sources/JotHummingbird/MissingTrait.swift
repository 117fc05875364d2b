// Without the trait the module is empty; the compiler then says why.
#if !Hummingbird
  /// Only with the trait `Hummingbird`.
  @available(
    *, unavailable,
    message: "JotHummingbird needs a trait: .package(name: \"Jot\", …, traits: [\"Hummingbird\"])"
  )
  public struct TokenMiddleware {}
#endif
