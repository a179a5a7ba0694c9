//! Decisions and formats: a formula for every byte that two programs must agree on, and why it is so. Figures for most of
//! them, made by a second program, are in `tests/vectors/`.
//!
//! # Notation
//!
//! `lp(b)` is the u32 little-endian length of `b` and then `b`; all integers are little-endian. `H(label; a, b, …)` is BLAKE3
//! `derive_key` with the context `mandorla/1 label` over `lp(a) || lp(b) || …`, 32 bytes. A signature is Ed25519 (RFC 8032)
//! over `lp("mandorla/1 label") || lp(a) || …`; HPKE (RFC 9180, base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
//! ChaCha20-Poly1305) takes the same form as `info`. See [`crate::transcript`]. Protobuf bytes are never hashed or signed.
//!
//! # From an indicator to a tag
//!
//! ```text
//! canon(x)   = lp(kind) || lp(canonical value)
//! commitment = H("salt commitment"; nonce, K)                       K: the round's salt, 32 random bytes
//! seed(x)    = BLAKE3-keyed(H("shared seed key"; RH, K), canon(x))  32 bytes
//! item(x)    = BLAKE3-keyed(seed(x), "mandorla/1 item")             64 bytes of output
//! tag(x)     = item[0..8]                                           a number, big-endian
//! note root(x)           = item[32..64]
//! confirmation(x, owner) = H("confirmation"; RH, owner's Ed25519, seed(x))[..16]
//! ```
//!
//! Kinds and canonical forms, which are profile 1, stand in [`crate::indicator`], a file a kind; what a file of indicators
//! may look like, in [`crate::ingest`], a file a format. Note roots and confirmations are fixed, though nothing carries them yet.
//!
//! # Cards
//!
//! ```text
//! core    = u32 1 || lp(name) || role u8 || Ed25519 32 || X25519 32 || SHA-256(SubjectPublicKeyInfo of the TLS key) 32
//! id      = H("card"; Ed25519, X25519, TLS hash)
//! contact = signed at u64 || lp(name) || lp(e-mail) || lp(phone) || lp(hours)
//! card    = u32 1 || core || signature("card core"; core) || contact || signature("card contact"; id, contact)
//! ```
//!
//! A fingerprint is the first 15 bytes of the id in base32 without `i l o u`, six groups of four. Roles: 0 company,
//! 1 agency, 2 broker, 3 matcher, 4 custodian, 5 courier. Keys that are not canonical, of small or of mixed order are refused
//! when a card is read: ring accepts signatures under them. Armour is base64 in 64 columns between `-----BEGIN MANDORLA CARD-----`
//! and its end; quoting, blanks and line ends that e-mail adds are taken off.
//!
//! # Charter
//!
//! ```text
//! charter    = u32 1 || lp(name) || created u64 || lp(matcher's core) || u32 members || lp(core)… || convener u32
//!              || custody u8 (1 shared) || accept_guessable u8 || profile u32 || u32 kinds || lp(kind)…, rising
//!              || max_indicators u64 || min_holders u32 || round_hours u32 || answer_hours u32 || disclosure
//! disclosure = default level u8 || u32 rules || (holder || reader || level u8)…
//! party      = 1 || place u32   or   2 || role u32
//! level      = 1 none, 4 named  (2 and 3 are kept for count and anonymous)
//! CH         = H("charter"; charter)                 signed as signature("charter signature"; CH)
//! ```
//!
//! A member's place in the charter is its number everywhere else. `created` makes two charters differ that agree in all
//! else. Points of contact are not in the charter: their owners change them alone. A home recognises a charter that it has
//! signed by its own signature, so it needs to keep no copy.
//!
//! # Round order
//!
//! ```text
//! order     = u32 1 || CH || number u32 || nonce 32 || opened u64 || close u64 || last answer u64 || purge u64 || salt commitment 32
//! RH        = H("round order"; order)
//! salt      = HPKE to each member, info ("sealed salt", RH): encapsulated key 32 || ciphertext 48, no additional data
//! digest    = H("sealed salts"; salt of member 0, salt of member 1, …)
//! signature = signature("round order signature"; RH, digest)
//! extension = close u64 || signature("round extension signature"; RH, close), if the convener moved the close later
//! ```
//!
//! The signature covers the sealed salts through their digest, so that an order can still be checked when the purge has
//! taken them. Times are those that the charter's hours give, counted from the opening; the last answer and the purge fall
//! together. A matcher takes an order whose opening is within five minutes of its own clock. Rounds are numbered without
//! gaps; a new one may open while an older one still answers.
//!
//! # Lists
//!
//! ```text
//! shard of x  = floor(tag(x) · S / 2^64)             S: the list's number of shards, its size class
//! seed of w   = H("filter seed"; RH, w u8)           filters w = 0 and 1 of every shard: 88,640 bits, k = 15
//! h0, h1      = SipHash-1-3 of the tag's 8 bytes under seed[..16] and under seed[16..]
//! position(i) = h0, h1, and for i = 2 … 14 (h0 + i · h1 mod 2^64) mod (2^64 − 59); each mod 88,640
//! header      = u32 1 || RH || member's Ed25519 32 || shards u32 || number u32 || profile u32 || nonce 16 || bits u32 || k u32
//!               || filter seeds 2 × 32 || shards root 32 || cells u32 (0) || cells root 32 || created u64 || expires u64 (the purge)
//! signed      = header || signature("list header signature"; header)
//! shards root = H("list shards root"; H("list shard"; 0 u32, shard 0), H("list shard"; 1 u32, shard 1), …)
//! cells root  = H("list cells root")
//! shard       = bits of filter 0, 11,080 bytes || bits of filter 1;  bit p is byte p / 8, value 1 << p % 8
//! dummy(i)    = first + floor(u64 big-endian of BLAKE3-keyed(secret of the home, shard u32 || i u64)[..8] · width / 2^64)
//! ```
//!
//! `S` is 1 to 8, 10, 12, 14, 16, 20, … (three significant bits), the least that has 3,584 real tags a shard on
//! average, or the next if a shard overflows. `first` and `width` are the shard's range of tags. Dummies are taken for
//! i = 0, 1, … until the shard has 4,096 distinct tags. Bits, `k` and seeds could be derived and still stand in the
//! header: a list that was made with others is then refused with the reason, and not as one that matches nothing. The
//! two files of a list are described in [`crate::list::file`]: chunks are encrypted one by one (STREAM) under an HPKE
//! export, not as one message after the other of an HPKE context, so that an upload goes on at any shard. The exporter
//! context is `mandorla/1 stream key`, 32 bytes; the chunks' formula is in [`crate::stream`]. Uploading and, later,
//! carrying by courier use the same bytes.
//!
//! # Receipts
//!
//! ```text
//! receipt = u32 1 || RH || member's Ed25519 32 || list number u32 || shards root 32 || received u64
//!           || signature("list receipt signature"; all before)
//! ```
//!
//! A receipt that was lost comes again, the same, when the same list is uploaded again.
//!
//! # Connections
//!
//! TLS 1.3 with ECDSA P-256 certificates on both sides, ALPN `h2`. A peer is known by the SHA-256 of its certificate's
//! SubjectPublicKeyInfo, which its card states; names and dates of certificates say nothing. Sessions are not resumed: a
//! resumed session would outlive a removal. The services are in `proto/`; a message has at most 256 KiB, and a stream that says
//! nothing for a minute is ended. Whoever is no member is told of an exchange or a round that exists what it is told of one that
//! does not.
//!
//! # What the matcher keeps
//!
//! Cards, charters, orders and, until the purge, sealed salts, lists (filters in the clear: it probes them) and the tags that
//! members have shown. A member's upload that broke off stays until the round closes or another list is begun.
//! The purge deletes with `secure_delete` and truncates the write-ahead log; a matcher that was killed in between does the
//! rest at its next start. Backups of the database must not outlive a round.
//!
//! # What a home keeps
//!
//! Keys, the card book and servers for good; of a round, until its purge: the tags file (encrypted under a key of the home)
//! and receipts. The purge time lies beside them, so that a home wipes in time even if it cannot reach the matcher. Keys
//! are not encrypted under a passphrase: servers and nightly jobs start without hands. Use an encrypted disk.
//!
//! # Disclosure
//!
//! A rule that names members on both sides outweighs one that names a member on one, which outweighs one between roles; rules
//! of one weight that disagree are refused when the charter is made. `min_holders` counts the organisations that the reader
//! may see, itself included, after the masks.
//!
//! # Certainty
//!
//! A match is exact when the holder has shown the same shard of its own tags, probable (wrong once in 2^30) when only its
//! filters are known. Asking again after the other has asked turns probable into exact. The overlaps that chance is
//! expected to have made are `indicators asked about · visible lists known by filters · 1.17 / 2^30`
//! ([`crate::matching::disclose`] says where the 1.17 comes from).
//!
//! # Reports
//!
//! The JSON has the schema `mandorla.overlaps/1`: fields may be added, none changes its meaning ([`crate::report`]). Overlaps are
//! sorted by kind and value. An overlap on an indicator that no file of the member's holds has `derived`: how it followed, and
//! the first few of those that it followed from. What `check` prints for machines has the schema `mandorla.check/1`, on the
//! same terms; it names files, lines and reasons, and no indicator. In CSV a cell that a spreadsheet would run begins with an apostrophe; on terminals, characters
//! that steer one are shown as `\u{…}`: indicators are written by attackers.
