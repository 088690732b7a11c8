internal import LogModel
internal import SQLText

/// The work of `Normalizer` on one batch.
struct NormalizerPass {
  /// What a batch says about one query.
  private struct Figures {
    var first = LogTime(microseconds: .max)
    var last = LogTime(microseconds: .min)
    var executions: Int64 = 0

    mutating func saw(_ time: LogTime) {
      first = min(first, time)
      last = max(last, time)
    }
  }

  // Emptied before the normalizer changes its own, so that nothing is copied.
  private var held: HeldTexts
  private let samples: SamplePolicy
  private var texts: [TextKey: KnownText] = [:]
  private var identities: [Int64: QueryIdentity] = [:]
  private var examples: [Int64: [BatchText]] = [:]
  private var figures: [Int64: Figures] = [:]
  /// What is known of the texts that open sessions refer to.
  private(set) var sessionTexts: [TextKey: KnownText] = [:]
  /// Keys that nothing is known of.
  private(set) var unresolved = 0

  init(held: HeldTexts, samples: SamplePolicy) {
    self.held = held
    self.samples = samples
  }

  /// A text of the batch.
  mutating func add(_ text: BatchText, _ identity: QueryIdentity) {
    texts[text.key] = KnownText(id: identity.id, identity: identity)
    note(identity)
    guard samples == .raw, text.isExample else { return }
    // Of one time several are kept until their bytes are compared.
    if let earliest = examples[identity.id]?.first?.time {
      if text.time > earliest { return }
      if text.time == earliest {
        examples[identity.id]?.append(text)
        return
      }
    }
    examples[identity.id] = [text]
  }

  /// Of two readings of one query the better counts, whatever comes first.
  private mutating func note(_ identity: QueryIdentity) {
    if let other = identities[identity.id],
      other.parseStatus.rawValue <= identity.parseStatus.rawValue
    {
      return
    }
    identities[identity.id] = identity
  }

  private mutating func id(_ key: TextKey) -> Int64 {
    if key.isNone { return 0 }
    if let text = texts[key] { return text.id }
    guard let text = held.find(key) else {
      unresolved += 1
      return 0
    }
    if let identity = text.identity { note(identity) }
    return text.id
  }

  // MARK: - Filling in

  mutating func fillRows(_ batch: inout FactBatch) {
    for index in batch.executions.indices {
      let id = id(batch.executions[index].text)
      batch.executions[index].queryID = id
      count(batch.executions[index])
    }
    for index in batch.amendments.indices {
      batch.amendments[index].stored.queryID = id(batch.amendments[index].stored.text)
      batch.amendments[index].row.queryID = id(batch.amendments[index].row.text)
      count(batch.amendments[index].row)
      uncount(batch.amendments[index].stored)
    }
    for index in batch.retractions.indices {
      batch.retractions[index].queryID = id(batch.retractions[index].text)
      uncount(batch.retractions[index])
    }
    for index in batch.confirmations.indices {
      let id = id(batch.confirmations[index].text)
      batch.confirmations[index].queryID = id
      // Its row is locked by that: who writes samples holds it.
      if figures[id] == nil { figures[id] = Figures() }
    }
    for index in batch.plans.indices {
      let id = id(batch.plans[index].text)
      batch.plans[index].queryID = id
      figures[id, default: Figures()].saw(batch.plans[index].executedAt)
    }
    for index in batch.planAmendments.indices {
      batch.planAmendments[index].stored.queryID = id(batch.planAmendments[index].stored.text)
      let id = id(batch.planAmendments[index].text)
      batch.planAmendments[index].queryID = id
      figures[id, default: Figures()].saw(batch.planAmendments[index].stored.executedAt)
    }
    for index in batch.events.indices {
      let id = id(batch.events[index].text)
      batch.events[index].queryID = id
      if id != 0 { figures[id, default: Figures()].saw(batch.events[index].occurredAt) }
    }
  }

  private mutating func count(_ row: ExecutionRow) {
    figures[row.queryID, default: Figures()].saw(row.executedAt)
    if row.isSettled, row.nesting == 0 {
      figures[row.queryID, default: Figures()].executions += 1
    }
  }

  /// A settled row that is changed or taken back was counted already; nested ones never are.
  private mutating func uncount(_ stored: ProvisionalKey) {
    guard stored.isSettled else { return }
    figures[stored.queryID, default: Figures()].executions -= 1
  }

  /// The ids that open sessions need; their queries are upserted with the batch, so that a later
  /// run finds them in the store.
  mutating func fillSessions(_ batch: inout FactBatch) {
    for index in batch.sessions.indices {
      var ids: [Int64] = []
      ids.reserveCapacity(batch.sessions[index].texts.count)
      for key in batch.sessions[index].texts {
        let id = id(key)
        ids.append(id)
        sessionTexts[key] = texts[key] ?? held.find(key)
        if id != 0, texts[key] != nil, figures[id] == nil { figures[id] = Figures() }
      }
      batch.sessions[index].queryIDs = ids
    }
    held = HeldTexts()
  }

  // MARK: - Upserts

  func upserts(_ bytes: UnsafeBufferPointer<UInt8>) -> [QueryUpsert] {
    figures.keys.sorted().map { id in
      let figures = figures[id] ?? Figures()
      let example = example(id, bytes)
      return QueryUpsert(
        identity: identities[id] ?? Self.namesOnly(id), example: example?.text,
        exampleAt: example?.from.time ?? figures.first, exampleMark: example?.from.mark ?? 0,
        firstSeenAt: figures.first, lastSeenAt: figures.last, executions: figures.executions)
    }
  }

  private static func namesOnly(_ id: Int64) -> QueryIdentity {
    QueryIdentity(
      id: id, family: 0, normalizedSQL: [], statementKind: "", relations: [],
      parseStatus: .lexed)
  }

  /// The smallest by time, bytes as they are stored, and mark.
  private func example(
    _ id: Int64, _ bytes: UnsafeBufferPointer<UInt8>
  ) -> (text: [UInt8], from: BatchText)? {
    guard let candidates = examples[id] else { return nil }
    var best: (text: [UInt8], from: BatchText)?
    for candidate in candidates {
      let range = candidate.range.indices.clamped(to: 0..<bytes.count)
      let text = stored(UnsafeBufferPointer(rebasing: bytes[range]))
      if let current = best {
        if current.text.lexicographicallyPrecedes(text) { continue }
        if current.text == text, current.from.mark <= candidate.mark { continue }
      }
      best = (text, candidate)
    }
    return best
  }

  private func stored(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    TextLimit.cut(CredentialScrubber.scrub(text) ?? Array(text), to: Normalizer.exampleBytesMax)
  }
}
