"""The store: SQLAlchemy Core tables and statements, one code for SQLite and Postgres."""
