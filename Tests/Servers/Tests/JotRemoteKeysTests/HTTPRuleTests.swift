import Testing

@testable import JotRemoteKeys

@Suite("URLs, addresses and lifetimes")
struct HTTPRuleTests {
  @Test(
    "a URL has one spelling, and what is no plain URL is refused",
    arguments: [
      ("https://id.example.com", "https://id.example.com/"),
      ("HTTPS://ID.Example.com:443/a?b#c", "https://id.example.com/a?b"),
      ("https://id.example.com:8443?x", "https://id.example.com:8443/?x"),
      ("http://[::1]:80/k", "http://[0:0:0:0:0:0:0:1]/k"),
      ("https://user@id.example.com/", nil), ("https://id.example.com:0/", nil),
      ("https://id.example.com:65536/", nil), ("https://id.example.com:+1/", nil),
      ("https:///a", nil), ("https://", nil), ("ftp://a/", nil), ("//a/", nil), ("", nil),
      ("https://a b/", nil), ("https://a\n/", nil), ("https://é/", nil), ("https://a\\@b/", nil),
      ("https://%6c/", nil), ("https://[::1", nil), ("https://[1.2.3.4]/", nil),
      ("https://a/" + String(repeating: "x", count: 2048), nil),
    ] as [(String, String?)])
  func urls(text: String, spelling: String?) {
    #expect((try? KeyURL(text))?.text == spelling)
  }

  @Test(
    "a redirect's reference is read from the URL that sent it",
    arguments: [
      ("https://b/x", "https://b/x"), ("//b/x", "https://b/x"), ("/x?y", "https://a/x?y"),
      ("x", "https://a/p/x"), ("?z", "https://a/p/q?z"), ("http://b/", "http://b/"),
      ("javascript:x", nil), ("", nil), ("#f", nil), ("https://u@b/", nil),
    ] as [(String, String?)])
  func references(text: String, target: String?) throws {
    let base = try KeyURL("https://a/p/q?r")
    #expect((try? KeyURL(text, from: base))?.text == target)
  }

  @Test(
    "an address is public or not",
    arguments: [
      ("1.1.1.1", true), ("8.8.8.8", true), ("172.32.0.1", true), ("100.128.0.1", true),
      ("2606:4700::1111", true), ("2001:4860:4860::8888", true), ("64:ff9b::808:808", true),
      ("0.0.0.0", false), ("10.1.2.3", false), ("127.0.0.1", false), ("127.9.9.9", false),
      ("100.64.0.1", false), ("169.254.169.254", false), ("172.16.0.1", false),
      ("172.31.255.255", false), ("192.168.1.1", false), ("192.0.0.1", false),
      ("192.0.2.1", false), ("198.18.0.1", false), ("224.0.0.1", false),
      ("255.255.255.255", false), ("::", false), ("::1", false), ("fe80::1", false),
      ("fc00::1", false), ("fd12:3456::1", false), ("ff02::1", false), ("2001:db8::1", false),
      ("3fff::1", false), ("3fff:1000::1", true),
      ("2001::1", false), ("::ffff:127.0.0.1", false), ("::ffff:8.8.8.8", true),
      ("::127.0.0.1", false), ("64:ff9b::7f00:1", false), ("64:ff9b::a9fe:a9fe", false),
      ("2002:7f00:1::", false), ("2002:a00:1::1", false), ("3fff:ffff::1", true),
      ("4000::1", false),
    ])
  func addresses(text: String, isPublic: Bool) throws {
    let address = try #require(IPAddress(text))
    #expect(address.isPublic == isPublic)
    #expect(IPAddress(address.description) == address)
  }

