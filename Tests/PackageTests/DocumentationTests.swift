import Foundation
import Testing

/// A block of Swift in an article.
///
/// `<!-- run -->` in the line before it means that it runs, and prints the ```text block that
/// follows. `<!-- with NAME: TYPE, … -->` names what its reader has already.
private struct Example {
  let file: String
  /// The line of its first line, from 1.
  let line: Int
  let code: [String]
  let runs: Bool
  let parameters: String
  var output: String?

  var isManifest: Bool { code.first?.hasPrefix("// swift-tools-version") ?? false }

  /// All blocks of a file.
  static func all(in file: String) throws -> [Example] {
    var examples: [Example] = []
    var (mark, fence) = ("", "")
    var (code, start) = ([String](), 0)
    for (index, line) in try Project.text(of: file).components(separatedBy: "\n").enumerated() {
      if !fence.isEmpty {
        guard line == "```" else {
          code.append(line)
          continue
        }
        if fence == "```swift" {
          let with = mark.wholeMatch(of: #/<!-- with (.*) -->/#)
          examples.append(
            Example(
              file: file, line: start, code: code, runs: mark == "<!-- run -->",
              parameters: with.map { String($0.1) } ?? ""))
        } else if fence == "```text", !examples.isEmpty, examples[examples.count - 1].runs {
          examples[examples.count - 1].output = code.joined(separator: "\n") + "\n"
        }
        (fence, mark) = ("", "")
      } else if line.hasPrefix("```") {
        (fence, code, start) = (line, [], index + 2)
      } else if !line.isEmpty {
        mark = line
      }
    }
    return examples
  }

  /// The block as a function in a file of its own; the compiler names the article's lines.
  func function(_ name: String) -> String {
    let imports = code.filter { $0.hasPrefix("import ") }
    let body = code.map { $0.hasPrefix("import ") ? "" : $0 }
    return """
      \(imports.isEmpty ? "import Jot" : imports.joined(separator: "\n"))
      func \(name)(\(parameters)) async throws {
      #sourceLocation(file: "\(Project.root.appending(path: file).path)", line: \(line))
      \(body.joined(separator: "\n"))
      #sourceLocation()
      }
      """
  }
}

/// The articles, and all other texts of the repository.
@Suite("The documentation", .serialized)
struct DocumentationTests {
  private static func texts() throws -> [String] {
    try Project.files(below: "", ending: ".md").filter { !$0.contains(".build/") }
  }

  @Test("every example compiles, in the package that Getting started describes; some run")
  func examples() throws {
    // The first block of README has a test of its own.
    // Examples of modules with dependencies are compiled where these are, in Tests/Servers.
    let files = try Self.texts().filter {
      $0.contains(".docc/") && !$0.contains("JotRemoteKeys.docc/")
        && !$0.contains("JotHummingbird.docc/")
    }
    let all =
      try files.flatMap { try Example.all(in: $0) }
      + Example.all(in: "README.md").dropFirst()
    let examples = all.filter { !$0.isManifest }
    let manifest = try #require(all.first { $0.isManifest }).code.joined(separator: "\n")
    #expect(examples.count >= 15 && examples.count { $0.runs } >= 5)
    try withTemporaryFolder { folder in
      let product = #".product(name: "Jot", package: "Jot")"#
      let package = manifest.replacing(#"path: "../jot""#, with: "path: \"\(Project.root.path)\"")
        .replacing(
          product,
          with: ["", "FastAPIUsers", "Foundation"].map { part in
            product.replacing("name: \"Jot\"", with: "name: \"Jot\(part)\"")
          }.joined(separator: ", "))
      try #require(package.contains("JotFoundation") && package.contains(Project.root.path))
      try write(package, to: folder.appending(path: "Package.swift"))
      let sources = folder.appending(path: "Sources/shop")
      var main = "switch CommandLine.arguments.last ?? \"\" {\n"
      for (index, example) in examples.enumerated() {
        try write(
          example.function("block\(index)"), to: sources.appending(path: "Block\(index).swift"))
        if example.runs { main += "case \"\(index)\": try await block\(index)()\n" }
      }
      try write(main + "default: break\n}\n", to: sources.appending(path: "main.swift"))
      let build = try run(["swift", "build", "--package-path", folder.path])
      let errors = Set(build.text.split(separator: "\n").filter { $0.contains(": error:") })
      try #require(build.status == 0, "\(errors.sorted().joined(separator: "\n"))")
      for (index, example) in examples.enumerated() where example.runs {
        let place = "\(example.file):\(example.line)"
        let result = try run([folder.appending(path: ".build/debug/shop").path, "\(index)"])
        #expect(result.status == 0, "\(place): \(result.text)")
        if let output = example.output { #expect(result.text == output, "\(place)") }
      }
    }
  }

  @Test("every relative link leads to a file, and every path that a text names exists")
  func links() throws {
    var count = 0
    for text in try Self.texts() {
      let content = try Project.text(of: text)
      let folder = Project.root.appending(path: text).deletingLastPathComponent()
      func check(_ path: String, from folder: URL) {
        count += 1
        let file = folder.appending(path: path.removingPercentEncoding ?? path)
        #expect(FileManager.default.fileExists(atPath: file.path), "\(text): \(path)")
      }
      let links = content.matches(of: #/\]\(([^)\s]+)\)/#).map { $0.1 }
      let images = content.matches(of: #/src="([^"]+)"/#).map { $0.1 }
      for link in links + images where !link.contains(":") && !link.hasPrefix("#") {
        check(String(link.prefix { $0 != "#" }), from: folder)
      }
      for article in content.matches(of: #/<doc:(\w+)>/#) { check("\(article.1).md", from: folder) }
      let words = content.matches(
        of: #/(?m:^|[\s`(|])((?:Sources|Tests|Benchmarks|results|\.ci|\.github)\/[\w.\/+-]*\w)/#)
      // The reader's own package, and what this one builds.
      for path in words.map({ String($0.1) })
      where !path.contains("/.build") && path != "results/local" && !path.hasPrefix("Sources/shop")
      {
        check(path, from: Project.root)
      }
    }
    #expect(count > 50)
  }

  @Test("Getting started explains every code of an error")
  func codes() throws {
    let source = try Project.text(of: "Sources/Jot/JOSE/JWTError+Code.swift")
    let article = try Project.text(of: "Sources/Jot/Jot.docc/GettingStarted.md")
    let codes = source.matches(of: #/case \w+ = "(\w+)"/#).map { String($0.1) }
    #expect(codes.count > 40)
    for code in codes { #expect(article.contains("`\(code)`"), "\(code)") }
  }
}
