// swift-tools-version: 6.2
import PackageDescription

// Unsafe code is an error unless it says so: see Design.md, "Fences".
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatWarning("StrictMemorySafety", as: .error),
]

let package = Package(
  name: "Jot",
  // Span and InlineArray need these; only Linux is tested.
  platforms: [.macOS(.v26), .iOS(.v26), .tvOS(.v26), .watchOS(.v26), .visionOS(.v26)],
  products: [
    .library(name: "Jot", targets: ["Jot"]),
    .library(name: "JotFastAPIUsers", targets: ["JotFastAPIUsers"]),
    .library(name: "JotFoundation", targets: ["JotFoundation"]),
    .library(name: "JotHummingbird", targets: ["JotHummingbird"]),
    .library(name: "JotRemoteKeys", targets: ["JotRemoteKeys"]),
    .executable(name: "jot", targets: ["JotCommand"]),
  ],
  traits: [
    .trait(name: "CommandLine", description: "The tool `jot`; the library needs no package."),
    .trait(name: "Server", description: "Keys from a provider: JotRemoteKeys."),
    .trait(
      name: "Hummingbird", description: "Middleware and routes: JotHummingbird.",
      enabledTraits: ["Server"]),
    .default(enabledTraits: []),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CBlake2", pkgConfig: "libb2", providers: [.apt(["libb2-dev"])]),
    .target(name: "CJotKernels"),
    .target(name: "JotCore", dependencies: ["COpenSSL", "CJotKernels"], swiftSettings: strict),
    .target(
      name: "Jot", dependencies: ["JotCore", "CJotKernels", "COpenSSL", "CBlake2"],
      swiftSettings: strict),
    // A constructor: Jot's coders know Foundation's types as soon as JotFoundation is loaded.
    .target(name: "CJotFoundation"),
    .target(
      name: "JotFoundation", dependencies: ["CJotFoundation", "Jot"], swiftSettings: strict),
    .target(name: "JotFastAPIUsers", dependencies: ["Jot"], swiftSettings: strict),
    // Without the trait Server the module is empty. Its tests are in Tests/Servers.
    .target(
      name: "JotRemoteKeys",
      dependencies: ["COpenSSL", "Jot"]
        + [
          ("AsyncHTTPClient", "async-http-client"), ("NIOCore", "swift-nio"),
          ("NIOPosix", "swift-nio"), ("NIOSSL", "swift-nio-ssl"), ("Logging", "swift-log"),
          ("Metrics", "swift-metrics"), ("Tracing", "swift-distributed-tracing"),
          ("ServiceLifecycle", "swift-service-lifecycle"),
        ].map { .product(name: $0, package: $1, condition: .when(traits: ["Server"])) },
      swiftSettings: strict),
    // Without the trait Hummingbird the module is empty. Its tests are in Tests/Servers.
    .target(
      name: "JotHummingbird",
      dependencies: ["Jot", "JotFastAPIUsers", "JotRemoteKeys"]
        + [
          ("Hummingbird", "hummingbird"), ("NIOCore", "swift-nio"), ("NIOPosix", "swift-nio"),
          ("ServiceLifecycle", "swift-service-lifecycle"),
        ].map { .product(name: $0, package: $1, condition: .when(traits: ["Hummingbird"])) },
      swiftSettings: strict),
    // A corpus of attacks, replayed: for the tool and the tests.
    .target(
      name: "JotConform", dependencies: ["Jot", "JotFastAPIUsers"],
      path: "Sources/JotCommand/Conformance", swiftSettings: strict),
    // The program's arguments where /proc is not mounted: Benchmarks/ links to it too.
    .target(name: "CArguments"),
    .executableTarget(
      name: "JotCommand",
      dependencies: [
        "CArguments", "Jot", "JotConform",
        .product(
          name: "ArgumentParser", package: "swift-argument-parser",
          condition: .when(traits: ["CommandLine"])),
      ],
      exclude: ["Conformance"],
      swiftSettings: strict),
    // Calls of the allocator, counted: Benchmarks/ links to it too.
    .target(name: "CMallocCount", path: "Tests/CMallocCount"),
    // OpenSSL's allocator, made to fail, and the process's memory, searched.
    .target(
      name: "CProbe", dependencies: ["CJotKernels", "COpenSSL"], path: "Tests/CProbe"),
    .executableTarget(
      name: "FaultProbe", dependencies: ["CMallocCount", "CProbe", "Jot"],
      path: "Tests/FaultProbe"),
    // What a forged token leaves in memory, with the kernels that the environment allows.
    .executableTarget(
      name: "ForgeryProbe", dependencies: ["Jot", "JotCore", "CProbe"], path: "Tests/ForgeryProbe"),
    // Children of a process whose threads verify and rotate.
    .executableTarget(name: "ForkProbe", dependencies: ["Jot", "CProbe"], path: "Tests/ForkProbe"),
    // Secrets that valgrind watches, a clock, and code that leaks on purpose.
    .target(name: "CConstantTime", path: "Tests/CConstantTime"),
    .executableTarget(
      name: "ConstantTimeProbe", dependencies: ["CConstantTime", "Jot", "JotCore"],
      path: "Tests/ConstantTimeProbe"),
    .testTarget(
      name: "PromiseTests",
      dependencies: [
        "CJotKernels", "ConstantTimeProbe", "CProbe", "FaultProbe", "ForgeryProbe", "ForkProbe",
        "Jot", "TestSupport",
      ],
      swiftSettings: strict),
    .target(
      name: "CArgon2", path: "Tests/CArgon2",
      linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    // Which kernels a test process has run: every test bundle links to it.
    .target(name: "CKernelWatch", dependencies: ["CJotKernels"], path: "Tests/CKernelWatch"),
    .target(
      name: "TestSupport", dependencies: ["CKernelWatch", "CProbe", "Jot"],
      path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(
      name: "AllocationTests",
      dependencies: ["Jot", "JotFoundation", "CMallocCount", "CProbe", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "JotFastAPIUsersTests",
      dependencies: ["CArgon2", "JotFastAPIUsers", "Jot", "JotConform", "TestSupport"],
      exclude: ["live.py"],
      swiftSettings: strict),
    .testTarget(
      name: "JotFoundationTests", dependencies: ["Jot", "JotFoundation", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PackageTests", dependencies: ["CJotKernels", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "JotCommandTests", dependencies: ["Jot", "JotCommand", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "JotTests", dependencies: ["CProbe", "Jot", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "JotCoreTests", dependencies: ["CJotKernels", "CProbe", "JotCore", "TestSupport"],
      swiftSettings: strict),
  ]
)
