import LogStore
import QueryShape
import Testing

@testable import Tool

struct ConfigurationTests {
  @Test(arguments: [
    ("databse-url = 'x'", "Did you mean 'database-url'?"),
    ("[sources.a]\npath = ['x']", "Did you mean 'paths'?"),
    ("jobs = 0", "Correct its value"),
    ("jobs = 'two'", "Correct its value"),
    ("samples = 'all'", "Correct its value"),
    ("timezone = [1]", "Correct its value"),
    ("sources = 3", "Write [sources.NAME]"),
    ("[sources]\na = 3", "Write [sources.a]"),
    ("format = ", "Correct that line"),
  ])
  func whatIsWrongIsAnError(text: String, nextStep: String) {
    do {
      _ = try ConfigurationReader(path: "f.toml").read(text)
      Issue.record("accepted: \(text)")
    } catch {
      #expect(error.code == .configuration && error.thing == "f.toml")
      #expect(error.nextStep == nextStep)
    }
  }

  @Test func unknownKeyIsNamedWithItsTable() {
    #expect {
      try ConfigurationReader(path: "f").read("[sources.a]\nzone = 'UTC'")
    } throws: { error in
      "\(error)".hasPrefix("f: line 2: 'sources.a.zone' is no setting.")
    }
  }

  @Test(arguments: [
    ("jobs = 2\n\nsource = 3", 3), ("strict = true\n[sources.a]\n\npaths = [1]", 4),
    ("# x\n[surces]\na = 1", 2), ("jobs = 1\nsurces.a.paths = 'x'", 2),
    ("[sources]\n\na = 3", 3), ("jobs = [\n1,\n2]\n", 1),
  ])
  func whatIsWrongIsNamedWithItsLine(text: String, line: Int) {
    let error = #expect(throws: ToolError.self) { try ConfigurationReader(path: "f").read(text) }
    #expect(error?.cause.hasPrefix("line \(line): '") == true, "\(error?.cause ?? "")")
  }

  @Test func everyKeyIsRead() throws {
    let configuration = try ConfigurationReader(path: "f").read(
      """
      database-url = "postgresql://x"
      data-directory = "/d"
      format = "csv"
      jobs = 2
      strict = true
      source = "s"
      samples = "redacted"
      timezone = "UTC"
      encoding = "LATIN9"
      settings = "p.csv"
      """)
    #expect(
      configuration
        == Configuration(
          path: "f", databaseURL: "postgresql://x", dataDirectory: "/d", format: .csv, jobs: 2,
          isStrict: true, source: "s", samples: .redacted, timezones: ["UTC"], encoding: "LATIN9",
          settingsFile: "p.csv"))
  }

  @Test func placesAreTheUsualOnes() {
    func paths(_ environment: [String: String]) -> [String] {
      ConfigurationFile(environment: environment) { _ in nil }.usualPaths
    }
    #expect(
      paths(["HOME": "/h"]) == [
        "/h/.config/pgtrawl/pgtrawl.toml", "/etc/xdg/pgtrawl/pgtrawl.toml", "/etc/pgtrawl.toml",
      ])
    #expect(
      paths(["HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_CONFIG_DIRS": "/x:/y"]) == [
        "/c/pgtrawl/pgtrawl.toml", "/x/pgtrawl/pgtrawl.toml", "/y/pgtrawl/pgtrawl.toml",
        "/etc/pgtrawl.toml",
      ])
  }

  @Test func namedFileHasToExist() throws {
    let file = ConfigurationFile(environment: ["PGTRAWL_CONFIG": "/e.toml"]) { path in
      path == "/f.toml" ? "jobs = 4" : nil
    }
    #expect(try file.read(named: "/f.toml").jobs == 4)
    #expect(throws: ToolError.self) { try file.read(named: nil) }
    let none = ConfigurationFile(environment: ["HOME": "/h"]) { _ in nil }
    #expect(try none.read(named: nil) == Configuration())
  }

  @Test func databaseComesFromFlagThenEnvironmentThenFile() throws {
    let configuration = Configuration(databaseURL: "file")
    let both = Layers(
      environment: ["PGTRAWL_DATABASE_URL": "variable"], configuration: configuration)
    #expect(both.databaseURL(flag: "flag") == "flag")
    #expect(both.databaseURL(flag: nil) == "variable")
    let empty = Layers(environment: ["PGTRAWL_DATABASE_URL": ""], configuration: configuration)
    #expect(empty.databaseURL(flag: nil) == "file")
    #expect(
      Layers(environment: [:], configuration: Configuration()).databaseURL(flag: nil) == nil)
  }

  @Test func variablesThatNobodyReadsAreTold() {
    let layers = Layers(
      environment: ["PGTRAWL_TIMZONE": "UTC", "PGTRAWL_JOBS": "2", "PATH": "/bin"],
      configuration: Configuration())
    #expect(
      layers.warnings == [
        "PGTRAWL_TIMZONE: no such setting, it is ignored. Did you mean PGTRAWL_TIMEZONE?"
      ])
  }

  @Test(
    arguments: [
      ("tiemzone", "timezone"), ("timezone", "timezone"), ("pahts", "paths"), ("xyzzyx", nil),
    ] as [(String, String?)])
  func nearestName(name: String, nearest: String?) {
    #expect(NearestName.of(name, in: ["paths", "timezone", "encoding"]) == nearest)
  }

  @Test func settingsFileIsACSVOfPgSettings() throws {
    let text = """
      name,setting,unit,category
      log_min_duration_statement,250,ms,"Reporting, Logging"
      log_line_prefix,"%m ""x"" ",,"a
      b"
      """
    let settings = try SettingsFile.read(text, path: "p.csv")
    #expect(settings.map(\.name) == ["log_min_duration_statement", "log_line_prefix"])
    #expect(settings.map(\.setting) == ["250", "%m \"x\" "])
    #expect(settings.map(\.unit) == ["ms", nil])
    let secrets = try SettingsFile.read(
      "name,setting\narchive_command,curl CANARY\napp.token,CANARY\n", path: "p.csv")
    #expect(secrets.map(\.setting) == ["********", "********"])
    #expect(throws: ToolError.self) { try SettingsFile.read("a,b\n1,2\n", path: "p") }
    #expect(throws: ToolError.self) { try SettingsFile.read("name,setting\nx\n", path: "p") }
    #expect(throws: ToolError.self) { try SettingsFile.read("name,setting\n\"x\n", path: "p") }
  }
}
