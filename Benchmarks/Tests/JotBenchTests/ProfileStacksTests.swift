import Foundation
import FoundationXML
import Testing

@testable import BenchKit
@testable import JotBench

@Suite("Profile: stacks and flame graph")
struct ProfileStacksTests {
  /// The output of `perf script -F event,ip,sym,dso` on a machine with counters.
  private let cycles =
    """
          cycles:u: 
    \t           c878f hash+more (/usr/bin/jot-bench)
    \t          188160 $s7JotCore4HMACV (/usr/bin/jot-bench)
    \t          1527d2 $s8BenchKit10WorkerPoolC4work33_20LL (/usr/bin/jot-bench)
    \t           891f5 start_thread (/usr/lib/libc.so.6)

          cycles:u: 
    \t           c878f hash+more (/usr/bin/jot-bench)
    \t          188160 $s7JotCore4HMACV (/usr/bin/jot-bench)
    \t          1527d2 $s8BenchKit10WorkerPoolC4work33_20LL (/usr/bin/jot-bench)
    \t           891f5 start_thread (/usr/lib/libc.so.6)

          cycles:u: 
    \t          29c395 [unknown] (/usr/lib/libcrypto.so.3)
    \t9edb28105813c530 [unknown] ([unknown])

          cycles:u: 
    \tffffffff82203249 wake (now) ([kernel.kallsyms])
    \t          101829 syscall (/usr/lib/libc.so.6)
    \t           388c0 _start (/usr/bin/jot-bench)

          cycles:u:          29c395 alone (/usr/lib/libcrypto.so.3)

    """

