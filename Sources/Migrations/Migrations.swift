/// The migrations that this program carries.
public enum Migrations {
  /// All of them, in the order in which they go up: by layer, then by number.
  ///
  /// The names on the right are made from the files' names, with the first digit as `_`.
  public static let all: [Migration] = [
    Migration(
      layer: .core, number: 1, name: "create_core",
      up: PackageResources._001_create_core_up_sql,
      down: PackageResources._001_create_core_down_sql),
    Migration(
      layer: .core, number: 2, name: "create_core_views",
      up: PackageResources._002_create_core_views_up_sql,
      down: PackageResources._002_create_core_views_down_sql),
    Migration(
      layer: .core, number: 3, name: "create_verify",
      up: PackageResources._003_create_verify_up_sql,
      down: PackageResources._003_create_verify_down_sql),
    Migration(
      layer: .core, number: 4, name: "count_missing_lines",
      up: PackageResources._004_count_missing_lines_up_sql,
      down: PackageResources._004_count_missing_lines_down_sql),
    Migration(
      layer: .core, number: 5, name: "create_samples",
      up: PackageResources._005_create_samples_up_sql,
      down: PackageResources._005_create_samples_down_sql),
    Migration(
      layer: .core, number: 6, name: "join_segments",
      up: PackageResources._006_join_segments_up_sql,
      down: PackageResources._006_join_segments_down_sql),
    Migration(
      layer: .core, number: 7, name: "record_lost_logs",
      up: PackageResources._007_record_lost_logs_up_sql,
      down: PackageResources._007_record_lost_logs_down_sql),
    Migration(
      layer: .core, number: 8, name: "show_session_holes",
      up: PackageResources._008_show_session_holes_up_sql,
      down: PackageResources._008_show_session_holes_down_sql),
    Migration(
      layer: .core, number: 9, name: "note_reading_attempts",
      up: PackageResources._009_note_reading_attempts_up_sql,
      down: PackageResources._009_note_reading_attempts_down_sql),
    Migration(
      layer: .core, number: 10, name: "begin_at_a_cut",
      up: PackageResources._010_begin_at_a_cut_up_sql,
      down: PackageResources._010_begin_at_a_cut_down_sql),
    Migration(
      layer: .core, number: 11, name: "track_file_hours",
      up: PackageResources._011_track_file_hours_up_sql,
      down: PackageResources._011_track_file_hours_down_sql),
    Migration(
      layer: .core, number: 12, name: "keep_ended_segments",
      up: PackageResources._012_keep_ended_segments_up_sql,
      down: PackageResources._012_keep_ended_segments_down_sql),
    Migration(
      layer: .core, number: 13, name: "keep_gzip_points",
      up: PackageResources._013_keep_gzip_points_up_sql,
      down: PackageResources._013_keep_gzip_points_down_sql),
    Migration(
      layer: .core, number: 14, name: "order_examples",
      up: PackageResources._014_order_examples_up_sql,
      down: PackageResources._014_order_examples_down_sql),
    Migration(
      layer: .core, number: 15, name: "drop_old_months",
      up: PackageResources._015_drop_old_months_up_sql,
      down: PackageResources._015_drop_old_months_down_sql),
    Migration(
      layer: .core, number: 16, name: "hide_gzip_windows",
      up: PackageResources._016_hide_gzip_windows_up_sql,
      down: PackageResources._016_hide_gzip_windows_down_sql),
    Migration(
      layer: .core, number: 17, name: "name_setting_files",
      up: PackageResources._017_name_setting_files_up_sql,
      down: PackageResources._017_name_setting_files_down_sql),
    Migration(
      layer: .analysis, number: 1, name: "create_rollups",
      up: PackageResources._001_create_rollups_up_sql,
      down: PackageResources._001_create_rollups_down_sql),
    Migration(
      layer: .analysis, number: 2, name: "create_sketches",
      up: PackageResources._002_create_sketches_up_sql,
      down: PackageResources._002_create_sketches_down_sql),
    Migration(
      layer: .analysis, number: 3, name: "create_findings",
      up: PackageResources._003_create_findings_up_sql,
      down: PackageResources._003_create_findings_down_sql),
    Migration(
      layer: .analysis, number: 4, name: "create_comparison",
      up: PackageResources._004_create_comparison_up_sql,
      down: PackageResources._004_create_comparison_down_sql),
    Migration(
      layer: .analysis, number: 5, name: "create_finding_rollups",
      up: PackageResources._005_create_finding_rollups_up_sql,
      down: PackageResources._005_create_finding_rollups_down_sql),
    Migration(
      layer: .analysis, number: 6, name: "track_plan_kinds",
      up: PackageResources._006_track_plan_kinds_up_sql,
      down: PackageResources._006_track_plan_kinds_down_sql),
    Migration(
      layer: .analysis, number: 7, name: "create_transactions",
      up: PackageResources._007_create_transactions_up_sql,
      down: PackageResources._007_create_transactions_down_sql),
    Migration(
      layer: .analysis, number: 8, name: "create_minute_loads",
      up: PackageResources._008_create_minute_loads_up_sql,
      down: PackageResources._008_create_minute_loads_down_sql),
    Migration(
      layer: .intelligence, number: 1, name: "create_recommendations",
      up: PackageResources._001_create_recommendations_up_sql,
      down: PackageResources._001_create_recommendations_down_sql),
    Migration(
      layer: .intelligence, number: 2, name: "keep_model_answers",
      up: PackageResources._002_keep_model_answers_up_sql,
      down: PackageResources._002_keep_model_answers_down_sql),
  ]
}
