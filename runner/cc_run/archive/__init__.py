"""Step 6: one bag an event, copied to every target, read back, and receipted in the journal."""
