// Tests that need a process of their own, chosen by arguments. A key type's name and a passphrase:
// generates a key and prints it in several formats, so that the generator's memory is not the test's
// (P11). `set`, a type, a number of keys and a
// number of CPUs: measures the cost of a key set that one thread makes and uses in a process that
// may use that many CPUs. Otherwise P12: each of OpenSSL's allocations fails in turn, and none of
// these failures may mean "valid". OpenSSL takes an allocator only before its first allocation,
// hence the separate process.
import CMallocCount
import CProbe
import Foundation
import Jot

if CommandLine.arguments.count == 3, let type = KeyType(rawValue: CommandLine.arguments[1]) {
  let pem = try SigningKey.generate(type, bits: 2048).pemRepresentation!
  let text = pem.withBytes { pem in
    String(decoding: (0..<pem.count).map { pem[$0] }, as: UTF8.self)
  }
  FileHandle.standardOutput.write(Data(text.utf8))
  guard reference_print_forms(text, CommandLine.arguments[2]) == 1 else { fatalError("forms") }
  exit(0)
}

if CommandLine.arguments.dropFirst().first == "set" {
  try measureSet(Array(CommandLine.arguments.dropFirst(2)))
  exit(0)
}

/// Prints for a set: its keys, the bytes of its text, the allocator's calls, the bytes kept, the
/// peak bytes, microseconds, the resident kilobytes; then the bytes that the first and the second
/// use of a key keep.
func measureSet(_ arguments: [String]) throws {
  guard arguments.count == 3, let type = KeyType(rawValue: arguments[0]),
    let count = Int(arguments[1]), let cpus = UInt32(arguments[2])
  else { fatalError("set TYPE KEYS CPUS") }
  probe_stay()
  probe_pretend_cpus(cpus)
  let key = try SigningKey.generate(type, bits: 2048)
  let signer = try Signer(key: key, algorithm: type.algorithms[0], keyID: "0")
  let token = Array(try signer.sign(["sub": "x"]).utf8)
  guard case .object(let members)? = key.verificationKey.jwkRepresentation else {
    fatalError("a JWK")
  }
  // OpenSSL fetches its algorithms once for the process: do it before measuring.
  let first = Verifier(keys: try KeySet(jwks: keySet(members, 1)), algorithms: type.algorithms)
  _ = try first.verify(String(decoding: token, as: UTF8.self))
  let text = keySet(members, count)
  let resident = try residentKilobytes()
  let start = DispatchTime.now().uptimeNanoseconds
  malloc_count_start()
  let set = try KeySet(jwks: text)
  let calls = malloc_count_stop()
  let time = DispatchTime.now().uptimeNanoseconds - start
  let (kept, peak, grown) = (malloc_count_kept(), malloc_count_peak(), try residentKilobytes())
  let verifier = Verifier(keys: set, algorithms: type.algorithms)
  var scratch = [UInt8](repeating: 0, count: Verifier.scratchLength(forToken: token.count))
  var used: [Int64] = []
  for _ in 0..<2 {
    malloc_count_start()
    var span = scratch.mutableSpan
    _ = try verifier.verify(token.span, scratch: &span)
    _ = malloc_count_stop()
    used.append(malloc_count_kept())
  }
  print(
    set.keys.count, text.count, calls, kept, peak, time / 1000, grown - resident, used[0], used[1])
}

func keySet(_ members: [JSON.Member], _ count: Int) -> Secret {
  let keys = (0..<count).map { number in
    JSON.object(
      members.filter { $0.name != "kid" } + [JSON.Member("kid", .string("\(number)"))])
  }
  return Secret(JSON.object([JSON.Member("keys", .array(keys))]).text)
}

func residentKilobytes() throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
  return line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0
}

probe_use_two_cpus(CommandLine.unsafeArgv)
guard probe_install_allocator() == 1 else { fatalError("OpenSSL has allocated already") }

/// Runs `body` repeatedly; in run n OpenSSL's n-th allocation fails. Ends when none failed.
func withFaults(_ body: () -> Bool) -> (runs: Int, faults: Int) {
  var number = 1
  var wrong = 0
  while true {
    probe_fail(number)
    if !body() { wrong += 1 }
    let isDone = probe_allocations() < number
    probe_fail(0)
    if probe_error_queue_is_empty() != 1 { wrong += 1 }
    if isDone { return (number, wrong) }
    number += 1
  }
}

func isValid(_ verifier: Verifier, _ token: String) -> Bool {
  (try? verifier.verify(token)) != nil
}

var total = (runs: 0, faults: 0)
for type in KeyType.allCases where type != .secret {
  let pem = try SigningKey.generate(type, bits: 2048).pemRepresentation!
  let signing = try SigningKey(privateKey: pem)
  let other = try SigningKey.generate(type, bits: 2048)
  // Algorithms of one family take the same path; RSA has two.
  for algorithm in type == .rsa ? [.rs256, .ps512] : type.algorithms.prefix(1) {
    let signer = try Signer(key: signing, algorithm: algorithm)
    let good = try signer.sign(["sub": "good"])
    let forged = try Signer(key: other, algorithm: algorithm).sign(["sub": "forged"])
    let text = signing.verificationKey.pemRepresentation!
    // Loading and verifying: a failure is an error or a refusal, and the forged token is always
    // refused.
    let loaded = withFaults {
      guard let key = try? VerificationKey(publicKey: text),
        let verifier = try? Verifier(key: key, algorithms: [algorithm])
      else { return true }
      let isForgedValid = isValid(verifier, forged)
      _ = isValid(verifier, good)
      // After the fault the same key must work again.
      probe_fail(0)
      return !isForgedValid && isValid(verifier, good) && !isValid(verifier, forged)
    }
    // Signing: an error, or a token that verifies.
    let verifier = try Verifier(key: signing.verificationKey, algorithms: [algorithm])
    let signed = withFaults {
      guard let key = try? SigningKey(privateKey: pem),
        let signer = try? Signer(key: key, algorithm: algorithm)
      else { return true }
      let token = try? signer.sign(["sub": "x"])
      probe_fail(0)
      guard let again = try? signer.sign(["sub": "x"]), isValid(verifier, again) else {
        return false
      }
      return token.map { isValid(verifier, $0) } ?? true
    }
    total.runs += loaded.runs + signed.runs
    total.faults += loaded.faults + signed.faults
  }
}
print("\(total.runs) allocations failed in turn, \(total.faults) wrong")
