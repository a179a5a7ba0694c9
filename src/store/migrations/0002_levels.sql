-- What was answered at level `count`: the number with its noise, drawn once for a round and pair, so that asking again gives
-- the same. Gone with the purge, or with the list of either.
CREATE TABLE counts (
    round  BLOB NOT NULL REFERENCES rounds (hash),
    holder INTEGER NOT NULL,
    reader INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (round, holder, reader)
) STRICT;

-- What a pair has spent of its noise budget under a charter, in thousandths of epsilon. It only grows, and outlives rounds.
CREATE TABLE spent (
    charter     BLOB NOT NULL REFERENCES charters (hash),
    holder      INTEGER NOT NULL,
    reader      INTEGER NOT NULL,
    thousandths INTEGER NOT NULL,
    PRIMARY KEY (charter, holder, reader)
) STRICT;

-- Lists that were taken back, or whose time was over: their numbers, so that an older file cannot come back, and whether the
-- round was closed and the member had asked when the last one went. Nothing else is left of them. Gone with the purge.
CREATE TABLE withdrawals (
    round       BLOB NOT NULL REFERENCES rounds (hash),
    place       INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    after_close INTEGER NOT NULL,
    asked       INTEGER NOT NULL,
    PRIMARY KEY (round, place)
) STRICT;
