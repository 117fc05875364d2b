// What libFuzzer calls. One program has all targets; JOT_FUZZ_TARGET names the one to run.
import CFuzz
import Foundation

nonisolated(unsafe) private var target: any FuzzTarget = FuzzTargets.named(
  ProcessInfo.processInfo.environment["JOT_FUZZ_TARGET"] ?? "")

@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutableRawPointer
) -> CInt {
  // Made before the first input, so that its time is nobody's.
  _ = target
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target.run([UInt8](UnsafeBufferPointer(start: data, count: count)))
  return 0
}

@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
  _ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ most: Int, _ seed: CUnsignedInt
) -> Int {
  var random = Seeded(seed: UInt64(seed))
  let input = [UInt8](UnsafeBufferPointer(start: data, count: count))
  guard let changed = target.mutated(input, most: most, &random), changed.count <= most else {
    return LLVMFuzzerMutate(data, count, most)
  }
  for (offset, byte) in changed.enumerated() { data[offset] = byte }
  return changed.count
}

/// Lets libFuzzer change some bytes, which it does by its dictionary and by what the program
/// compares.
func mutatedByLibFuzzer(_ bytes: [UInt8], most: Int) -> [UInt8] {
  var bytes = bytes
  let count = bytes.count
  bytes += [UInt8](repeating: 0, count: max(most - count, 1))
  let changed = bytes.withUnsafeMutableBufferPointer {
    LLVMFuzzerMutate($0.baseAddress, count, max(most, count))
  }
  return Array(bytes[..<changed])
}
