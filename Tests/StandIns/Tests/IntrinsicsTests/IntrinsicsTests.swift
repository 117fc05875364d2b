import CIntrinsics
import Foundation
import TestSupport
import Testing

/// The stand-ins for intrinsics against the CPU's instructions.
@Suite("Stand-ins for intrinsics")
struct IntrinsicsTests {
  @Test("give what the instructions give, for edge cases and random operands")
  func agree() {
    var absent = 0
    for index in 0..<intrinsics_count() {
      guard intrinsics_is_real(index) != 0 else {
        absent += 1
        continue
      }
      var generator = Seeded(seed: UInt64(index))
      for round in 0..<400 {
        var operands = operands(round, &generator)
        // SAFETY: the index is below the count, and the CPU has the instruction.
        let (real, standIn) = unsafe (
          intrinsics_real(index, &operands), intrinsics_stand_in(index, &operands)
        )
        guard bytes(of: real) == bytes(of: standIn) else {
          Issue.record("\(expression(index)): \(operands)")
          break
        }
      }
    }
    if absent > 0 { print("jot: skipped: not on this CPU") }
  }

  @Test("are those that the kernels use: each is an operation here")
  func complete() throws {
    let kernels = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/CJotKernels").resolvingSymlinksInPath()
    let files = try #require(FileManager.default.enumerator(atPath: kernels.path))
    var used: Set<Substring> = []
    for case let file as String in files where file.hasSuffix(".c") || file.hasSuffix(".h") {
      let text = try String(contentsOf: kernels.appending(path: file), encoding: .utf8)
      used.formUnion(Self.intrinsics(in: text))
    }
    let here = Set((0..<intrinsics_count()).flatMap { Self.intrinsics(in: expression($0)) })
    #expect(used.count >= 130)
    #expect(used.subtracting(here) == [])
  }

  private static func intrinsics(in text: String) -> Set<Substring> {
    Set(text.matches(of: /\b(_mm[0-9]*|_bzhi|_pext|_pdep|_tzcnt|_lzcnt|_blsr)_[a-z0-9_]+/).map(\.0))
  }

  private func expression(_ index: Int) -> String {
    // SAFETY: a constant text for each index below the count.
    unsafe String(cString: intrinsics_expression(index))
  }

  /// Operands of few different bytes in the first rounds: all signs, carries and equal lanes; random
  /// ones then. Masks select the first bytes, or any.
  private func operands(_ round: Int, _ generator: inout Seeded) -> intrinsics_operands {
    var operands = intrinsics_operands()
    let edges: [UInt8] = [0, 1, 0x7f, 0x80, 0xfe, 0xff]
    // SAFETY: plain bytes, which die with the closure.
    unsafe withUnsafeMutableBytes(of: &operands.vectors) { bytes in
      for at in 0..<bytes.count {
        unsafe bytes[at] =
          round % 4 == 0
          ? edges.randomElement(using: &generator)! : UInt8.random(in: 0...255, using: &generator)
      }
      // Equal vectors, and equal lanes.
      if round % 8 == 1 {
        for at in 64..<192 where unsafe bytes[at] % 2 == 0 { unsafe bytes[at] = bytes[at % 64] }
      }
    }
    operands.number = generator.next()
    operands.mask = round % 2 == 0 ? generator.next() : ~(~0 << UInt64(round / 2 % 65))
    operands.rounding = UInt32(round % 4) << 13
    return operands
  }

  private func bytes(of result: intrinsics_result) -> [UInt8] {
    // SAFETY: plain bytes.
    unsafe withUnsafeBytes(of: result) { unsafe Array($0) }
  }
}
