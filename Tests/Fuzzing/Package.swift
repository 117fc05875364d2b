// swift-tools-version: 6.2
import PackageDescription

// Coverage-guided targets over Jot; `.ci/fuzz` builds and runs them.
//
// They reach Jot's `package` declarations by its package name. SwiftPM makes that name of the
// folder's, as it does the identity of a package at a path.
let folder = Context.packageDirectory.split(separator: "/").dropLast(2).last ?? "jot"
let jot = folder.lowercased().unicodeScalars.reduce(into: "") { name, scalar in
  name.append(scalar.properties.isXIDContinue ? Character(scalar) : "_")
}

let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "Jot", path: "../..")],
  targets: [
    .target(name: "CFuzz", linkerSettings: [.linkedLibrary("crypto")]),
    .executableTarget(
      name: "jot-fuzz",
      dependencies: [
        "CFuzz", .product(name: "Jot", package: "Jot"),
        .product(name: "JotFastAPIUsers", package: "Jot"),
      ],
      packageAccess: false, swiftSettings: [.unsafeFlags(["-package-name", jot])]),
  ]
)
