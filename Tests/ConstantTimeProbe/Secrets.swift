// What memcheck finds while secrets are undefined: each branch and each address that depends on one.
//
// Undefined are the bytes of every secret, and so all that is computed from them: a key's hash
// states, MACs, their text. Public are lengths, messages, tokens that were sent, and verdicts. The
// branch on a verdict is inside the library and can't be told to memcheck: it counts as an error.
// Each output line has an operation, the errors in it, and how many verdicts it gives; memcheck's own
// lines about them are before it.
import CConstantTime
import Glibc
import Jot
import JotCore

func watchSecrets() throws {
  guard ct_is_watched() != 0 else { fatalError("valgrind does not run this process") }
  for algorithm in [Algorithm.hs256, .hs384, .hs512] {
    try watch(algorithm)
  }
  try watchScreening()
  watchBytes()
  watchPlanted()
}

/// Runs `body` and prints what memcheck counted in it.
private func watch(
  _ operation: String, verdicts: Int = 0, _ body: () throws -> Void
) rethrows {
  report(operation, try errors(in: body), verdicts)
}

private func report(_ operation: String, _ errors: Int, _ verdicts: Int) {
  print(operation, errors, verdicts)
  fflush(nil)
}

private func errors(in body: () throws -> Void) rethrows -> Int {
  let before = ct_errors()
  try body()
  return ct_errors() - before
}

/// As many bytes, which memcheck takes for undefined.
private func hidden(_ count: Int) -> [UInt8] {
  var bytes = (0..<count).map { UInt8(truncatingIfNeeded: ($0 + 1) &* 0x9e37_79b9 >> 11) }
  bytes.withUnsafeMutableBytes { ct_hide($0.baseAddress, $0.count) }
  return bytes
}

private func reveal(_ bytes: inout [UInt8]) {
  bytes.withUnsafeMutableBytes { ct_reveal($0.baseAddress, $0.count) }
}

private func revealed(_ verdict: Bool) -> Bool {
  var verdict = verdict
  withUnsafeMutableBytes(of: &verdict) { ct_reveal($0.baseAddress, $0.count) }
  return verdict
}

// MARK: Tokens

/// Keys of a secret, tokens of them, and tokens with a wrong MAC.
private func watch(_ algorithm: Algorithm) throws {
  let name = algorithm.rawValue
  for count in [1, 63, 64, 65, 127, 128, 129, 200] {
    let bytes = hidden(count)
    watch("\(name)/key/\(count)") {
      let key = HMACKey(Secret(copying: bytes.span))
      _ = key.copy()
      _ = VerificationKey(unchecked: Secret(copying: bytes.span))
    }
  }

  let secret = hidden(64)
  let signing = try SigningKey(secret: Secret(copying: secret.span), keyID: "k")
  let signer = try Signer(key: signing, algorithm: algorithm)
  let verifying = signing.verificationKey
  let verifiers = try [
    ("key", Verifier(key: verifying, algorithms: [algorithm])),
    ("set", Verifier(keys: KeySet([verifying]), algorithms: [algorithm])),
  ]

  // Lengths around a block's boundary; the payload's are 3/4 of these in the token.
  let payloads = stride(from: 0, to: 200, by: 7).map {
    Array("{\"n\":\"\(String(repeating: "a", count: $0))\"}".utf8)
  }
  var tokens: [[UInt8]] = []
  watch("\(name)/sign") {
    for payload in payloads {
      var token = [UInt8](repeating: 0, count: signer.tokenLength(forPayload: payload.count))
      var span = token.mutableSpan
      _ = try! signer.sign(payload: payload.span, into: &span)
      // A token is sent: it is public.
      reveal(&token)
      tokens.append(token)
    }
  }
  for count in [1, 2, 5, 12, 33] {
    let (text, ranges) = joined(payloads, count)
    let length = ranges.reduce(0) { $0 + signer.tokenLength(forPayload: $1.count) }
    var signed = [UInt8](repeating: 0, count: length)
    var places = ranges
    watch("\(name)/sign/batch/\(count)") {
      var span = signed.mutableSpan
      var found = places.mutableSpan
      try! signer.sign(batch: ranges.span, of: text.span, into: &span, ranges: &found)
    }
    reveal(&signed)
  }

  // A wrong MAC may differ in its first character, its last or in all of them.
  let text = Base64URL.encodedLength(of: algorithm.macLength)
  func forged(_ token: [UInt8], _ places: Range<Int>) -> [UInt8] {
    var token = token
    for place in places {
      let index = token.count - text + place
      token[index] = token[index] == UInt8(ascii: "A") ? UInt8(ascii: "Q") : UInt8(ascii: "A")
    }
    return token
  }
  let kinds = [
    ("right", tokens, true), ("first", tokens.map { forged($0, 0..<1) }, false),
    ("last", tokens.map { forged($0, text - 1..<text) }, false),
    ("all", tokens.map { forged($0, 0..<text) }, false),
  ]
  for (kind, tokens, isRight) in kinds {
    for (holder, verifier) in verifiers {
      watch("\(name)/verify/\(holder)/\(kind)", verdicts: tokens.count) {
        for token in tokens {
          var scratch = [UInt8](
            repeating: 0, count: Verifier.scratchLength(forToken: token.count))
          var span = scratch.mutableSpan
          let isValid = (try? verifier.verify(token.span, scratch: &span)) != nil
          guard isValid == isRight else { fatalError("\(name) \(kind)") }
        }
      }
      for count in [1, 2, 5, 12, 33] {
        let (text, places) = joined(tokens, count)
        watch("\(name)/verify/\(holder)/\(kind)/\(count)", verdicts: count) {
          var scratch = [UInt8](
            repeating: 0,
            count: Verifier.scratchLength(
              forTokens: count, longest: places.map(\.count).max()!))
          var verdicts = [Verifier.Verdict](repeating: .init(), count: count)
          var span = scratch.mutableSpan
          var results = verdicts.mutableSpan
          try! verifier.verify(
            batch: places.span, of: text.span, scratch: &span, into: &results)
          for verdict in verdicts {
            guard (verdict.error == nil) == isRight else { fatalError("\(name) \(kind)") }
          }
        }
      }
    }
  }

  let token = tokens[tokens.count - 1]
  var tag: [UInt8] = []
  watch("\(name)/raw/sign") {
    tag = try! signing.signature(of: token.span, by: algorithm)
  }
  reveal(&tag)
  watch("\(name)/raw/verify") {
    for wrong in [nil, 0, tag.count - 1] {
      var tag = tag
      if let wrong { tag[wrong] ^= 1 }
      let isSame = verifying.isSignature(tag.span, of: token.span, by: algorithm)
      guard revealed(isSame) == (wrong == nil) else { fatalError("\(name) raw") }
    }
  }
}

