/// A query's parameters as libpq takes them: values end to end in one buffer, each closed by a
/// zero byte, because text parameters are C strings.
struct ParameterArena {
  private var buffer: [UInt8] = []
  private var starts: [Int?] = []
  private(set) var types: [UInt32] = []
  private(set) var lengths: [Int32] = []
  private(set) var formats: [Int32] = []

  /// Throws `invalidParameter` for text with a zero byte, too many or too long values.
  init(_ parameters: [PostgresParameter]) throws(PostgresError) {
    guard parameters.count <= Int(UInt16.max) else {
      throw PostgresError(code: .invalidParameter, message: "more than 65535 parameters")
    }
    for (index, parameter) in parameters.enumerated() {
      types.append(parameter.type)
      formats.append(parameter.isBinary ? 1 : 0)
      guard let bytes = parameter.bytes else {
        starts.append(nil)
        lengths.append(0)
        continue
      }
      guard parameter.isBinary || !bytes.contains(0) else {
        throw PostgresError(
          code: .invalidParameter, message: "parameter $\(index + 1) is text with a zero byte")
      }
      guard bytes.count < 1 << 30 else {
        throw PostgresError(
          code: .invalidParameter, message: "parameter $\(index + 1) is longer than 1 GB")
      }
      starts.append(buffer.count)
      lengths.append(Int32(bytes.count))
      buffer.append(contentsOf: bytes)
      buffer.append(0)
    }
  }

  /// Lends pointers to the values for the call.
  func withPointers<Value>(
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
  ) -> Value {
    buffer.withUnsafeBufferPointer { buffer in
      let base = UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
      let pointers: [UnsafePointer<CChar>?] = starts.map { start in
        guard let start, let base else { return nil }
        return base + start
      }
      return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
  }
}
