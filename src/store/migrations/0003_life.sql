-- amends: the charter that this one replaces once all its members have signed. replaced_by: which one did that, set once and in
-- the same transaction as the last signature. A charter that another amends was in force, so it is never dropped.
ALTER TABLE charters ADD COLUMN amends BLOB REFERENCES charters (hash);
ALTER TABLE charters ADD COLUMN replaced_by BLOB REFERENCES charters (hash);

-- Members that signed and resigned since: no round is opened under the charter any more.
CREATE TABLE charter_resignations (
    charter   BLOB NOT NULL REFERENCES charters (hash),
    place     INTEGER NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (charter, place)
) STRICT;
