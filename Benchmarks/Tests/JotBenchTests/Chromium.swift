import Foundation

@testable import BenchKit
@testable import JotBench

/// A headless browser that reports layout faults of a page.
enum Chromium {
  /// A page at one width in one colour scheme.
  struct Frame {
    let name: String
    /// The page's height with all details closed.
    let height: Int
    /// The number of texts in the visible plots.
    let texts: Int
    let faults: [String]

    static let sizes = [390, 1280].flatMap { width in
      ["light", "dark"].map { (name: "\(width)-\($0)", width: width, scheme: $0) }
    }
    static var names: [String] { sizes.map(\.name) }
  }

  static let isThere = PageFixture.has(["chromium", "--version"], "no chromium")

  /// Loads the page in a frame for each width and scheme, and measures it with a script inside.
  static func measure(_ html: String) throws -> [Frame] {
    try inFolder { folder in
      let page = html.replacing("</body>", with: "<script>\(script)</script></body>")
      try Data(page.utf8).write(to: folder.appending(path: "page.html"))
      // Chromium's window has a minimum width above a phone's; a frame has not.
      let frames = Frame.sizes.map {
        "<iframe name=\"\($0.name)\" src=\"page.html\" "
          + "style=\"width:\($0.width)px;height:900px;border:0;color-scheme:\($0.scheme)\"></iframe>"
      }
      let wrapper = """
        <!doctype html><body><pre></pre>\(frames.joined())<script>
        addEventListener('message', event => {
          document.querySelector('pre').append(event.data + '\\n');
        });
        </script></body>
        """
      try Data(wrapper.utf8).write(to: folder.appending(path: "frames.html"))
      let dump = try run(
        ["--dump-dom", "--virtual-time-budget=4000", "--window-size=1400,1000"],
        folder.appending(path: "frames.html"), folder)
      return Frame.sizes.compactMap { size in
        let lines = dump.split(separator: "\n").map {
          $0.replacing(#/^.*<pre>/#, with: "").split(separator: "\t").map(String.init)
        }.filter { $0.first == size.name }
        guard let head = lines.first(where: { $0.count == 4 && $0[1] == "measured" }) else {
          return nil
        }
        return Frame(
          name: size.name, height: Int(head[2]) ?? 0, texts: Int(head[3]) ?? 0,
          faults: lines.filter { $0.count == 3 && $0[1] == "fault" }.map { $0[2] })
      }
    }
  }

  /// Saves a screenshot of a whole frame.
  static func shoot(
    _ html: String, _ frame: Frame, into directory: String, prefix: String = "page-"
  ) throws {
    guard let size = Frame.sizes.first(where: { $0.name == frame.name }) else { return }
    try inFolder { folder in
      try Data(html.utf8).write(to: folder.appending(path: "page.html"))
      let wrapper = """
        <!doctype html><style>body{margin:0}</style><iframe src="page.html" style="display:block;\
        width:\(size.width)px;height:\(frame.height)px;border:0;color-scheme:\(size.scheme)"></iframe>
        """
      try Data(wrapper.utf8).write(to: folder.appending(path: "frame.html"))
      try FileManager.default.createDirectory(
        at: URL(filePath: directory), withIntermediateDirectories: true)
      let file = URL(filePath: directory).appending(path: "\(prefix)\(size.name).png")
      _ = try run(
        [
          "--screenshot=\(file.path)", "--hide-scrollbars",
          "--window-size=\(max(size.width, 500)),\(frame.height)",
        ], folder.appending(path: "frame.html"), folder)
    }
  }

  private static func inFolder<Result>(_ work: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jot-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try work(folder)
  }

  private static func run(_ options: [String], _ page: URL, _ folder: URL) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    // The page is this test's own, and a sandbox is not available everywhere.
    process.arguments =
      [
        "timeout", "-k", "5", "60", "chromium", "--headless", "--no-sandbox", "--disable-gpu",
        "--disable-dev-shm-usage", "--allow-file-access-from-files", "--no-first-run",
        "--user-data-dir=\(folder.appending(path: "profile").path)",
      ] + options + [page.absoluteString]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  /// The script that measures a frame, with all details open.
  private static let script = """
    addEventListener('load', () => {
      const faults = [];
      const say = (what, element) => {
        const words = (element ? element.textContent : '').trim().replace(/\\s+/g, ' ').slice(0, 40);
        faults.push(what + (element ? ' <' + element.localName + '> ' + words : ''));
      };
      const shows = element => element.getClientRects().length > 0;
      const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
      for (const element of document.querySelectorAll('details')) element.open = true;
      const root = document.documentElement;
      if (root.scrollWidth > innerWidth) say(`the page is wider than ${innerWidth}: ${root.scrollWidth}`);

      // An element inside a scroll box may be wider than the page; no other may.
      for (const element of document.querySelectorAll('main, main *')) {
        if (!shows(element) || element.closest('svg') && element.localName !== 'svg') continue;
        const box = element.getBoundingClientRect();
        const scroller = element.closest('.scroll');
        if ((!scroller || scroller === element) && (box.right > innerWidth + 0.5 || box.left < -0.5)) {
          say('over the page\\'s edge', element);
        }
        const inline = getComputedStyle(element).display.startsWith('inline');
        if (!inline && element !== scroller && element.localName !== 'svg'
            && element.localName !== 'img' && element.scrollWidth > element.clientWidth + 1) {
          say('wider than its box', element);
        }
      }

      // The contrast of each text's computed colour with the background.
      const light = colour => {
        const parts = colour.match(/[0-9.]+/g).slice(0, 3).map(part => {
          part /= 255;
          return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
      };
      const paper = getComputedStyle(document.body).backgroundColor;
      const contrast = colour => {
        const both = [light(colour), light(paper)].sort((a, b) => a - b);
        return (both[1] + 0.05) / (both[0] + 0.05);
      };
      const isPlain = paper !== 'rgba(0, 0, 0, 0)';

      let count = 0;
      for (const figure of document.querySelectorAll('figure')) {
        const drawings = [...figure.querySelectorAll('svg')].filter(shows);
        if (drawings.length !== 1) say(`not one drawing but ${drawings.length}`);
      }
      for (const svg of [...document.querySelectorAll('svg')].filter(shows)) {
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')].filter(text => text.textContent.trim());
        const boxes = texts.map(text => text.getBoundingClientRect());
        count += texts.length;
        texts.forEach((text, index) => {
          const box = boxes[index];
          if (box.left < frame.left - 1 || box.right > frame.right + 1
              || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) {
            say('over the drawing\\'s edge', text);
          }
          const scale = frame.width / svg.viewBox.baseVal.width;
          if (parseFloat(getComputedStyle(text).fontSize) * scale < 11) say('too small', text);
          if (isPlain && contrast(getComputedStyle(text).fill) < 4.5) say('too pale', text);
          for (let other = index + 1; other < texts.length; other++) {
            const next = boxes[other];
            // A line's box is higher than its letters.
            if (box.left < next.right - 1 && next.left < box.right - 1
                && box.top < next.bottom - 5 && next.top < box.bottom - 5) {
              say('drawn on another: ' + texts[other].textContent + ' |', text);
            }
          }
        });
      }
      for (const image of document.querySelectorAll('img')) {
        if (!image.complete || image.naturalWidth < 100) say('an image does not load');
      }
      for (const fault of faults.slice(0, 40)) parent.postMessage(`${name}\\tfault\\t${fault}`, '*');
      parent.postMessage(`${name}\\tmeasured\\t${height}\\t${count}`, '*');
    });
    """
}