  @Test("parses perf's samples: events, stacks from the root, without frames outside any file")
  func reads() throws {
    let samples = PerfSamples(script: cycles)
    #expect(samples.events == ["cycles:u": 5] && samples.count == 5)
    #expect(samples.stacks.count == 4 && samples.stacks.values.reduce(0, +) == 5)
    let twice = try #require(samples.stacks.first { $0.value == 2 }).key
    #expect(
      twice.map(\.symbol) == [
        "start_thread", "$s8BenchKit10WorkerPoolC4work33_20LL", "$s7JotCore4HMACV", "hash+more",
      ])
    #expect(twice.map(\.address) == [0x891f5, 0x1527d2, 0x188160, 0xc878f])
    #expect(twice.last?.module == "/usr/bin/jot-bench")
    let cut = RawFrame(
      address: 0x29c395, symbol: "[unknown]", module: "/usr/lib/libcrypto.so.3")
    #expect(samples.stacks[[cut]] == 1)
    #expect(samples.stacks.keys.contains { $0.last?.symbol == "wake (now)" && $0.count == 3 })
    #expect(samples.stacks.keys.contains { $0.map(\.symbol) == ["alone"] })
    #expect(PerfSamples(script: "").count == 0)
  }

  @Test("a stack starts at the measured region; others report the problem")
  func folds() {
    let samples = PerfSamples(script: cycles)
    let symbols = ProfileSymbols(samples, executable: "/usr/bin/jot-bench")
    let (stacks, whole) = symbols.fold(samples)
    #expect(stacks.count == 5 && whole == 3)
    let roots = Set(stacks.stacks.keys.compactMap { $0.first?.function.prefix(9) })
    #expect(roots.contains("[callers ") && roots.contains("[before a") && roots.count == 3)
    let measured = stacks.stacks.first { $0.value == 2 }?.key ?? []
    #expect(measured.count == 3 && measured.first?.kind == .runner)
    #expect(measured.map(\.kind)[1...].first == .jot)
    #expect(stacks.kinds[.openssl] == 2 && stacks.kinds[.system] == 3)
    let names = stacks.stacks.keys.flatMap { $0.map(\.function) }
    #expect(names.contains("[libcrypto.so.3]"))
  }

  @Test("notes appear only for the clock event and for truncated stacks")
  func notes() {
    for (event, isRemarked) in [
      ("cycles:u", false), ("cpu_core/cycles/", false), ("cpu-clock", true),
    ] {
      let samples = PerfSamples(
        script: cycles.replacingOccurrences(of: "cycles:u", with: event))
      #expect(samples.events == [event: 5])
      let symbols = ProfileSymbols(samples, executable: "")
      let notes = Profile.notes(samples, 5, .fp, symbols)
      #expect(
        notes.contains("cycles are not to be had here: cpu-clock instead") == isRemarked)
      #expect(!notes.contains { $0.contains("cut off") })
      #expect(
        Profile.notes(samples, 2, .fp, symbols).contains {
          $0.hasPrefix("60.0 % of the stacks are cut off") && $0.contains("dwarf")
        })
      #expect(notes.contains { $0.hasPrefix("libcrypto.so.3 names no function for 20.0 %") })
    }
  }

  private func frame(_ name: String, _ kind: Frame.Kind = .jot) -> Frame {
    Frame(function: name, source: "where", kind: kind)
  }

  private var stacks: FoldedStacks {
    var stacks = FoldedStacks()
    stacks.add([frame("main"), frame("a")], 3)
    stacks.add([frame("main"), frame("a"), frame("b;c"), frame("a")], 5)
    stacks.add([frame("main"), frame("<d> & \"e\"", .openssl)], 2)
    return stacks
  }

  @Test("folded stacks are sorted lines, and a semicolon in a name becomes a colon")
  func folded() {
    #expect(
      stacks.text == """
        main;<d> & "e" 2
        main;a 3
        main;a;b:c;a 5

        """)
  }

  @Test("a function's totals: its own samples, and each sample with it in the stack, counted once")
  func totals() {
    let totals = stacks.totals
    #expect(totals.map(\.function) == ["a", "<d> & \"e\"", "main", "b;c"])
    #expect(totals.map(\.own) == [8, 2, 0, 0])
    #expect(totals.map(\.all) == [8, 2, 10, 5])
    #expect(totals.reduce(0) { $0 + $1.own } == stacks.count)
  }

  @Test("every box lies within its caller's, as wide as its share; none overlap")
  func boxes() throws {
    var random = Seeded(1)
    var stacks = FoldedStacks()
    for _ in 0..<500 {
      let depth = Int.random(in: 1...8, using: &random)
      let names = (0..<depth).map { _ in frame("f\(Int.random(in: 0..<4, using: &random))") }
      stacks.add(names, Int.random(in: 1...50, using: &random))
    }
    let boxes = FlameGraph(stacks).boxes(width: 100_000)
    #expect(boxes.count > 100 && boxes[0].width == 100_000 && boxes[0].all == stacks.count)
    for box in boxes {
      #expect(abs(box.width - 100_000 * Double(box.all) / Double(stacks.count)) < 1e-6)
      #expect(
        box.row == 0
          || boxes.contains { below in
            below.row == box.row - 1 && below.x <= box.x + 1e-6
              && box.x + box.width <= below.x + below.width + 1e-6
          })
    }
    for (row, all) in Dictionary(grouping: boxes, by: \.row) {
      let sorted = all.sorted { $0.x < $1.x }
      for (left, right) in zip(sorted, sorted.dropFirst()) {
        #expect(left.x + left.width <= right.x + 1e-6, "row \(row)")
      }
    }
  }

  @Test("the SVG is well-formed and self-contained, and has light and dark colours")
  func picture() throws {
    let svg = FlameGraph(stacks).svg(
      title: "verify <all> by jot", lines: ["10 samples of cycles", "a & b"])
    final class Reader: NSObject, XMLParserDelegate {
      var text = ""
      var boxes = 0
      func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
      func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
      ) {
        if name == "g" { boxes += 1 }
      }
    }
    let reader = Reader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(reader.boxes == 6)
    for text in [
      "verify <all> by jot", "10 samples of cycles", "a & b", "<d> & \"e\"", "OpenSSL 20.0 %",
      "80.00 % (8 samples)", "itself 30.00 %",
    ] {
      #expect(reader.text.contains(text), "\(text)")
    }
    #expect(svg.contains("prefers-color-scheme: dark"))
    #expect(!svg.contains("<script") && !svg.contains("href") && !svg.contains("url("))
    #expect(svg.components(separatedBy: "http").count == 2, "the name space alone")
  }

  @Test("the table has 100 columns at most, the file has full names")
  func table() {
    var stacks = FoldedStacks()
    stacks.add([frame(String(repeating: "long", count: 50))], 1)
    let profile = Profile(
      title: "t", circumstances: [], notes: [], stacks: stacks, annotated: "")
    let lines = profile.table.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 } && lines.contains { $0.contains("…") })
    #expect(profile.table(limit: 5, width: nil).contains(String(repeating: "long", count: 50)))
    #expect(profile.table.contains(" 100.0    100.0  longlong"))
  }

  @Test("file offsets are mapped to code addresses, which may differ")
  func segments() throws {
    var bytes = [UInt8](repeating: 0, count: 64 + 2 * 56)
    func put(_ value: UInt64, _ size: Int, at offset: Int) {
      for index in 0..<size { bytes[offset + index] = UInt8(value >> (8 * UInt64(index)) & 255) }
    }
    bytes.replaceSubrange(0..<6, with: [0x7f, 0x45, 0x4c, 0x46, 2, 1])
    put(64, 8, at: 32)
    put(56, 2, at: 54)
    put(2, 2, at: 56)
    for (index, part) in [(0x0, 0x1000, 0x0), (0x1000, 0x500, 0x3000)].enumerated() {
      let offset = 64 + 56 * index
      put(1, 4, at: offset)
      put(UInt64(part.0), 8, at: offset + 8)
      put(UInt64(part.2), 8, at: offset + 16)
      put(UInt64(part.1), 8, at: offset + 32)
    }
    let file = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let segments = try #require(ELFSegments(file.path))
    #expect(
      [0, 0xfff, 0x1000, 0x14ff, 0x1500].map { segments.address(ofByte: $0) } == [
        0, 0xfff, 0x3000, 0x34ff, 0x1500,
      ])
    // A table or an address beyond 64 bits is invalid.
    for offset in [UInt64.max, UInt64(Int.max), UInt64(Int.max) + 1] {
      put(offset, 8, at: 32)
      try Data(bytes).write(to: file)
      #expect(ELFSegments(file.path) == nil)
    }
    put(64, 8, at: 32)
    put(UInt64.max, 8, at: 64 + 16)
    try Data(bytes).write(to: file)
    #expect(ELFSegments(file.path)?.address(ofByte: 2) == 1)
    try Data("no ELF".utf8).write(to: file)
    #expect(ELFSegments(file.path) == nil)
  }
}
