//! A round in words.

use crate::cli::print;
use crate::client::{KeyState, RoundView};
use crate::identity::CardCore;
use crate::round::{Phase, Published, Withdrawn};

/// `election-2026, round 1`
pub(in crate::cli) fn title(view: &RoundView) -> String {
    format!("{}, round {}", view.charter.terms().name, view.round.order().number)
}

/// Phase, times, and where each member and each custodian's key stands.
pub(super) fn render(view: &RoundView, keys: &[KeyState], now: u64) -> String {
    let members = view.charter.terms().members.iter().enumerate();
    let rows = members.map(|(place, card)| {
        let standing = match view.withdrawn_of(place) {
            Some(list) => withdrawn(list).to_owned(),
            None => standing(view.list_of(place), view.phase),
        };
        let own = if place == view.own { "this home" } else { "" };
        [who(card), standing, own.to_owned()]
    });
    let keys = self::keys(view, keys);
    let gap = if keys.is_empty() { "" } else { "\n" };
    format!("{} is {}\n{}\n{}{gap}{keys}", title(view), view.phase.name(), times(view, now), print::columns(rows))
}

/// A row for each custodian; nothing in shared custody.
pub(super) fn keys(view: &RoundView, keys: &[KeyState]) -> String {
    let custodians = view.charter.terms().custody.custodians();
    print::columns(custodians.iter().zip(keys).map(|(custodian, key)| {
        let standing = match key {
            KeyState::Held if view.phase == Phase::Open => "holds its key".to_owned(),
            KeyState::Held => format!(
                "STILL HOLDS its key: `mandorla round close {} --round {}` has it destroyed",
                view.charter.terms().name,
                view.round.order().number
            ),
            KeyState::Destroyed(destruction) => {
                format!("states that it destroyed its key {}", print::time(destruction.destroyed))
            }
            KeyState::Unknown(error) => format!("GIVES NO STATEMENT that its key is gone: {error}"),
        };
        [who(&custodian.card), standing]
    }))
}

fn who(card: &CardCore) -> String {
    format!("{} ({})", card.name(), card.role())
}

fn times(view: &RoundView, now: u64) -> String {
    let order = view.round.order();
    let row = |what: &str, due: u64, passed: bool, remark: &str| {
        let when = if passed && now < due { "came early".to_owned() } else { print::from_now(now, due) };
        [what.to_owned(), print::time(due), format!("({when}){remark}")]
    };
    let moved = match view.round.close() - order.close {
        0 => String::new(),
        later => format!(" moved by {} h", later.div_ceil(3600)),
    };
    let (closed, purged) = (view.phase >= Phase::Closed, view.phase >= Phase::Purged);
    print::columns([
        row("opened", order.opened, false, ""),
        row("close", view.round.close(), closed, &moved),
        row("last answer", order.last_answer, purged, ""),
        row("purge", order.purge, purged, ""),
    ])
}

fn withdrawn(list: &Withdrawn) -> &'static str {
    if list.asked {
        "had a list, which is withdrawn or expired; had asked"
    } else {
        "had a list, which is withdrawn or expired"
    }
}

fn standing(list: Option<&Published>, phase: Phase) -> String {
    let Some(list) = list else {
        let text = match phase {
            Phase::Open => "has not published",
            Phase::Closed => "did not publish",
            // Who published went with the lists.
            Phase::Purged => "",
        };
        return text.to_owned();
    };
    let number = if list.number > 1 { format!(" (list {})", list.number) } else { String::new() };
    let asked = match (phase, list.asked) {
        (Phase::Open, _) => "",
        (_, true) => ", has asked",
        (_, false) => ", has not asked",
    };
    format!("published{number}{asked}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::fixture::Fixture;
    use crate::round::Extension;

    const OPENED: u64 = 1_795_356_180;

    fn list(member: usize, number: u32, asked: bool) -> Published {
        Published { member, number, asked }
    }

    #[test]
    fn an_open_round() {
        let view = Fixture::new().view(OPENED, Phase::Open, vec![list(0, 1, false), list(1, 2, false)]);
        assert_eq!(
            render(&view, &[], OPENED + 7200),
            "election-2026, round 1 is open\n\
             \x20 opened       2026-11-22 14:03 UTC  (2 h ago)\n\
             \x20 close        2026-11-23 14:03 UTC  (in 22 h)\n\
             \x20 last answer  2026-11-26 14:03 UTC  (in 4 days)\n\
             \x20 purge        2026-11-26 14:03 UTC  (in 4 days)\n\
             \n\
             \x20 Northwind Social (company)  published           this home\n\
             \x20 Harbour Mail (company)      published (list 2)\n\
             \x20 Agency A (agency)           has not published\n"
        );
    }

    #[test]
    fn a_round_whose_close_was_moved() {
        let fixture = Fixture::new();
        let mut view = fixture.view(OPENED, Phase::Open, Vec::new());
        let mut signed = view.round.signed().clone();
        signed.extension =
            Some(Extension::sign(view.round.hash(), view.round.close() + 7200, fixture.homes[0].signing_key()));
        view.round = signed.verify(&view.charter).unwrap();
        let text = render(&view, &[], OPENED);
        assert!(text.contains("close        2026-11-23 16:03 UTC  (in 26 h) moved by 2 h"), "{text}");
    }

    #[test]
    fn who_asked_and_vanished_is_seen() {
        let mut view = Fixture::new().view(OPENED, Phase::Closed, vec![list(0, 1, true)]);
        view.withdrawn =
            vec![Withdrawn { member: 1, number: 1, asked: true }, Withdrawn { member: 2, number: 3, asked: false }];
        let text = render(&view, &[], OPENED + 7200);
        assert!(
            text.contains("Harbour Mail (company)      had a list, which is withdrawn or expired; had asked\n"),
            "{text}"
        );
        assert!(text.contains("Agency A (agency)           had a list, which is withdrawn or expired\n"), "{text}");
    }

    #[test]
    fn of_a_purged_round_nobody_knows_who_published() {
        let text = render(&Fixture::new().view(OPENED, Phase::Purged, Vec::new()), &[], OPENED + 7200);
        assert!(text.contains("Harbour Mail (company)") && !text.contains("publish"), "{text}");
    }

    #[test]
    fn a_round_closed_early() {
        let view = Fixture::new().view(OPENED, Phase::Closed, vec![list(0, 1, true), list(1, 1, false)]);
        let text = render(&view, &[], OPENED + 7200);
        for part in [
            "round 1 is closed",
            "2026-11-23 14:03 UTC  (came early)",
            "published, has asked",
            "published, has not asked",
            "did not publish",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
