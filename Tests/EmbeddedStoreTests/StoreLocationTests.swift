import EmbeddedStore
import Testing

struct StoreLocationTests {
  @Test(arguments: [
    (["XDG_DATA_HOME": "/x/data", "HOME": "/home/u"], "/x/data/pgtrawl"),
    (["XDG_DATA_HOME": "relative", "HOME": "/home/u"], "/home/u/.local/share/pgtrawl"),
    (["HOME": "/home/u"], "/home/u/.local/share/pgtrawl"),
  ])
  func usualPlace(environment: [String: String], expected: String) throws {
    let location = try StoreLocation(environment: environment, userID: 1000)
    #expect(location.directory == expected)
    #expect(location.account == nil)
    #expect(location.socketDirectory == expected + "/run")
  }

  @Test
  func noPlace() {
    #expect(throws: EmbeddedStoreError(.noDirectory, path: "")) {
      try StoreLocation(environment: [:], userID: 1000)
    }
  }

  @Test
  func rootHasAnAccount() throws {
    let location = try StoreLocation(environment: ["HOME": "/root"], userID: 0)
    #expect(location.directory == "/var/lib/pgtrawl")
    let account = try #require(location.account)
    #expect(account.userID != 0)
    #expect(["postgres", "nobody"].contains(account.name))
  }

  @Test
  func longPathHasItsSocketElsewhere() throws {
    // "/run/.s.PGSQL.5432" is 18 bytes of the 107.
    let fits = "/" + String(repeating: "d", count: 88)
    let inside = try StoreLocation(directory: fits, environment: [:], userID: 1000)
    #expect(inside.socketDirectory == fits + "/run")
    let outside = try StoreLocation(directory: fits + "d", environment: [:], userID: 1000)
    #expect(outside.socketDirectory.hasPrefix("/tmp/pgtrawl-"))
    let other = try StoreLocation(directory: fits + "e", environment: [:], userID: 1000)
    #expect(outside.socketDirectory != other.socketDirectory)
    let again = try StoreLocation(directory: fits + "d/", environment: [:], userID: 1000)
    #expect(outside == again)
  }

  @Test
  func connectionStrings() throws {
    let location = try StoreLocation(directory: "/a b/c'd", environment: [:], userID: 1000)
    #expect(location.conninfo == #"host='/a b/c\'d/run' port=5432 user=pgtrawl dbname=pgtrawl"#)
    #expect(
      location.url == "postgresql://pgtrawl@/pgtrawl?host=%2Fa%20b%2Fc%27d%2Frun&port=5432")
  }
}
