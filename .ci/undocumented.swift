// Prints each public symbol of a product that has no doc comment, and exits with 1 if there is one.
//
//     swift .ci/undocumented.swift FOLDER PRODUCT...
//
// FOLDER has the products' symbol graphs. A symbol without a place in the sources was made by the
// compiler, and a comment of another module's protocol is not its own.
import Foundation

struct Graph: Decodable {
  struct Symbol: Decodable {
    struct Comment: Decodable { let module: String? }
    struct Identifier: Decodable { let precise: String }
    struct Kind: Decodable { let identifier: String }
    struct Location: Decodable { let uri: String }
    let identifier: Identifier
    let kind: Kind
    let pathComponents: [String]
    let docComment: Comment?
    let location: Location?
  }
  let symbols: [Symbol]
}

let folder = URL(filePath: CommandLine.arguments[1])
let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
var known: Set<String> = []
var (documented, missing) = (0, 0)
for product in CommandLine.arguments.dropFirst(2) {
  // PRODUCT@MODULE has the product's extensions of another module's types.
  for file in files where file == "\(product).symbols.json" || file.hasPrefix("\(product)@") {
    let graph = try JSONDecoder().decode(
      Graph.self, from: Data(contentsOf: folder.appending(path: file)))
    for symbol in graph.symbols where known.insert(symbol.identifier.precise).inserted {
      // What a type inherits from a protocol's extension has its comment there.
      let isInherited = symbol.identifier.precise.contains("::SYNTHESIZED::")
      guard symbol.location != nil, symbol.kind.identifier != "swift.extension", !isInherited
      else { continue }
      if let comment = symbol.docComment, comment.module?.hasPrefix("Jot") ?? true {
        documented += 1
      } else {
        missing += 1
        print("jot: \(product): \(symbol.pathComponents.joined(separator: ".")) has no doc comment")
      }
    }
  }
}
print("jot: \(documented) public symbols have a doc comment, \(missing) have none")
exit(missing == 0 && documented > 0 ? 0 : 1)
