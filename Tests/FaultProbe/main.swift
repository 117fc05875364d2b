// Two promises that need a process of their own. With the name of a key's type as argument: a new key,
// so that its maker's memory is another's (P11).
// Promise P12: each of OpenSSL's allocations fails in turn, and never does that mean "valid". A
// process of its own, because OpenSSL takes an allocator only before it has used one.
import CProbe
import Foundation
import Jot

if let type = CommandLine.arguments.dropFirst().first.flatMap(KeyType.init(rawValue:)) {
  let pem = try SigningKey.generatePEM(type, bits: 2048)
  print(
    pem.withBytes { pem in String(decoding: (0..<pem.count).map { pem[$0] }, as: UTF8.self) },
    terminator: "")
  exit(0)
}

probe_use_two_cpus(CommandLine.unsafeArgv)
guard probe_install_allocator() == 1 else { fatalError("OpenSSL has allocated already") }

/// Runs `body` with every allocation failing in turn, until a run has none left to fail.
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
  let pem = try SigningKey.generatePEM(type, bits: 2048)
  let signing = try SigningKey(privateKey: pem)
  let other = try SigningKey(privateKey: SigningKey.generatePEM(type, bits: 2048))
  // Names of one mathematics go one way; RSA has two.
  for algorithm in type == .rsa ? [.rs256, .ps512] : type.algorithms.prefix(1) {
    let signer = try Signer(key: signing, algorithm: algorithm)
    let good = try signer.sign(["sub": "good"])
    let forged = try Signer(key: other, algorithm: algorithm).sign(["sub": "forged"])
    let text = try signing.verificationKey().pem!
    // Loading and verifying: a failure is an error or a refusal, and the forged token is always one.
    let loaded = withFaults {
      guard let key = try? VerificationKey(publicKey: text),
        let verifier = try? Verifier(key: key, algorithms: [algorithm])
      else { return true }
      let isForgedValid = isValid(verifier, forged)
      _ = isValid(verifier, good)
      // The fault is past: the same key is right again.
      probe_fail(0)
      return !isForgedValid && isValid(verifier, good) && !isValid(verifier, forged)
    }
    // Signing: an error, or a token that verifies.
    let verifier = try Verifier(key: signing.verificationKey(), algorithms: [algorithm])
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
