// The layers around a key's text: UTF-16 and UTF-32, quotes, a variable's name, JSON, base64, hex.

/// What is inside one layer.
struct KeyLayer: ~Copyable {
  let inner: Secret
  /// The `private_key_id` of a service account.
  let keyID: String?

  private init(_ inner: consuming Secret, keyID: String? = nil) {
    self.inner = inner
    self.keyID = keyID
  }

  /// Removes the outermost layer of `text`. Returns nil if nothing is wrapped around it.
  init?(of text: Span<UInt8>) {
    if text.isSequence { return nil }
    if let inner = Self.transcoded(text) {
      self.init(inner)
      return
    }
    let range = text.trimmed
    guard let first = range.first else { return nil }
    if text[first] == UInt8(ascii: "{") {
      guard text.isInJSONSpace(range) else {
        self.init(Secret(copying: text.extracting(range)))
        return
      }
      guard let object = KeyObject.read(text), let inner = object.only else { return nil }
      self.init(inner, keyID: object.keyID)
      return
    }
    if let inner = Self.unquoted(text, range) {
      self.init(inner)
      return
    }
    if let object = Self.objectValue(text, range) {
      self.init(object)
      return
    }
    // Both tolerate text around a key.
    if text.contains("-----BEGIN ") || OpenSSHKey.isKey(text) { return nil }
    if let start = Self.valueStart(text, range) {
      self.init(Secret(copying: text.extracting(start..<range.upperBound)))
    } else if let inner = Self.decoded(text, range) {
      self.init(inner)
    } else {
      return nil
    }
  }

  /// The text behind the name of an environment variable, `NAME=` or `export NAME=`.
  private static func valueStart(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var start = range.lowerBound
    if text.has("export ", at: start) { start += 7 }
    var offset = start
    while offset < range.upperBound, text[offset].isNameByte { offset += 1 }
    // Behind base64's padding is nothing but padding.
    guard offset > start, offset + 1 < range.upperBound, text[offset] == UInt8(ascii: "="),
      text[offset + 1] != UInt8(ascii: "=")
    else { return nil }
    return offset + 1
  }

  /// The JSON object behind a variable's name, in quotes or not; it may have PEM texts.
  private static func objectValue(_ text: Span<UInt8>, _ range: Range<Int>) -> Secret? {
    guard let start = valueStart(text, range) else { return nil }
    let value = text.extracting(start..<range.upperBound)
    guard let first = value.trimmed.first, "{\"'`".utf8.contains(value[first]) else { return nil }
    let inner: Secret
    if let unquoted = unquoted(value, value.trimmed) {
      inner = unquoted
    } else {
      inner = Secret(copying: value)
    }
    let isObject = inner.withBytes { inner in
      inner.trimmed.first.map { inner[$0] } == UInt8(ascii: "{") && KeyObject.read(inner) != nil
    }
    guard isObject else { return nil }
    return inner
  }

  /// The text in quotes; a JSON string's escapes are resolved.
  private static func unquoted(_ text: Span<UInt8>, _ range: Range<Int>) -> Secret? {
    let quote = text[range.lowerBound]
    guard range.count > 2, "\"'`".utf8.contains(quote), text[range.upperBound - 1] == quote else {
      return nil
    }
    if quote == UInt8(ascii: "\""), let inner = jsonString(text, range) { return inner }
    return Secret(copying: text.extracting(range.lowerBound + 1..<range.upperBound - 1))
  }

  /// The content of a JSON string; nil if `text[range]` is not one.
  private static func jsonString(_ text: Span<UInt8>, _ range: Range<Int>) -> Secret? {
    // The scanner reads objects: the string becomes a member of one.
    let head = Array("{\"\":".utf8)
    let count = head.count + range.count + 1
    let buffer = ZeroizedBuffer(count: count + JSONScanner.workspaceLength(forText: count))
    return buffer.withSpan { span in
      span.copy(head.span, 0..<head.count, to: 0)
      span.copy(text, range, to: head.count)
      span[count - 1] = UInt8(ascii: "}")
      var scanner = JSONScanner(seed: 0)
      do throws(JSONError) {
        try scanner.open(&span, count: count)
        // A text like `"a","b":"c"` would be more than one member.
        guard let string = try scanner.next(&span)?.value.string, try scanner.next(&span) == nil
        else { return nil }
        return Secret(string, span)
      } catch {
        return nil
      }
    }
  }

