import Foundation
import Testing

/// Skips a test and prints why: CI counts these lines by cause.
///
/// - Parameter cause: What is missing, with the same words each time.
public func skip(_ cause: String) throws -> Never {
  print("jot: skipped: \(cause)")
  try Test.cancel(Comment(rawValue: cause))
}

/// Whether a sanitizer is linked in. It keeps freed memory, maps terabytes, and slows all down: what
/// searches memory, or measures it, the stack or the time, or reads the machine code, would tell of the
/// sanitizer.
public let isSanitized = hasSymbol("__asan_init") || isThreadSanitized

/// Whether it is the thread sanitizer, which allows a forked child no threads.
public let isThreadSanitized = hasSymbol("__tsan_init")

private func hasSymbol(_ name: String) -> Bool {
  // SAFETY: the lookup of a symbol's name in this process.
  unsafe dlsym(nil, name) != nil
}

/// Skips a test that a sanitizer would make meaningless.
public func skipIfSanitized() throws {
  if isSanitized { try skip("a sanitizer changes what it measures") }
}
