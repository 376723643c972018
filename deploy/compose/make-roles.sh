#!/bin/sh
# Makes the database and the two roles of docs/how-to/run-with-postgres.md, when Postgres starts for the first time.
set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres --no-psqlrc \
  --set=owners_secret="$(cat /run/secrets/owner_password)" \
  --set=runs_secret="$(cat /run/secrets/run_password)" <<'SQL'
CREATE ROLE cairn_owner LOGIN PASSWORD :'owners_secret';
CREATE ROLE cairn_run LOGIN PASSWORD :'runs_secret';
GRANT cairn_run TO cairn_owner;
CREATE DATABASE cairn OWNER cairn_owner;
REVOKE ALL ON DATABASE cairn FROM PUBLIC;
GRANT CONNECT ON DATABASE cairn TO cairn_run;
\connect cairn
ALTER SCHEMA public OWNER TO cairn_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SQL
