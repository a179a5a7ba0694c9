use super::*;
use crate::list::shard::Class;

struct Ends {
    matcher: SigningKey,
    member: OpeningKey,
}

impl Ends {
    fn new() -> Self {
        Self { matcher: SigningKey::generate(), member: OpeningKey::generate() }
    }

    fn sealer(&self) -> (AnswerSealer, Vec<u8>) {
        let question = question::Header {
            round: RoundHash::new([1; 32]),
            member: [2; 32],
            number: 3,
            class: Class::MIN,
            nonce: [4; 16],
        };
        AnswerSealer::new(&Header::to(&question, 5), &self.matcher, &self.member.public())
    }

    fn seal(&self, parts: &[Part]) -> Vec<u8> {
        let (mut sealer, mut file) = self.sealer();
        parts.iter().for_each(|part| file.extend(sealer.add(part).concat()));
        file.extend(sealer.finish().flatten());
        file
    }

    /// A file with these bytes in its frames.
    fn seal_raw(&self, bytes: &[u8]) -> Vec<u8> {
        let (mut sealer, mut file) = self.sealer();
        sealer.pending.extend_from_slice(bytes);
        let frame = std::mem::take(&mut sealer.pending);
        let frames: Vec<&[u8]> = frame.chunks(FRAME).collect();
        for (place, frame) in frames.iter().enumerate() {
            let mut frame = frame.to_vec();
            frame.resize(FRAME, 0);
            file.extend(sealer.frame(frame, place + 1 == frames.len()));
        }
        file
    }

    fn open(&self, file: &[u8]) -> Result<Vec<Part>, CarriedFault> {
        let mut answer = AnswerFile::open(file, &self.member)?;
        answer.verify(&self.matcher.public())?;
        let mut parts = Vec::new();
        while let Some(part) = answer.next_part()? {
            parts.push(part);
        }
        assert_eq!(answer.next_part()?, None, "the end stays the end");
        Ok(parts)
    }

    fn refusal(&self, file: &[u8]) -> String {
        self.open(file).unwrap_err().to_string()
    }
}

fn frames(file: &[u8]) -> usize {
    (file.len() - HEAD) / FRAME_CHUNK
}

const FRAME_CHUNK: usize = 4 + FRAME + stream::CHUNK_OVERHEAD;
/// Envelope and chunk 0.
const HEAD: usize = MAGIC.len() + 64 + 4 + (4 + 32 + 32 + 4 + 16 + 8 + 32 + 64) + stream::CHUNK_OVERHEAD;

fn plain_match(n: u64) -> Match {
    Match { tag: Tag::new(n.to_be_bytes()), holders: Vec::new(), anonymous: 2 }
}

/// Parts whose records take so many bytes, their lengths counted.
fn parts_of(bytes: usize) -> Vec<Part> {
    let lists = (0..4).find(|lists| (bytes - 32 - 9 * lists).is_multiple_of(4)).unwrap();
    let rest = bytes - 32 - 9 * lists;
    let mut parts = vec![Part::Lists(Vec::new()); lists];
    let matches = (0..rest as u64 / 16).map(plain_match).collect();
    parts.push(Part::Matches { shard: 0, matches, last: true });
    parts.push(Part::Summary(Summary { spent: vec![7; rest % 16 / 4], ..Summary::default() }));
    parts
}

/// Parts that fill so many frames.
fn many_parts(frames: usize) -> Vec<Part> {
    (0..frames).flat_map(|_| parts_of(FRAME)).collect()
}

#[test]
fn every_part_comes_back() {
    let hit = |member, certainty| Hit { member, certainty };
    let found = Match {
        tag: Tag::new([9; 8]),
        holders: vec![hit(0, Certainty::Exact), hit(255, Certainty::Probable)],
        anonymous: u32::MAX,
    };
    let published = |member, asked| Published { member, number: u32::MAX, asked };
    let summary = |withheld| {
        let counts = vec![Count { member: 1, count: i64::MIN }, Count { member: 2, count: i64::MAX }];
        Part::Summary(Summary { lists_by_filters: 4, counts, spent: vec![3, 255], withheld })
    };
    let parts = [
        Part::Lists(vec![published(0, true), published(255, false)]),
        Part::Matches { shard: u32::MAX, matches: vec![found], last: false },
        Part::Matches { shard: 1, matches: Vec::new(), last: true },
        summary(None),
        summary(Some(Withheld::TooFew)),
        summary(Some(Withheld::Withdrawn)),
    ];
    let ends = Ends::new();
    assert_eq!(ends.open(&ends.seal(&parts)).unwrap(), parts);
    assert_eq!(ends.open(&ends.seal(&[])).unwrap(), []);
}

