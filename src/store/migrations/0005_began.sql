-- Whether the list's member was told anything of others: set before the first answer goes out, so that nobody learns, breaks off and
-- withdraws as one that never asked. `asked` is for those who asked to the end.
ALTER TABLE lists ADD COLUMN began INTEGER NOT NULL DEFAULT 0;
