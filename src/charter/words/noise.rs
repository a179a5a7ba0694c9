//! The noise in counts, and its budget, with their numbers.

use super::Effect;
use super::learns::effect;
use crate::charter::Terms;

/// Sentences on the noise in counts; none if the charter counts for nobody.
///
/// The noise is discrete Laplace, `P(k) = (1 - a) / (1 + a) · a^|k|` with `a = e^-epsilon`, so that one indicator more or
/// less in a list makes no figure more than `e^epsilon` times likelier. `P(|k| > t) = 2 a^(t + 1) / (1 + a)`, and the
/// standard deviation is `√(2a) / (1 - a)`.
pub fn noise(terms: &Terms) -> Vec<String> {
    let places = || 0..terms.members.len();
    let mut pairs = places().flat_map(|holder| places().map(move |reader| (holder, reader)));
    if !pairs.any(|(holder, reader)| holder != reader && effect(terms, holder, reader) == Effect::Count) {
        return Vec::new();
    }
    let (epsilon, rounds) = (terms.epsilon, terms.counted_rounds());
    let (budget, off) = (terms.epsilon_budget, usually_off(epsilon.as_f64()));
    let mut sentences = vec![
        "A count is the true number and noise, drawn once for each round and pair and kept, so that asking again gives the same. \
         It may come out below zero."
            .to_owned(),
        match off {
            0 => format!("With epsilon {epsilon}, 19 of 20 counts are exactly right: that is hardly any noise."),
            off => format!("With epsilon {epsilon}, 19 of 20 counts are off by at most {}.", super::thousands(off)),
        },
    ];
    sentences.push(match rounds {
        1 => format!("A round spends {epsilon} of a budget of {budget} for each pair: there is one count, then none."),
        more => format!(
            "A round spends {epsilon} of a budget of {budget} for each pair: there are at most {} counts, then none. Whoever shows the same \
             list in all of them can take the average, which is off by about {}: the budget is what keeps it from being exact.",
            super::thousands(u64::from(more)),
            average_off(epsilon.as_f64(), more)
        ),
    });
    sentences.push(
        "The budget is this charter's: an amendment, which all its members sign, begins with a new one.".to_owned(),
    );
    sentences
}

/// What 19 of 20 draws do not go beyond: the least `t` with `2 a^(t + 1) / (1 + a) ≤ 1/20`.
pub(crate) fn usually_off(epsilon: f64) -> u64 {
    let a = (-epsilon).exp();
    let least = ((1.0 + a) / 40.0).ln() / -epsilon - 1.0;
    least.max(0.0).ceil() as u64
}

/// The standard deviation of the mean of so many draws, in a figure or two.
fn average_off(epsilon: f64, rounds: u32) -> String {
    let a = (-epsilon).exp();
    let deviation = (2.0 * a).sqrt() / (1.0 - a) / f64::from(rounds).sqrt();
    match deviation {
        large if large >= 10.0 => format!("{large:.0}"),
        medium if medium >= 0.1 => format!("{medium:.1}"),
        _ => "less than 0.1".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the sum over the distribution itself.
    #[test]
    fn nineteen_of_twenty() {
        for (epsilon, expected) in [(0.001, 2996), (0.1, 30), (0.5, 6), (1.0, 3), (2.0, 1), (4.0, 0), (100.0, 0)] {
            assert_eq!(usually_off(epsilon), expected, "{epsilon}");
            let a: f64 = f64::exp(-epsilon);
            let within = |t: u64| (1.0 - a) / (1.0 + a) * (1.0 + 2.0 * (1..=t).map(|k| a.powf(k as f64)).sum::<f64>());
            assert!(within(expected) >= 0.95, "{epsilon}: {}", within(expected));
            assert!(expected == 0 || within(expected - 1) < 0.95, "{epsilon}: {}", within(expected - 1));
        }
    }

    #[test]
    fn averages() {
        assert_eq!(average_off(1.0, 30), "0.2");
        assert_eq!(average_off(0.001, 30), "258");
        assert_eq!(average_off(100.0, 1000), "less than 0.1");
    }
}
