import Foundation
import Testing

/// The folders of a module in dependency order: a file may use only folders that come before its
/// own.
struct FolderOrder {
  /// The folder that holds the modules, relative to the project's root.
  let sources: String
  /// Each module and its folders, in order. A subfolder belongs to its listed parent.
  let modules: [(name: String, folders: [String])]

  static let all = [
    FolderOrder(
      sources: "Sources",
      modules: [
        ("JotCore", ["CPU", "Bytes", "Base64URL", "JSON", "SHA2", "RSA", "EC"]),
        (
          "Jot",
          ["JOSE", "Tables", "OpenSSL", "Keys", "Verifying", "Signing", "Coding", "Cache"]
        ),
        ("JotFoundation", [""]), ("JotRemoteKeys", ["HTTP", "Refresh", ""]),
        ("JotFastAPIUsers", [""]), ("JotHummingbird", [""]),
        ("JotCommand", ["Conformance", ""]),
      ]),
    FolderOrder(
      sources: "Benchmarks/Sources",
      modules: [
        ("BuildStamp", [""]),
        (
          "BenchKit",
          [
            "Statistics", "Machine", "Runner", "Load", "Records", "Compare", "Report", "Profile",
          ]
        ),
        ("JotBench", ["Scenarios", "Engines", "Competitors", "Load"]), ("jot-bench", [""]),
      ]),
  ]

  /// The names that a file defines at its outermost level, visible to other files.
  private static func definitions(in code: String) -> [String] {
    let pattern =
      #/(?m)^(?:@\w+(?:\([^)]*\))? |public |package |internal |final |indirect )*(?:struct|class|enum|protocol|actor|typealias|func|let|var) (\w+)/#
    return code.matches(of: pattern).map { String($0.1) }
  }

  /// A file's words outside comments and quotes.
  private static func words(in code: String) -> Set<String> {
    Set(code.matches(of: #/[A-Za-z_]\w*/#).map { String($0.0) })
  }

  /// A file without comments and string literals; interpolations are removed too. A file that stands
  /// in `#if` of a trait is moved back to the margin.
  private static func code(of text: String) -> String {
    let isConditional = text.contains(#/(?m)^#if (?:Server|Hummingbird)$/#)
    let moved = isConditional ? text.replacing(#/(?m)^  /#, with: "") : text
    return moved.replacing(#/"""(?s:.*?)"""/#, with: "")
      .replacing(#/"(?:[^"\\\n]|\\.)*"/#, with: "").replacing(#/\/\/[^\n]*/#, with: "")
  }

  /// A file's rank in the order; nil if its folder is not in the table.
  func rank(of file: String) -> Int? {
    let parts = file.split(separator: "/").map(String.init)
    var rank = 0
    for (module, folders) in modules {
      for folder in folders {
        if parts[0] == module, parts.count == 2 ? folder.isEmpty : folder == parts[1] {
          return rank
        }
        rank += 1
      }
    }
    return nil
  }

  /// The violations in `files`, by path relative to `sources`: each names a file, what it uses, and
  /// the file that defines it.
  func faults(in files: [String: String]) -> [String] {
    var faults: [String] = []
    let code = files.mapValues { Self.code(of: $0) }
    var homes: [String: [String]] = [:]
    for (file, code) in code {
      if rank(of: file) == nil { faults.append("\(file): its folder is not in the table") }
      for name in Self.definitions(in: code) { homes[name, default: []].append(file) }
    }
    for (file, code) in code {
      guard let own = rank(of: file) else { continue }
      for name in Self.words(in: code) {
        for home in homes[name] ?? [] {
          // A name that two files define is private in both.
          guard let other = rank(of: home), other > own, homes[name]!.count == 1 else { continue }
          faults.append("\(file) uses \(name) of \(home), in a folder below")
        }
      }
    }
    return faults.sorted()
  }
}

@Suite("The folder list")
struct FolderOrderTests {
  private func files(_ order: FolderOrder) throws -> [String: String] {
    var files: [String: String] = [:]
    for (module, _) in order.modules {
      for file in try Project.files(below: "\(order.sources)/\(module)", ending: ".swift") {
        files["\(module)/\(file)"] = try Project.text(of: "\(order.sources)/\(module)/\(file)")
      }
    }
    return files
  }

  @Test("is the dependency order: no file names a definition of a later folder")
  func order() throws {
    for order in FolderOrder.all {
      let files = try files(order)
      #expect(files.count >= 70)
      #expect(order.faults(in: files) == [])
    }
  }

  @Test("the runner does not use Jot")
  func runner() throws {
    let folder = "Benchmarks/Sources/BenchKit"
    for file in try Project.files(below: folder, ending: ".swift") {
      let text = try Project.text(of: "\(folder)/\(file)")
      #expect(!text.contains("import Jot"), "\(file)")
    }
  }

  @Test("a planted reference to a folder below is found, and a folder that is not in the table")
  func planted() throws {
    let order = FolderOrder.all[0]
    var files = try files(order)
    files["Jot/JOSE/Algorithm.swift"]? += "\nlet planted = TokenCache.self\n"
    files["JotCore/RSA/RSABatch.swift"]? += "\nlet planted: Verifier\n"
    files["Jot/Attic/Old.swift"] = "struct Old {}\n"
    // Names in a comment, a string or a subfolder are not violations.
    files["JotCore/CPU/CPUFeature.swift"]? +=
      "\n// See TokenCache.\nlet text = \"TokenCache\"\n"
    files["Jot/Verifying/Verifier.swift"]? += "\nlet planted = VerificationBatch.self\n"
    #expect(
      order.faults(in: files) == [
        "Jot/Attic/Old.swift: its folder is not in the table",
        "Jot/JOSE/Algorithm.swift uses TokenCache of Jot/Cache/TokenCache.swift, in a folder below",
        "JotCore/RSA/RSABatch.swift uses Verifier of Jot/Verifying/Verifier.swift, in a folder below",
      ])
  }
}
