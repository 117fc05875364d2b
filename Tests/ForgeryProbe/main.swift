// Searches memory for what verifying forged tokens, and signing, leaves there. A separate process:
// the process that makes the input knows the right MACs, and kernels are chosen once per process.
//
// Each input line has an algorithm, its secret, and forged tokens, each with its right MAC. Secrets
// and MACs are in hexadecimal, each byte XORed with 0x5a. Each output line has the operation, then
// how many pieces of MACs and how many of the key were found.
import CProbe
import Glibc
import Jot
import JotCore

/// Pieces of a secret, each two words of four bytes, masked.
struct Pieces {
  private(set) var pairs: [probe_pair] = []

  /// Adds masked bytes, eight at a time, in the given order and as words in the CPU's byte order.
  mutating func add(_ masked: [UInt8], wordLength: Int) {
    for start in stride(from: 0, to: masked.count - 7, by: 8) {
      add(masked, start)
      var swapped: [UInt8] = []
      for word in stride(from: start, to: start + 8, by: wordLength) {
        swapped += masked[word..<word + wordLength].reversed()
      }
      add(swapped, 0)
    }
  }

  /// Adds the base64url text of masked bytes.
  mutating func addText(of masked: [UInt8]) {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var text: [UInt8] = []
    var (word, bits) = (0, 0)
    for byte in masked {
      (word, bits) = ((word << 8 | Int(byte ^ 0x5a)) & 0xffff, bits + 8)
      while bits >= 6 {
        bits -= 6
        text.append(alphabet[word >> bits & 63] ^ 0x5a)
      }
    }
    for start in stride(from: 0, to: text.count - 7, by: 8) { add(text, start) }
  }

  private mutating func add(_ bytes: [UInt8], _ start: Int) {
    func word(_ at: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
    }
    pairs.append(probe_pair(first: word(start), second: word(start + 4)))
  }

  /// How many pieces are found in memory.
  var count: Int { Int(probe_count_pairs(pairs, pairs.count)) }
}

