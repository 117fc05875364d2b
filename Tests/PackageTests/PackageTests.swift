import CJotKernels
import Foundation
import TestSupport
import Testing

/// Checks of the whole package, from outside.
@Suite("The package", .serialized)
struct PackageTests {
  @Test("README's example fetches no Swift package, builds and runs; misuse does not compile")
  func consumer() throws {
    try withTemporaryFolder { try consume($0) }
  }

  private func consume(_ folder: URL) throws {
    try write(
      """
      // swift-tools-version: 6.2
      import PackageDescription
      let package = Package(
        name: "Consumer",
        dependencies: [.package(name: "Jot", path: "\(Project.root.path)")],
        targets: [
          .executableTarget(
            name: "Consumer",
            dependencies: [
              .product(name: "Jot", package: "Jot"), .product(name: "JotFastAPIUsers", package: "Jot"),
            ])
        ])
      """, to: folder.appending(path: "Package.swift"))
    let readme = try String(
      contentsOf: Project.root.appending(path: "README.md"), encoding: .utf8)
    let example = readme.components(separatedBy: "```swift\n")[1].components(separatedBy: "```")[0]
    try write(
      example + "print(JotLibrary.version)\n",
      to: folder.appending(path: "Sources/Consumer/main.swift"))
    let build = try run(["swift", "build", "--package-path", folder.path])
    try #require(build.status == 0, "\(build.text)")
    let hello = try run([folder.appending(path: ".build/debug/Consumer").path])
    let lines = hello.text.split(separator: "\n")
    try #require(lines.count == 4, "\(hello.text)")
    #expect(lines.prefix(3) == ["hello ada", "refused: signature_invalid", "7"], "\(hello.text)")
    #expect(lines[3].hasPrefix("0."), "\(hello.text)")
    for trace in ["Package.resolved", ".build/checkouts", ".build/repositories"] {
      let left = try? FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: trace).path)
      let isThere = FileManager.default.fileExists(atPath: folder.appending(path: trace).path)
      #expect(!isThere || left == [], "\(trace): something was fetched")
    }
    let libraries = try run(["ldd", folder.appending(path: ".build/debug/Consumer").path])
    #expect(libraries.text.contains("libcrypto"))
    #expect(!libraries.text.contains("Foundation"), "Jot and JotFastAPIUsers link no Foundation")
    try misuse(folder)
  }

  /// Each mistake that the types prevent, next to the same code without it.
  private func misuse(_ folder: URL) throws {
    let mistakes = [
      ("Verifier(key: signing, algorithms: [.hs256])", "SigningKey", "private material verifies"),
      ("Signer(key: verifying, algorithm: .hs256)", "VerificationKey", "a verification key signs"),
      ("Verifier(key: verifying)", "algorithms", "no allow list"),
      ("VerifiedClaims(payload: [], index: index)", "inaccessible", "claims without a verify"),
      ("VerificationKey(secret: \"text\")", "Secret", "text guessed to be a secret"),
      ("print(secret)", "Copyable", "a secret printed"),
      ("[secret]", "Copyable", "a secret copied"),
    ]
    let build = folder.appending(path: ".build/debug")
    func check(_ line: String) throws -> (status: Int32, text: String) {
      let file = folder.appending(path: "check.swift")
      try write(
        """
        import Jot
        func check(
          _ signing: SigningKey, _ verifying: VerificationKey, _ secret: borrowing Secret,
          _ index: ClaimIndex
        ) throws {
          _ = try \(line)
        }
        """, to: file)
      return try run([
        "swiftc", "-typecheck", "-swift-version", "6", file.path, "-I",
        build.appending(path: "Modules").path, "-Xcc",
        "-fmodule-map-file=\(Project.root.path)/Sources/COpenSSL/module.modulemap", "-Xcc",
        "-fmodule-map-file=\(Project.root.path)/Sources/CBlake2/module.modulemap", "-Xcc",
        "-fmodule-map-file=\(build.path)/CJotKernels.build/module.modulemap",
      ])
    }
    let right = try check("Verifier(key: verifying, algorithms: [.hs256])")
    #expect(right.status == 0, "\(right.text)")
    for (line, word, meaning) in mistakes {
      let result = try check(line)
      #expect(result.status != 0 && result.text.contains(word), "\(meaning): \(result.text)")
    }
  }

  @Test("the kernels' C compiles for aarch64 too")
  func aarch64() throws {
    let folder = Project.root.appending(path: "Sources/CJotKernels")
    let files = try Project.files(below: "Sources/CJotKernels", ending: ".c")
    #expect(files.count >= 20, "\(files)")
    for file in files {
      let result = try run([
        "clang", "--target=aarch64-linux-gnu", "-fsyntax-only", "-Wall", "-Werror", "-I",
        folder.appending(path: "include").path, folder.appending(path: file).path,
      ])
      #expect(result.status == 0, "\(file): \(result.text)")
    }
  }

  @Test("no kernel is chosen on a CPU that lacks what its file was compiled for")
  func features() throws {
    #if !arch(x86_64)
      try skip("not on this CPU")
    #endif
    let folder = Project.root.appending(path: "Sources/CJotKernels")
    // Maps the end of a file name to its instruction set.
    let sets = [
      "avx2": JOT_AVX2, "vbmi": JOT_VBMI, "ifma": JOT_IFMA, "avx512": JOT_IFMA, "shani": JOT_SHA,
      "adx": JOT_ADX, "shani_avx512": JOT_SHA | JOT_IFMA,
    ]
    // The CPUID bit of each compiler feature. Three have no bit of their own and use another's.
    let bits: [String: (WritableKeyPath<jot_cpu, UInt32>, UInt32)] = [
      "sse3": (\.leaf1_ecx, 0), "ssse3": (\.leaf1_ecx, 9), "fma": (\.leaf1_ecx, 12),
      "sse4.1": (\.leaf1_ecx, 19), "sse4.2": (\.leaf1_ecx, 20), "crc32": (\.leaf1_ecx, 20),
      "popcnt": (\.leaf1_ecx, 23), "xsave": (\.leaf1_ecx, 27), "avx": (\.leaf1_ecx, 28),
      "f16c": (\.leaf1_ecx, 29), "bmi": (\.leaf7_ebx, 3), "avx2": (\.leaf7_ebx, 5),
      "bmi2": (\.leaf7_ebx, 8), "adx": (\.leaf7_ebx, 19), "avx512f": (\.leaf7_ebx, 16),
      "evex512": (\.leaf7_ebx, 16),
      "avx512dq": (\.leaf7_ebx, 17), "avx512ifma": (\.leaf7_ebx, 21), "sha": (\.leaf7_ebx, 29),
      "avx512bw": (\.leaf7_ebx, 30), "avx512vl": (\.leaf7_ebx, 31),
      "avx512vbmi": (\.leaf7_ecx, 1),
    ]
    let everywhere: Set = ["cmov", "cx8", "fxsr", "mmx", "sse", "sse2", "x87"]
    let all = jot_cpu(leaf1_ecx: .max, leaf7_ebx: .max, leaf7_ecx: .max, xcr0: .max)
    var kernels = 0
    for file in try Project.files(below: "Sources/CJotKernels", ending: ".c") {
      let result = try run([
        "clang", "-O2", "-S", "-emit-llvm", "-o", "-", "-I", folder.appending(path: "include").path,
        folder.appending(path: file).path,
      ])
      try #require(result.status == 0, "\(file): \(result.text)")
      let features = Set(
        result.text.matches(of: /"target-features"="([^"]*)"/)
          .flatMap { $0.1.split(separator: ",").map { String($0.dropFirst()) } })
      // The longest that fits.
      let end = sets.keys.filter { file.hasSuffix("_\($0).c") }.max { $0.count < $1.count } ?? ""
      guard let set = sets[end] else {
        #expect(features.isSubset(of: everywhere), "\(file) runs on every CPU")
        continue
      }
      kernels += 1
      #expect(kernel(all, has: set) && !features.isSubset(of: everywhere), "\(file)")
      for feature in features.subtracting(everywhere) {
        let (word, bit) = try #require(bits[feature], "\(file): \(feature)")
        var cpu = all
        cpu[keyPath: word] &= ~(1 << bit)
        #expect(!kernel(cpu, has: set), "\(file) is compiled for \(feature)")
      }
      // The XCR0 bits of the registers that the OS must save.
      let registers =
        ["shani", "adx"].contains(end) ? [] : end == "avx2" ? [1, 2] : [1, 2, 5, 6, 7]
      for bit in registers {
        var cpu = all
        cpu.xcr0 &= ~(1 << UInt32(bit))
        #expect(!kernel(cpu, has: set), "\(file): XCR0, bit \(bit)")
      }
    }
    #expect(kernels >= 12)
  }

  private func kernel(_ cpu: jot_cpu, has set: Int) -> Bool {
    var cpu = cpu
    return unsafe jot_kernels_of(&cpu) & UInt32(set) == UInt32(set)
  }

  @Test("unsafe occurs only in the fences that Design.md lists, each with its SAFETY paragraph")
  func fences() throws {
    let design = try String(
      contentsOf: Project.root.appending(path: "Sources/Jot/Jot.docc/Design.md"), encoding: .utf8)
    let section = try #require(design.components(separatedBy: "\n## Fences\n").last)
      .components(separatedBy: "\n## ")[0]
    var listed: Set<String> = []
    for line in section.split(separator: "\n") where line.hasPrefix("`Jot") {
      let parts = line.split(separator: ":")
      let folder = parts[0].trimmingCharacters(in: ["`"])
      for name in parts[1].split(separator: ",") {
        listed.insert("\(folder)/\(name.trimmingCharacters(in: [" ", "."])).swift")
      }
    }
    var found: Set<String> = []
    for file in try Project.files(below: "Sources", ending: ".swift") {
      let text = try Project.text(of: "Sources/\(file)")
      let words = text.split(separator: "\n").flatMap { line in
        let code = String(line).components(separatedBy: "//")[0]
        return code.split { !$0.isLetter }.map { String($0) }
      }
      guard words.contains("unsafe") else { continue }
      found.insert(file)
      #expect(text.contains("// SAFETY:"), "\(file)")
      #expect(text.hasPrefix("// Fence: "), "\(file)")
    }
    #expect(found == listed)
  }

  @Test("every function on a token's path has its annotation, so the compiler checks allocations")
  func annotations() throws {
    // Public functions are not annotated; what they call is. The counts detect a lost annotation.
    for (file, count) in [
      ("Jot/Verifying/VerificationSteps.swift", 9), ("Jot/Verifying/Policy.swift", 9),
      ("Jot/Verifying/Header.swift", 3), ("Jot/Signing/Signer.swift", 2),
      ("JotCore/JSON/JSONScanner.swift", 10), ("JotCore/SHA2/HMAC.swift", 1),
      ("JotCore/Base64URL/CompactJWS.swift", 2), ("Jot/Cache/CacheShard.swift", 12),
      ("Jot/Cache/CacheShard+Change.swift", 12), ("Jot/Cache/Fingerprint.swift", 1),
    ] {
      let text = try Project.text(of: "Sources/\(file)")
      #expect(text.components(separatedBy: "@_noAllocation").count - 1 >= count, "\(file)")
    }
  }
}