  /// The bytes of a text that is all hexadecimal digits or all base64, with white space.
  private static func decoded(_ text: Span<UInt8>, _ range: Range<Int>) -> Secret? {
    Secret(hexadecimal: text, range) ?? PEMBlock.decodedBase64(text, range)
  }
}

extension KeyLayer {
  /// A text in UTF-16 or UTF-32, with or without a byte order mark, as UTF-8; nil for another one.
  private static func transcoded(_ text: Span<UInt8>) -> Secret? {
    guard text.count >= 4, let (width, isBig) = codeUnits(text) else { return nil }
    // A code unit of UTF-16 makes at most three bytes, one of UTF-32 four.
    var letters: [UInt8] = []
    letters.reserveCapacity(2 * text.count)
    defer { wipe(&letters) }
    var high: UInt32 = 0
    // A line end that was cut off leaves a part of a unit.
    for start in stride(from: 0, through: text.count - width, by: width) {
      var unit: UInt32 = 0
      for index in 0..<width {
        unit = unit << 8 | UInt32(text[start + (isBig ? index : width - 1 - index)])
      }
      if width == 2, 0xd800..<0xdc00 ~= unit, high == 0 {
        high = unit
        continue
      }
      if high != 0 {
        guard 0xdc00..<0xe000 ~= unit else { return nil }
        unit = 0x10000 + (high - 0xd800) << 10 + (unit - 0xdc00)
        high = 0
      }
      guard let scalar = Unicode.Scalar(unit) else { return nil }
      letters.append(contentsOf: UTF8.encode(scalar)!)
    }
    return high == 0 ? Secret(copying: letters.span) : nil
  }

  /// The width of the code units of a text that begins with a byte order mark or an ASCII character;
  /// nil for other texts.
  private static func codeUnits(_ text: Span<UInt8>) -> (width: Int, isBig: Bool)? {
    switch (text[0], text[1], text[2], text[3]) {
    case (0xff, 0xfe, 0, 0): (4, false)
    case (0, 0, 0xfe, 0xff): (4, true)
    case (0xff, 0xfe, _, _): (2, false)
    case (0xfe, 0xff, _, _): (2, true)
    case (1..., 0, 0, 0): (4, false)
    case (0, 0, 0, 1...): (4, true)
    case (1..., 0, 1..., 0): (2, false)
    case (0, 1..., 0, 1...): (2, true)
    default: nil
    }
  }
}

extension Secret {
  /// The bytes that `text[range]` is in hexadecimal digits; nil if it has other characters.
  init?(hexadecimal text: Span<UInt8>, _ range: Range<Int>) {
    var digits: [UInt8] = []
    digits.reserveCapacity(range.count)
    defer { wipe(&digits) }
    for offset in range where text[offset] > 0x20 {
      guard let digit = Character(Unicode.Scalar(text[offset])).hexDigitValue else { return nil }
      digits.append(UInt8(digit))
    }
    guard digits.count % 2 == 0 else { return nil }
    for index in 0..<digits.count / 2 {
      digits[index] = digits[2 * index] << 4 | digits[2 * index + 1]
    }
    self.init(copying: digits.span.extracting(first: digits.count / 2))
  }

  /// The bytes of a JSON string, its escapes resolved.
  init(_ string: JSONString, _ span: borrowing MutableSpan<UInt8>) {
    let buffer = ZeroizedBuffer(count: string.range.count)
    var rest = JSONStringBytes(string)
    self = buffer.withSpan { bytes in
      var count = 0
      while let byte = rest.next(span) {
        bytes[count] = byte
        count += 1
      }
      return Secret(copying: bytes.span.extracting(first: count))
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether only JSON's white space is around `range`.
  fileprivate func isInJSONSpace(_ range: Range<Int>) -> Bool {
    for index in 0..<count where !range.contains(index) {
      if ![0x20, 0x09, 0x0a, 0x0d].contains(self[index]) { return false }
    }
    return true
  }
}

extension UInt8 {
  /// Whether a variable's name may have this byte.
  fileprivate var isNameByte: Bool {
    switch self {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
