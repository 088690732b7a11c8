internal import Foundation

/// What a chat endpoint answers with status 200.
struct ChatReply: Sendable, Equatable {
  /// The text of the first choice.
  let content: String
  /// All tokens of the request and the answer, as the endpoint says; nil where it says none.
  let tokens: Int?

  /// Throws `notJSON` for what is not of the protocol.
  init(_ body: [UInt8]) throws(Rejection) {
    guard let reply = try? JSONDecoder().decode(Document.self, from: Data(body)),
      let content = reply.choices.first?.message.content
    else { throw .notJSON }
    self.content = content
    tokens = reply.usage?.total_tokens.flatMap { $0 >= 0 ? $0 : nil }
  }

  private struct Document: Decodable {
    var choices: [Choice]
    var usage: Usage?
  }

  private struct Choice: Decodable { var message: Message }

  private struct Message: Decodable { var content: String? }

  private struct Usage: Decodable {
    var total_tokens: Int?

    private enum CodingKeys: CodingKey { case total_tokens }

    // What is no number is nothing said, and no reason against the answer.
    init(from decoder: any Decoder) throws {
      let container = try? decoder.container(keyedBy: CodingKeys.self)
      total_tokens = (try? container?.decode(Int.self, forKey: .total_tokens)) ?? nil
    }
  }
}
