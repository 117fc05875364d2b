// swift-tools-version: 6.2
import PackageDescription

// Tests of what stands behind the traits Server and Hummingbird: a package of its own, so that the main package's
// build and tests need none of its dependencies.

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatWarning("StrictMemorySafety", as: .error),
]

let package = Package(
  name: "Servers",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "Jot", path: "../..", traits: ["Hummingbird"]),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
  ],
  targets: [
    // A link to that of the main package's tests.
    .target(name: "CMallocCount", path: "Tests/CMallocCount"),
    .testTarget(
      name: "JotRemoteKeysTests",
      dependencies: [
        "CMallocCount",
        .product(name: "Jot", package: "Jot"),
        .product(name: "JotRemoteKeys", package: "Jot"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "JotHummingbirdTests",
      dependencies: [
        .product(name: "Jot", package: "Jot"),
        .product(name: "JotFastAPIUsers", package: "Jot"),
        .product(name: "JotHummingbird", package: "Jot"),
        .product(name: "JotRemoteKeys", package: "Jot"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
  ]
)