  @Test(
    "what only looks like an address is none",
    arguments: [
      "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.-4", "0x7f.1.1.1", "1..2.3", ":", ":::", "1::2::3",
      "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "::1.2.3", "1.2.3.4::",
      "::g",
    ])
  func noAddresses(text: String) { #expect(IPAddress(text) == nil) }

  @Test("dates in all three forms are read")
  func dates() {
    for text in [
      "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ] { #expect(HTTPDate.seconds(text) == 784_111_777) }
    #expect(HTTPDate.seconds("Thu, 01 Jan 1970 00:00:00 GMT") == 0)
    #expect(HTTPDate.seconds("Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800)
    for text in [
      "", "0", "-1", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Foo 1994 08:49:37 GMT",
      "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
      "Sun, 06 Nov 1994 08:49 GMT",
    ] { #expect(HTTPDate.seconds(text) == nil, "\(text)") }
  }

  @Test(
    "an answer's lifetime is what it states",
    arguments: [
      ([], nil), ([("Cache-Control", "max-age=300")], 300),
      ([("cache-control", "public, MAX-AGE = \"300\"")], 300),
      ([("Cache-Control", "max-age=300"), ("Age", "100")], 200),
      ([("Cache-Control", "max-age=300"), ("Age", "400")], 0),
      ([("Cache-Control", "max-age=300"), ("Cache-Control", "max-age=200")], 200),
      ([("Cache-Control", "max-age=x")], 0), ([("Cache-Control", "max-age=-1")], 0),
      ([("Cache-Control", "max-age=99999999999999999999")], 1 << 31),
      ([("Cache-Control", "no-store, max-age=300")], 0), ([("Cache-Control", "no-cache")], 0),
      ([("Cache-Control", "must-revalidate")], nil), ([("Cache-Control", "s-maxage=5")], nil),
      (
        [
          ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Expires", "Sun, 06 Nov 1994 08:59:37 GMT"),
        ], 600
      ),
      (
        [
          ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Expires", "Sun, 06 Nov 1994 08:59:37 GMT"),
          ("Age", "60"),
        ], 540
      ),
      ([("Expires", "Sun, 06 Nov 1994 08:50:37 GMT")], 60), ([("Expires", "0")], 0),
      (
        [("Expires", "Sun, 06 Nov 1994 09:49:37 GMT"), ("Cache-Control", "max-age=5")], 5
      ),
    ] as [([(String, String)], Int64?)])
  func lifetimes(headers: [(String, String)], seconds: Int64?) {
    let answer = RemoteKeyResponse(
      status: 200, headers: headers.map { (name: $0.0, value: $0.1) }, body: [])
    #expect(AnswerLifetime.seconds(of: answer, now: 784_111_777) == seconds)
  }

  @Test(
    "answers lead within HTTPS, and from another host to public addresses only",
    arguments: [
      (["https://a/"], "10.0.0.1", [], true),
      (["https://a/", "https://a/x"], "10.0.0.1", [], true),
      (["https://a/", "https://b/"], "10.0.0.1", [], false),
      (["https://a/", "https://b/"], "127.0.0.1", [], false),
      (["https://a/", "https://b/"], "::ffff:169.254.169.254", [], false),
      (["https://a/", "https://b/"], "1.1.1.1", [], true),
      (["https://a/", "https://b/"], "10.0.0.1", ["b"], true),
      (["https://a/", "https://b/", "https://a/"], "10.0.0.1", [], false),
      (["https://a/", "https://b/", "https://b/"], "10.0.0.1", [], false),
      (["https://a/", "http://a/"], "1.1.1.1", [], nil),
      (["https://a/", "http://localhost/"], "127.0.0.1", ["localhost"], nil),
      (["http://a/"], "127.0.0.1", [], nil),
      (["http://localhost/"], "127.0.0.1", [], true),
      (["http://localhost/"], "10.0.0.1", [], false),
      (["http://127.0.0.1:1/", "http://localhost:2/"], "::1", [], true),
      (["http://localhost/", "http://a/"], "127.0.0.1", [], nil),
      (["http://localhost/", "https://a/"], "10.0.0.1", [], false),
      (["http://localhost/", "https://a/", "http://localhost/"], "127.0.0.1", [], nil),
      (["http://localhost/", "https://a/", "https://localhost/"], "127.0.0.1", [], false),
    ] as [([String], String, [String], Bool?)])
  func hops(urls: [String], address: String, allowed: [String], verdict: Bool?) throws {
    let address = try #require(IPAddress(address))
    var found: Bool?
    do throws(RemoteKeyError) {
      var way = try HopPolicy(from: KeyURL(urls[0]), allowedHosts: Set(allowed))
      for url in urls.dropFirst() { try way.follow(KeyURL(url)) }
      found = way.allows(address)
    } catch {
      #expect(error.code == .notSecure)
    }
    #expect(found == verdict)
  }
}
