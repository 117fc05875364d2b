// Stamps each build with its commit.
import Foundation
import PackagePlugin

@main
struct StampPlugin: BuildToolPlugin {
  /// Runs `Plugins/stamp` before each build, so that the stamp is never older than the program.
  func createBuildCommands(context: PluginContext, target: any Target) -> [Command] {
    let package = context.package.directoryURL
    let output = context.pluginWorkDirectoryURL.appending(path: "stamp")
    return [
      .prebuildCommand(
        displayName: "Stamping the build with its commit", executable: URL(filePath: "/bin/sh"),
        arguments: [package.appending(path: "Plugins/stamp").path, package.path, output.path],
        outputFilesDirectory: output)
    ]
  }
}