/// The frame is full, and then one byte more, and one less: the end has four of its own.
#[test]
fn frames_are_a_power_of_two_wherever_the_end_falls() {
    let ends = Ends::new();
    for bytes in (FRAME - 9..FRAME + 6).chain([100, 2 * FRAME - 4, 2 * FRAME, 4 * FRAME - 4, 4 * FRAME - 3]) {
        // A shard's matches do not fill two frames, and no parts take less than some bytes.
        let whole = (bytes - 100) / FRAME;
        let mut parts = many_parts(whole);
        parts.extend(parts_of(bytes - whole * FRAME));
        let file = ends.seal(&parts);
        assert_eq!(ends.open(&file).unwrap(), parts, "{bytes}");
        assert_eq!(frames(&file), (bytes + END.len()).div_ceil(FRAME).next_power_of_two(), "{bytes}");
        assert_eq!(count_frames(&file[MAGIC.len() + 64..]).unwrap() as usize, frames(&file));
    }
}

/// More matches than a record takes: several records, which together are the shard.
#[test]
fn a_shard_may_take_several_records() {
    let holders: Vec<Hit> = (0..255).map(|member| Hit { member, certainty: Certainty::Exact }).collect();
    let matches: Vec<Match> = (0..300).map(|n| Match { holders: holders.clone(), ..plain_match(n) }).collect();
    let ends = Ends::new();
    let parts = ends.open(&ends.seal(&[Part::Matches { shard: 3, matches: matches.clone(), last: true }])).unwrap();
    let mut found = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let Part::Matches { shard: 3, matches, last } = part else { panic!("{part:?}") };
        assert_eq!(*last, place + 1 == parts.len());
        found.extend(matches.clone());
    }
    assert!(parts.len() > 1 && found == matches);
}

#[test]
fn what_is_cut_or_goes_on_is_refused() {
    let ends = Ends::new();
    let file = ends.seal(&many_parts(3));
    assert_eq!(frames(&file), 4);
    for kept in 1..4 {
        assert!(ends.refusal(&file[..HEAD + kept * FRAME_CHUNK]).contains("cannot be opened"), "{kept} frames");
    }
    assert!(ends.refusal(&file[..HEAD]).contains("it ends too early"));
    assert!(ends.refusal(&file[..file.len() - 1]).contains("it ends too early"));
    let last = &file[file.len() - FRAME_CHUNK..];
    assert!(ends.refusal(&[&file[..], last].concat()).contains("cannot be opened"));
    assert!(ends.refusal(&[&file[..], b"\x01\0\0\0x"].concat()).contains("a frame has not the one size"));

    let behind = |file: &[u8]| count_frames(&file[MAGIC.len() + 64..]).map_err(|fault| fault.to_string());
    assert_eq!(behind(&file), Ok(4));
    for wrong in [&file[..HEAD + 3 * FRAME_CHUNK], &file[..HEAD], &[&file[..], last].concat()] {
        assert!(behind(wrong).unwrap_err().contains("it was cut, or something was added"));
    }
}

#[test]
fn frames_that_no_matcher_writes() {
    let ends = Ends::new();
    let record = |bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes(), bytes, &END].concat();
    let zeros = |end: &[u8]| [&vec![0; FRAME - 100], end].concat();
    for (case, bytes, message) in [
        ("a byte behind the end", zeros(b"x"), "bytes follow its end"),
        ("in the next frame", [vec![0; FRAME], b"x".to_vec()].concat(), "bytes follow its end"),
        ("no end", parts_bytes(FRAME), "it ends too early"),
        ("half an end", parts_bytes(FRAME - 2), "it ends too early"),
        ("a part of the future", record(&[4]), "a part is not known to this version"),
        ("neither yes nor no", record(&[2, 0, 0, 0, 0, 2, 0, 0, 0, 0]), "a yes or no is neither"),
        ("a part that goes on", record(&[1, 0, 0, 0, 0, 0]), "bytes follow its end"),
        ("a part that is cut", record(&[1, 1, 0, 0, 0]), "it ends too early"),
        ("too many lists", record(&[1, 1, 1, 0, 0]), "answer"),
        ("a long part", u32::MAX.to_le_bytes().to_vec(), "a part is longer than the format allows"),
        ("a part without its bytes", (MAX_RECORD as u32).to_le_bytes().to_vec(), "it ends too early"),
    ] {
        let refusal = ends.refusal(&ends.seal_raw(&bytes));
        assert!(refusal.contains(message), "{case}: {refusal}");
    }
}

/// What a sealer would put into frames, without an end.
fn parts_bytes(bytes: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts_of(bytes) {
        records(&part, |record| {
            out.extend_from_slice(&(record.len() as u32).to_le_bytes());
            out.extend_from_slice(&record);
        });
    }
    assert_eq!(out.len(), bytes);
    out
}

#[test]
fn only_its_member_opens_it_and_only_its_matcher_signs_it() {
    let ends = Ends::new();
    let file = ends.seal(&[]);
    let others = Ends { matcher: SigningKey::generate(), member: OpeningKey::generate() };
    assert!(others.refusal(&file).contains("it is for another home"));
    let another = Ends { member: ends.member, ..others };
    assert!(another.refusal(&file).contains("is not from the matcher"));
}
