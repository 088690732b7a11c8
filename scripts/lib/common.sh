# shellcheck shell=bash
# Sourced by every script: where the repository is, how to speak, how to clean up.
# Nothing here changes the machine.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
script=$(basename "$0")

say() { printf '%s: %s\n' "$script" "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# usage_from FILE: prints the comment at the head of FILE as its help.
usage_from() { awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$1"; }

# at_exit COMMAND: runs COMMAND when the script ends, however it ends; the last one first.
cleanups=()
at_exit() { cleanups+=("$*"); }
run_cleanups() {
  local status=$? i
  trap - EXIT
  for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do eval "${cleanups[i]}" || true; done
  exit "$status"
}
trap run_cleanups EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# scratch NAME: sets the variable NAME to a new directory that is removed at the end. Short, since a
# unix socket's path may have 107 bytes, and readable for the server's user.
scratch() {
  local made
  made=$(mktemp -d "${TMPDIR:-/tmp}/pgtrawl.XXXXXX")
  chmod 755 "$made"
  printf -v "$1" '%s' "$made"
  at_exit "rm -rf '$made'"
}

# find_pgtrawl: sets `pgtrawl` to the binary: $PGTRAWL, else the release build, built if missing.
find_pgtrawl() {
  local build=${BUILD_PATH:-$root/.build}
  pgtrawl=${PGTRAWL:-$build/release/pgtrawl}
  if [[ ! -x $pgtrawl ]]; then
    [[ -z ${PGTRAWL:-} ]] || die "PGTRAWL=$PGTRAWL is not an executable file"
    say "building pgtrawl (release)"
    (cd "$root" && swift build --build-path "$build" -c release --product pgtrawl >&2)
  fi
  [[ -x $pgtrawl ]] || die "no binary at $pgtrawl after the build"
}

# has_value "$@": the option that comes first needs the word behind it.
has_value() {
  [[ $# -ge 2 && $2 != --* ]] && return
  say "error: $1 wants a value"
  usage_from "$0" >&2
  exit 2
}

# positive NAME VALUE: VALUE has to be a whole number above 0.
positive() { [[ $2 =~ ^[1-9][0-9]*$ ]] || die "$1 wants a whole number above 0, not '$2'"; }

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  usage_from "$0"
  exit 0
fi