/// The first `count` of `texts`, which are repeated, in one text.
private func joined(_ texts: [[UInt8]], _ count: Int) -> (text: [UInt8], ranges: [Range<Int>]) {
  var all: (text: [UInt8], ranges: [Range<Int>]) = ([], [])
  for index in 0..<count {
    let text = texts[index % texts.count]
    all.ranges.append(all.text.count..<all.text.count + text.count)
    all.text += text
  }
  return all
}

extension Algorithm {
  fileprivate var macLength: Int { Int(rawValue.dropFirst(2))! / 8 }
}

// MARK: Screening

/// A secret is screened once, when it is loaded: it must not be a key's text, nor one byte repeated.
/// A search for formats of text depends on the text. Nothing else of loading depends on the secret,
/// except that a set compares its keys by their MACs of a random challenge.
private func watchScreening() throws {
  for count in [32, 64, 200] {
    let bytes = hidden(count)
    let screening = errors(in: { _ = JWTError.KeyText.recognize(bytes.span) })
    let loading = try errors(in: {
      _ = try SigningKey(secret: Secret(copying: bytes.span))
    })
    // Two verdicts: a key's text or none, one byte or several.
    report("loading/\(count)", loading - screening, 2)
  }
}

// MARK: Bytes

/// Base64url of secret bytes, and compares.
private func watchBytes() {
  for kernel in CPUFeature.allCases where kernel.isAvailable {
    watch("encode/\(kernel)") {
      for count in 0...100 {
        let bytes = hidden(count)
        var text = [UInt8](repeating: 0, count: Base64URL.encodedLength(of: count))
        var span = text.mutableSpan
        _ = try! Base64URL.encode(
          bytes.span, in: 0..<count, into: &span, at: 0, kernel: kernel)
      }
    }
  }
  watch("compare") {
    for count in 0...100 {
      let secret = hidden(count)
      var other = secret
      reveal(&other)
      for wrong in [nil, 0, count - 1] where wrong ?? 0 < count && wrong != -1 {
        var other = other
        if let wrong { other[wrong] ^= 1 }
        let isSame = other.span.equalsInConstantTime(secret.span, in: 0..<count)
        guard revealed(isSame) == (wrong == nil) else { fatalError("compare") }
      }
    }
  }
}

// MARK: Planted leaks

/// Leaks that must be counted, or nothing above means anything.
private func watchPlanted() {
  let secret = hidden(32)
  watch("planted/branch") { ct_use(ct_planted_branch(secret, 32)) }
  watch("planted/access") { ct_use(ct_planted_access(secret, 32)) }
  watch("planted/compare") {
    ct_use(Int(ct_planted_compare(secret, [UInt8](repeating: 7, count: 32), 32)))
  }
  watch("planted/swift/branch") {
    for byte in secret where byte & 1 == 1 { ct_use(1) }
  }
  let table = [Int](repeating: 1, count: 256)
  watch("planted/swift/access") {
    for byte in secret { ct_use(table[Int(byte)]) }
  }
}