func bytes(_ hex: Substring) -> [UInt8] {
  let digits = Array(hex.utf8).map { $0 > 0x39 ? $0 - 0x57 : $0 - 0x30 }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func deep(_ body: () -> Void) {
  withoutActuallyEscaping(body) { body in
    withUnsafePointer(to: body) { body in
      probe_deep(
        { $0!.assumingMemoryBound(to: (() -> Void).self).pointee() },
        UnsafeMutableRawPointer(mutating: body))
    }
  }
}

func require(_ isRight: Bool, _ what: String) {
  guard isRight else { fatalError(what) }
}

/// Makes the secret and wipes the plain copy.
func secret(_ masked: [UInt8]) -> Secret {
  var plain = masked.map { $0 ^ 0x5a }
  let secret = Secret(copying: plain.span)
  for index in plain.indices { plain[index] = 0 }
  return secret
}

/// Every object that holds the key.
final class KeyHolder {
  let key: VerificationKey
  let alone: Verifier
  let set: Verifier
  let signer: Signer

  init(_ masked: [UInt8], _ algorithm: Algorithm) throws {
    key = try VerificationKey(secret: secret(masked))
    alone = try Verifier(key: key, algorithms: [algorithm])
    set = Verifier(keys: try KeySet([key]), algorithms: [algorithm])
    signer = try Signer(key: SigningKey(secret: secret(masked)), algorithm: algorithm)
  }
}

func measure(_ line: String) throws {
  let parts = line.split(separator: " ")
  let algorithm = Algorithm(rawValue: String(parts[0]))!
  let bits = Int32(parts[0].dropFirst(2))!
  let maskedKey = bytes(parts[1])
  let tokens = stride(from: 2, to: parts.count, by: 2).map { String(parts[$0]) }
  let tags = stride(from: 3, to: parts.count, by: 2).map { bytes(parts[$0]) }

  var pieces = Pieces()
  pieces.add(maskedKey, wordLength: bits == 256 ? 4 : 8)
  for pad in [0x36, 0x5c] as [UInt8] {
    var state = [UInt8](repeating: 0, count: bits == 256 ? 32 : 64)
    var schedule = [UInt8](repeating: 0, count: bits == 256 ? 64 : 128)
    deep { probe_key(bits, maskedKey, maskedKey.count, pad, &state, &schedule) }
    pieces.add(maskedKey.map { $0 ^ pad }, wordLength: bits == 256 ? 4 : 8)
    pieces.add(state, wordLength: bits == 256 ? 4 : 8)
    pieces.add(Array(schedule.prefix(maskedKey.count)), wordLength: bits == 256 ? 4 : 8)
  }
  probe_wipe_deep()
  require(pieces.count == 0, "nothing has the key yet")

  /// Runs `body` deep in the stack, then prints how many pieces of the tags and the key are in
  /// memory.
  func report(_ name: String, _ used: Range<Int>, _ body: () throws -> Void) {
    deep { try! body() }
    var wanted = Pieces()
    for tag in tags[used] {
      wanted.add(tag, wordLength: bits == 256 ? 4 : 8)
      wanted.addText(of: tag)
    }
    print(parts[0], name, wanted.count, pieces.count)
    probe_wipe_deep()
  }

  // Nothing runs after a bare key is made that would overwrite what it leaves.
  report("bare", 0..<0) { _ = HMACKey(secret(maskedKey)) }
  var held: KeyHolder?
  report("made", 0..<0) { held = try KeyHolder(maskedKey, algorithm) }
  report("held", 0..<0) {}

  func useAll(_ held: KeyHolder) {
    for (name, verifier) in [("key", held.alone), ("set", held.set)] {
      report("\(name)/string", 0..<1) {
        do throws(JWTError) {
          _ = try verifier.verify(tokens[0])
          fatalError("a forged token is valid")
        } catch { require(error == .signatureInvalid, "the signature is wrong") }
      }
      report("\(name)/span", 0..<1) {
        let token = Array(tokens[0].utf8)
        var scratch = [UInt8](
          repeating: 0, count: Verifier.scratchLength(forToken: token.count))
        var span = scratch.mutableSpan
        do throws(JWTError) {
          _ = try verifier.verify(token.span, scratch: &span)
          fatalError("a forged token is valid")
        } catch { require(error == .signatureInvalid, "the signature is wrong") }
      }
      for count in [1, 2, 5, 12, 33] {
        report("\(name)/strings/\(count)", 0..<count) {
          for result in verifier.verify(Array(tokens[..<count])) {
            require(result.isSignatureInvalid, "the signature is wrong")
          }
        }
        report("\(name)/batch/\(count)", 0..<count) {
          var text: [UInt8] = []
          var places: [Range<Int>] = []
          for token in tokens[..<count] {
            places.append(text.count..<text.count + token.utf8.count)
            text += Array(token.utf8)
          }
          var scratch = [UInt8](
            repeating: 0,
            count: Verifier.scratchLength(
              forTokens: count, longest: places.map(\.count).max()!))
          var verdicts = [Verifier.Verdict](repeating: .init(), count: count)
          var span = scratch.mutableSpan
          var results = verdicts.mutableSpan
          try verifier.verify(
            batch: places.span, of: text.span, scratch: &span, into: &results)
          for verdict in verdicts {
            require(verdict.error == .signatureInvalid, "the signature is wrong")
          }
        }
      }
    }
    report("raw", 0..<1) {
      let token = Array(tokens[0].utf8)
      let end = token.lastIndex(of: UInt8(ascii: "."))!
      let signature = [UInt8](repeating: 7, count: tags[0].count)
      let input = Array(token[..<end])
      require(
        !held.key.isSignature(signature.span, of: input.span, by: algorithm),
        "the signature is wrong")
    }
    // These calls sign other claims than the line's tokens have: search for the key only.
    report("sign", 0..<0) { _ = try held.signer.sign(["sub": "another"]) }
    report("sign/batch", 0..<0) {
      let text = Array(#"{"sub":"another"}"#.utf8)
      let payloads = [Range<Int>](repeating: 0..<text.count, count: 33)
      let length = held.signer.tokenLength(forPayload: text.count)
      var signed = [UInt8](repeating: 0, count: 33 * length)
      var places = payloads
      var span = signed.mutableSpan
      var found = places.mutableSpan
      try held.signer.sign(batch: payloads.span, of: text.span, into: &span, ranges: &found)
    }
  }
  useAll(held!)
  report("gone", 0..<tokens.count) { held = nil }

  // Check the search itself: it must find pieces in each form.
  let length = bits == 256 ? 4 : 8
  for (name, form) in [
    ("bytes", { $0 }), ("words", { $0 / length * length + length - 1 - $0 % length }),
  ] as [(String, (Int) -> Int)] {
    for step in [1, 8] where step == 1 || bits == 256 {
      var planted = [UInt8](repeating: 0, count: 64 * 8)
      for index in tags[0].indices {
        let offset = index / 4 * 4 * step + index % 4
        planted[offset] = tags[0][form(index)] ^ 0x5a
      }
      report("planted/\(name)/\(step)", 0..<1) {}
      withExtendedLifetime(planted) {}
    }
  }
}

extension Result where Failure == JWTError {
  var isSignatureInvalid: Bool {
    if case .failure(.signatureInvalid) = self { true } else { false }
  }
}

while let line = readLine() { try measure(line) }
