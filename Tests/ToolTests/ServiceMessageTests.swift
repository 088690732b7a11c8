import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Tool

/// The notify protocol of systemd.
struct ServiceMessageTests {
  @Test(
    arguments: [
      ([.ready], "READY=1"),
      ([.ready, .status("following 1 log")], "READY=1\nSTATUS=following 1 log"),
      ([.reloading(monotonicMicroseconds: 12)], "RELOADING=1\nMONOTONIC_USEC=12"),
      ([.stopping], "STOPPING=1"), ([.watchdog], "WATCHDOG=1"),
      ([.status("a\nMAINPID=1\r\nREADY=1")], "STATUS=a MAINPID=1 READY=1"), ([], ""),
    ] as [([ServiceMessage], String)])
  func datagrams(messages: [ServiceMessage], text: String) {
    #expect(ServiceMessage.datagram(messages) == text)
  }

  @Test(
    arguments: [
      ([:], nil), (["NOTIFY_SOCKET": ""], nil),
      (["NOTIFY_SOCKET": "/run/notify"], Array("/run/notify".utf8)),
      (["NOTIFY_SOCKET": "@a/b"], [0] + Array("a/b".utf8)),
      (
        ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 106)],
        Array(("/" + String(repeating: "x", count: 106)).utf8)
      ),
    ] as [([String: String], [UInt8]?)])
  func socketIsAPathOrAnAbstractName(environment: [String: String], name: [UInt8]?) {
    let read = ServiceEnvironment(environment, processID: 7)
    #expect(read.socketName == name && read.problem == nil && read.watchdogInterval == nil)
  }

  @Test(arguments: ["run/notify", "vsock:2:1", "/", "@", "/" + String(repeating: "x", count: 107)])
  func whatIsNoSocketIsTold(name: String) {
    let read = ServiceEnvironment(
      ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "1000"], processID: 7)
    #expect(read.socketName == nil && read.watchdogInterval == nil && read.problem != nil)
  }

  @Test(
    arguments: [
      (["WATCHDOG_USEC": "3000000"], .milliseconds(1500)),
      (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"], .milliseconds(1500)),
      (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"], nil), (["WATCHDOG_USEC": "0"], nil),
      (["WATCHDOG_USEC": "-5"], nil), (["WATCHDOG_USEC": "x"], nil), (["WATCHDOG_PID": "7"], nil),
    ] as [([String: String], Duration?)])
  func watchdogIsForThisProcessOrAnyone(environment: [String: String], interval: Duration?) {
    let all = environment.merging(["NOTIFY_SOCKET": "/n"]) { $1 }
    #expect(ServiceEnvironment(all, processID: 7).watchdogInterval == interval)
  }

  @Test func aManagerThatIsGoneIsToldOnce() throws {
    let told = Mutex<[String]>([])
    let folder = try TemporaryDirectory()
    let manager = ServiceManager(
      ServiceEnvironment(["NOTIFY_SOCKET": folder.path + "/none"], processID: 7)
    ) { text in told.withLock { $0.append(text) } }
    manager.send(.ready)
    manager.send(.stopping)
    manager.watchdog()
    #expect(told.withLock { $0.count } == 1)
  }

  @Test func whatTheManagerHasNoRoomForComesLater() throws {
    let folder = try TemporaryDirectory()
    let socket = try DatagramSocket(folder.path + "/n")
    let manager = ServiceManager(
      ServiceEnvironment(["NOTIFY_SOCKET": folder.path + "/n"], processID: 7)
    ) { Issue.record("\($0)") }
    // The kernel queues few datagrams of a unix socket; a watchdog's is not kept.
    for _ in 0..<2000 { manager.watchdog() }
    manager.send(.ready)
    manager.send(.status("a"), .stopping)
    let first = socket.received
    #expect(!first.isEmpty && first.allSatisfy { $0 == "WATCHDOG=1" })
    manager.flush()
    #expect(socket.received.dropFirst(first.count) == ["READY=1", "STATUS=a\nSTOPPING=1"])
  }
}
