-- Cards whose holders may connect, armoured, with the cards that they succeed.
CREATE TABLE admitted (
    card_id BLOB PRIMARY KEY,
    card    TEXT NOT NULL
) STRICT;

-- convener: whose card proposed it.
CREATE TABLE charters (
    hash     BLOB PRIMARY KEY,
    convener BLOB NOT NULL,
    name     TEXT NOT NULL,
    bytes    BLOB NOT NULL,
    received INTEGER NOT NULL
) STRICT;
CREATE INDEX charters_by_convener ON charters (convener);

-- Whom a charter names: charters are listed by member.
CREATE TABLE charter_members (
    charter BLOB NOT NULL REFERENCES charters (hash),
    place   INTEGER NOT NULL,
    card_id BLOB NOT NULL,
    PRIMARY KEY (charter, place)
) STRICT;
CREATE INDEX charter_members_by_card ON charter_members (card_id);

CREATE TABLE charter_signatures (
    charter   BLOB NOT NULL REFERENCES charters (hash),
    place     INTEGER NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (charter, place)
) STRICT;

-- phase: 1 open, 2 closed, 3 purged; it never goes back. moved_close: where the convener moved the close, and its signature
-- for that. An order stays after the purge, its sealed salts do not.
CREATE TABLE rounds (
    hash         BLOB PRIMARY KEY,
    charter      BLOB NOT NULL REFERENCES charters (hash),
    number       INTEGER NOT NULL,
    order_bytes  BLOB NOT NULL,
    salts_digest BLOB NOT NULL,
    signature    BLOB NOT NULL,
    phase        INTEGER NOT NULL,
    moved_close  INTEGER,
    moved_by     BLOB,
    UNIQUE (charter, number)
) STRICT;

CREATE TABLE sealed_salts (
    round  BLOB NOT NULL REFERENCES rounds (hash),
    place  INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (round, place)
) STRICT;

-- A list is published when it has a receipt; before that it is an upload under way. A member has at most one of each in a round.
-- expires: from then on it is as if it had never come. An id is never given twice: a stream may remember one of a list that is gone.
CREATE TABLE lists (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    round    BLOB NOT NULL REFERENCES rounds (hash),
    place    INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    preamble BLOB NOT NULL,
    header   BLOB NOT NULL,
    expires  INTEGER NOT NULL,
    receipt  BLOB,
    asked    INTEGER
) STRICT;
CREATE UNIQUE INDEX one_published ON lists (round, place) WHERE receipt IS NOT NULL;
CREATE UNIQUE INDEX one_upload ON lists (round, place) WHERE receipt IS NULL;

-- filters: two Bloom filters, in the clear: the matcher probes them. hash: for the root over all shards.
CREATE TABLE shards (
    list    INTEGER NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
    shard   INTEGER NOT NULL,
    hash    BLOB NOT NULL,
    filters BLOB NOT NULL,
    PRIMARY KEY (list, shard)
) STRICT;

-- The tags that a member has shown to be the ones it published.
CREATE TABLE tags (
    list  INTEGER NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
    shard INTEGER NOT NULL,
    tags  BLOB NOT NULL,
    PRIMARY KEY (list, shard)
) STRICT;
