//! The part of a world that has no network: what its homes seal, and what couriers carry.

use std::io::{Cursor, Read};

use mandorla::carried::order::OrderFile;
use mandorla::carried::question::QuestionFile;
use mandorla::charter::{Agreed, Carrier};
use mandorla::client::offline::{self, Offline};
use mandorla::client::{ClientError, Silent};
use mandorla::indicator::Indicator;
use mandorla::list::file::SealedFile;
use mandorla::list::receipt::Receipt;
use mandorla::report::Report;

use super::World;

/// What errors call the tags.
const TAGS: &str = "a.tags";

/// What sealing makes.
pub struct Sealed {
    pub file: Vec<u8>,
    pub tags: Vec<u8>,
}

pub fn reader(bytes: &[u8]) -> Box<dyn Read> {
    Box::new(Cursor::new(bytes.to_vec()))
}

/// Organisations are given by their places in the world, of which the members are the first.
impl World {
    /// Who carries for whom.
    pub fn carriers(&self, carried: &[(usize, usize)]) -> Vec<Carrier> {
        let card = |org: usize| self.orgs[org].home.card().core().clone();
        carried.iter().map(|(member, org)| Carrier { member: *member, card: card(*org) }).collect()
    }

    /// A round that the convener opens, as a courier takes it to a member.
    pub async fn carried_order(&self, charter: &Agreed, courier: usize) -> OrderFile {
        self.org(0).await.open_round(charter).await.unwrap();
        let mut courier = self.org(courier).await;
        let proposal = courier.find_in_force(&charter.terms().name).await.unwrap().unwrap();
        courier.order(&proposal, None).await.unwrap()
    }

    pub fn offline(&self, member: usize, order: &OrderFile) -> Result<Offline<'_>, ClientError> {
        Offline::new(&self.orgs[member].home, order.clone(), self.clock.now())
    }

    pub fn seal(&self, member: usize, order: &OrderFile, list: &[Indicator]) -> Result<Sealed, ClientError> {
        let offline = self.offline(member, order)?;
        let draft = self.draft(member, offline.view(), list)?;
        let lock = self.orgs[member].home.lock().unwrap();
        let list = offline.seal(&draft, &lock, &Silent)?;
        let (mut file, mut tags) = (Vec::new(), Vec::new());
        offline.tags_writer(&draft, &list)?(&mut tags).unwrap();
        offline.write_sealed(&mut file, list).unwrap();
        Ok(Sealed { file, tags })
    }

    pub async fn bring(&self, by: usize, file: &[u8]) -> Result<Receipt, ClientError> {
        let file = SealedFile::open(reader(file)).unwrap();
        Ok(self.org(by).await.submit_list(file).await?.0)
    }

    pub fn question(&self, member: usize, order: &OrderFile, tags: &[u8]) -> Result<Vec<u8>, ClientError> {
        let mut out = Vec::new();
        self.offline(member, order)?.ask(Cursor::new(tags.to_vec()), TAGS, &mut out, &Silent)?;
        Ok(out)
    }

    /// Brings a question; the answer.
    pub async fn carry(&self, by: usize, question: &[u8]) -> Result<Vec<u8>, ClientError> {
        let mut answer = Vec::new();
        let question = QuestionFile::open(reader(question)).unwrap();
        self.org(by).await.submit_question(question, &mut answer).await?;
        Ok(answer)
    }

    pub fn read_answer(&self, member: usize, answer: &[u8], tags: &[u8]) -> Result<Report, ClientError> {
        let home = &self.orgs[member].home;
        offline::read_answer(home, answer, Cursor::new(tags.to_vec()), TAGS, self.clock.now())
    }
}
