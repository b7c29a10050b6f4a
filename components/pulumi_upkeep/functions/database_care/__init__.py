"""Care of a PostgreSQL database: indexes, queries, storage and archive, within a window."""
