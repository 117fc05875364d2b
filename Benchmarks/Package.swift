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
    // Links to those of Jot's tests and of its tool.
    .target(name: "CMallocCount"),
    .target(name: "CBenchArguments", path: "Sources/CArguments"),
    // The commit that a program was built from.
    .plugin(name: "StampPlugin", capability: .buildTool()),
    .target(name: "BuildStamp", swiftSettings: strict, plugins: ["StampPlugin"]),
    // Measures, records, compares and reports; it knows no Jot.
    .target(
      name: "BenchKit",
      dependencies: [
        "BuildStamp", "CBench", "CMallocCount",
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: strict),
    // Jot's scenarios and engines.
    .target(
      name: "JotBench",
      dependencies: [
        "BenchKit", "CBench", .product(name: "Jot", package: "Jot"),
        .product(name: "JotFoundation", package: "Jot"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "jot-bench",
      dependencies: [
        "BenchKit", "CBenchArguments", "JotBench",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // The tests of records kill it.
    .executableTarget(
      name: "RecordWriter", dependencies: ["BenchKit"], path: "Tests/RecordWriter",
      swiftSettings: strict),
    // A server for the tests of a load, which misbehaves when it is told to.
    .executableTarget(name: "FakeLoadServer", path: "Tests/FakeLoadServer"),
    .testTarget(name: "BenchKitTests", dependencies: ["BenchKit"], swiftSettings: strict),
    .testTarget(
      name: "JotBenchTests",
      dependencies: [
        "BenchKit", "BuildStamp", "FakeLoadServer", "JotBench", "RecordWriter", "jot-bench",
        .product(name: "Jot", package: "Jot"),
      ],
      swiftSettings: strict),
  ]
)
