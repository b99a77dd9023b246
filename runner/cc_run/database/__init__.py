"""The database of events and journal: tables, engine, migrations."""
