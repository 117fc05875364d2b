import JotCore
import Testing

/// Calls `body` with the value of an object's first member and the buffer that holds its text.
func withFirstMember<Result>(
  of json: String, _ body: (JSONValue, inout MutableSpan<UInt8>) throws -> Result
) throws -> Result {
  let text = Array(json.utf8)
  var buffer = text
  // Digits, to detect a number that is read past the end of the text.
  buffer += [UInt8](repeating: 0x39, count: JSONScanner.workspaceLength(forText: text.count))
  var span = buffer.mutableSpan
  var scanner = JSONScanner(seed: 1)
  try scanner.open(&span, count: text.count)
  let member = try scanner.next(&span)
  return try body(#require(member).value, &span)
}
