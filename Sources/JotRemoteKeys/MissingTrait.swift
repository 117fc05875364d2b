// Without the trait the module is empty; the compiler then says why.
#if !Server
  /// Only with the trait `Server`.
  @available(
    *, unavailable,
    message: "JotRemoteKeys needs a trait: .package(name: \"Jot\", …, traits: [\"Server\"])"
  )
  public struct RemoteKeySet {}
#endif
