//! The steps from text to an indicator, for people who want to know why a value reads as it does.

use super::{Country, Field, Kind, Reading, Rejection, prepare};

/// What a value became at each step that changed it, in order: the step in words, and the text after it. The reading comes
/// from [`Field::read`] itself. Where it is a credential, no step is shown: its secret would be.
pub fn steps(
    field: &Field,
    raw: &str,
    country: Option<Country>,
) -> (Vec<(&'static str, String)>, Result<Reading, Rejection>) {
    let reading = field.read(raw, country);
    let secret = |kind| kind == Kind::Credential;
    let is_secret = matches!(field, Field::Kind(kind) if secret(*kind))
        || reading.as_ref().is_ok_and(|reading| secret(reading.indicator.kind()));
    if is_secret {
        return (Vec::new(), reading);
    }
    let is_verbatim = reading.as_ref().is_ok_and(|reading| reading.indicator.kind().is_verbatim());
    let mut steps = changes(raw, !is_verbatim);
    if let Ok(reading) = &reading {
        steps.push(("kind", decided(field, reading.indicator.kind())));
        steps.push(("canonical", reading.indicator.value().to_owned()));
    }
    (steps, reading)
}

fn changes(raw: &str, refanged: bool) -> Vec<(&'static str, String)> {
    let mut steps = vec![("written", raw.to_owned())];
    let trimmed = prepare::trim(raw);
    let mut push = |step, text: &str| {
        if steps.last().is_some_and(|(_, before)| before != text) {
            steps.push((step, text.to_owned()));
        }
    };
    push("trimmed", trimmed);
    // What cannot be prepared is refused, and stays as it is.
    let Ok(visible) = prepare::visible(trimmed) else { return steps };
    push("visible", &visible);
    if refanged && let Ok(prepared) = prepare::prepare(trimmed) {
        push("refanged", &prepared);
    }
    steps
}

fn decided(field: &Field, kind: Kind) -> String {
    match field {
        Field::Any => format!("{kind}, by its form"),
        Field::Kind(named) if *named == kind => format!("{kind}, as named"),
        Field::Kind(named) => format!("{kind}, by its form ({named} was named)"),
        _ => format!("{kind}, as named"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(field: &Field, raw: &str) -> Vec<String> {
        steps(field, raw, None).0.into_iter().map(|(step, text)| format!("{step} {text}")).collect()
    }

    #[test]
    fn only_what_changed_is_a_step() {
        assert_eq!(
            shown(&Field::Any, " hxxps://EVIL[.]exam\u{200B}ple/Path\u{A0}"),
            [
                "written  hxxps://EVIL[.]exam\u{200B}ple/Path\u{A0}",
                "trimmed hxxps://EVIL[.]exam\u{200B}ple/Path",
                "visible hxxps://EVIL[.]example/Path",
                "refanged https://EVIL.example/Path",
                "kind url, by its form",
                "canonical https://evil.example/Path",
            ]
        );
        let domain = Field::Kind(Kind::Domain);
        assert_eq!(shown(&domain, "a.example"), ["written a.example", "kind domain, as named", "canonical a.example"]);
        assert_eq!(shown(&domain, "192.0.2.1")[1], "kind ipv4, by its form (domain was named)");
        assert_eq!(shown(&Field::Any, "no such thing"), ["written no such thing"]);
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert!(shown(&Field::Kind(Kind::Credential), "a@b.example:secret").is_empty());
    }
}
