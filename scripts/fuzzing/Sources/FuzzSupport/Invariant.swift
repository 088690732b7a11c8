internal import Foundation

/// Ends the process with a message when `condition` does not hold, so that the fuzzer keeps the
/// input.
public func require(_ condition: Bool, _ message: @autoclosure () -> String) {
  if condition { return }
  FileHandle.standardError.write(Data("broken invariant: \(message())\n".utf8))
  abort()
}

/// Whether `bytes` are a JSON document by Foundation's rules.
public func isJSON(_ bytes: [UInt8]) -> Bool {
  (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
}

/// The value of a key of a JSON object that is a string, by Foundation's rules.
public func jsonString(_ bytes: [UInt8], key: String) -> String? {
  let object = try? JSONSerialization.jsonObject(with: Data(bytes))
  return (object as? [String: Any])?[key] as? String
}

/// `bytes` as people read them, for the message of a broken invariant.
public func readable(_ bytes: some Sequence<UInt8>) -> String {
  String(decoding: Array(bytes), as: UTF8.self).debugDescription
}
