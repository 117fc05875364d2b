import Foundation
import TestSupport
import Testing

/// P10: neither a branch nor an address depends on a secret. ConstantTimeProbe's Secrets.swift says
/// what is secret and what is public.
@Suite("A secret")
struct ConstantTimeTests {
  /// The values of JOT_KERNELS and OPENSSL_ia32cap: valgrind has AVX2, but neither the SHA extensions
  /// nor AVX-512. Without kernels OpenSSL's own code runs, with AVX2 and in plain x86-64.
  static let code = [("portable", ""), ("portable", "0:0"), ("avx2", ""), ("openssl", "")]

  @Test("decides no branch and no address, as memcheck sees them", arguments: code)
  func memcheck(kernels: String, openSSL: String) throws {
    try skipIfSanitized()
    #if !arch(x86_64)
      try skip("not on this CPU")
    #endif
    guard let valgrind = Tool.path(of: "valgrind"), let objcopy = Tool.path(of: "objcopy") else {
      try skip("no valgrind")
    }
    // Valgrind 3.19 ends when it reads Swift's DWARF 5: run a copy without it.
    let folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let probe = folder.appending(path: "probe")
    _ = try Tool.run(objcopy, ["--strip-debug", Tool.constantTimeProbe.path, probe.path])
    var environment = ["JOT_KERNELS": kernels]
    if !openSSL.isEmpty { environment["OPENSSL_ia32cap"] = openSSL }
    let output = try Tool.run(
      valgrind, ["-q", "--log-fd=1", "--num-callers=8", probe.path, "secrets"], environment)

    var (operations, verdicts, planted) = (0, 0, 0)
    var places: [Substring] = []
    for line in output.split(separator: "\n") {
      if line.hasPrefix("==") {
        places.append(line)
        continue
      }
      let words = line.split(separator: " ")
      let (errors, most) = try (#require(Int(words[1])), #require(Int(words[2])))
      operations += 1
      if line.hasPrefix("planted/") {
        #expect(errors > 0, "\(line): a planted leak is found")
        planted += 1
      } else if most == 0 {
        #expect(errors == 0, "\(line)\n\(places.suffix(10).joined(separator: "\n"))")
      } else {
        // None at all would mean that memcheck lost sight of the secret.
        #expect((1...most).contains(errors), "\(line)")
        verdicts += errors
      }
      places = []
    }
    #expect(operations > 200)
    #expect(verdicts > 1000)
    #expect(planted == 5)
  }
}

extension ConstantTimeTests {
  /// Measurements of each experiment: `make constant-time` makes a million.
  #if DEBUG
    private static let count = 20_000
  #else
    private static let count = 100_000
  #endif

  @Test("does not change the time that an operation takes")
  func time() throws {
    try skipIfSanitized()
    #if !arch(x86_64)
      try skip("not on this CPU")
    #endif
    var (isPlantedFound, suspects) = (false, nil as Set<Substring>?)
    // Chance and other processes can make one |t| large, but not thrice that of one experiment.
    for _ in 0..<3 where !isPlantedFound || suspects != [] {
      let lines = try Tool.run(Tool.constantTimeProbe, ["times", "\(Self.count)"])
        .split(separator: "\n").map { $0.split(separator: " ", maxSplits: 2) }
      #expect(lines.count == 9)
      var found: Set<Substring> = []
      for line in lines {
        let (t, null) = try (#require(Double(line[0])), #require(Double(line[1])))
        if t >= 10, null < 10 { found.insert(line[2]) }
      }
      if found.remove("planted compare") != nil { isPlantedFound = true }
      suspects = suspects?.intersection(found) ?? found
    }
    #expect(isPlantedFound, "a compare that returns early is found")
    #expect(suspects == [])
  }
}
