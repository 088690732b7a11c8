/// PostgreSQL's own words, which an answer may use without having read them.
enum Vocabulary {
  /// Words of the statements that an answer may propose.
  static let statementWords: Set<String> = [
    "create", "index", "concurrently", "if", "not", "exists", "on", "only", "using", "btree",
    "hash",
    "gin", "gist", "brin", "spgist", "include", "where", "is", "null", "and", "or", "asc", "desc",
    "nulls", "first", "last", "with", "fillfactor", "analyze", "vacuum", "verbose", "freeze",
    "lower",
    "upper", "coalesce", "date_trunc", "true", "false", "in", "text_pattern_ops",
    "varchar_pattern_ops",
    "jsonb_path_ops", "gin_trgm_ops",
  ]

  /// Words that the text of an answer may use as code: settings, views, functions, types.
  static let textWords: Set<String> = statementWords.union([
    "select", "from", "join", "left", "right", "inner", "outer", "cross", "lateral", "full",
    "group",
    "order", "by", "having", "limit", "offset", "distinct", "union", "all", "as", "case", "when",
    "then",
    "else", "end", "between", "like", "ilike", "any", "some", "array", "values", "for", "key",
    "share",
    "no", "skip", "locked", "nowait", "returning", "materialized", "recursive", "explain",
    "buffers",
    "statistics", "fetch", "rows", "row", "count", "sum", "min", "max", "avg", "now", "integer",
    "bigint",
    "text", "numeric", "timestamptz", "timestamp", "date", "jsonb", "json", "boolean", "uuid",
    "set",
    "reset", "show", "commit", "begin", "insert", "update", "delete", "into",
    "work_mem", "hash_mem_multiplier", "maintenance_work_mem", "shared_buffers", "temp_buffers",
    "effective_cache_size", "random_page_cost", "seq_page_cost", "effective_io_concurrency", "jit",
    "jit_above_cost", "plan_cache_mode", "default_statistics_target", "join_collapse_limit",
    "from_collapse_limit", "max_parallel_workers_per_gather", "max_parallel_workers",
    "parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size", "enable_seqscan",
    "enable_nestloop", "enable_hashjoin", "enable_mergejoin", "lock_timeout", "statement_timeout",
    "deadlock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout",
    "autovacuum_vacuum_scale_factor", "autovacuum_analyze_scale_factor", "track_io_timing",
    "log_lock_waits",
    "autovacuum", "toast", "auto_explain", "pg_stat_statements", "pg_stat_user_tables",
    "pg_stat_user_indexes", "pg_stat_activity", "pg_stats", "pg_statistic", "pg_locks", "pg_trgm",
    "hypopg", "n_distinct", "ctid", "xmin", "postgresql", "conf", "query_id", "saving_ms",
    "total_ms",
    "mean_ms", "max_ms", "proposed_statement", "sql_is_whole",
  ])
}
