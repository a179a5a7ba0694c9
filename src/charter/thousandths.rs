//! Numbers with three decimals, which have one spelling in a charter's bytes.

use std::fmt;

/// A number in thousandths: `Thousandths(1500)` is 1.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thousandths(pub u32);

impl Thousandths {
    /// The nearest, if the number has no more than three decimals and is not negative or beyond the type.
    pub fn from_f64(number: f64) -> Option<Self> {
        let scaled = (number * 1000.0).round();
        let fits = (0.0..=f64::from(u32::MAX)).contains(&scaled);
        // A decimal in binary is off by a part in 10^16; what is off by more had more decimals.
        (fits && (number - scaled / 1000.0).abs() <= number.abs() * 1e-12).then_some(Self(scaled as u32))
    }

    /// The number.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

/// `0.5`, `30`
impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_three_decimals_and_no_others() {
        for (number, expected, text) in [
            (1.0, Some(1000), "1"),
            (0.001, Some(1), "0.001"),
            (0.1 + 0.2, Some(300), "0.3"),
            (30.125, Some(30_125), "30.125"),
            (4_294_967.295, Some(u32::MAX), "4294967.295"),
            (0.0, Some(0), "0"),
            (0.0001, None, ""),
            (1.0005, None, ""),
            (-1.0, None, ""),
            (4_294_968.0, None, ""),
            (f64::NAN, None, ""),
            (f64::INFINITY, None, ""),
        ] {
            let found = Thousandths::from_f64(number);
            assert_eq!(found, expected.map(Thousandths), "{number}");
            assert!(found.is_none_or(|found| found.to_string() == text), "{number}");
        }
    }
}
