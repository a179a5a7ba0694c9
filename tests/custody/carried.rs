//! Blinded lists that a courier takes to the custodians, and what it brings back.

use mandorla::carried::blinded::{self, BlindedFile};
use mandorla::carried::evaluated::{self, EvaluatedFile};
use mandorla::carried::order::OrderFile;
use mandorla::charter::Agreed;
use mandorla::client::{ClientError, Custodians, Drafting, Silent};
use mandorla::identity::Role;
use mandorla::indicator::Indicator;

use super::common::{HOUR, World, domains, reader, values};
use super::{CANARIES, refusal};

const CAST: [(&str, Role); 5] = [
    ("Northwind Social", Role::Company),
    ("Harbour Mail", Role::Company),
    ("Agency A", Role::Agency),
    ("Courier", Role::Courier),
    ("Passer-by", Role::Courier),
];
const AGENCY: usize = 2;
const COURIER: usize = 3;
const PASSER_BY: usize = 4;

/// Three members, of whom the agency has no network, under two custodians.
struct Gap {
    world: World,
    charter: Agreed,
}

impl Gap {
    async fn new() -> Self {
        let world = World::new(&CAST).await.with_custodians(2).await;
        let mut terms = world.terms_of(3);
        terms.carriers = world.carriers(&[(AGENCY, COURIER)]);
        terms.max_indicators = 6000;
        let charter = world.agree(terms).await;
        Self { world, charter }
    }

    async fn order(&self) -> OrderFile {
        self.world.carried_order(&self.charter, COURIER).await
    }

    fn drafting(&self, order: &OrderFile, list: &[Indicator]) -> Result<Drafting<'_>, ClientError> {
        let offline = self.world.offline(AGENCY, order)?;
        let mut drafting = Drafting::new(&self.world.orgs[AGENCY].home, offline.view())?;
        list.iter().for_each(|indicator| drafting.add(indicator.clone()));
        Ok(drafting)
    }

    /// `seal --blinded`.
    fn blind(&self, order: &OrderFile, list: &[Indicator]) -> Result<(Vec<u8>, usize), ClientError> {
        let (mut drafting, mut out) = (self.drafting(order, list)?, Vec::new());
        let lock = self.world.orgs[AGENCY].home.lock().unwrap();
        let asked = self.world.offline(AGENCY, order)?.blind(&mut drafting, &mut out, &lock, &Silent)?;
        Ok((out, asked))
    }

    /// `submit`, by one of the cast.
    async fn bring(&self, by: usize, blinded: &[u8]) -> Result<Vec<u8>, ClientError> {
        let home = &self.world.orgs[by].home;
        let mut custodians = Custodians::new(home);
        for place in 0..self.world.custodians.len() {
            let connection = self.world.custodian_connection(place, home).await;
            custodians.over(self.world.custodians[place].card().core().id(), connection);
        }
        let mut out = Vec::new();
        custodians.submit(BlindedFile::open(reader(blinded)).unwrap(), &mut out, &Silent).await?;
        Ok(out)
    }

    /// `seal --evaluated`, and the list to the matcher.
    fn take(&self, order: &OrderFile, list: &[Indicator], evaluated: &[u8]) -> Result<Drafting<'_>, ClientError> {
        let mut drafting = self.drafting(order, list)?;
        let lock = self.world.orgs[AGENCY].home.lock().unwrap();
        let file = EvaluatedFile::open(reader(evaluated)).unwrap();
        self.world.offline(AGENCY, order)?.take_evaluated(&mut drafting, file, &lock, &Silent)?;
        Ok(drafting)
    }

    async fn publish(&self, order: &OrderFile, drafting: Drafting<'_>) -> Vec<u8> {
        let draft = drafting.finish().unwrap();
        let offline = self.world.offline(AGENCY, order).unwrap();
        let list = {
            let lock = self.world.orgs[AGENCY].home.lock().unwrap();
            offline.seal(&draft, &lock, &Silent).unwrap()
        };
        let (mut file, mut tags) = (Vec::new(), Vec::new());
        offline.tags_writer(&draft, &list).unwrap()(&mut tags).unwrap();
        offline.write_sealed(&mut file, list).unwrap();
        self.world.bring(COURIER, &file).await.unwrap();
        tags
    }
}

