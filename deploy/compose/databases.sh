#!/bin/sh
# databases.sh NAME...: a role and a database for each name, with the password of its file; as often as one likes.
set -eu
passwords=/run/secrets/databases
PGPASSWORD=$(cat "$passwords/password")
export PGPASSWORD
for name in "$@"; do
	psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set name="$name" --set password="$(cat "$passwords/$name")" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
	WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
echo "$# databases are there"
