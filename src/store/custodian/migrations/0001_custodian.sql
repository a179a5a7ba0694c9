-- Cards whose holders may connect, armoured, with the cards that they succeed.
CREATE TABLE admitted (
    card_id BLOB PRIMARY KEY,
    card    TEXT NOT NULL
) STRICT;

-- Charters under which keys were made, with all signatures.
CREATE TABLE charters (
    hash   BLOB PRIMARY KEY,
    signed BLOB NOT NULL
) STRICT;

-- One key a request. round: the order that was shown for it, set once. close: when it is destroyed at the latest; an order may
-- move it later. destruction: the signed statement, set once, in the same transaction that takes the secret away.
CREATE TABLE keys (
    id          INTEGER PRIMARY KEY,
    charter     BLOB NOT NULL REFERENCES charters (hash),
    number      INTEGER NOT NULL,
    nonce       BLOB NOT NULL,
    opened      INTEGER NOT NULL,
    close       INTEGER NOT NULL,
    public      BLOB NOT NULL UNIQUE,
    round       BLOB UNIQUE,
    destruction BLOB,
    UNIQUE (charter, number, nonce, opened)
) STRICT;
-- One order a number, while its key is held: a number that somebody took whom the matcher does not know is free again then.
CREATE UNIQUE INDEX one_shown ON keys (charter, number) WHERE round IS NOT NULL AND destruction IS NULL;
CREATE INDEX keys_held ON keys (close) WHERE destruction IS NULL;

-- The private halves, in a table of their own whose rows are only ever added at the end and overwritten in place, with zeros:
-- secure_delete wipes what is deleted, and nothing wipes what was moved to another page when rows came and went around it.
CREATE TABLE secrets (
    key    INTEGER PRIMARY KEY REFERENCES keys (id),
    secret BLOB NOT NULL
) STRICT;

-- What members were charged for. It only grows, and outlives the key.
CREATE TABLE meter (
    key   INTEGER NOT NULL REFERENCES keys (id),
    place INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    PRIMARY KEY (key, place)
) STRICT;

-- Batches that were charged for. elements and proof: the answer, once there is one; it and the digest go with the key.
CREATE TABLE batches (
    key      INTEGER NOT NULL REFERENCES keys (id),
    place    INTEGER NOT NULL,
    batch    BLOB NOT NULL,
    count    INTEGER NOT NULL,
    digest   BLOB,
    elements BLOB,
    proof    BLOB,
    PRIMARY KEY (key, place, batch)
) STRICT;
-- Answers that are to be wiped are found by their keys.
CREATE INDEX batches_answered ON batches (key) WHERE digest IS NOT NULL;
