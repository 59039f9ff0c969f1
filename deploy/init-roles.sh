#!/bin/sh
# Run once by the postgres image, on an empty volume, in POSTGRES_DB: makes the service's roles.
# What they may do stands in app/db/roles.sql and nowhere else.
set -eu
psql --no-psqlrc --quiet --single-transaction --set ON_ERROR_STOP=1 \
     --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner BTC_OWNER_PASSWORD
\getenv service BTC_SERVICE_PASSWORD
SELECT set_config('btc.owner_password', :'owner', false),
       set_config('btc.service_password', :'service', false) \g /dev/null
\i /btc/roles.sql
SQL