#[tokio::test]
async fn a_list_crosses_the_gap() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let list = domains(0..5000);
    let (blinded, asked) = gap.blind(&order, &list).unwrap();
    assert_eq!(asked as u64, 5000 + CANARIES);
    let evaluated = gap.bring(COURIER, &blinded).await.unwrap();
    // What a courier brings twice costs nothing.
    let again = gap.bring(COURIER, &blinded).await.unwrap();
    assert_eq!(evaluated, again, "the stored answers, proofs and all");
    assert_eq!(gap.world.spent(0).await[AGENCY], 5000 + CANARIES);
    let tags = gap.publish(&order, gap.take(&order, &list, &evaluated).unwrap()).await;

    gap.world.publish(0, &gap.charter, &domains(4998..5003)).await.unwrap();
    gap.world.close(&gap.charter).await;
    let question = gap.world.question(AGENCY, &order, &tags).unwrap();
    let answer = gap.world.carry(COURIER, &question).await.unwrap();
    let report = gap.world.read_answer(AGENCY, &answer, &tags).unwrap();
    assert_eq!(values(&report), ["host-4998.example", "host-4999.example"]);
    assert_eq!(report.canaries.iter().map(|one| one.returned).collect::<Vec<_>>(), [16]);
    assert_eq!(values(&gap.world.ask(0, &gap.charter).await.unwrap()).len(), 2);
}

#[tokio::test]
async fn only_what_is_new_is_blinded() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let (first, asked) = gap.blind(&order, &domains(0..10)).unwrap();
    assert_eq!(asked as u64, 10 + CANARIES);
    // Until the answer is here, what waits for it is in the next file too, in the same batch: one of the two is enough.
    let (second, asked) = gap.blind(&order, &domains(0..12)).unwrap();
    assert_eq!(asked as u64, 12 + CANARIES);
    let batches = |file: &[u8]| {
        let mut file = BlindedFile::open(reader(file)).unwrap();
        std::iter::from_fn(|| file.next_batch().unwrap()).collect::<Vec<_>>()
    };
    let (one, other) = (batches(&first), batches(&second));
    assert!((one.len(), other.len()) == (2, 3) && one.iter().all(|batch| other.contains(batch)));
    let evaluated = gap.bring(COURIER, &second).await.unwrap();
    drop(gap.take(&order, &domains(0..12), &evaluated).unwrap().finish().unwrap());
    assert_eq!(gap.world.spent(1).await[AGENCY], 12 + CANARIES);

    let nothing = refusal(gap.blind(&order, &domains(3..9)));
    assert!(nothing.contains("nothing to evaluate"), "{nothing}");
    let unevaluated = refusal(gap.drafting(&order, &domains(3..20)).unwrap().finish());
    assert!(unevaluated.contains("have still to evaluate 8 of the list"), "{unevaluated}");
    // The file of the first is of no harm, and of no use.
    let late = gap.bring(COURIER, &first).await.unwrap();
    drop(gap.take(&order, &domains(0..12), &late).unwrap().finish().unwrap());
}

/// What was blinded and never sent is not paid for with another list; the canaries serve every list.
#[tokio::test]
async fn a_list_that_was_given_up_costs_nothing() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let (wrong, _) = gap.blind(&order, &domains(0..6000)).unwrap();
    let (right, asked) = gap.blind(&order, &domains(10..6010)).unwrap();
    // Of the wrong list's batches none has only what the right one wants, but the canaries'.
    assert_eq!(asked as u64, 6000 + CANARIES);
    let evaluated = gap.bring(COURIER, &right).await.unwrap();
    drop(gap.take(&order, &domains(10..6010), &evaluated).unwrap().finish().unwrap());
    let beyond = refusal(gap.bring(COURIER, &wrong).await);
    assert!(beyond.contains("evaluations are left"), "{beyond}");
}

