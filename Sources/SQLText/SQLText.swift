/// What can be told from the bytes of a SQL text by PostgreSQL's lexical rules alone.
///
/// Everything here takes a text as borrowed bytes in whatever encoding the server had (bytes above
/// 127 are letters, as PostgreSQL's scanner has it), runs in linear time, and accepts every text:
/// what ends in the middle of a token ends there.
public enum SQLText {}
