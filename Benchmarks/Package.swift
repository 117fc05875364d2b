// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatWarning("StrictMemorySafety", as: .error),
]

let package = Package(
  name: "Benchmarks",
  products: [.executable(name: "jot-bench", targets: ["jot-bench"])],
  dependencies: [
    .package(name: "Jot", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CBenchOpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CBench", dependencies: ["CBenchOpenSSL"]),
    // Links to the one that the tests of Jot use, and to the tool's.
    .target(name: "CMallocCount"),
    .target(name: "CBenchArguments", path: "Sources/CArguments"),
    .target(
      name: "JotBench",
      dependencies: [
        "CBench", "CMallocCount",
        .product(name: "Jot", package: "Jot"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "jot-bench",
      dependencies: [
        "CBenchArguments", "JotBench",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // What the tests of records kill.
    .executableTarget(
      name: "RecordWriter", dependencies: ["JotBench"], path: "Tests/RecordWriter",
      swiftSettings: strict),
    .testTarget(
      name: "JotBenchTests",
      dependencies: [
        "JotBench", "RecordWriter", "jot-bench", .product(name: "Jot", package: "Jot"),
      ],
      swiftSettings: strict),
  ]
)
