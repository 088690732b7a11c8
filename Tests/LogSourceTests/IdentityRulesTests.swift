import Digest
import Gzip
import LogModel
import LogSource
import Testing

/// The table of which file an input is, with facts given by hand.
@Suite struct IdentityRulesTests {
  static let head = sampleLog(bytes: 5000).prefix(4096)

  static func generation(
    _ id: Int64, offset: Int64, inode: Int64 = 0, crc: UInt32 = 7, head: [UInt8] = Array(head)
  ) -> Generation {
    var trail = ContentTrail()
    // What was registered and not read yet is known by its head all the same.
    trail.absorb(head, count: offset == 0 ? head.count : min(head.count, Int(offset)))
    var mark = trail.mark()
    mark.crc = crc
    return Generation(
      id: id, source: 1, path: "/x", committedOffset: offset, epoch: 0, mark: mark,
      state: .active, device: 1, inode: inode)
  }

  static func plain(
    size: Int64, inode: Int64 = 5, head: [UInt8] = Array(head),
    anchors: [Int64: Bool] = [:], prefixes: [Int64: InputFacts.Prefix] = [:],
    comparisons: [Int64: InputFacts.Comparison] = [:]
  ) -> InputFacts {
    var facts = InputFacts(
      form: .plain, device: 1, inode: inode, size: size, head: head, trailer: nil)
    facts.anchors = anchors
    facts.prefixes = prefixes
    facts.comparisons = comparisons
    return facts
  }

  static func gzip(
    trailer: GzipTrailer?, prefixes: [Int64: InputFacts.Prefix] = [:],
    comparisons: [Int64: InputFacts.Comparison] = [:]
  ) -> InputFacts {
    var facts = plain(size: 0, prefixes: prefixes, comparisons: comparisons)
    facts.form = .gzip
    facts.size = nil
    facts.trailer = trailer
    return facts
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var facts: InputFacts
    var candidates: [Generation]
    var step: IdentityStep

    init(
      _ name: String, _ facts: InputFacts, _ candidates: [Generation], _ step: IdentityStep
    ) {
      testDescription = name
      self.facts = facts
      self.candidates = candidates
      self.step = step
    }
  }

  static let other = Array(sampleLog(bytes: 5000).reversed().prefix(4096))
  static let trailer = GzipTrailer(crc: 7, size: 9000)

