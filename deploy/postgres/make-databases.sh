#!/bin/bash
# Run once by the image of deploy/compose.yaml: a database and a user for each service that keeps something.
# Nobody may enter another's: what one service knows the others must not.
set -euo pipefail
secrets=${SECRETS:-/run/survivor-voice}
# The image asks for a password from now on, its own user's too.
PGPASSWORD=$(cat "$secrets/postgres.password")
export PGPASSWORD

for service in intake themer reporter; do
  psql --quiet --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres \
    --set=service="$service" --set=password="$(cat "$secrets/$service.password")" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service" ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
