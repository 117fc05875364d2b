// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "jwt-kit-competitor",
  platforms: [.macOS(.v15)],
  dependencies: [.package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1")],
  targets: [
    .executableTarget(
      name: "competitor", dependencies: [.product(name: "JWTKit", package: "jwt-kit")])
  ]
)