  static let rows: [Row] = [
    Row("nothing known", plain(size: 9000), [], .decided(.new(.unknown))),
    Row("no byte", plain(size: 0, head: []), [generation(1, offset: 9000)], .decided(.empty)),
    Row(
      "same inode: anchor is asked for", plain(size: 9500), [generation(1, offset: 9000, inode: 5)],
      .needs(.anchor(generation: 1))),
    Row(
      "same inode, grown", plain(size: 9500, anchors: [1: true]),
      [generation(1, offset: 9000, inode: 5)], .decided(.same(generation: 1, offset: 9000))),
    Row(
      "same inode, not grown", plain(size: 9000, anchors: [1: true]),
      [generation(1, offset: 9000, inode: 5)], .decided(.alias(generation: 1))),
    Row(
      "same inode, same head, other body", plain(size: 9500, anchors: [1: false]),
      [generation(1, offset: 9000, inode: 5)], .decided(.new(.otherBody(generation: 1)))),
    Row(
      "same inode, cut", plain(size: 8000), [generation(1, offset: 9000, inode: 5)],
      .decided(.shorter(generation: 1, .cut))),
    Row(
      "same inode, other head", plain(size: 9500, head: other),
      [generation(1, offset: 9000, inode: 5)], .decided(.new(.rewritten(generation: 1)))),
    Row(
      "same inode, shorter than its head", plain(size: 100, head: Array(head.prefix(100))),
      [generation(1, offset: 9000, inode: 5)], .decided(.new(.rewritten(generation: 1)))),
    Row(
      "same inode, nothing committed", plain(size: 9500), [generation(1, offset: 0, inode: 5)],
      .decided(.same(generation: 1, offset: 0))),
    Row(
      "other inode, nothing committed", plain(size: 9500), [generation(1, offset: 0, inode: 6)],
      .decided(.same(generation: 1, offset: 0))),
    Row(
      "other inode, other head, nothing committed", plain(size: 9500, head: other),
      [generation(1, offset: 0, inode: 6)], .decided(.new(.unknown))),
    Row(
      "inode 0 is no inode", plain(size: 8000, inode: 0), [generation(1, offset: 9000)],
      .needs(.comparison(generation: 1))),
    Row(
      "other inode: anchor first", plain(size: 9500), [generation(1, offset: 9000, inode: 6)],
      .needs(.anchor(generation: 1))),
    Row(
      "other inode: then everything", plain(size: 9500, anchors: [1: true]),
      [generation(1, offset: 9000, inode: 6)], .needs(.prefix(offset: 9000))),
    Row(
      "moved or copied, and grown",
      plain(size: 9500, anchors: [1: true], prefixes: [9000: .crc(7)]),
      [generation(1, offset: 9000, inode: 6)], .decided(.same(generation: 1, offset: 9000))),
    Row(
      "moved or copied", plain(size: 9000, anchors: [1: true], prefixes: [9000: .crc(7)]),
      [generation(1, offset: 9000, inode: 6)], .decided(.alias(generation: 1))),
    Row(
      "equal edges, other middle", plain(size: 9500, anchors: [1: true], prefixes: [9000: .crc(8)]),
      [generation(1, offset: 9000, inode: 6)], .decided(.new(.otherBody(generation: 1)))),
    Row(
      "shorter copy", plain(size: 8000, comparisons: [1: .isPrefix]),
      [generation(1, offset: 9000, inode: 6)], .decided(.shorter(generation: 1, .copy))),
    Row(
      "shorter, other body", plain(size: 8000, comparisons: [1: .differs]),
      [generation(1, offset: 9000, inode: 6)], .decided(.new(.otherBody(generation: 1)))),
    Row(
      "shorter, nothing to compare with", plain(size: 8000, comparisons: [1: .impossible]),
      [generation(1, offset: 9000, inode: 6)], .decided(.shorter(generation: 1, .unverified))),
    Row(
      "gzip of a finished file", gzip(trailer: trailer), [generation(1, offset: 9000)],
      .decided(.alias(generation: 1))),
    Row(
      "gzip, length modulo 2^32", gzip(trailer: trailer),
      [generation(1, offset: 9000 + 1 << 32)], .decided(.alias(generation: 1))),
    Row(
      "gzip of a half-read file is inflated", gzip(trailer: GzipTrailer(crc: 9, size: 9500)),
      [generation(1, offset: 9000)], .needs(.prefix(offset: 9000))),
    Row(
      "gzip of a half-read file",
      gzip(trailer: GzipTrailer(crc: 9, size: 9500), prefixes: [9000: .crc(7)]),
      [generation(1, offset: 9000)], .decided(.same(generation: 1, offset: 9000))),
    Row(
      "gzip that ends before", gzip(trailer: nil, prefixes: [9000: .endsBefore(length: 8000)]),
      [generation(1, offset: 9000)], .needs(.comparison(generation: 1))),
    Row(
      "gzip that ends before, compared",
      gzip(
        trailer: nil, prefixes: [9000: .endsBefore(length: 8000)], comparisons: [1: .isPrefix]),
      [generation(1, offset: 9000)], .decided(.shorter(generation: 1, .copy))),
    Row(
      "of two the longer",
      plain(size: 9500, anchors: [1: true, 2: true], prefixes: [9000: .crc(7)]),
      [generation(1, offset: 5000, inode: 5), generation(2, offset: 9000, inode: 6)],
      .decided(.same(generation: 2, offset: 9000))),
    Row(
      "of two the one that fits",
      plain(size: 9500, anchors: [1: true, 2: false]),
      [generation(1, offset: 5000, inode: 5), generation(2, offset: 9000, inode: 6)],
      .decided(.same(generation: 1, offset: 5000))),
    Row(
      "a fitting one before a shorter copy",
      plain(size: 8000, anchors: [1: true], comparisons: [2: .impossible]),
      [generation(1, offset: 5000, inode: 5), generation(2, offset: 9000, inode: 6)],
      .decided(.same(generation: 1, offset: 5000))),
    Row(
      "short head", plain(size: 9500, anchors: [1: true]),
      [generation(1, offset: 300, inode: 5, head: Array(head.prefix(300)))],
      .decided(.same(generation: 1, offset: 300))),
  ]

