import Testing

@testable import JotRemoteKeys

@Suite("RefreshSchedule")
struct RefreshScheduleTests {
  private static let limits = RefreshSchedule.Limits(
    defaultLifetime: .seconds(600), lifetimes: .seconds(60) ... .seconds(86_400),
    outage: .seconds(3600), coolDown: .seconds(30), retries: .seconds(1) ... .seconds(30))

  private static func fetched(
    lifetime: Duration? = nil, jitter: Double = 0
  ) -> RefreshSchedule {
    var schedule = RefreshSchedule(limits: limits)
    #expect(schedule.begin(for: .time, at: .zero) == .fetch)
    schedule.succeed(lifetime: lifetime, sent: .zero, jitter: jitter)
    return schedule
  }

  @Test("one fetch at a time: who comes meanwhile joins it, whatever the reason")
  func single() {
    var schedule = RefreshSchedule(limits: Self.limits)
    #expect(schedule.begin(for: .unknownKey, at: .zero) == .fetch)
    for reason in [RefreshSchedule.Reason.unknownKey, .time, .request] {
      #expect(schedule.begin(for: reason, at: .seconds(1)) == .join)
    }
  }

  @Test(
    "a stated lifetime is clamped, and the default one counts where none is stated",
    arguments: [(nil, 600), (0, 60), (59, 60), (61, 61), (86_401, 86_400), (1 << 31, 86_400)]
      as [(Int?, Int)])
  func lifetime(stated: Int?, used: Int) {
    let schedule = Self.fetched(lifetime: stated.map { .seconds($0) })
    #expect(schedule.freshUntil == .seconds(used))
    #expect(schedule.keptUntil == .seconds(used + 3600))
  }

  @Test("a refresh is due between 75 and 90 % of the lifetime", arguments: [0, 0.5, 1])
  func ahead(jitter: Double) {
    var schedule = Self.fetched(jitter: jitter)
    let due = 450 + 90 * jitter
    #expect(schedule.begin(for: .time, at: .seconds(due - 1)) == .wait)
    #expect(abs(schedule.nextEvent / .seconds(1) - due) < 0.001)
    #expect(schedule.begin(for: .time, at: .seconds(due + 0.001)) == .fetch)
  }

  @Test("unknown keys fetch once in a cool-down, also if the fetch fails")
  func coolDown() {
    var schedule = Self.fetched()
    var fetches = 0
    for millisecond in 0..<100_000 {
      let now = Duration.milliseconds(millisecond)
      guard schedule.begin(for: .unknownKey, at: now) == .fetch else { continue }
      fetches += 1
      if fetches % 2 == 0 {
        schedule.fail(at: now, jitter: 0.5)
      } else {
        schedule.succeed(lifetime: nil, sent: now, jitter: 0)
      }
    }
    #expect(fetches == 4)
  }

  @Test("failures are repeated at doubling distances, and a success begins anew")
  func retries() {
    var schedule = Self.fetched(lifetime: .seconds(60))
    var now = Duration.seconds(60)
    var delays: [Double] = []
    for _ in 0..<7 {
      #expect(schedule.begin(for: .time, at: now) == .fetch)
      schedule.fail(at: now, jitter: 1)
      delays.append((schedule.nextEvent - now) / .seconds(1))
      now = schedule.nextEvent
    }
    #expect(delays == [1, 2, 4, 8, 16, 30, 30])
    #expect(schedule.failures == 7 && schedule.hasKeys)
    #expect(schedule.begin(for: .time, at: now) == .fetch)
    schedule.succeed(lifetime: nil, sent: now, jitter: 0)
    #expect(schedule.failures == 0 && schedule.nextEvent == now + .seconds(450))
  }

  @Test("without keys, unknown keys are no faster than the retries")
  func empty() {
    var schedule = RefreshSchedule(limits: Self.limits)
    #expect(schedule.begin(for: .unknownKey, at: .zero) == .fetch)
    schedule.fail(at: .zero, jitter: 1)
    #expect(schedule.begin(for: .unknownKey, at: .milliseconds(999)) == .wait)
    #expect(schedule.begin(for: .unknownKey, at: .seconds(1)) == .fetch)
  }

  @Test("keys end when lifetime and outage are over, once, and never before")
  func expiry() {
    var schedule = Self.fetched()
    for (time, ends) in [
      (Duration.seconds(4200) - .nanoseconds(1), false), (.seconds(4200), true),
      (.seconds(4201), false),
    ] {
      let hasEnded = schedule.expire(at: time)
      #expect(hasEnded == ends && schedule.hasKeys == (time < .seconds(4200)))
    }
  }

  @Test("kept keys count for what is left of their time, and a fetch is due at once")
  func restoring() {
    var schedule = RefreshSchedule(limits: Self.limits)
    for (age, isUsable) in [(-1, false), (4200, false), (4199, true)] {
      let isUsed = schedule.restore(age: .seconds(age), lifetime: .seconds(600), at: .zero)
      #expect(isUsed == isUsable && schedule.hasKeys == isUsable)
    }
    #expect(schedule.keptUntil == .seconds(1))
    #expect(schedule.begin(for: .time, at: .zero) == .fetch)
  }

  @Test("a hundred thousand random events: never two fetches, never keys beyond their time")
  func random() {
    var generator = SystemRandomNumberGenerator()
    var schedule = RefreshSchedule(limits: Self.limits)
    var now = Duration.zero
    var inFlight = false
    var last: (sent: Duration, lifetime: Duration)?
    for _ in 0..<100_000 {
      now += .milliseconds(Int.random(in: 0...200_000, using: &generator))
      let isOver = last.map { now >= $0.sent + $0.lifetime + .seconds(3600) } ?? true
      _ = schedule.expire(at: now)
      #expect(schedule.hasKeys == !isOver)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0...2:
        let reasons = [RefreshSchedule.Reason.unknownKey, .time, .request]
        let decision = schedule.begin(for: reasons.randomElement(using: &generator)!, at: now)
        #expect((decision == .join) == inFlight)
        inFlight = inFlight || decision == .fetch
      case 3 where inFlight:
        let stated = Duration.seconds(Int.random(in: 0...100_000, using: &generator))
        schedule.succeed(
          lifetime: stated, sent: now, jitter: .random(in: 0...1, using: &generator))
        last = (now, min(max(stated, .seconds(60)), .seconds(86_400)))
        inFlight = false
      case 4 where inFlight:
        schedule.fail(at: now, jitter: .random(in: 0...1, using: &generator))
        inFlight = false
      default: break
      }
      #expect(schedule.isFetching == inFlight)
    }
  }
}
