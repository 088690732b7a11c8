/// One parameter (`$1` …) of a query: bytes, their format and, where it matters, their type.
public struct PostgresParameter: Sendable, Equatable {
  /// The value as it is sent; nil is NULL.
  public var bytes: [UInt8]?
  /// Whether `bytes` are the type's binary form instead of its text.
  public var isBinary: Bool
  /// The type's oid; 0 lets the server infer it.
  public var type: UInt32

  /// A parameter by its parts; text must be UTF-8 without a zero byte.
  public init(bytes: [UInt8]?, isBinary: Bool, type: UInt32) {
    self.bytes = bytes
    self.isBinary = isBinary
    self.type = type
  }

  /// NULL of the type that the server infers.
  public static let null = Self(bytes: nil, isBinary: false, type: 0)

  /// A value in its type's text form; the server infers the type. Nil is NULL.
  public static func text(_ value: String?) -> Self {
    Self(bytes: value.map { Array($0.utf8) }, isBinary: false, type: 0)
  }

  /// A value in its type's text form, as bytes of UTF-8.
  public static func text(utf8 bytes: [UInt8]) -> Self {
    Self(bytes: bytes, isBinary: false, type: 0)
  }

  /// An integer in text form, so that the server takes it for any numeric type. Nil is NULL.
  public static func int(_ value: Int64?) -> Self {
    text(value.map { String($0) })
  }

  /// An integer in text form, so that the server takes it for any numeric type.
  public static func int(_ value: Int) -> Self {
    text(String(value))
  }

  /// A float8 in binary form. Nil is NULL.
  public static func double(_ value: Double?) -> Self {
    guard let value else { return Self(bytes: nil, isBinary: true, type: TypeOID.float8) }
    var bytes: [UInt8] = []
    append(value.bitPattern, to: &bytes)
    return Self(bytes: bytes, isBinary: true, type: TypeOID.float8)
  }

  /// A boolean in binary form.
  public static func bool(_ value: Bool) -> Self {
    Self(bytes: [value ? 1 : 0], isBinary: true, type: TypeOID.bool)
  }

  /// A bytea. Nil is NULL.
  public static func bytea(_ value: [UInt8]?) -> Self {
    Self(bytes: value, isBinary: true, type: TypeOID.bytea)
  }

  /// A `bigint[]` without NULLs, in binary form.
  public static func bigintArray(_ values: [Int64]) -> Self {
    var bytes = arrayHeader(
      count: values.count, hasNull: false, element: TypeOID.int8, bytesPerElement: 12)
    for value in values {
      append(UInt32(8), to: &bytes)
      append(UInt64(bitPattern: value), to: &bytes)
    }
    return Self(bytes: bytes, isBinary: true, type: TypeOID.int8Array)
  }

  /// A `text[]`, in binary form; nil elements are NULL.
  public static func textArray(_ values: [String?]) -> Self {
    array(
      values.map { $0.map { Array($0.utf8) } }, element: TypeOID.text, type: TypeOID.textArray)
  }

  /// A `bytea[]`, in binary form; nil elements are NULL.
  public static func byteaArray(_ values: [[UInt8]?]) -> Self {
    array(values, element: TypeOID.bytea, type: TypeOID.byteaArray)
  }

  private static func array(_ values: [[UInt8]?], element: UInt32, type: UInt32) -> Self {
    let hasNull = values.contains { $0 == nil }
    var bytes = arrayHeader(
      count: values.count, hasNull: hasNull, element: element, bytesPerElement: 32)
    for value in values {
      if let value {
        append(UInt32(value.count), to: &bytes)
        bytes.append(contentsOf: value)
      } else {
        append(UInt32.max, to: &bytes)
      }
    }
    return Self(bytes: bytes, isBinary: true, type: type)
  }

  /// array_recv: dimensions, flag of NULLs, element type, then length and lower bound.
  private static func arrayHeader(
    count: Int, hasNull: Bool, element: UInt32, bytesPerElement: Int
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(20 + count * bytesPerElement)
    append(UInt32(count == 0 ? 0 : 1), to: &bytes)
    append(UInt32(hasNull ? 1 : 0), to: &bytes)
    append(element, to: &bytes)
    if count > 0 {
      append(UInt32(count), to: &bytes)
      append(UInt32(1), to: &bytes)
    }
    return bytes
  }

  private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt32(24), through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    append(UInt32(truncatingIfNeeded: value >> 32), to: &bytes)
    append(UInt32(truncatingIfNeeded: value), to: &bytes)
  }
}

/// Oids of pg_type that never change between servers.
private enum TypeOID {
  static let bool: UInt32 = 16
  static let bytea: UInt32 = 17
  static let int8: UInt32 = 20
  static let text: UInt32 = 25
  static let float8: UInt32 = 701
  static let byteaArray: UInt32 = 1001
  static let textArray: UInt32 = 1009
  static let int8Array: UInt32 = 1016
}
