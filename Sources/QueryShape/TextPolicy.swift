public import LogModel
internal import SQLText

/// Decides what of a batch's texts is stored: the step between the normalizer and the loader.
///
/// With samples `raw` texts stay, without credentials, and rows get the tags of their statements.
/// Otherwise no value of a statement, parameter, message or plan stays: parameters and tags are
/// dropped, messages and plans are redacted. Names of databases, users and applications stay.
/// Rewritten texts are appended to the batch's bytes; nothing else of it changes.
public struct TextPolicy: Sendable {
  // A row may take its text from an earlier batch: so many texts with tags are remembered.
  private static let rememberedMax = 16_384

  private let samples: SamplePolicy
  private var tags: [TextKey: [UInt8]] = [:]
  private var tagsBefore: [TextKey: [UInt8]] = [:]

  /// A policy with an empty memory. Batches come in the order of the correlator.
  public init(samples: SamplePolicy) { self.samples = samples }

  /// Rewrites the texts of `batch`, whose query ids are filled in or will be.
  public mutating func apply(to batch: inout FactBatch) {
    let appended = rewrite(&batch)
    if !appended.isEmpty { batch.bytes += appended }
  }

  private mutating func rewrite(_ batch: inout FactBatch) -> [UInt8] {
    let bytes = batch.bytes
    return bytes.withUnsafeBufferPointer { buffer in
      var texts = RewrittenTexts(buffer)
      guard samples == .raw else {
        RedactingPass.run(&batch, &texts)
        return texts.appended
      }
      ScrubbingPass.run(&batch, &texts)
      setTags(&batch, &texts)
      return texts.appended
    }
  }

  // MARK: - Tags

  private mutating func setTags(_ batch: inout FactBatch, _ texts: inout RewrittenTexts) {
    for text in batch.texts {
      guard let found = StatementTags.json(texts[text.range]) else { continue }
      if tags.count >= Self.rememberedMax {
        tagsBefore = tags
        tags = [:]
      }
      tags[text.key] = found
    }
    guard !tags.isEmpty || !tagsBefore.isEmpty else { return }
    var ranges: [TextKey: ByteRange] = [:]
    for index in batch.executions.indices {
      let key = batch.executions[index].text
      batch.executions[index].tags = range(of: key, &ranges, &texts)
    }
    for index in batch.amendments.indices {
      let key = batch.amendments[index].row.text
      batch.amendments[index].row.tags = range(of: key, &ranges, &texts)
    }
  }

  private func range(
    of key: TextKey, _ ranges: inout [TextKey: ByteRange], _ texts: inout RewrittenTexts
  ) -> ByteRange {
    if let range = ranges[key] { return range }
    guard let found = tags[key] ?? tagsBefore[key] else { return .none }
    let range = texts.append(found)
    ranges[key] = range
    return range
  }
}

/// A batch's bytes, and those that will be appended to them.
struct RewrittenTexts {
  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var appended: [UInt8] = []

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The bytes of a range of the batch.
  subscript(_ range: ByteRange) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes[range.indices.clamped(to: 0..<bytes.count)])
  }

  /// Where `text` will stand.
  mutating func append(_ text: [UInt8]) -> ByteRange {
    guard !text.isEmpty else { return .none }
    let start = bytes.count + appended.count
    appended.append(contentsOf: text)
    return ByteRange(start: start, end: start + text.count)
  }

  /// Replaces what stands at `range` by what `rewrite` makes of it; nil leaves it.
  mutating func replace(
    _ range: inout ByteRange, _ rewrite: (UnsafeBufferPointer<UInt8>) -> [UInt8]?
  ) {
    guard !range.isEmpty, let text = rewrite(self[range]) else { return }
    range = append(text)
  }
}
