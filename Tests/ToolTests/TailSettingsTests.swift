import Testing

@testable import Tool

/// `pgtrawl tail`: flags over environment over configuration.
struct TailSettingsTests {
  func settings(
    _ typed: LowTailArguments, environment: [String: String] = [:], file: String = ""
  ) throws -> TailSettings {
    let configuration = try ConfigurationReader(path: "f").read(file)
    return try TailSettings(typed, Layers(environment: environment, configuration: configuration))
  }

  static func typed(_ flush: String? = nil, health: String? = nil) -> LowTailArguments {
    LowTailArguments(
      logs: LowImportArguments(paths: ["/l"]), flushInterval: flush, healthFile: health)
  }

  @Test(
    arguments: [
      ("100ms", .milliseconds(100)), ("100", .milliseconds(100)), ("1s", .seconds(1)),
      ("1.5s", .milliseconds(1500)), ("10min", .seconds(600)), ("0", .zero), ("", nil),
      ("ms", nil), ("-1s", nil), ("-1", nil), ("1 s", nil), ("1sec", nil), ("1e3", nil),
      ("99999999999999999999", nil),
    ] as [(String, Duration?)])
  func lengthsOfTime(text: String, duration: Duration?) {
    #expect(DurationArgument.parse(text) == duration)
  }

  @Test(arguments: [
    (Duration.milliseconds(10), "10ms"), (.seconds(60), "60s"), (.milliseconds(1500), "1500ms"),
  ])
  func lengthsOfTimeAreShownAsTheyAreTyped(duration: Duration, text: String) {
    #expect(DurationArgument.shown(duration) == text)
    #expect(DurationArgument.parse(text) == duration)
  }

  @Test func flushIntervalComesFromFlagThenEnvironmentThenFile() throws {
    let variable = ["PGTRAWL_FLUSH_INTERVAL": "300ms"]
    let file = "flush-interval = '2s'"
    #expect(try settings(Self.typed()).flushInterval == .milliseconds(100))
    #expect(try settings(Self.typed(), file: file).flushInterval == .seconds(2))
    #expect(
      try settings(Self.typed(), file: "flush-interval = 50").flushInterval == .milliseconds(50))
    #expect(
      try settings(Self.typed(), environment: variable, file: file).flushInterval
        == .milliseconds(300))
    #expect(
      try settings(Self.typed("1s"), environment: variable, file: file).flushInterval
        == .seconds(1))
  }

  @Test func healthFileComesFromFlagThenEnvironmentThenFile() throws {
    let variable = ["PGTRAWL_HEALTH_FILE": "/e"]
    let file = "health-file = '/f'"
    #expect(try settings(Self.typed()).healthFile == nil)
    #expect(try settings(Self.typed(), file: file).healthFile == "/f")
    #expect(try settings(Self.typed(), environment: variable, file: file).healthFile == "/e")
    #expect(
      try settings(Self.typed(health: "h"), environment: variable, file: file).healthFile == "h")
  }

  @Test(arguments: [
    (typed("9ms"), [:], "--flush-interval"), (typed("61s"), [:], "--flush-interval"),
    (typed("soon"), [:], "--flush-interval"), (typed(health: "/d/"), [:], "--health-file"),
    (typed(health: ""), [:], "--health-file"),
    (typed(), ["PGTRAWL_FLUSH_INTERVAL": "1h"], "PGTRAWL_FLUSH_INTERVAL"),
    (LowTailArguments(logs: LowImportArguments(paths: ["-"])), [:], "PATH -"),
    (LowTailArguments(), [:], "PATH"),
  ])
  func whatIsWrongIsAUsageError(
    typed: LowTailArguments, environment: [String: String], thing: String
  ) {
    let error = #expect(throws: ToolError.self) {
      try settings(typed, environment: environment)
    }
    #expect(error?.code == .usage && error?.thing == thing)
  }

  @Test(arguments: ["flush-interval = '1h'", "flush-interval = 5", "flush-interval = true"])
  func whatIsWrongInTheFileIsNamedWithItsLine(text: String) {
    let error = #expect(throws: ToolError.self) { try settings(Self.typed(), file: text) }
    #expect(
      error?.cause == "line 1: 'flush-interval' has to be a length of time from 10ms to 60s")
  }

  @Test func sourcesOfTheConfigurationAreFollowedWithoutPaths() throws {
    let settings = try settings(
      LowTailArguments(),
      file: "[sources.a]\npaths = '/a'\n[sources.b]\npaths = ['/b', '/c']\ntimezone = 'UTC'")
    #expect(settings.sources.map(\.name) == ["a", "b"])
    #expect(settings.sources.map(\.timezones) == [[], ["UTC"]])
  }
}
