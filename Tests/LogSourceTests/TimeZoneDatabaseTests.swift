import Glibc
import LogModel
import LogSource
import Testing

@Suite struct TimeZoneDatabaseTests {
  /// Seconds of the local clock.
  private static func local(
    _ year: Int, _ month: Int, _ day: Int, _ hour: Int = 12, _ minute: Int = 0
  ) -> Int64 {
    Int64(CivilDate.days(year: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60)
  }

  static let now = local(2026, 11, 24)

  @Test(arguments: [
    ("UTC", 0), ("GMT", 0), ("Z", 0), ("+05:30", 19800), ("+0545", 20700), ("-03", -10800),
    ("+01", 3600), ("-0330", -12600), ("+00", 0), ("+05:53:28", 21208),
  ])
  func wordsThatNeedNothing(word: String, offset: Int) throws {
    // Not even a database.
    let zones = try TimeZoneDatabase(directory: LogPath("/nonexistent"))
    #expect(zones.meaning(of: word, localSeconds: Self.now) == .offset(seconds: offset))
  }

  @Test(arguments: [
    "", "+", "+1", "+123", "+24", "+0560", "+5:30", "+05:3", "-0a", "+05:300", "++01", "XYZ",
    "utc ", "\n",
  ])
  func wordsThatMeanNothing(word: String) throws {
    #expect(try TimeZoneDatabase().meaning(of: word, localSeconds: Self.now) == .unknown)
  }

  @Test(arguments: [
    ("CET", 3600), ("CEST", 7200), ("NST", -12600), ("NDT", -9000), ("ACDT", 37800),
    ("EST", -18000), ("EDT", -14400), ("BST", 3600), ("JST", 32400), ("AEST", 36000),
    ("NZDT", 46800), ("EET", 7200), ("WIB", 25200), ("MST", -25200), ("HST", -36000),
  ])
  func wordsWithOneMeaning(word: String, offset: Int) throws {
    let zones = try TimeZoneDatabase()
    #expect(zones.meaning(of: word, localSeconds: Self.now) == .offset(seconds: offset))
  }

  @Test(arguments: [
    ("IST", ["Europe/Dublin (+01:00)", "Asia/Jerusalem (+02:00)", "Asia/Kolkata (+05:30)"]),
    ("CST", ["(-06:00)", "(-05:00)", "(+08:00)"]),
    ("MSK", ["Europe/Moscow (+03:00)", "Europe/Moscow (+04:00)"]),
    ("PST", ["(-08:00)", "Asia/Manila (+08:00)"]),
  ])
  func wordsWithSeveralMeanings(word: String, expected: [String]) throws {
    guard
      case .ambiguous(let zones) = try TimeZoneDatabase().meaning(of: word, localSeconds: Self.now)
    else {
      Issue.record("\(word) is not ambiguous")
      return
    }
    #expect(zones.count <= 4)
    for text in expected { #expect(zones.contains { $0.hasSuffix(text) }, "\(zones)") }
  }

  @Test func configuredZonesDecide() throws {
    let india = try TimeZoneDatabase(zones: ["Asia/Kolkata"])
    #expect(india.meaning(of: "IST", localSeconds: Self.now) == .offset(seconds: 19800))
    let israel = try TimeZoneDatabase(zones: ["America/New_York", "Asia/Jerusalem", "Asia/Kolkata"])
    #expect(israel.meaning(of: "IST", localSeconds: Self.now) == .offset(seconds: 7200))
    #expect(israel.meaning(of: "EST", localSeconds: Self.now) == .offset(seconds: -18000))
    // What no configured zone uses is looked up as ever, and UTC stays UTC.
    #expect(india.meaning(of: "CET", localSeconds: Self.now) == .offset(seconds: 3600))
    #expect(india.meaning(of: "UTC", localSeconds: Self.now) == .offset(seconds: 0))
  }

  @Test func aWordWithSeveralOffsetsGoesByTheDate() throws {
    let zones = try TimeZoneDatabase(zones: ["Europe/Moscow"])
    #expect(
      zones.meaning(of: "MSK", localSeconds: Self.local(2010, 12, 1)) == .offset(seconds: 10800))
    #expect(
      zones.meaning(of: "MSK", localSeconds: Self.local(2013, 7, 1)) == .offset(seconds: 14400))
    #expect(
      zones.meaning(of: "MSK", localSeconds: Self.local(2015, 1, 1)) == .offset(seconds: 10800))
    #expect(
      zones.meaning(of: "MSK", localSeconds: Self.local(2090, 1, 1)) == .offset(seconds: 10800))
    // On 2014-10-26 the hour from 1 to 2 came twice under one name.
    #expect(
      zones.meaning(of: "MSK", localSeconds: Self.local(2014, 10, 26, 1, 30))
        == .repeated(first: 14400, second: 10800))
  }

  @Test func theHourThatHappensTwiceIsToldByItsName() throws {
    for zones in [try TimeZoneDatabase(zones: ["Europe/Berlin"]), try TimeZoneDatabase()] {
      let twice = Self.local(2026, 10, 25, 2, 30)
      #expect(zones.meaning(of: "CEST", localSeconds: twice) == .offset(seconds: 7200))
      #expect(zones.meaning(of: "CET", localSeconds: twice) == .offset(seconds: 3600))
    }
  }

  @Test func aWordOutOfSeasonKeepsItsOffset() throws {
    let zones = try TimeZoneDatabase(zones: ["Europe/Berlin"])
    #expect(zones.meaning(of: "CEST", localSeconds: Self.now) == .offset(seconds: 7200))
    #expect(zones.meaning(of: "CEST", localSeconds: Int64.max) == .offset(seconds: 7200))
    #expect(zones.meaning(of: "CET", localSeconds: Int64.min) == .offset(seconds: 3600))
  }

  /// Beyond the table of the file its rule holds.
  @Test func theRuleGoesOn() throws {
    let sydney = try TimeZoneDatabase(zones: ["Australia/Sydney"])
    #expect(
      sydney.meaning(of: "AEDT", localSeconds: Self.local(2060, 1, 15)) == .offset(seconds: 39600))
    let dublin = try TimeZoneDatabase(zones: ["Europe/Dublin"])
    #expect(
      dublin.meaning(of: "IST", localSeconds: Self.local(2060, 7, 15)) == .offset(seconds: 3600))
  }

  @Test(arguments: [
    ("europe/berlin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"), ("Kolkata", "Asia/Kolkata"),
    ("Europe/Berlni", "Europe/Berlin"), ("New York", "America/New_York"), ("IST", "Asia/Kolkata"),
  ])
  func unknownNamesGetSuggestions(name: String, suggestion: String) throws {
    do throws(LogSourceError) {
      _ = try TimeZoneDatabase(zones: [name])
      Issue.record("\(name) is taken")
    } catch {
      guard case .unknownTimeZone(name, let similar) = error.code else {
        Issue.record("\(error)")
        return
      }
      #expect(similar.contains(suggestion), "\(similar)")
    }
  }

  @Test(arguments: ["../../etc/passwd", "/etc/passwd", "Europe", "zone1970.tab", "", ".", "a//b"])
  func namesThatAreNoZones(name: String) {
    let error = #expect(throws: LogSourceError.self) { _ = try TimeZoneDatabase(zones: [name]) }
    guard case .unknownTimeZone = error?.code else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aMissingDatabaseIsNamed() {
    let nowhere = LogPath("/nonexistent")
    let error = #expect(throws: LogSourceError.self) {
      _ = try TimeZoneDatabase(directory: nowhere, zones: ["Europe/Berlin"])
    }
    #expect(error?.code == .noTimeZoneDatabase)
    #expect(error?.path == nowhere)
  }

  /// Whatever is in a file: a zone, or an error that names it.
  @Test func damagedBytesDoNoHarm() throws {
    let scratch = Scratch()
    let file = try #require(contents(of: "/usr/share/zoneinfo/Europe/Berlin"))
    for index in stride(from: 0, to: file.count, by: 5) {
      var damaged = file
      damaged[index] = index % 2 == 0 ? 0xFF : damaged[index] ^ 0x80
      scratch.write("Zone", damaged)
      do throws(LogSourceError) {
        let zones = try TimeZoneDatabase(directory: scratch.path, zones: ["Zone"])
        _ = zones.meaning(of: "CET", localSeconds: Self.now)
      } catch {
        switch error.code {
        case .damagedTimeZone, .unknownTimeZone: break
        default: Issue.record("\(error)")
        }
      }
    }
    for length in stride(from: 0, to: file.count, by: 11) {
      scratch.write("Zone", Array(file[..<length]))
      _ = try? TimeZoneDatabase(directory: scratch.path, zones: ["Zone"])
    }
  }

  private func contents(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }

  @Test func aDamagedZoneIsNamed() throws {
    let scratch = Scratch()
    scratch.write("Broken", Array("TZif2".utf8) + [UInt8](repeating: 0xFF, count: 200))
    let error = #expect(throws: LogSourceError.self) {
      _ = try TimeZoneDatabase(directory: scratch.path, zones: ["Broken"])
    }
    #expect(error?.code == .damagedTimeZone(name: "Broken"))
  }
}
