/// When a request is sent again.
public enum RetryPolicy {
  /// Attempts at one question.
  public static let attemptsMax = 4
  /// The first pause; each further one is twice as long.
  public static let pauseMin = Duration.milliseconds(250)
  /// The longest pause, also where the endpoint asks for a longer one: then the question waits for another run.
  public static let pauseMax = Duration.seconds(30)

  /// How long to wait before the next attempt after `attempts` that failed; nil: not again. `retryAfter` is
  /// what the endpoint asks for; `share`, 0 … 1, spreads those that failed together.
  public static func pause(
    after attempts: Int, retryAfter: Duration? = nil, share: Double
  ) -> Duration? {
    guard attempts < attemptsMax else { return nil }
    if let retryAfter, retryAfter > pauseMax { return nil }
    let doubled = (1..<max(1, attempts)).reduce(pauseMin) { pause, _ in min(pause * 2, pauseMax) }
    let spread = doubled / 2 + doubled / 2 * share
    return max(spread, retryAfter ?? .zero)
  }

  /// Whether a request that was answered with this HTTP status may be answered well later.
  public static func isRetriable(status: Int) -> Bool {
    status == 408 || status == 425 || status == 429 || 500...599 ~= status
  }

  /// The header `Retry-After`: a number of seconds. A date counts as nothing said: clocks differ.
  public static func retryAfter(_ header: String?) -> Duration? {
    guard let header, let seconds = Int64(header), 0...86_400 ~= seconds else { return nil }
    return .seconds(seconds)
  }
}
