// A small HTTP server on loopback that answers as a test says, and can be killed and revived.
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

final class ScriptedServer: Sendable {
  struct Request: Sendable {
    let path: String
    let host: String
    let entityTag: String?
  }

  struct Answer: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// Milliseconds before the head.
    var delay: Int64 = 0
    /// The stated length, if it is not the body's; the connection is closed after the body.
    var statedLength: Int?
    /// Without a length the body is chunked.
    var isChunked = false
    /// Milliseconds between bytes, if they drip.
    var drip: Int64?
  }

  typealias Script = @Sendable (Request) -> Answer

  private struct State {
    var script: Script
    var requests: [Request] = []
    var listener: (any Channel)?
    var children: [any Channel] = []
  }

  private let state: Mutex<State>
  private let tls: NIOSSLContext?
  let port: Int

  init(tls: TLSConfiguration? = nil, _ script: @escaping Script) async throws {
    self.tls = try tls.map { try NIOSSLContext(configuration: $0) }
    state = Mutex(State(script: script))
    let children = ChildList()
    let bootstrap = Self.bootstrap(self.tls, children)
    let channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress!.port!
    state.withLock { $0.listener = channel }
    children.adopt(self)
  }

  var url: String { "\(tls == nil ? "http" : "https")://127.0.0.1:\(port)" }
  var requests: [Request] { state.withLock { $0.requests } }

  func answer(_ script: @escaping Script) { state.withLock { $0.script = script } }

  /// Closes the port and all connections.
  func kill() async throws {
    let (listener, children) = state.withLock { state in
      defer { (state.listener, state.children) = (nil, []) }
      return (state.listener, state.children)
    }
    try await listener?.close().get()
    for child in children { try? await child.close().get() }
  }

  /// Listens on the same port again.
  func revive() async throws {
    let children = ChildList()
    children.adopt(self)
    let channel = try await Self.bootstrap(tls, children).bind(host: "127.0.0.1", port: port).get()
    state.withLock { $0.listener = channel }
  }

  fileprivate func add(_ channel: any Channel) {
    state.withLock { state in
      state.children.removeAll { !$0.isActive }
      state.children.append(channel)
    }
  }

  fileprivate func answer(to request: Request) -> Answer {
    let script = state.withLock { state in
      state.requests.append(request)
      return state.script
    }
    return script(request)
  }

  private static func bootstrap(
    _ tls: NIOSSLContext?, _ children: ChildList
  ) -> ServerBootstrap {
    ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
          try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
          try pipeline.addHandler(Handler(children))
        }
      }
  }
}

/// The server of new connections: known only after its port is.
private final class ChildList: Sendable {
  private struct Weak { weak var server: ScriptedServer? }
  private let weak = Mutex(Weak())
  var server: ScriptedServer? { weak.withLock { $0.server } }
  func adopt(_ server: ScriptedServer) { weak.withLock { $0.server = server } }
}

private final class Handler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let children: ChildList
  private var head: HTTPRequestHead?

  init(_ children: ChildList) { self.children = children }

  func channelActive(context: ChannelHandlerContext) { children.server?.add(context.channel) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body: break
    case .end:
      guard let head, let server = children.server else { return context.close(promise: nil) }
      let answer = server.answer(
        to: ScriptedServer.Request(
          path: head.uri, host: head.headers["host"].first ?? "",
          entityTag: head.headers["if-none-match"].first))
      let bound = NIOLoopBound((context, self), eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: .milliseconds(answer.delay)) {
        let (context, handler) = bound.value
        handler.write(answer, context)
      }
    }
  }

  private func write(_ answer: ScriptedServer.Answer, _ context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    var headers = HTTPHeaders(answer.headers)
    if !answer.isChunked, answer.status != 304 {
      headers.add(name: "content-length", value: "\(answer.statedLength ?? answer.body.count)")
    }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if let drip = answer.drip {
      context.flush()
      return write(answer.body[...], every: drip, context)
    }
    context.write(
      wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
    if answer.statedLength != nil {
      context.flush()
      return context.close(promise: nil)
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  private func write(
    _ rest: ArraySlice<UInt8>, every drip: Int64, _ context: ChannelHandlerContext
  ) {
    guard let byte = rest.first, context.channel.isActive else { return }
    context.writeAndFlush(
      wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: [byte])))), promise: nil)
    let bound = NIOLoopBound((context, self), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .milliseconds(drip)) {
      let (context, handler) = bound.value
      handler.write(rest.dropFirst(), every: drip, context)
    }
  }
}
