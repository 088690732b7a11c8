import Pipeline
import Synchronization
import Testing

@Suite struct StageLinkTests {
  struct Failure: Error, Equatable {}

  @Test func batchesArriveInOrderAndTheEndIsSeen() async throws {
    let link = StageLink<Int>(capacity: 2)
    let seen = Mutex<[Int]>([])
    try await StageGroup.run([
      { try await link.produce { sender in for i in 0..<1000 { try await sender.send(i) } } },
      { for try await batch in link.batches { seen.withLock { $0.append(batch) } } },
    ])
    #expect(seen.withLock { $0 } == Array(0..<1000))
  }

  @Test func aFailingProducerIsTheCauseThatIsThrown() async throws {
    let link = StageLink<Int>(capacity: 2)
    let seen = Mutex<[Int]>([])
    await #expect(throws: Failure.self) {
      try await StageGroup.run([
        {
          try await link.produce { sender in
            try await sender.send(1)
            throw Failure()
          }
        },
        { for try await batch in link.batches { seen.withLock { $0.append(batch) } } },
      ])
    }
  }

  @Test func aFailingConsumerEndsItsProducer() async throws {
    let link = StageLink<Int>(capacity: 1)
    await #expect(throws: Failure.self) {
      try await StageGroup.run([
        {
          try await link.produce { sender in
            var i = 0
            while true {
              try await sender.send(i)
              i += 1
            }
          }
        },
        {
          for try await batch in link.batches where batch == 3 { throw Failure() }
        },
      ])
    }
  }

  @Test func aFullLinkSuspendsItsProducer() async throws {
    let link = StageLink<Int>(capacity: 3)
    let sent = Mutex(0)
    let most = Mutex(0)
    try await StageGroup.run([
      {
        try await link.produce { sender in
          for i in 0..<200 {
            try await sender.send(i)
            sent.withLock { $0 += 1 }
          }
        }
      },
      {
        var taken = 0
        for try await _ in link.batches {
          taken += 1
          let ahead = sent.withLock { $0 } - taken
          most.withLock { $0 = max($0, ahead) }
          await Task.yield()
        }
      },
    ])
    #expect(most.withLock { $0 } <= 4)
  }

  @Test func cancellationEndsBothSides() async throws {
    let link = StageLink<Int>(capacity: 1)
    let run = Task {
      try await StageGroup.run([
        {
          try await link.produce { sender in
            var i = 0
            while true {
              try await sender.send(i)
              i += 1
            }
          }
        },
        { for try await _ in link.batches {} },
      ])
    }
    run.cancel()
    await #expect(throws: CancellationError.self) { try await run.value }
  }
}
