internal import LogModel
internal import LogSource
internal import LogStore

/// What came of taking up a log, or of reading on.
enum Taken: Sendable, Equatable {
  /// Read to its end; more may come. `readTo` is the offset to which it was read.
  case followed(file: Int64, readTo: Int64)
  /// Nothing to be done with it as it is now; nil = it is no file yet. `holds` is how many decompressed
  /// bytes of the file it has, as far as known; `note` is for the user.
  case complete(file: Int64?, holds: Int64, note: String? = nil)
  /// It is not what it was when it was opened: to be identified anew. `readTo` is the end of what was
  /// seen of the old content, nil when nothing was.
  case changed(file: Int64, readTo: Int64?)
  /// A gzip that ends before its trailer: there is more to it when it is another size, or written anew.
  case incomplete(String, file: Int64)
  /// It could not be read, or not to its end.
  case trouble(String, file: Int64?)
}

/// Opens logs, finds out which files they are, and reads what the store does not have.
struct LogTaking<World: TailWorld>: Sendable {
  let world: World
  let source: LogServer
  let settings: IngestSettings
  let beginnings: RegisteredBeginnings

  /// Takes up a log that is not open.
  func take(_ log: World.Log) async throws -> Taken {
    var registration = FileRegistration(
      registry: world.registry, source: source, settings: settings, beginnings: beginnings)
    do {
      let facts = try await log.open()
      switch try await registration.resolve(log, facts) {
      case .read(let generation): return try await read(log, generation)
      case .nothing(.alias, let generation?)
      where facts.form == .plain && generation.state == .active
        && generation.path == log.input.path.absolute().escaped:
        return .followed(file: generation.id, readTo: generation.committedOffset)
      case .nothing(_, let generation):
        return .complete(
          file: generation?.id, holds: facts.size ?? generation?.committedOffset ?? 0)
      case .elsewhere(let other):
        return .trouble(
          "the same content is in the store under source \(other). Name that source with --source",
          file: nil)
      }
    } catch let error as LogSourceError where error.isDamage {
      return .complete(file: nil, holds: 0, note: error.description)
    } catch let error as LogSourceError where error.code != .cancelled {
      return .trouble(error.description, file: nil)
    }
  }

  /// Reads on in a log that is open as `file`.
  func readOn(_ log: World.Log, file: Int64) async throws -> Taken {
    guard let generation = try await world.registry.generation(id: file) else {
      // It was forgotten, and is to be read anew.
      return .changed(file: file, readTo: nil)
    }
    return try await read(log, generation)
  }

  private func read(_ log: World.Log, _ generation: Generation) async throws -> Taken {
    let outcome = try await world.read(log, from: generation)
    if outcome.isChanged {
      return .changed(file: generation.id, readTo: outcome.isMistaken ? nil : outcome.readTo)
    }
    if let problem = outcome.problem {
      // Damage does not heal: it is looked at again when the file is another one.
      if case .corruptGzip? = await log.end {
        return .complete(file: generation.id, holds: outcome.readTo, note: problem)
      }
      if case .truncatedGzip? = await log.end {
        return .incomplete(problem, file: generation.id)
      }
      return .trouble(problem, file: generation.id)
    }
    do throws(LogSourceError) {
      guard try await log.sighting(at: log.input.path) != nil else {
        return .complete(
          file: generation.id, holds: outcome.readTo, note: outcome.note)
      }
    } catch {
      return .trouble(error.description, file: generation.id)
    }
    return .followed(file: generation.id, readTo: outcome.readTo)
  }
}

extension LogSourceError {
  fileprivate var isDamage: Bool {
    switch code {
    case .damagedGzip, .unusable(.corruptGzip): true
    default: false
    }
  }
}
