import JotCore
import Testing

/// Calls `body` with the value of an object's first member and the bytes that it stands in.
func withFirstMember<Result>(
  of json: String, _ body: (JSONValue, inout MutableSpan<UInt8>) throws -> Result
) throws -> Result {
  let text = Array(json.utf8)
  var buffer = text
  // Digits, so that a number that does not end where the text does is seen.
  buffer += [UInt8](repeating: 0x39, count: JSONScanner.workspaceLength(forText: text.count))
  var room = buffer.mutableSpan
  var scanner = JSONScanner(seed: 1)
  try scanner.open(&room, count: text.count)
  let member = try scanner.next(&room)
  return try body(#require(member).value, &room)
}
