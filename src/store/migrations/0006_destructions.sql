-- What custodians have stated of their keys: that they are destroyed. A round's record, which the purge leaves.
CREATE TABLE destructions (
    round     BLOB NOT NULL REFERENCES rounds (hash),
    custodian INTEGER NOT NULL,
    statement BLOB NOT NULL,
    PRIMARY KEY (round, custodian)
) STRICT;
