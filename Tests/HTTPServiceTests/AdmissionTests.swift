import API
import Testing

@testable import HTTPService

struct AdmissionTests {
  @Test(arguments: [
    "/", "/v1", "/v1/", "/v1/queries/", "/v1/queries/1", "/v1/queries/../plans", "/v1//queries",
    "/v1/queries%2f0000000000000001", "/v1/plans/1", "/v1/plans/1-2/3", "/V1/queries",
    "/v1/queries/0000000000000001/sources", "/etc/passwd", "v1/queries",
  ])
  func otherAddressesNameNothing(_ path: String) {
    #expect(Endpoint(path: path) == nil)
  }

  @Test func addressesNameTheirEndpoints() {
    #expect(Endpoint(path: "/v1/queries")?.name == "queries")
    #expect(Endpoint(path: "/v1/queries/00000000000000ff")?.name == "query")
    #expect(Endpoint(path: "/v1/queries/00000000000000ff/series")?.name == "series")
    #expect(Endpoint(path: "/v1/queries/00000000000000ff/plans")?.name == "query_plans")
    #expect(Endpoint(path: "/v1/plans/12-34")?.name == "plan")
    #expect(Endpoint(path: "/healthz")?.scope == nil)
    #expect(Endpoint(path: "/metrics")?.scope == .metrics)
  }

  @Test func parametersAreDecoded() throws {
    let target = try RequestTarget("/v1/queries?search=a%20b+c%26&x&limit=5")
    #expect(target.path == "/v1/queries")
    #expect(target.parameters.map(\.name) == ["search", "x", "limit"])
    #expect(target.parameters.map(\.value) == ["a b c&", "", "5"])
  }

  @Test(arguments: ["/?a=%", "/?a=%4", "/?a=%zz", "/?a=%ff", "/?a=%c0%80", "/?%ed%a0%80=1"])
  func whatIsNoUTF8IsRefused(_ target: String) {
    #expect(throws: APIError.self) { try RequestTarget(target) }
  }

  @Test func aTokenIsKnownByItsHash() throws {
    let (token, line) = AccessTokens.make([.read])
    #expect(!line.contains(token))
    let tokens = try AccessTokens(file: "# those of the team\n\n\(line) of the dashboard\n")
    #expect(tokens.scopes(of: token) == [.read])
    #expect(tokens.scopes(of: String(token.dropLast())) == nil)
    #expect(tokens.scopes(of: token + "0") == nil)
    #expect(tokens.scopes(of: "") == nil)
    #expect(throws: TokenFileError(line: 2)) { try AccessTokens(file: "\nabc read") }
    #expect(throws: TokenFileError(line: 1)) { try AccessTokens(file: "\(line),write") }
  }

  @Test func onlyItsOwnNamesAreAnswered() {
    let local = ServiceSettings(version: "1")
    for name in ["127.0.0.1:8432", "localhost", "LOCALHOST:1", "[::1]:8432"] {
      #expect(local.allows(host: name), "\(name)")
    }
    for name in [nil, "", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8432"] {
      #expect(!local.allows(host: name), "\(name ?? "none")")
    }
    let other = ServiceSettings(host: "10.0.0.5", allowedHosts: ["stats.example"], version: "1")
    #expect(other.allows(host: "stats.example:8432") && other.allows(host: "10.0.0.5"))
    #expect(!other.allows(host: "localhost"))
  }

  @Test func publicAddressesAreTold() {
    for host in ["8.8.8.8", "0.0.0.0", "::", "2001:db8::1", "172.32.0.1", "example.com"] {
      #expect(ServiceSettings(host: host, version: "1").isPublic, "\(host)")
    }
    for host in ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "fd00::1"] {
      #expect(!ServiceSettings(host: host, version: "1").isPublic, "\(host)")
    }
  }
}
