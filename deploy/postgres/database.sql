-- The account and the database of the services. Once, on the primary, with the password in a file:
--   PASSWORD_FILE=… psql --host=/var/run/postgresql --file=deploy/postgres/database.sql postgres
\set ON_ERROR_STOP on
\set password `cat "$PASSWORD_FILE"`
-- A statement with the password stays out of the log even when it fails.
SET log_min_error_statement TO panic;
CREATE ROLE giaoban LOGIN PASSWORD :'password';
CREATE DATABASE giaoban OWNER giaoban;
