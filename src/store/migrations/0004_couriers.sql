-- The couriers that a charter names, and for whom each may carry files: charters are listed by courier too.
CREATE TABLE charter_carriers (
    charter BLOB NOT NULL REFERENCES charters (hash),
    place   INTEGER NOT NULL,
    card_id BLOB NOT NULL,
    PRIMARY KEY (charter, place, card_id)
) STRICT;
CREATE INDEX charter_carriers_by_card ON charter_carriers (card_id);
