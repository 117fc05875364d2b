import Foundation
import TestSupport
import Testing

/// P10 for the kernels that valgrind can't run: their machine code is interpreted with the bytes of
/// keys, messages and MACs unknown. See Machine.
@Suite("A kernel's machine code")
struct DisassemblyTests {
  @Test("has no branch and no address that depends on a secret")
  func kernels() throws {
    var machine = try Machine(program())
    for kernel in Kernel.all {
      do {
        try kernel.run(on: &machine)
      } catch let error as MachineError {
        Issue.record("\(kernel): \(error)")
      }
    }
    // Without optimization the interpreter would need minutes for all of the code.
    guard Kernel.isOptimized else { return }
    let all = machine.program.disassembled.flatMap { machine.program.instructions(of: $0) }
    let missed = all.filter { !machine.executed.contains($0.address) && $0.name != "nop" }
    // Padding, and loops that clang makes for more messages than a kernel has lanes.
    #expect(all.count > 4000)
    #expect(20 * missed.count < all.count, "\(missed.count) of \(all.count) were not reached")
  }

  @Test("with a planted leak is found")
  func planted() throws {
    var machine = try Machine(program())
    for name in ["branch_shani", "access_shani", "branch_vbmi", "access_vbmi"] {
      machine.removeAll()
      machine.add(at: Address.text, 64, isSecret: true)
      let error = #expect(throws: MachineError.self) {
        try machine.call("ct_planted_\(name)", [Address.text])
      }
      if case .leak? = error { continue }
      Issue.record("\(name): \(error.map(\.description) ?? "nothing")")
    }
  }

  @Test("is interpreted as a CPU executes it")
  func known() throws {
    var machine = try Machine(program())
    let bytes = (0..<200).map { UInt8($0 % 5) }
    machine.add(at: Address.text, bytes.count, bytes)
    let odd = try machine.call("ct_planted_branch", [Address.text, 200])
    // The table begins with 1, 2, 3; the rest is 0.
    let sum = try machine.call("ct_planted_access", [Address.text, 200])
    #expect(!odd.isSecret && odd.bits == 80)
    #expect(!sum.isSecret && sum.bits == 40 * (1 + 2 + 3))
  }

  private func program() throws -> Program {
    try skipIfSanitized()
    #if !arch(x86_64)
      try skip("not on this CPU")
    #endif
    guard let objdump = Tool.path(of: "objdump") else { try skip("no objdump") }
    return try Program(Tool.constantTimeProbe, objdump: objdump)
  }
}
