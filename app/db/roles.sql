-- The database's roles and who may do what: the only place where that is said.
--
-- Run by a superuser, connected to the service's own database, as often as one likes. The launcher
-- of the embedded Postgres runs it at every start, the compose file's init script once. Both set
-- two session settings first, so that no password stands in a file or on a command line:
--   btc.owner_password, btc.service_password
--
-- btc_owner    owns database, schema and tables; runs migrations, serves no request.
-- btc_service  the service. Not the owner, so row-level security holds for it.
-- btc_public   what a caller without a key may read. Nobody logs in as it: the service steps down
--              to it (SET ROLE) on the connections that answer keyless reads.

-- A password must not reach the server's log, neither as a statement nor as an error's context.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET log_error_verbosity = 'terse';
SET client_min_messages = 'warning';

DO $roles$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      ('btc_owner', 'LOGIN', current_setting('btc.owner_password')),
      ('btc_service', 'LOGIN', current_setting('btc.service_password')),
      ('btc_public', 'NOLOGIN', NULL)
    ) AS r (name, login, password)
  LOOP
    IF wanted.login = 'LOGIN' AND coalesce(wanted.password, '') = '' THEN
      RAISE EXCEPTION 'the password of role % is empty', wanted.name;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
      EXECUTE format('CREATE ROLE %I', wanted.name);
    END IF;
    EXECUTE format(
      'ALTER ROLE %I %s NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD %L',
      wanted.name, wanted.login, wanted.password
    );
  END LOOP;
END
$roles$;

-- Stepping down is possible, but what the public role may read is not added to what the service sees.
GRANT btc_public TO btc_service WITH INHERIT FALSE, SET TRUE;
-- Holds for a session that logs in as the role, which none does; kept as the second bolt for the
-- day somebody grants it LOGIN. The service's read connections set the same for themselves.
ALTER ROLE btc_public SET default_transaction_read_only = on;

-- Only the owner and the service may enter the database; in the others there is nothing for them.
DO $database$
BEGIN
  EXECUTE format('ALTER DATABASE %I OWNER TO btc_owner', current_database());
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO btc_service', current_database());
END
$database$;
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;

-- Tables are made by the owner alone; what the others may do with each is granted by migrations.
ALTER SCHEMA public OWNER TO btc_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO btc_service, btc_public;
