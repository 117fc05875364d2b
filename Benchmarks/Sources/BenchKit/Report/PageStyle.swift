// The page's colours and layout: one column, light and dark, from a phone's width on.

enum PageStyle {
  /// The purpose of each colour, and its values on a light and on a dark page.
  static let colours: [(name: String, light: String, dark: String)] = [
    ("paper", "#ffffff", "#0f1318"),
    ("ink", "#1a1f26", "#e5e9ef"),
    ("muted", "#57606c", "#9ca6b3"),
    ("grid", "#dde2e8", "#2a313a"),
    ("shade", "#f5f7f9", "#161b22"),
    ("jot", "#0a5fd0", "#6db1ff"),
    ("openssl", "#6a737e", "#9aa4b0"),
    ("competitor", "#a8540a", "#eda35d"),
  ]

  /// The colours as CSS variables, for a page or for an SVG file.
  static var variables: String {
    func list(_ values: [(String, String)]) -> String {
      values.map { "--\($0.0):\($0.1)" }.joined(separator: ";")
    }
    return """
      :root{color-scheme:light dark;\(list(colours.map { ($0.name, $0.light) }))}
      @media(prefers-color-scheme:dark){:root{\(list(colours.map { ($0.name, $0.dark) }))}}
      """
  }

  static let fonts =
    "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif"

  static var sheet: String {
    """
    \(variables)
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{margin:0;overflow-wrap:anywhere;background:var(--paper);color:var(--ink);font:16px/1.55 \(fonts)}
    main{max-width:860px;margin:0 auto;padding:40px 16px 72px}
    h1{font-size:30px;line-height:1.2;letter-spacing:-.015em;margin:0 0 14px;text-wrap:balance}
    h2{font-size:20px;line-height:1.3;letter-spacing:-.008em;margin:56px 0 8px;text-wrap:balance}
    h3{font-size:16px;margin:32px 0 6px}
    p{margin:0 0 12px}
    p,figcaption,ul{max-width:760px}
    .lead{font-size:17px}
    .note,figcaption{color:var(--muted);font-size:14px;line-height:1.5}
    .warning{border-left:3px solid var(--competitor);padding:2px 0 2px 12px}
    figure{margin:20px 0 0}
    figcaption{margin-top:10px}
    svg{display:block;width:100%;height:auto;font-family:\(fonts)}
    .narrow{display:none;max-width:440px}
    @media(max-width:640px){
      main{padding-top:24px}
      h1{font-size:25px}
      h2{margin-top:44px}
      th,td{padding:5px 8px}
      .wide{display:none}
      .narrow{display:block}
    }
    .scroll{overflow-x:auto;margin:16px 0 0;border-top:1px solid var(--grid);\
    border-bottom:1px solid var(--grid)}
    .scroll:focus-visible,summary:focus-visible{outline:2px solid var(--jot);outline-offset:2px}
    table{border-collapse:collapse;width:100%;font-size:14px;line-height:1.4;\
    font-variant-numeric:tabular-nums}
    th,td{padding:6px 10px;text-align:right;white-space:nowrap;font-weight:400}
    th:first-child{padding-left:2px}
    th:last-child,td:last-child{padding-right:2px}
    thead th{color:var(--muted);vertical-align:bottom}
    tbody{border-top:1px solid var(--grid)}
    .text{text-align:left}
    .words{white-space:normal;min-width:120px}
    td.words{min-width:220px}
    tr.jot td,tr.jot .name{font-weight:600}
    tr.jot .name{color:var(--jot)}
    tr.worse .verdict{color:var(--competitor);font-weight:600}
    tr.better .verdict{color:var(--jot);font-weight:600}
    .name,thead th:first-child{position:sticky;left:0;background:var(--paper)}
    .group{padding-top:10px;font-weight:600}
    .group span{position:sticky;left:2px}
    .scroll+.note{margin-top:8px}
    .span{color:var(--muted);font-weight:400}
    details{margin-top:16px}
    summary{cursor:pointer;color:var(--jot)}
    dl{display:grid;grid-template-columns:minmax(88px,max-content) 1fr;gap:4px 20px;margin:12px 0 0}
    dt{color:var(--muted)}
    dd{margin:0;min-width:0}
    code{font:.92em ui-monospace,SFMono-Regular,Menlo,'DejaVu Sans Mono',monospace}
    ul{margin:0;padding-left:20px}
    li{margin:0 0 6px}
    @media print{details>*{display:block}h2,figure{break-inside:avoid}}
    """
  }
}