#[tokio::test]
async fn nobody_spends_for_another() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let (blinded, _) = gap.blind(&order, &domains(0..10)).unwrap();
    let stranger = refusal(gap.bring(PASSER_BY, &blinded).await);
    assert!(stranger.contains("no such key of an exchange that names you"), "{stranger}");
    let member = refusal(gap.bring(0, &blinded).await);
    assert!(member.contains("does not name your card as a carrier for Agency A"), "{member}");
    // A courier that puts in elements of its own, or names another member.
    let mut file = BlindedFile::open(reader(&blinded)).unwrap();
    let mut batch = file.next_batch().unwrap().unwrap();
    batch.elements.rotate_left(32);
    let mut changed = Vec::new();
    blinded::write_head(&mut changed, &order.encode(), AGENCY, 1).unwrap();
    blinded::write_batch(&mut changed, &batch).unwrap();
    let unsigned = refusal(gap.bring(COURIER, &changed).await);
    assert!(unsigned.contains("not signed by the member"), "{unsigned}");
    let mut renamed = Vec::new();
    blinded::write_head(&mut renamed, &order.encode(), 1, 1).unwrap();
    blinded::write_batch(&mut renamed, &batch).unwrap();
    assert!(refusal(gap.bring(COURIER, &renamed).await).contains("carrier for Harbour Mail"));
    for custodian in 0..2 {
        assert_eq!(gap.world.spent(custodian).await, [0; 5], "nothing was charged");
    }
    gap.bring(AGENCY, &blinded).await.unwrap();
}

#[tokio::test]
async fn what_came_back_is_checked() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let list = domains(0..10);
    let (blinded, _) = gap.blind(&order, &list).unwrap();
    let good = gap.bring(COURIER, &blinded).await.unwrap();
    let file = || EvaluatedFile::open(reader(&good)).unwrap();
    let written = |round, change: &dyn Fn(&mut evaluated::EvaluatedBatch)| {
        let mut batch = file().next_batch().unwrap().unwrap();
        change(&mut batch);
        let mut out = Vec::new();
        evaluated::write_head(&mut out, &round, batch.answers.len(), 1).unwrap();
        evaluated::write_batch(&mut out, &batch).unwrap();
        out
    };
    let round = file().round;
    let proof = "custodian Vault 1: its answer is not to be trusted: the proof does not hold";
    let swapped = written(round, &|batch| batch.answers.swap(0, 1));
    let element = written(round, &|batch| batch.answers[0].elements.rotate_left(32));
    let one = written(round, &|batch| drop(batch.answers.pop()));
    let other = written(mandorla::round::RoundHash::new([7; 32]), &|_| {});
    for (case, file, told) in [
        ("the custodians' answers swapped", &swapped, proof),
        ("elements moved", &element, proof),
        ("one custodian left out", &one, "answers of 1 of the 2 custodians"),
        ("another round", &other, "for another round than the order"),
    ] {
        let said = refusal(gap.take(&order, &list, file));
        assert!(said.contains(told), "{case}: {said}");
    }
    for cut in [good.len() - 1, good.len() / 2, 60] {
        let cut = &good[..cut];
        let whole = EvaluatedFile::open(reader(cut)).and_then(|mut file| {
            while file.next_batch()?.is_some() {}
            Ok(())
        });
        assert!(whole.unwrap_err().to_string().contains("it ends too early"));
    }
    // After all that the right one serves.
    drop(gap.take(&order, &list, &good).unwrap().finish().unwrap());
}

#[tokio::test]
async fn after_the_close_nothing_is_evaluated() {
    let gap = Gap::new().await;
    let order = gap.order().await;
    let (blinded, _) = gap.blind(&order, &domains(0..10)).unwrap();
    gap.world.clock.advance(24 * HOUR);
    let late = refusal(gap.bring(COURIER, &blinded).await);
    assert!(late.contains("the round's key was destroyed"), "{late}");
    let home = refusal(gap.blind(&order, &domains(0..10)));
    assert!(home.contains("the round is closed"), "{home}");
}
