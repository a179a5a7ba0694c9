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
//! seed(x)    = BLAKE3-keyed(H("shared seed key"; RH, K), canon(x))  32 bytes; x: an indicator or a canary
//!              or, in custody by custodians, H("custodian seed"; RH, n u8, Y_1, …, Y_n)
//! Y_i        = VOPRF of custodian i on "mandorla/1 oprf input" || lp(canon(x)), 64 bytes       RFC 9497, ristretto255-SHA512
//! item(x)    = BLAKE3-keyed(seed(x), "mandorla/1 item")             64 bytes of output
//! tag(x)     = item[0..8]                                           a number, big-endian
//! note root(x)           = item[32..64]
//! confirmation(x, owner) = H("confirmation"; RH, owner's Ed25519, seed(x))[..16]
//! ```
//!
//! Kinds and canonical forms, which are profile 1, stand in [`crate::indicator`], a file a kind; what a file of indicators
//! may look like, in [`crate::ingest`], a file a format. Note roots and confirmations are fixed, though nothing carries
//! them yet.
//!
//! # Cards
//!
//! ```text
//! core    = u32 1 || lp(name) || role u8 || Ed25519 32 || X25519 32 || SHA-256(SubjectPublicKeyInfo of the TLS key) 32
//! id      = H("card"; Ed25519, X25519, TLS hash)
//! contact = signed at u64 || lp(name) || lp(e-mail) || lp(phone) || lp(hours)
//! card    = u32 1 || core || signature("card core"; core) || contact || signature("card contact"; id, contact)
//! successor card = u32 1 || n u32 || (old core || signature("card succession"; old id, next core))… || card
//! ```
//!
//! A fingerprint is the first 15 bytes of the id in base32 without `i l o u`, six groups of four. Roles: 0 company, 1
//! agency, 2 broker, 3 matcher, 4 custodian, 5 courier. Keys that are not canonical, of small or of mixed order are refused
//! when a card is read: ring accepts signatures under them. Armour is base64 in 64 columns between `-----BEGIN MANDORLA
//! CARD-----` and its end; quoting, blanks and line ends that e-mail adds are taken off.
//!
//! A successor card (`MANDORLA SUCCESSOR CARD`) stands wherever a card does. It names the cards that were before, oldest
//! first, at most the last 16; the key of each signs the core after it, the last one the card's. So it can be checked by
//! whoever knows any of them, if only by its id in a charter. All have one name and one role. The signatures say that the
//! old owner hands over, not that it is well: whoever stole an old key can sign as well, so a second successor of one card
//! is refused until a person has called. A book keeps cards that were succeeded, for charters bind them; the name means the
//! newest, and so do reports when they say whom to call. A home hands over once: it stays as it is and the new one begins
//! with its book and servers, so that rounds under the old charter go on to their purge.
//!
//! # Charter
//!
//! ```text
//! charter    = u32 1 || lp(name) || created u64 || amends || lp(matcher's core) || u32 members || lp(core)…
//!              || conveners || publish-only || u32 carriers || (member u32 || lp(courier's core))…
//!              || custody || accept_guessable u8 || profile u32 || u32 kinds || lp(kind)…, rising
//!              || max_indicators u64 || same_size u8 || min_holders u32 || round_hours u32 || answer_hours u32
//!              || rounds_per_day u32 || list_expiry_hours u32 || epsilon u32 || epsilon_budget u32 || talk u8 || disclosure
//! amends     = 0 u8, or 1 u8 || CH of the charter that it amends
//! custody    = 1 u8 shared, or 2 u8 || u32 custodians || (lp(custodian's core) || lp(address))…, at most 8
//! conveners, publish-only = u32 count || place u32…, rising         epsilon and its budget are in thousandths
//! disclosure = default level u8 || u32 rules || (holder || reader || level u8)…
//! party      = 1 || place u32   or   2 || role u32
//! level      = 1 none, 2 count, 3 anonymous, 4 named
//! CH         = H("charter"; charter)                 signed as signature("charter signature"; CH)
//! resignation = signature("charter resignation"; CH), by a member that has signed
//! signed charter = u32 1 || lp(charter) || signatures || resignations, as a home keeps it
//! signatures, resignations = u32 count || (member's place u32 || signature 64)…, rising
//! ```
//!
//! A member's place in the charter is its number everywhere else. `created` makes two charters differ that agree in all
//! else. Points of contact are not in the charter: their owners change them alone.
//!
//! In a draft, `name`, `matcher`, `members`, `custody`, `kinds`, `max_indicators`, `min_holders` and `disclosure.default`
//! are required, `accept_guessable` in shared custody, and `custodians` in custody by custodians. Left out, `conveners` is the proposer, `publish_only`,
//! `carriers` and the rules are empty, `profile` is the newest, `same_size` is no, `round_hours` 24, `answer_hours` 72,
//! `rounds_per_day` 24, `list_expiry_hours` 720, `epsilon` 1.0, `epsilon_budget` 30.0, `talk` yes. Unknown keys are errors.
//! Hours are at most 8,784, rounds a day 1,440, `epsilon` 0.001 to 100, its budget between one round's and 100,000. An
//! order of carriers or rules is as it was written; two orders make two charters.
//!
//! Any convener may propose (an amendment: one of the charter that it amends), and open, move the close of, close and purge
//! rounds, also those of another. The charter's rounds are counted by the times in their orders: one opens 24 hours after the
//! last but `rounds_per_day`, or later.
//!
//! # The life of a charter
//!
//! An amendment is a charter that names the one that it replaces, under the same name, at the same matcher. A convener of
//! the old charter, or the card that succeeds one, proposes it, whether it convenes the new one or not; its own members
//! sign it, so that a member that has left, went silent or lost its keys has no say in its removal. A sole convener that
//! lost its keys can amend nothing: the others agree on an exchange under another name. With the last signature the
//! amendment is in force in place of the old charter, which must be in force and not replaced; of two amendments of one
//! charter the first that is complete wins, and the other is signed no more.
//!
//! The versions of a charter are one exchange. Rounds are numbered on, and counted by the day, over all of them; the noise
//! budget is each charter's own, as it was signed. A round that is open or closed when an amendment comes into force goes
//! on to its purge under the rules that it was opened under; the next opens under the newest version only. People name an
//! exchange: a round then means the newest version that has it. Naming a version by its hash means that one alone.
//!
//! A member resigns by its word under a charter that it has signed. The charter stays in force for the rounds that it has, and
//! no other is opened under it. A resignation is not taken back: whoever signs the next amendment is in again.
//!
//! That one charter replaces another a client believes from their bytes and signatures alone; of a version that does not
//! name it, a home has the matcher's word only, and is told so. A home keeps every charter that it has signed or seen in
//! force, so that a matcher that shows an older one as the newest is found out. A home that never saw all signatures of the
//! newer cannot know.
//!
//! # Round order
//!
//! ```text
//! order     = u32 1 || CH || number u32 || nonce 32 || opened u64 || close u64 || last answer u64 || purge u64 || salt commitment 32
//!             or u32 2 || the same up to the purge || u32 custodians || round key…, in custody by custodians
//! round key = key 32 || signature("round key"; CH, number u32, nonce, opened u64, key), by the custodian
//! RH        = H("round order"; order)
//! salt      = HPKE to each member, info ("sealed salt", RH): encapsulated key 32 || ciphertext 48, no additional data
//! digest    = H("sealed salts"; salt of member 0, salt of member 1, …), of none in custody by custodians
//! signature = signature("round order signature"; RH, digest)
//! extension = close u64 || signature("round extension signature"; RH, close), if the convener moved the close later
//! ```
//!
//! The signature covers the sealed salts through their digest, so that an order can still be checked when the purge has
//! taken them. Times are those that the charter's hours give, counted from the opening; the last answer and the purge fall
//! together. A matcher takes an order whose opening is within five minutes of its own clock. Rounds are numbered without
//! gaps, over all versions of a charter; a new one may open while an older one still answers.
//!
//! # Custodians
//!
//! ```text
//! request     = signature("round key request"; CH, number u32, nonce, opened u64), by a convener
//! batch       = id 16 || blinded element 32, 1 to 4,096 of them
//! carried batch = id 16 || signature("evaluation batch signature"; RH, id, H("evaluation batch"; elements)) 64 || blinded elements
//! answer      = evaluated element 32, as many || proof 64 (c || s of RFC 9497)
//! destruction = key 32 || destroyed u64 || signature("round key destruction"; CH, number u32, key, destroyed u64), by the custodian
//! ```
//!
//! A custodian holds one key for each round and exchange. It makes one when a convener asks, for a charter that names its
//! card, that every member has signed, and whose members it has all admitted; its operator signs nothing. The request carries
//! the opening, which must be within five minutes of the custodian's clock, so that the key's end is fixed before it begins:
//! the order's close, or the later one to which a convener has moved it. A round is opened only when all custodians have given
//! their keys: none is asked while one is away, and if one refuses, the others are told to destroy theirs; one that hears
//! nothing destroys it at that time.
//!
//! Whoever has something evaluated shows the order first. The first order that carries a key and verifies makes the key that
//! round's; another one for the same key is refused, and other keys for the same round are destroyed. No key is made for a
//! number while one is held whose order was shown; when it is gone, the number is free again, for an order that the matcher
//! never saw may have taken it. (Whoever signed that order may take the next number too; its signature convicts it.) A
//! custodian holds 16 keys of an exchange at most. A custodian evaluates for members, and for couriers that carry for one and
//! bring its signature. It charges for a batch before it evaluates, in one durable step with the batch's id and digest: the
//! same batch again is given its answer and costs nothing, another under the same id is refused, and what is refused costs
//! nothing. A member has `max_indicators` and 16 for each other member in a round. Who withdraws its list keeps what was
//! evaluated for it.
//!
//! All custodians get the same blinded elements: an element is `r·P` with a fresh `r`, a random one whatever `P` is, so that
//! custodians that compare what they got learn only that it is the same list. The member checks each proof against the key in
//! the order before it uses an output, and hashes the outputs together. So nobody compares an indicator without all of them, and
//! no custodian can answer one member under another key than the rest.
//!
//! At the close the convener has the keys destroyed; by itself a custodian destroys its key when the close has come by its own
//! clock, at its next start if it was away. With the key go all stored answers; meters stay. It signs a statement, which any
//! member may put on the round's record at the matcher. The statement is its word: nobody can check that it kept no copy. A
//! custodian that destroys its key early, or answers nothing, keeps members from sealing and shows nobody anything.
//!
//! A custodian learns how many evaluations each member asks for, and when: the length of a list and how much of it changed.
//! Who watches the network sees it from the bytes, 64 for each and custodian, and a courier of a blinded list from the file.
//!
//! The close of a round may be moved by a convener, and the custodians hear of it first, or one could destroy its key too
//! early. A convener that shows them an extension and not the matcher keeps the keys until the last answer at the latest;
//! the meters hold all the same. While somebody reads `custodian.db` beside the server, SQLite's log with an overwritten key
//! cannot be truncated: it is when they have done, and the statement of destruction is given then. What a power cut brings back
//! of a log that was truncated goes when the custodian starts again.
//!
//! # Lists
//!
//! ```text
//! shard of x  = floor(tag(x) · S / 2^64)             S: the list's number of shards, its size class
//! seed of w   = H("filter seed"; RH, w u8)           filters w = 0 and 1 of every shard: 88,640 bits, k = 15
//! h0, h1      = SipHash-1-3 of the tag's 8 bytes under seed[..16] and under seed[16..]
//! position(i) = h0, h1, and for i = 2 … 14 (h0 + i · h1 mod 2^64) mod (2^64 − 59); each mod 88,640
//! header      = u32 1 || RH || member's Ed25519 32 || shards u32 || number u32 || profile u32 || nonce 16 || bits u32 || k u32
//!               || filter seeds 2 × 32 || shards root 32 || cells u32 (0) || cells root 32 || created u64 || expires u64
//! signed      = header || signature("list header signature"; header)
//! shards root = H("list shards root"; H("list shard"; 0 u32, shard 0), H("list shard"; 1 u32, shard 1), …)
//! cells root  = H("list cells root")
//! shard       = bits of filter 0, 11,080 bytes || bits of filter 1;  bit p is byte p / 8, value 1 << p % 8
//! dummy(i)    = first + floor(u64 big-endian of BLAKE3-keyed(secret of the home, shard u32 || i u64)[..8] · width / 2^64)
//! ```
//!
//! `S` is 1 to 8, 10, 12, 14, 16, 20, … (three significant bits), the least that has 3,584 real tags, canaries among them,
//! a shard on average, or the next if a shard overflows. `first` and `width` are the shard's range of tags. Dummies are
//! taken for i = 0, 1, … until the shard has 4,096 distinct tags. Bits, `k` and seeds could be derived and still stand in
//! the header: a list that was made with others is then refused with the reason, and not as one that matches nothing. The
//! two files of a list are described in [`crate::list::file`]: chunks are encrypted one by one (STREAM) under an HPKE
//! export, not as one message after the other of an HPKE context, so that an upload goes on at any shard. The exporter
//! context is `mandorla/1 stream key`, 32 bytes; the chunks' formula is in [`crate::stream`]. Uploading and carrying by
//! courier use the same bytes.
//!
//! `expires` is at most the round's purge, and at most `list_expiry_hours` after `created`, which is the sealing home's
//! clock. From then on the matcher shows, probes and keeps the list as little as if it had never come; one that comes later
//! is refused. With `same_size`, `S` is the largest for every list.
//!
//! # Canaries
//!
//! ```text
//! pair secret = H("canary pair"; RH, X25519(own static key, other's static key), lower card id, higher card id)
//! value i     = hexadecimal, lower case, of H("canary"; pair secret, i u8)[..16]           i = 0 … 15
//! canon(c)    = lp("canary") || lp(value); seed and tag as of an indicator
//! ```
//!
//! Every list carries 16 canaries for each other member of the charter, whoever learns what of whom and whether the other
//! publishes or not: a list shows nothing of that. So `S` is that of the indicators and 16 · (members − 1) entries, and the
//! largest, that of `max_indicators` and as many. `canary` is no kind: files and charters cannot name it. The keys are those
//! that open what HPKE seals; both uses hash the result under labels of their own, so neither helps against the other.
//!
//! To the matcher canaries are tags: for each pair it sees 16 overlaps more than there are. It knows that number
//! beforehand, and so learns nothing from it; which tags they are it cannot tell. Readers take them off all figures: of
//! each count at level `count` the client subtracts 16 after the noise. Of a member that is `named` to the reader and has a
//! list, with `min_holders` 2, all 16 must come back with that member as holder, and the report says how many did; else it
//! says why that cannot be tested. A canary that is said to be with a third member may be chance's while it is probable.
//! When it is exact, the matcher made it up or one of the two gave it away; the report says so, and is not withheld, or
//! members that work together could blind a reader and blame the matcher.
//!
//! What they catch: a matcher that drops, of m matches with one member that nobody else shares, n without looking, passes
//! with probability C(m, n) / C(m + 16, n), about (1 − n / (m + 16))^16: a tenth dropped goes unnoticed about once in 5
//! rounds, half once in 65,536 or less. What they do not: a match that three or more members share is no canary, and the
//! matcher sees that it is not; one match among many is rarely a canary; a matcher that works together with a member knows
//! that member's canaries, and drops all else; and one that has a member's home, keys and all, likewise.
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
//! # Files that are carried
//!
//! ```text
//! charter    = "mandorla/1 charter\n" || signed charter
//! order      = "mandorla/1 round order\n" || lp(signed charter) || lp(order) || u32 salts || lp(sealed salt)… || digest 32 || signature 64
//!              || 0, or 1 || close u64 || signature 64 of an extension
//! blinded    = "mandorla/1 blinded list\n" || chunk: lp(order behind its first line) || member u32 || batches u32 || chunk: carried batch || …
//! evaluated  = "mandorla/1 evaluated list\n" || chunk: RH || custodians u32 || batches u32 || chunk: id 16 || (proof 64 || elements)… || …
//! question   = "mandorla/1 question\n" || RH || encapsulated key 32 || chunk 0: header, signed || chunk i + 1: tags of shard i
//! answer     = "mandorla/1 answer\n" || RH || encapsulated key 32 || chunk 0: header, signed || frames of 64 KiB, a power of two of them
//! withdrawal = "mandorla/1 withdrawal\n" || RH || member's Ed25519 32 || number u32 || signature("withdrawal signature"; RH, number)
//! receipt    = "mandorla/1 receipt\n" || receipt
//! ```
//!
//! The rest of the formulas stands beside the code, a file a format: [`crate::carried`]. Armour is around exactly these
//! bytes, in the kinds `MANDORLA CHARTER`, `ROUND ORDER`, `BLINDED LIST`, `EVALUATED LIST`, `SEALED LIST`, `QUESTION`,
//! `ANSWER`, `WITHDRAWAL` and `RECEIPT`; where a file is read, both forms are taken. Tags files and keys have no armour: they are not for printing.
//!
//! A question's and an answer's header are signed over the encapsulated key too, so that the key of all chunks is the
//! signer's: HPKE's base mode lets anybody seal to a card, and a courier could otherwise put its own question or answer in
//! the place of one that it carries. The tags in a question are held against the published list as in a stream, and what is
//! answered is the same; a later answer may know more, as when asking again, and a courier may bring an older one again.
//! Behind the last part of an answer comes an empty one, then zeros to the end of the frame, and frames of zeros up to the
//! power of two: so who has the file of an answer learns from it how much overlaps within a factor of two, and nothing
//! below some three thousand overlaps with one holder each. The courier that fetches it sees the frames come while the
//! shards go, and learns it within some three thousand.
//!
//! The home that seals keeps the order, the numbers of its lists and a key for the round's tags files until the purge. List
//! numbers count what was sealed, also what was never sent. An offline home knows of a round what its order says and what
//! its own clock tells; that a round was closed early the matcher says when the file comes.
//!
//! # Couriers
//!
//! A courier is a card with a home of its own, admitted by the matcher (and by the custodians, to which it brings blinded
//! lists) and named in the charter for the members that it may
//! carry for. It reads the charter, its signatures and the orders; who has published it is not told. It may bring
//! signatures, lists, questions and withdrawals of those members, which the matcher finds out from the files themselves:
//! the header inside the encryption says whose a list is, and its signature proves it. A member may bring its own files in
//! the same way.
//!
//! # Connections
//!
//! TLS 1.3 with ECDSA P-256 certificates on both sides, ALPN `h2`. A peer is known by the SHA-256 of its certificate's
//! SubjectPublicKeyInfo, which its card states; names and dates of certificates say nothing. Sessions are not resumed: a
//! resumed session would outlive a removal. The services are in `proto/`; a message has at most 256 KiB, and a stream that
//! says nothing for a minute is ended. Whoever is no member is told of an exchange or a round that exists what it is told
//! of one that does not.
//!
//! # What the matcher keeps
//!
//! Cards, charters, orders and, until the purge, sealed salts, lists (filters in the clear: it probes them) and the tags that
//! members have shown. A member's upload that broke off stays until the round closes or another list is begun. Noisy counts
//! that were answered stay until the purge, the exact ones are never written; what pairs have spent of their budgets stays.
//! The purge deletes with `secure_delete` and truncates the write-ahead log; a matcher that was killed in between does the
//! rest at its next start. Backups of the database must not outlive a round.
//!
//! # What a custodian keeps
//!
//! Cards, charters, and of each round what the key was asked for with, RH, the close, meters, ids and counts of batches, the
//! statement of destruction and, until then, the key itself, digests and answers of batches. The destruction overwrites as the
//! matcher's purge does, and is done before anything else when a custodian starts. Its database is as secret as the keys in it:
//! a backup would outlive them, so there is to be none. The keys of its home (`keys/`) are worth one, when they are made.
//!
//! # What a home keeps
//!
//! Keys, the card book, servers and charters (those that it signed or saw in force) for good; of a round, until its purge:
//! the tags file, receipts, and where lists were sealed for a courier the order and the numbers of those lists; in custody by
//! custodians, encrypted under secrets of the home, the seeds that were evaluated and the batches that wait for an answer,
//! with the secrets that their blinds are made from. Tags files
//! are encrypted under a secret of the home and a key of the round (`tags.key`): with that key go all of them, wherever
//! they lie. The purge time lies beside them, so that a home wipes in time even if it cannot reach the matcher. Keys are
//! not encrypted under a passphrase: servers and nightly jobs start without hands. Use an encrypted disk.
//!
//! # Withdrawal
//!
//! A member may take its list back until the purge. Filters, shown tags, what was uploaded so far and the counts that were
//! made of it are overwritten at once, as in the purge. What others were told before they keep; a question that is under
//! way ends, and later ones do not find the list. Of the list its number stays until the purge, so that no file of it, in
//! whoever's hands, can be published again; another list with a higher number can, while the round is open. All members see
//! that a list was there and is not, and whether its owner had asked: nobody can ask, vanish, and pass for one that had no
//! list. Nobody waits for a list that is withdrawn: the round can be purged early without it.
//!
//! # Disclosure
//!
//! A rule that names members on both sides outweighs one that names a member on one, which outweighs one between roles; rules
//! of one weight that disagree are refused when the charter is made. A member that only publishes shows its tags, so that
//! others' matches with it become exact, and its level towards every holder is `none`.
//!
//! Masks come first, then counting. Of each of its indicators a reader is told the holders that are `named` to it, and the
//! number of those that are `anonymous` to it, each holder at its own level; a list at `count` or `none` changes nothing in
//! that. An indicator is revealed when somebody is told of for it and when at least `min_holders` organisations that the
//! reader may see hold it: itself, the named and the anonymous ones.
//!
//! `anonymous` is answered only when at least two lists at that level towards the reader are there: of one alone everybody
//! would know whose it is. With the number comes no certainty, which would tell who has asked already. It says how many and
//! no more, and yet: if it equals the number of such lists, all of them hold the indicator; who has published is known to
//! all, so answers of several rounds, in which others published, can be held against each other; and a reader may know from
//! elsewhere what one of them holds. It limits honest curiosity. Within one round the difference that a withdrawal makes
//! would name a holder: a list that was withdrawn after the close, or whose time was over, takes all anonymous answers with
//! it, towards every reader to which it was anonymous, for the rest of the round.
//!
//! # Counts
//!
//! ```text
//! count(holder, reader) = the reader's tags that the holder's list has + Z             16 more than is shown: canaries
//! P(Z = z)    = (e^ε − 1) / (e^ε + 1) · e^(−ε·|z|)           ε = s / 1000, the charter's, in thousandths
//! word(i)     = u64 of bytes 8·i … 8·i + 7 of BLAKE3-keyed(key, "mandorla/1 count noise"); key: 32 random bytes, fresh for each Z
//! below(n)    = the next word that is at least 2^64 mod n, mod n
//! coin(a, b)  = whether the first k = 1, 2, … with below(b·k) ≥ a is odd              true with probability e^(−a/b)
//! Z           : u = below(1000); start again unless coin(u, 1000); v = how often coin(1, 1) is true before it is false;
//!               m = floor((u + 1000·v) / s); negative = below(2) is 1; start again if negative and m = 0; −m or m
//! ```
//!
//! Canonne, Kamath, Steinke (2020), algorithms 1 and 2, in whole numbers alone ([`crate::matching::noise`]). One indicator more
//! or less in a holder's list changes the count by one. The number is made once for a round and pair and kept until the purge:
//! asking again gives the same, and the mean of many draws would be the truth. It may be below zero and is shown so. A pair
//! spends ε in every round in which the reader is answered, by the matcher's durable account, before it is told; when the
//! next round would exceed the charter's budget, the pair's level is `none` under that charter from then on.
//!
//! A reader's dummies are among its tags. They are secret and random, and so are the holder's: they meet by chance alone, at
//! 2^-30 a look-up while the holder is known by its filters, which is far below the noise. The matcher makes counts after it
//! has answered the last shard, and only if there is none yet. So up to the summary neither bytes nor their times depend on a
//! list at `count`; and in the summary a count has eight bytes, whatever it is.
//!
//! # Certainty
//!
//! A match is exact when the holder has shown the same shard of its own tags, probable (wrong once in 2^30) when only its
//! filters are known. Asking again after the other has asked turns probable into exact. The overlaps that chance is
//! expected to have made are `indicators asked about · lists, named or anonymous, known by filters · 1.17 / 2^30`
//! ([`crate::matching::disclose`] says where the 1.17 comes from).
//!
//! # Reports
//!
//! The JSON has the schema `mandorla.overlaps/1`: fields may be added, none changes its meaning ([`crate::report`]).
//! Overlaps are sorted by kind and value. `counts_epsilon` is the ε of the noise in `counts`; of 20 such numbers 19 are off
//! by at most m, the least with `2·e^(−ε·(m + 1)) / (1 + e^(−ε)) ≤ 1/20`. An overlap on an indicator that no file of the
//! member's holds has `derived`: how it followed, and the first few of those that it followed from. What `check` prints for
//! machines has the schema `mandorla.check/1`, on the same terms; it names files, lines and reasons, and no indicator. In
//! CSV a cell that a spreadsheet would run begins with an apostrophe; on terminals, characters that steer one are shown as
//! `\u{…}`: indicators are written by attackers.