  @Test(arguments: rows) func decides(row: Row) {
    #expect(IdentityRules.step(row.facts, candidates: row.candidates) == row.step)
    #expect(IdentityRules.step(row.facts, candidates: row.candidates.reversed()) == row.step)
  }

  @Test(arguments: [GenerationState.corrupt, .incomplete])
  func theTrailerOfADamagedFileIsNotBelieved(state: GenerationState) {
    var known = Self.generation(1, offset: 9000)
    #expect(
      IdentityRules.step(Self.gzip(trailer: Self.trailer), candidates: [known])
        == .decided(.alias(generation: 1)))
    known.state = state
    #expect(
      IdentityRules.step(Self.gzip(trailer: Self.trailer), candidates: [known])
        == .needs(.prefix(offset: 9000)))
  }
}

@Suite struct HeadKeyTests {
  @Test func asksForTheWholeHeadAndShorterOnes() {
    let head = sampleLog(bytes: 6000)
    let keys = HeadKey.keys(head: head, lengths: [300, 5000, 300, 0, 4096, 12])
    #expect(
      keys.map(\.length) == [4096, 2048, 1024, 512, 300, 256, 128, 64, 32, 16, 12, 8, 4, 2, 1])
    var trail = ContentTrail()
    trail.absorb(head, count: 300)
    #expect(keys[5].hash == trail.mark().headHash)
    #expect(
      HeadKey.keys(head: Array(head[..<200]), lengths: [300, 100]).map(\.length)
        == [128, 100, 64, 32, 16, 8, 4, 2, 1])
    #expect(HeadKey.keys(head: [], lengths: [300]).isEmpty)
  }
}

@Suite struct ContentTrailTests {
  @Test(arguments: [1, 7, 4095, 4096, 4097, 20_000])
  func theMarkDoesNotDependOnThePieces(piece: Int) {
    let log = sampleLog(bytes: 20_000)
    var whole = ContentTrail()
    whole.absorb(log, count: log.count)
    var pieces = ContentTrail()
    var at = 0
    while at < log.count {
      let part = Array(log[at..<min(at + piece, log.count)])
      pieces.absorb(part, count: part.count)
      at += part.count
    }
    #expect(pieces == whole)
    #expect(pieces.offset == Int64(log.count))
    let mark = whole.mark()
    #expect(mark.headLength == 4096)
    #expect(mark.anchorLength == 4096)
    #expect(mark.crc == Checksum.crc32(0, log))
  }

  @Test func aHeadOfAnyLengthIsKnownAgain() {
    let log = Array(sampleLog(bytes: 300)[..<300])
    var trail = ContentTrail()
    trail.absorb(log, count: log.count)
    var mark = trail.mark()
    #expect(mark.headLength == 256)
    #expect(trail.has(mark))
    mark.headLength = 300
    #expect(!trail.has(mark))
    mark.headHash = SHA256Hash.of(log)
    #expect(trail.has(mark))
    mark.crc += 1
    #expect(!trail.has(mark))
  }

  @Test(arguments: [1, 100, 4096, 9000]) func goesOnFromAGeneration(offset: Int) throws {
    let log = sampleLog(bytes: 20_000)
    var trail = ContentTrail()
    trail.absorb(log, count: offset)
    let generation = Generation(
      id: 1, source: 1, path: "", committedOffset: Int64(offset), epoch: 0, mark: trail.mark(),
      state: .active, device: 0, inode: 0)
    let head = Array(log[..<generation.mark.headLength])
    let anchor = Array(log[..<offset].suffix(4096))
    var continued = try #require(
      ContentTrail(continuing: generation, head: head, anchor: anchor))
    #expect(continued == trail)
    let rest = Array(log[offset...])
    continued.absorb(rest, count: rest.count)
    trail.absorb(rest, count: rest.count)
    #expect(continued.mark() == trail.mark())
    #expect(ContentTrail(continuing: generation, head: Array(head.reversed()), anchor: []) == nil)
  }
}
