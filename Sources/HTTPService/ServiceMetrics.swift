internal import Synchronization

/// What the service counts of itself, for Prometheus. Labels are names of endpoints and classes of
/// status: their number does not grow with requests.
final class ServiceMetrics: Sendable {
  private struct Counts {
    var requests: [String: Int] = [:]
    var seconds: [String: Double] = [:]
    var buckets: [String: [Int]] = [:]
  }

  private static let bounds: [Double] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10]
  private let counts = Mutex(Counts())

  /// A request was answered.
  func count(_ endpoint: String, status: Int, seconds: Double) {
    counts.withLock { counts in
      counts.requests["endpoint=\"\(endpoint)\",status=\"\(status / 100)xx\"", default: 0] += 1
      counts.seconds[endpoint, default: 0] += seconds
      var buckets = counts.buckets[endpoint] ?? Array(repeating: 0, count: Self.bounds.count + 1)
      buckets[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
      counts.buckets[endpoint] = buckets
    }
  }

  /// The text of /metrics; `store` are lines about the store.
  func text(store: String) -> String {
    let counts = counts.withLock { $0 }
    var text = """
      # HELP pgtrawl_http_requests_total Requests that were answered.
      # TYPE pgtrawl_http_requests_total counter

      """
    for (labels, count) in counts.requests.sorted(by: { $0.key < $1.key }) {
      text += "pgtrawl_http_requests_total{\(labels)} \(count)\n"
    }
    text += """
      # HELP pgtrawl_http_request_seconds How long answers took.
      # TYPE pgtrawl_http_request_seconds histogram

      """
    for (endpoint, buckets) in counts.buckets.sorted(by: { $0.key < $1.key }) {
      var sum = 0
      for (bound, count) in zip(Self.bounds.map { "\($0)" } + ["+Inf"], buckets) {
        sum += count
        text +=
          "pgtrawl_http_request_seconds_bucket{endpoint=\"\(endpoint)\",le=\"\(bound)\"} \(sum)\n"
      }
      text += "pgtrawl_http_request_seconds_count{endpoint=\"\(endpoint)\"} \(sum)\n"
      text +=
        "pgtrawl_http_request_seconds_sum{endpoint=\"\(endpoint)\"} "
        + "\(counts.seconds[endpoint] ?? 0)\n"
    }
    return text + store
  }
}
