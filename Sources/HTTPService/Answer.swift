internal import API
internal import Digest
internal import Gzip
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A body with what is told about it, before it is known how the client takes it.
struct Answer {
  let body: String
  let type: String
  let status: Int
  /// It will be the same for ever: clients may keep it, and ask whether it changed.
  var isImmutable: Bool

  init(_ body: String, type: String = "application/json", isImmutable: Bool = false) {
    self.body = body
    self.type = type
    self.isImmutable = isImmutable
    status = 200
  }

  init(_ problem: APIError) {
    body = problem.json
    type = "application/problem+json"
    status = problem.status
    isImmutable = false
  }

  /// Bytes of the body.
  var bytes: Int { body.utf8.count }

  private static let compressedMin = 1_024

  func response(to request: Request) -> Response {
    var headers = HTTPFields()
    headers[.contentType] = type
    headers[.cacheControl] = isImmutable ? "private, max-age=3600" : "no-store"
    headers[.xContentTypeOptions] = "nosniff"
    headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
    if status == 401 { headers[.wwwAuthenticate] = "Bearer" }
    if status == 405 { headers[.allow] = "GET, HEAD" }
    if status == 503 { headers[.retryAfter] = "1" }
    if isImmutable {
      let hash = SHA256Hash.of(Array(body.utf8)).prefix(16)
      let tag =
        "\"" + hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + "\""
      headers[.eTag] = tag
      if request.headers[.ifNoneMatch]?.contains(tag) == true {
        return Response(status: .notModified, headers: headers)
      }
    }
    var bytes = Array(body.utf8)
    headers[.vary] = "Accept-Encoding"
    if bytes.count >= Self.compressedMin, Self.takesGzip(request),
      let compressed = GzipMember.compress(bytes)
    {
      bytes = compressed
      headers[.contentEncoding] = "gzip"
    }
    if request.method == .head {
      headers[.contentLength] = String(bytes.count)
      return Response(status: .init(code: status), headers: headers)
    }
    return Response(
      status: .init(code: status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  private static func takesGzip(_ request: Request) -> Bool {
    guard let accepted = request.headers[.acceptEncoding] else { return false }
    return accepted.split(separator: ",").contains { part in
      let words = part.split(separator: ";").map { $0.filter { $0 != " " } }
      guard words.first == "gzip" || words.first == "*" else { return false }
      return !words.dropFirst().contains { $0 == "q=0" || $0 == "q=0.0" || $0 == "q=0.000" }
    }
  }
}
