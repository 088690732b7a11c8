import LogSource
import Testing

@Suite struct DirectoryWatchTests {
  private static let long = Duration.seconds(600)

  @Test func tellsWhatWasWrittenAndWhatCame() async throws {
    let scratch = Scratch()
    let directory = scratch.path
    let watch = DirectoryWatch()
    #expect(watch.watch([directory]))
    scratch.write("a.csv", Array("a".utf8))
    await watch.waitForChange(atMost: Self.long)
    #expect(watch.take().isStructural)
    // The write itself may be told by itself.
    await watch.waitForChange(atMost: .milliseconds(50))
    _ = watch.take()
    scratch.write(scratch.path("a.csv"), Array("b".utf8), append: true)
    await watch.waitForChange(atMost: Self.long)
    let change = watch.take()
    #expect(!change.isStructural)
    #expect(change.written == [scratch.path("a.csv")])
    #expect(watch.take() == DirectoryWatch.Change())
  }

  @Test func wakesAfterWaitsThatWereInVain() async throws {
    let scratch = Scratch()
    let watch = DirectoryWatch()
    #expect(watch.watch([scratch.path]))
    for _ in 0..<3 { await watch.waitForChange(atMost: .milliseconds(5)) }
    let writer = Task {
      try await Task.sleep(for: .milliseconds(50))
      scratch.write("a.csv", Array("a".utf8))
    }
    await watch.waitForChange(atMost: Self.long)
    #expect(watch.take().isStructural)
    try await writer.value
  }

  @Test func aWaitEndsWithItsTask() async throws {
    let watch = DirectoryWatch()
    let task = Task { await watch.waitForChange(atMost: Self.long) }
    task.cancel()
    await task.value
  }

  @Test func aDirectoryThatIsNotThereIsNotWatched() {
    let scratch = Scratch()
    #expect(!DirectoryWatch().watch([scratch.path("none")]))
  }
}
