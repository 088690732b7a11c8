import LogSource
import Testing

@testable import Ingest

/// Which compressed files are waited for.
@Suite struct GrowingFilesTests {
  private let start = ContinuousClock.now

  @Test func aFileThatWasReadIsNotLookedAtAgain() {
    var files = GrowingFiles()
    var input = LogInput(path: LogPath("/l/a.gz"), form: .gzip, storedBytes: 9, firstTime: nil)
    input.inode = 7
    let key = FileKey(input)
    let isGrowing = files.isGrowing(key, size: 9, age: .zero, at: start)
    #expect(isGrowing)
    #expect(files.nextLook == start + GrowingFiles.quietTime)
    let wasWritten = files.forget(key)
    #expect(wasWritten)
    #expect(files.nextLook == nil)
  }
}
