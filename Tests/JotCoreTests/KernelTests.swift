import Foundation
import JotCore
import Testing

@Suite("CPUFeature")
struct KernelTests {
  static let expected = ProcessInfo.processInfo.environment["JOT_EXPECTED_KERNELS"]

  // .ci/emulate names the features of the emulated CPU.
  @Test("an emulated CPU has exactly the kernels that it can run", .enabled(if: expected != nil))
  func emulated() {
    let found = CPUFeature.allCases.filter { $0 != .portable && $0.isAvailable }.map { "\($0)" }
    #expect((found.isEmpty ? "portable" : found.joined(separator: ",")) == Self.expected)
  }
}
