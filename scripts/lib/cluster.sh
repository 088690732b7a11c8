# shellcheck shell=bash
# Sourced after common.sh: private PostgreSQL clusters on a unix socket, stopped at the end.
# As root the server runs as the user postgres, because PostgreSQL refuses root.

# find_postgres: sets `pgbin` to the folder of the newest server on the machine.
find_postgres() {
  [[ -n ${pgbin:-} ]] && return
  local candidate
  pgbin=${PGBIN:-}
  if [[ -z $pgbin ]]; then
    for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V); do
      [[ -x $candidate/initdb && -x $candidate/postgres ]] && pgbin=$candidate
    done
  fi
  if [[ -z $pgbin ]] && command -v initdb >/dev/null && command -v postgres >/dev/null; then
    pgbin=$(dirname "$(readlink -f "$(command -v postgres)")")
  fi
  [[ -x ${pgbin:-}/initdb ]] || die "no PostgreSQL server found: run scripts/install-dependencies"
}

# as_server COMMAND…: runs it as the user that owns the clusters.
as_server() {
  if [[ $(id -u) == 0 ]]; then
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

# cluster_start DIR [LINE…]: makes a cluster in DIR/data with the LINEs in its postgresql.conf and
# starts it; its socket is in DIR. Exports PGHOST, PGPORT, PGUSER, PGDATABASE. The variable
# `server_env` (words NAME=VALUE) is the server's additional environment.
cluster_start() {
  local dir=$1 line
  shift
  find_postgres
  mkdir -p "$dir"
  if [[ $(id -u) == 0 ]]; then chown postgres: "$dir"; fi
  as_server "$pgbin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
    --no-instructions -N >"$dir.initdb" 2>&1 || { cat "$dir.initdb" >&2; die "initdb failed"; }
  rm -f "$dir.initdb"
  {
    printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" "port = 5432" \
      "max_connections = 60" "shared_buffers = 64MB"
    for line in "$@"; do printf '%s\n' "$line"; done
  } | as_server tee -a "$dir/data/postgresql.conf" >/dev/null
  at_exit "cluster_stop '$dir'"
  cluster_resume "$dir"
  export PGHOST=$dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
  # A configuration of whoever runs this must not count.
  export XDG_CONFIG_HOME=$dir/config
  unset PGSERVICE PGPASSWORD PGHOSTADDR PGSSLMODE
}

# cluster_resume DIR: starts the stopped cluster in DIR.
cluster_resume() {
  as_server env ${server_env:-} "$pgbin/pg_ctl" -D "$1/data" -l "$1/server.log" -w -t 120 -s start \
    >/dev/null || { tail -n 20 "$1/server.log" >&2; die "the private cluster did not start"; }
}

# cluster_stop DIR: stops the cluster in DIR by the pid in its own data directory.
cluster_stop() {
  [[ -f $1/data/postmaster.pid ]] || return 0
  as_server env ${server_env:-} "$pgbin/pg_ctl" -D "$1/data" -w -t 120 -m "${2:-fast}" -s stop
}

# sql DATABASE [PSQL OPTION…]: unaligned tuples, first error ends it; the statement by -c or stdin.
sql() {
  local database=$1
  shift
  "$pgbin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "$database" "$@"
}

# fresh_database NAME: makes an empty database and points pgtrawl at it.
fresh_database() {
  "$pgbin/dropdb" --if-exists --force "$1" 2>/dev/null || true
  "$pgbin/createdb" "$1"
  export PGTRAWL_DATABASE_URL="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$1"
}

# migrate ARGUMENT…: a migration that has to succeed.
migrate() {
  local said
  said=$("$pgtrawl" migrate "$@" 2>&1) || die "migrate $*: $said"
}

# fresh_store NAME: the same with the schema in it.
fresh_store() {
  fresh_database "$1"
  migrate up
}

# verified DATABASE: no breach of an invariant.
verified() {
  local breaches
  breaches=$(sql "$1" -c 'SELECT * FROM pgtrawl.verify()')
  [[ -z $breaches ]] || { printf '%s\n' "$breaches" | head -n 20 >&2; die "verify() names breaches in $1"; }
}

# checksum DATABASE [OPTION…]: for every table its rows and a sum of their hashes, without times of import.
checksum() { sql "$1" -v sums=1 "${@:2}" -f "$root/scripts/lib/dump.sql"; }

# same_tables A B [OPTION…]: die with the first differences unless both stores hold the same; with
# `-v analysis=1` of what was derived.
same_tables() {
  [[ $(checksum "$1" "${@:3}") == "$(checksum "$2" "${@:3}")" ]] && return
  local kept=${TMPDIR:-/tmp}/pgtrawl-difference.$$
  mkdir -p "$kept"
  sql "$1" -v sums=0 "${@:3}" -f "$root/scripts/lib/dump.sql" >"$kept/expected"
  sql "$2" -v sums=0 "${@:3}" -f "$root/scripts/lib/dump.sql" >"$kept/found"
  diff "$kept/expected" "$kept/found" | cut -c 1-400 | head -n 20 >&2 || true
  die "the tables of $2 differ from those of $1 (whole dumps are kept in $kept)"
}

# progress DATABASE: sum of the committed offsets, 0 before there is a schema.
progress() {
  [[ $(sql "$1" -c "SELECT to_regclass('pgtrawl.log_files') IS NOT NULL") == t ]] || { echo 0; return; }
  sql "$1" -c 'SELECT coalesce(sum(committed_offset), 0) FROM pgtrawl.log_files'
}

# imports OPTION… PATH…: an import that has to end with 0.
imports() {
  "$pgtrawl" import "$@" >"$work/import.out" 2>"$work/import.err" \
    || { local code=$?; tail -n 20 "$work/import.err" >&2; die "import ended with $code"; }
}
