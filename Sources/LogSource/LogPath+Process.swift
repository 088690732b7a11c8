internal import Glibc

extension LogPath {
  /// The path from the root on, through the working directory where it is relative; links and `..`
  /// stay as they are. `-` stays itself.
  public func absolute() -> LogPath {
    guard bytes.first != UInt8(ascii: "/"), bytes != [UInt8(ascii: "-")] else { return self }
    guard let directory = getcwd(nil, 0) else { return self }
    defer { free(directory) }
    let base = UnsafeBufferPointer(start: directory, count: strlen(directory))
    return LogPath(bytes: base.map { UInt8(bitPattern: $0) }).appending(bytes)
  }

  /// A path that was given as an argument of this process: `text` as a parser of the command line
  /// hands it on, the bytes as the system gave them, also where they are no UTF-8.
  public init(argument text: String) {
    let arguments = (0..<Int(CommandLine.argc)).compactMap { index in
      CommandLine.unsafeArgv[index].map { argument in
        UnsafeBufferPointer(start: argument, count: strlen(argument))
          .map { UInt8(bitPattern: $0) }
      }
    }
    self.init(argument: text, of: arguments)
  }

  /// The argument that reads as `text` once its invalid bytes are replaced; else `text` itself.
  package init(argument text: String, of arguments: [[UInt8]]) {
    let isRepaired = text.unicodeScalars.contains("\u{FFFD}")
    let found =
      isRepaired ? arguments.first { String(decoding: $0, as: UTF8.self) == text } : nil
    self = found.map { LogPath(bytes: $0) } ?? LogPath(text)
  }
}
