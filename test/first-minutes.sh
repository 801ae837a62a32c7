#!/usr/bin/env bash
# What the README promises a newcomer, on a free port and in a data folder of its own: `npm start`, upload
# the photograph, see the thumbnail, draw the trace, stop with Ctrl-C; then start again and find it all there.
set -euo pipefail
cd "$(dirname "$0")/.."

patience_s=60
folder=$(mktemp -d)
port=$(node -e '
  const server = require("net").createServer().listen(0, "127.0.0.1", () => {
    console.log(server.address().port);
    server.close();
  });
')
export NUAGE_PORT=$port NUAGE_DATA=$folder/data
platform=

cleanup() {
  [ -z "$platform" ] || kill -KILL "$platform" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT

fail() {
  printf 'first minutes: %s\n' "$*" >&2
  sed 's/^/  | /' "$folder/log" >&2
  exit 1
}

# until_true <what> <command...>: tries the command until it succeeds.
until_true() {
  local what=$1 deadline=$((SECONDS + patience_s))
  shift
  until "$@" >/dev/null 2>&1; do
    [ -z "$platform" ] || kill -0 "$platform" 2>/dev/null || fail "the platform ended before $what"
    [ "$SECONDS" -lt "$deadline" ] || fail "no $what within $patience_s s"
    sleep 0.2
  done
}

start() {
  # A shell without job control lets its children ignore Ctrl-C; this one gives it back to them.
  set -m
  npm start --silent >"$folder/log" 2>&1 &
  platform=$!
  set +m
  until_true "answer to npm start" grep -q 'Try' "$folder/log"
  sed 's/^/  | /' "$folder/log"
}

stop() {
  local status=0
  kill -INT -- "-$platform"
  wait "$platform" || status=$?
  platform=
  [ "$status" = 0 ] || fail "Ctrl-C ended it with status $status"
}

nuage() { node dist/cli.js "$@"; }
has_thumbnail() { nuage aws s3 ls s3://thumbnails/ | grep -q photo.jpg; }

start
nuage status
nuage aws s3 cp examples/thumbnails/photo.jpg s3://photos/
until_true "thumbnail" has_thumbnail
nuage aws s3 cp s3://thumbnails/photo.jpg "$folder/thumbnail.jpg"
node -e '
  const head = require("fs").readFileSync(process.argv[1]).subarray(0, 3).toString("hex");
  if (head !== "ffd8ff") throw new Error("not a JPEG: " + head);
' "$folder/thumbnail.jpg"

has_trace() {
  nuage trace >"$folder/trace"
  grep -q PutObject "$folder/trace" && grep -q thumbnails "$folder/trace"
}
until_true "trace" has_trace
cat "$folder/trace"
nuage logs --function thumbnails
stop

start
has_thumbnail || fail "the thumbnail did not survive the restart"
stop
echo "first minutes: all as promised"
