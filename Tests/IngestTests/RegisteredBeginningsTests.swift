import LogModel
import LogSource
import Testing

@testable import Ingest

/// Which of the files that were registered last a small one need not be compared with.
@Suite struct RegisteredBeginningsTests {
  private static func generation(_ id: Int64, epoch: Int32 = 1) -> Generation {
    Generation(
      id: id, source: 1, path: "", committedOffset: 0, epoch: epoch, mark: ContentTrail().mark(),
      state: .active, device: 0, inode: 0)
  }

  @Test func onlyWhatIsKnownToBeginDifferentlyIsLeftOut() {
    let known = RegisteredBeginnings()
    let bytes = (0..<200).map { UInt8($0) }
    known.note(Self.generation(1), bytes)
    #expect(known.mayBegin(Self.generation(1), with: Array(bytes[..<3])))
    #expect(known.mayBegin(Self.generation(1), with: bytes + [0]))
    #expect(!known.mayBegin(Self.generation(1), with: [0, 2]))
    // Of another file, and of another one of that number, nothing is known.
    #expect(known.mayBegin(Self.generation(2), with: [9]))
    #expect(known.mayBegin(Self.generation(1, epoch: 2), with: [9]))
  }

  @Test func theOldestAreLetGo() {
    let known = RegisteredBeginnings()
    for id in 1...65 { known.note(Self.generation(Int64(id)), [UInt8(id)]) }
    #expect(known.mayBegin(Self.generation(1), with: [0]))
    #expect(!known.mayBegin(Self.generation(2), with: [0]))
    #expect(!known.mayBegin(Self.generation(65), with: [0]))
  }
}
