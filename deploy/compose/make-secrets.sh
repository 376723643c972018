#!/bin/sh
# Writes passwords of its own making into secrets/, and files to paste Slack's tokens into. What is there stays.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets # nobody else enters; the files in it are read by the users inside the containers

put() {
  [ -e "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"
  chmod 644 "secrets/$1"
}
password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

put postgres_password "$(password)"
for role in owner run; do
  put "${role}_password" "$(password)"
  put "database_url_$role" "postgresql://cairn_$role:$(cat "secrets/${role}_password")@postgres/cairn"
done
for name in slack_bot_token slack_app_token slack_signing_secret; do
  put "$name" ""
  [ -s "secrets/$name" ] || echo "secrets/$name is empty: paste it in, if this installation needs one."
done
