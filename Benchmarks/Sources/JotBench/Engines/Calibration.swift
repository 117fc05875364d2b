// Checks the engine openssl against `openssl speed` and against EVP_MAC.
import BenchKit
import Foundation

/// One claim about the engine, and its measurement.
public struct Calibration: Sendable {
  public let line: String
  public let holds: Bool

  /// Measures the claims: RSA is within 10 % of `openssl speed`, and a re-initialised EVP_MAC takes
  /// at least a third longer than the HMAC row.
  public static func run() throws(BenchError) -> [Calibration] {
    var results = [try hmac()]
    for operation in [JotScenario.Operation.sign, .verify] { results.append(try rsa(operation)) }
    return results
  }

  /// Nanoseconds of an operation in each slice, on this thread.
  private static func time(_ batch: Int, slices: Int, _ body: () -> Bool) throws(BenchError)
    -> [Double]
  {
    var times: [Double] = []
    for _ in 0..<slices {
      let start = Time.now
      for _ in 0..<batch where !body() { throw .unusable("OpenSSL failed") }
      times.append(Double(Time.now - start) / Double(batch))
    }
    return times
  }

  private static func hmac() throws(BenchError) -> Calibration {
    let pool = try Pool(.hs256)
    let worker = try OpenSSLEngine().workers(.tokens(.sign, pool), threads: 1)[0]
    let mac = try EVPMac(secret: Pool.secret)
    var tag = [UInt8](repeating: 0, count: 32)
    var index = 0
    var ratios: [Double] = []
    for _ in 0..<40 {
      let ours = try time(1, slices: 1) { worker.run(20_000) != 0 }[0] / 20_000
      let theirs = try time(20_000, slices: 1) {
        index = (index + 1) % pool.tokens.count
        return mac.sign(pool.tokens[index].signingInput, into: &tag)
      }[0]
      ratios.append(theirs / ours)
    }
    let ratio = Summary(ratios)
    return Calibration(
      line:
        "HMAC: EVP_MAC re-initialised takes \(NumberFormat.fixed(ratio.median, 2)) times as long"
        + " (at least 1.33)",
      holds: ratio.median >= 4.0 / 3)
  }

  private static func rsa(_ operation: JotScenario.Operation) throws(BenchError) -> Calibration {
    let pool = try Pool(.rs256)
    let worker = try OpenSSLEngine().workers(.tokens(operation, pool), threads: 1)[0]
    let batch = operation == .sign ? 50 : 1000
    // Before and after the other process, so that both see about the same moments.
    var ratios: [Double] = []
    for _ in 0..<3 {
      let before = try time(1, slices: 20) { worker.run(batch) != 0 }.map { $0 / Double(batch) }
      let theirs = try opensslSpeed(operation)
      let after = try time(1, slices: 20) { worker.run(batch) != 0 }.map { $0 / Double(batch) }
      ratios.append(Summary(before + after).median / theirs)
    }
    let ratio = Summary(ratios).median
    return Calibration(
      line: "RSA 2048 \(operation.rawValue): \(NumberFormat.fixed(ratio, 3)) times openssl speed's"
        + " (0.9 to 1.1)",
      holds: (0.9...1.1).contains(ratio))
  }

  /// Nanoseconds of an operation by `openssl speed`, which prints operations and seconds.
  private static func opensslSpeed(_ operation: JotScenario.Operation) throws(BenchError) -> Double
  {
    let command = ["openssl", "speed", "-elapsed", "-seconds", "2", "-mr", "rsa2048"]
    guard let text = output(of: command) else { throw .unusable("openssl can't be run") }
    // +F2:2:2048:2645.0:83333.3, signs and verifies a second.
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("+F2:") }) else {
      throw .unusable("openssl speed printed no line for rsa2048")
    }
    let cells = line.split(separator: ":")
    guard cells.count >= 5, let value = Double(operation == .sign ? cells[3] : cells[4]) else {
      throw .unusable("openssl speed printed \(line)")
    }
    return 1e9 / value
  }
}
