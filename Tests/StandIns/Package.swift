// swift-tools-version: 6.2
import PackageDescription

// JotCore and its tests once more, with plain C in place of the instructions that its kernels are
// written for: `include` has it. All files are the main package's, by links. So every kernel runs
// on every CPU, as the same tests see it, and the sanitizers see each byte that it touches.

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatWarning("StrictMemorySafety", as: .error),
]

let package = Package(
  name: "StandIns",
  platforms: [.macOS(.v26)],
  targets: [
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(
      name: "CJotKernels",
      cSettings: [
        .define("JOT_STAND_INS"), .headerSearchPath("../../include"),
        // Without optimization the tests take minutes; with RSA's loops unrolled, which _Pragma asks
        // for, the compiler does. Vectors are passed within files only, so their ABI is nobody's.
        .unsafeFlags([
          "-O2", "-Wno-psabi", "-D_Pragma(text)=", "-Wno-builtin-macro-redefined",
          "-fsanitize=undefined", "-fsanitize-trap=undefined",
        ]),
      ]),
    .target(name: "JotCore", dependencies: ["COpenSSL", "CJotKernels"], swiftSettings: strict),
    .target(name: "CProbe", dependencies: ["CJotKernels", "COpenSSL"]),
    .target(
      name: "CKernelWatch", dependencies: ["CJotKernels"],
      cSettings: [.define("JOT_STAND_INS")]),
    .target(
      name: "TestSupport", dependencies: ["CKernelWatch", "CProbe"], swiftSettings: strict),
    .testTarget(
      name: "JotCoreTests", dependencies: ["CJotKernels", "CProbe", "JotCore", "TestSupport"],
      swiftSettings: strict),
    // Each intrinsic that a kernel uses, real and by its stand-in.
    .target(
      name: "CIntrinsics", path: "Tests/CIntrinsics",
      cSettings: [.unsafeFlags(["-O2", "-Wno-psabi"])]),
    .testTarget(
      name: "IntrinsicsTests", dependencies: ["CIntrinsics", "TestSupport"],
      swiftSettings: strict),
  ]
)
