// The last set in a file: written after each fetch, read at the start.
#if Server
  internal import Jot
  import Synchronization

  extension RemoteKeySet {
    /// Writes a fetched set to the file, on a queue of its own.
    func keep(
      _ found: KeySource.Found, _ text: [UInt8], sentAt: Int64, lifetime: Duration
    ) {
      guard let file, let text = String(validating: text, as: UTF8.self) else { return }
      let content = KeptFile.Content(
        source: name, url: found.url, entityTag: found.entityTag, fetched: sentAt,
        lifetime: lifetime.components.seconds, text: text)
      fileQueue.async { [report] in
        do throws(RemoteKeyError) { try file.write(content) } catch {
          report.fileFailed(error, "written")
        }
      }
    }

    /// Begins with the file's set, if it may still be used.
    func restore() {
      guard let file else { return }
      do throws(RemoteKeyError) {
        guard let content = try file.read() else { return }
        guard content.source == name else { throw RemoteKeyError(.fileInvalid) }
        let text = Array(content.text.utf8)
        let set = try keySet(of: text, nil)
        let age = Duration.seconds(configuration.wallClock() - content.fetched)
        try guarded.withLock { state throws(RemoteKeyError) in
          let mayBeUsed = state.schedule.restore(
            age: age, lifetime: .seconds(content.lifetime), at: clock.now())
          guard mayBeUsed else { throw RemoteKeyError(.fileInvalid) }
          keys.replace(with: set)
          state.text = text
          state.known = KeySource.Known(
            url: content.url, entityTag: KeySource.usable(content.entityTag))
          state.fetchedAt = content.fetched
          plan(state)
        }
        report.isRestored(set, age: age)
      } catch {
        report.fileFailed(error, "read")
      }
    }
  }
#endif
