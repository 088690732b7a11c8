-- Where inflating a gzip file can go on after a run that did not come to its end.
-- Locks:     SHARE ROW EXCLUSIVE on log_files, for a moment: the new table refers to it.
-- Backfills: nothing: a file without a point is inflated from its start.
-- Undone by: 0013_keep_gzip_points.down.sql.

-- Written with the checkpoint, one a file, and gone when the file is complete.
CREATE TABLE pgtrawl.gzip_points (
  log_file_id       bigint PRIMARY KEY REFERENCES pgtrawl.log_files,
  log_offset        bigint NOT NULL CHECK (log_offset > 0),
  compressed_offset bigint NOT NULL CHECK (compressed_offset > 0),
  unused_bits       smallint NOT NULL CHECK (unused_bits BETWEEN 0 AND 7),
  member_crc        bigint NOT NULL,
  member_bytes      bigint NOT NULL CHECK (member_bytes >= 0),
  inflate_window    bytea NOT NULL CHECK (length(inflate_window) <= 32768),
  check_length      integer NOT NULL CHECK (check_length BETWEEN 1 AND 4096),
  check_hash        bytea NOT NULL
);
COMMENT ON TABLE pgtrawl.gzip_points IS 'Of gzip files that were not read to their end: where inflating goes on';
COMMENT ON COLUMN pgtrawl.gzip_points.log_offset IS 'Offset in the decompressed stream, at or before committed_offset';
COMMENT ON COLUMN pgtrawl.gzip_points.unused_bits IS 'How many bits of the byte before compressed_offset belong to what follows';
COMMENT ON COLUMN pgtrawl.gzip_points.member_crc IS 'CRC-32 of the member_bytes bytes that precede in the same gzip member; 0 and 0 between members';
COMMENT ON COLUMN pgtrawl.gzip_points.inflate_window IS 'The decompressed bytes before that what follows refers to';
COMMENT ON COLUMN pgtrawl.gzip_points.check_hash IS 'SHA-256 of the check_length stored bytes before compressed_offset: another file is inflated from its start';
