// Another JWT library as a process, which reads from its standard input:
//
//   describe                    answer: its name, version, language, and how it is driven and whom
//                               that favours, with tabs between; then, if it has types of claims,
//                               a tab and their names: 6-claims 1KiB 4KiB
//   tokens verify HS256 fastapi-users:auth 1 1024
//                               what to do, with which algorithm and for which audience; then so many
//                               lines of a key (a secret, or PEM), then so many items, a line each: a
//                               token, or a subject, a space and an expiry to make one of.
//                               answer: ok, or "ok sub" if it hands out no expiry, or no and why.
//   tokens verify HS256 fastapi-users:auth 1 1024 1KiB
//                               the same for claims of a type, of those that it has: a token is
//                               verified and decoded into a value; an item to sign is the claims
//                               as JSON, of which it makes the value before it answers ok
//   judge TOKEN                 answer: accepted or refused
//   make                        answer: a token for each item, a line each
//   run 5000                    operations, going on over the items where the last run ended.
//                               answer: nanoseconds,answer by its own clock, around its loop
//   last                        answer: the last token that a run made
//
// It ends with its input. An operation's answer is a number, and a run's answer is their sum, with
// 64 bits. For verify it is the first and the last eight bytes of `sub` plus `exp`, for sign the
// last eight bytes of the token; bytes are read little-endian. ES256's signatures are random: there
// it is the last eight bytes of the signing input, and the last token of a slice is verified.
import BenchKit
import Foundation

/// A competitor that has its key and its items, and has told good tokens from bad ones.
struct Competitor {
  let worker: ProcessWorker

  init(
    _ process: LineProcess, _ task: CompetitorTask, _ pool: Pool, cpu: Int?
  ) throws(ProcessFailure) {
    let signs = task.isSigning
    let key =
      task.jwsAlgorithm == .hs256
      ? [String(decoding: Pool.secret, as: UTF8.self)]
      : pool.key.pem(isPrivate: signs).split(separator: "\n").map(String.init)
    let items = pool.tokens.map { token in
      switch (signs, task.claims) {
      case (true, nil): "\(String(decoding: token.subject, as: UTF8.self)) \(token.expiration)"
      case (true, _): String(decoding: token.claims, as: UTF8.self)
      case (false, _): String(decoding: token.text, as: UTF8.self)
      }
    }
    let request =
      "tokens \(task.operation.rawValue) \(task.algorithm) \(pool.profile.audience) "
      + "\(key.count) \(items.count)" + (task.claims.map { " \($0)" } ?? "")
    process.send(([request] + key + items).joined(separator: "\n"))
    let answer = try process.line()
    switch answer {
    case "ok" where signs:
      let judge = try CompetitorJudge(pool, task.claimsType)
      let isRandomised = pool.algorithm.isRandomised
      worker = ProcessWorker(
        process, expected: try judge.made(process).map { $0.answer(isRandomised: isRandomised) },
        cpu: cpu, check: isRandomised ? judge.last : nil)
    case "ok":
      worker = ProcessWorker(process, expected: pool.tokens.map(\.claimsAnswer), cpu: cpu)
    case "ok sub" where !signs:
      worker = ProcessWorker(process, expected: pool.tokens.map(\.subjectAnswer), cpu: cpu)
    case _ where answer.hasPrefix("no "):
      throw ProcessFailure(reason: String(answer.dropFirst(3)).short)
    default: throw ProcessFailure(reason: "neither ok nor no: \(answer.short)")
    }
    if !signs { try Self.judges(process, task, pool) }
  }

  /// Asks about good and bad tokens: accepting a bad one is not verification.
  private static func judges(
    _ process: LineProcess, _ task: CompetitorTask, _ pool: Pool
  ) throws(ProcessFailure) {
    let good = (token: pool.tokens[0].text, reason: "good", isGood: true)
    let audience = pool.profile.audience
    var bad =
      pool.refused
      + [(try changed(pool, "\"\(audience)\"", "\"\(audience)s\""), "another audience")]
    if task.claims != nil {
      bad.append((try changed(pool, #""iat":"#, #""was":"#), "without a claim of the type"))
    }
    for (token, reason, isGood) in [good] + bad.map({ ($0.token, $0.reason, false) }) {
      process.send("judge \(String(decoding: token, as: UTF8.self))")
      let answer = try process.line()
      switch (answer, isGood) {
      case ("accepted", true), ("refused", false): continue
      case ("refused", true): throw ProcessFailure(reason: "it refuses a good token")
      case ("accepted", false): throw ProcessFailure(reason: "it accepts a bad token: \(reason)")
      default: throw ProcessFailure(reason: "neither accepted nor refused: \(answer.short)")
      }
    }
  }
}

extension Competitor {
  /// A token like the first one, with a change of its claims.
  private static func changed(
    _ pool: Pool, _ old: String, _ new: String
  ) throws(ProcessFailure) -> [UInt8] {
    let claims = String(decoding: pool.tokens[0].claims, as: UTF8.self)
    let openssl = try? OpenSSLWorker(pool.key, signs: true)
    let made = try? openssl?.token(
      pool.profile.header(pool.algorithm), claims.replacing(old, with: new))
    guard let made else { throw ProcessFailure(reason: "OpenSSL made no token") }
    return made.text
  }
}
