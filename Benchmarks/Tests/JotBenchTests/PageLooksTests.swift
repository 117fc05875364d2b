import Foundation
import Testing

@testable import BenchKit
@testable import JotBench

/// Checks the page in a browser: at a phone's and a desktop's width, in light and dark mode.
///
/// JOT_SCREENSHOTS names a folder for screenshots.
@Suite("A page in Chromium", .enabled(if: PageFixture.hasGnuplot && Chromium.isThere))
struct PageLooksTests {
  @Test("nothing overflows, overlaps or is too small or too pale to read")
  func looks() throws {
    let page = try PageFixture.page()
    let frames = try Chromium.measure(page.html)
    #expect(frames.map(\.name) == Chromium.Frame.names)
    for frame in frames {
      #expect(frame.faults.isEmpty, "\(frame.name): \(frame.faults.joined(separator: "; "))")
      #expect(frame.texts > 150, "\(frame.name): \(frame.texts) texts in the plots")
    }
    if let folder = ProcessInfo.processInfo.environment["JOT_SCREENSHOTS"], folder != "" {
      for frame in frames { try Chromium.shoot(page.html, frame, into: folder) }
    }
  }

  @Test("nothing does with very long names")
  func longNames() throws {
    for text in [
      String(repeating: "W", count: 300), String(repeating: "long name ", count: 30),
    ] {
      for frame in try Chromium.measure(PageFixture.hostile(text).html) {
        #expect(frame.faults.isEmpty, "\(frame.name): \(frame.faults.joined(separator: "; "))")
      }
    }
  }

  @Test("a plot's file is legible on a page of any colour")
  func files() throws {
    let page = try PageFixture.page()
    // As in README: an image on a page that may have another colour scheme.
    let images = page.files.map { file in
      "<img alt=\"\" src=\"data:image/svg+xml;base64,\(Data(file.svg.utf8).base64EncodedString())\">"
    }
    let html = """
      <!doctype html><html><head><style>img{max-width:100%}body{margin:0}</style></head><body><main>
      \(images.joined(separator: "\n"))</main></body></html>
      """
    for frame in try Chromium.measure(html) {
      #expect(frame.faults.isEmpty, "\(frame.name): \(frame.faults.joined(separator: "; "))")
      if let folder = ProcessInfo.processInfo.environment["JOT_SCREENSHOTS"], folder != "" {
        try Chromium.shoot(html, frame, into: folder, prefix: "files-")
      }
    }
  }

  @Test(
    "the measuring script reports each kind of fault",
    arguments: [
      ("</main>", "<div style=\"width:1400px\">x</div></main>", "the page is wider"),
      (
        "</main>",
        "<p style=\"white-space:nowrap;overflow:hidden\">\(String(repeating: "w ", count: 900))</p></main>",
        "its box"
      ),
      ("</main>", "<p style=\"position:relative;left:-30px\">out</p></main>", "the page's edge"),
      ("<text>", "<text x=\"-4000\">", "the drawing"),
      ("translate(2.00,", "translate(60.00,40.0) translate(0,", "on another"),
      ("font-size=\"13.00\"", "font-size=\"8.00\"", "too small"),
      ("--muted:#57606c", "--muted:#cccccc", "too pale"),
      (".narrow{display:block}", ".narrow{display:none}", "one drawing"),
    ])
  func measuring(old: String, new: String, fault: String) throws {
    let html = try PageFixture.page().html
    try #require(html.contains(old))
    let faults = try Chromium.measure(html.replacing(old, with: new)).flatMap(\.faults)
    #expect(faults.contains { $0.contains(fault) }, "\(faults.prefix(5))")
  }
}
