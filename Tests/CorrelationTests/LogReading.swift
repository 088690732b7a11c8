import Correlation
import LogModel
import LogParsing
import TestSupport

/// Reads one file into a `TableImage`, batch by batch, as a run of the pipeline does.
struct LogReading {
  let file: Int64
  private let bytes: [UInt8]
  private var cuts: [Int]
  private var correlator = Correlator()
  private var parser: CSVLogParser
  private var start = 0
  private let ending: CSVLogParser.Ending
  private let restarts: Bool

  /// Pieces end at `cuts`. With `restarts`, the correlator is thrown away after every batch and goes
  /// on from what the store has.
  init(
    _ bytes: [UInt8], file: Int64, cuts: [Int] = [], restarts: Bool = false,
    ending: CSVLogParser.Ending = .pending
  ) {
    self.file = file
    self.bytes = bytes
    self.cuts = cuts + [bytes.count]
    self.ending = ending
    self.restarts = restarts
    parser = CSVLogParser(startOffset: 0, encoding: .latin1, zones: FixedZones())
  }

  var isDone: Bool { cuts.isEmpty }

  /// Reads the next piece. A session that someone else went on with meanwhile is taken anew.
  mutating func step(_ image: inout TableImage) throws {
    let cut = cuts.removeFirst()
    parser.append(Array(bytes[start..<cut]))
    start = cut
    while let batch = try parser.parse(cuts.isEmpty ? ending : .pending) {
      if restarts { try restart(image) }
      while true {
        for unknown in correlator.unknownSessions(in: batch) {
          if let stored = Self.segment(before: unknown.line, unknown.session, file, image) {
            try correlator.adopt(stored)
          }
        }
        if try image.apply(correlator.correlate(batch, file: file)) { break }
        try restart(image)
      }
    }
  }

  private mutating func restart(_ image: TableImage) throws {
    correlator = Correlator(rejectedBytes: image.dispositions[file]?.rejectedBytes ?? 0)
    for segments in image.sessions.values {
      let all = segments.filter { $0.files.contains(file) }
      if let first = all.first { correlator.noteSegments(all.count, of: first.snapshot.session) }
      if let latest = all.max(by: { $0.lastLine < $1.lastLine }) {
        try correlator.adopt(latest.stored, isOwn: true)
      }
    }
  }

  private static func segment(
    before line: Int64, _ session: SessionID, _ file: Int64, _ image: TableImage
  ) -> SessionSnapshot? {
    let own = image.sessions[session] ?? []
    let next = own.first { $0.lastLine == line - 1 && !$0.snapshot.isClosed }
    let here = own.filter { $0.files.contains(file) }.max { $0.lastLine < $1.lastLine }
    return (next ?? here)?.stored
  }
}

extension TableImage.Segment {
  /// As it is read from the store.
  var stored: SessionSnapshot {
    var stored = snapshot
    stored.storedLastLine = lastLine
    stored.storedEnds = snapshot.ends
    return stored
  }
}

extension TableImage {
  /// Reads one file in pieces.
  init(
    _ bytes: [UInt8], cuts: [Int] = [], restarts: Bool = false,
    ending: CSVLogParser.Ending = .pending
  ) throws {
    self.init()
    var reading = LogReading(bytes, file: 1, cuts: cuts, restarts: restarts, ending: ending)
    while !reading.isDone { try reading.step(&self) }
  }

  /// Joins segments until none is next to another: as many pairs at once as have no segment in common,
  /// a batch for each file that the earlier ones end in.
  mutating func joinSegments() throws {
    while true {
      let pairs = adjacent()
      guard !pairs.isEmpty else { return }
      let files = Dictionary(grouping: pairs) { $0.left.files.max() ?? 0 }
      for (file, pairs) in files.sorted(by: { $0.key < $1.key }) {
        let (batch, joined) = SegmentJoin.batch(
          joining: pairs.map { ($0.left.stored, $0.right.stored) }, file: file, at: 0)
        guard joined == pairs.count, try apply(batch) else {
          throw Breach(what: "a join of something else")
        }
      }
    }
  }

  private func adjacent() -> [(left: Segment, right: Segment)] {
    var pairs: [(left: Segment, right: Segment)] = []
    for (_, segments) in sessions.sorted(by: { $0.key.description < $1.key.description }) {
      var taken: Set<Int> = []
      for (index, right) in segments.enumerated()
      where right.snapshot.head != nil && !taken.contains(index) {
        let left = segments.indices.first {
          segments[$0].lastLine + 1 == right.firstLine && !segments[$0].snapshot.isClosed
        }
        guard let left, !taken.contains(left) else { continue }
        taken.formUnion([left, index])
        pairs.append((segments[left], right))
      }
    }
    return pairs
  }
}
