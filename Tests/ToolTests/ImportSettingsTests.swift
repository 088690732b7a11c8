import ArgumentParser
import LogParsing
import QueryShape
import Testing

@testable import Tool

/// Flags over environment over configuration.
struct ImportSettingsTests {
  static let file = """
    samples = "none"
    jobs = 3
    timezone = "UTC"
    [sources.prod-1]
    paths = ["/logs/a", "/logs/b"]
    timezone = ["Europe/Berlin", "Asia/Tokyo"]
    encoding = "WIN1252"
    samples = "redacted"
    settings = "prod.csv"
    [sources.empty]
    """

  func settings(
    _ typed: LowImportArguments, environment: [String: String] = [:], file: String = file
  ) throws -> ImportSettings {
    let configuration = try ConfigurationReader(path: "pgtrawl.toml").read(file)
    return try ImportSettings(
      typed, Layers(environment: environment, configuration: configuration))
  }

  func problem(
    _ typed: LowImportArguments, environment: [String: String] = [:], file: String = file
  ) -> ToolError? {
    do {
      _ = try settings(typed, environment: environment, file: file)
      return nil
    } catch {
      return error as? ToolError
    }
  }

  @Test func defaults() throws {
    let settings = try settings(LowImportArguments(paths: ["x"]), file: "")
    #expect(
      settings.sources == [
        .init(
          name: "default", paths: ["x"], timezones: [], encoding: .latin1, samples: .raw,
          settingsFile: nil)
      ])
    #expect(settings.jobs == 1)
    #expect(!settings.isStrict && !settings.isAgain && !settings.isForced && !settings.isDryRun)
  }

  @Test func sourceOfTheConfigurationIsReadWithoutPaths() throws {
    let settings = try settings(LowImportArguments())
    #expect(
      settings.sources == [
        .init(
          name: "prod-1", paths: ["/logs/a", "/logs/b"],
          timezones: ["Europe/Berlin", "Asia/Tokyo"], encoding: .win1252, samples: .redacted,
          settingsFile: "prod.csv")
      ])
    #expect(settings.jobs == 3)
  }

  @Test func environmentBeatsConfiguration() throws {
    let settings = try settings(
      LowImportArguments(),
      environment: [
        "PGTRAWL_SAMPLES": "raw", "PGTRAWL_TIMEZONE": "America/Lima,UTC", "PGTRAWL_JOBS": "7",
        "PGTRAWL_ENCODING": "latin9", "PGTRAWL_SETTINGS": "e.csv", "PGTRAWL_STRICT": "yes",
      ])
    let source = try #require(settings.sources.first)
    #expect(source.samples == .raw && source.timezones == ["America/Lima", "UTC"])
    #expect(source.encoding == .latin9 && source.settingsFile == "e.csv")
    #expect(settings.jobs == 7 && settings.isStrict)
  }

  @Test func flagsBeatEnvironment() throws {
    let typed = LowImportArguments(
      paths: ["p"], source: "prod-1", timezones: ["UTC"], encoding: "LATIN1",
      settingsFile: "f.csv", samples: SamplePolicy.none, jobs: 1)
    let settings = try settings(
      typed,
      environment: [
        "PGTRAWL_SOURCE": "other", "PGTRAWL_TIMEZONE": "Asia/Tokyo", "PGTRAWL_SAMPLES": "raw",
        "PGTRAWL_ENCODING": "WIN1252", "PGTRAWL_SETTINGS": "e.csv", "PGTRAWL_JOBS": "9",
      ])
    #expect(
      settings.sources == [
        .init(
          name: "prod-1", paths: ["p"], timezones: ["UTC"], encoding: .latin1,
          samples: SamplePolicy.none, settingsFile: "f.csv")
      ])
    #expect(settings.jobs == 1)
  }

  @Test func whatIsWrongIsNamed() {
    #expect(problem(LowImportArguments(), file: "")?.thing == "PATH")
    #expect(
      problem(LowImportArguments(source: "prod-2"))?.nextStep == "Did you mean 'prod-1'?")
    #expect(problem(LowImportArguments(source: "empty"))?.thing == "PATH")
    #expect(problem(LowImportArguments(paths: ["x"], jobs: 0))?.thing == "--jobs")
    #expect(problem(LowImportArguments(paths: ["x"], source: ""))?.thing == "--source")
    #expect(
      problem(LowImportArguments(paths: ["x"], encoding: "EUC_JP"))?.thing == "--encoding EUC_JP")
    let both = LowImportArguments(paths: ["x"], isAgain: true, isDryRun: true)
    #expect(problem(both)?.thing == "--again")
    for (name, value) in [("JOBS", "many"), ("STRICT", "maybe"), ("SAMPLES", "rwa")] {
      let error = problem(
        LowImportArguments(paths: ["x"]), environment: ["PGTRAWL_\(name)": value])
      #expect(error?.thing == "PGTRAWL_\(name)")
      #expect(error?.status == .usage)
    }
  }

  @Test func commandLineBecomesWhatWasTyped() throws {
    let parsed = try Pgtrawl.parseAsRoot([
      "import", "a", "b", "--source", "s", "--timezone", "UTC", "--timezone", "Asia/Tokyo",
      "--samples", "redacted", "--jobs", "2", "--again", "--force", "--strict", "--settings", "c",
      "--encoding", "LATIN9",
    ])
    let command = try #require(parsed as? ImportCommand)
    #expect(
      command.typed
        == LowImportArguments(
          paths: ["a", "b"], source: "s", timezones: ["UTC", "Asia/Tokyo"], encoding: "LATIN9",
          settingsFile: "c", samples: .redacted, jobs: 2, isAgain: true, isForced: true,
          isDryRun: false, isStrict: true))
  }
}
