//! Noise for counts: `P(Z = z) = (e^ε − 1) / (e^ε + 1) · e^(−ε·|z|)` for every whole number z, the discrete Laplace (two-sided
//! geometric) distribution with parameter ε. One indicator more or less in a holder's list changes a count by one, so a
//! count with this noise is ε-differentially private with regard to each indicator of the holder.
//!
//! Sampled exactly, in whole numbers: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy" (2020),
//! algorithm 2, and its algorithm 1 for coins that fall with probability e^(−γ). Floating point would leave gaps between
//! the values, which tell of the count under them (Mironov 2012).

use zeroize::Zeroize;

use crate::secret::Secret;

const NOISE: &[u8] = b"mandorla/1 count noise";
/// ε is counted in parts of one thousand.
const PARTS: u64 = 1000;

/// Uniform bits: `BLAKE3-keyed(key, "mandorla/1 count noise")`, as many as are asked for. Who knows the key knows the noise.
pub struct Bits(blake3::OutputReader);

impl Bits {
    /// The bits of a key, which is used for nothing else and drawn afresh for each count.
    pub fn new(key: &Secret<32>) -> Self {
        Self(blake3::Hasher::new_keyed(key.expose()).update(NOISE).finalize_xof())
    }

    /// One of 0, …, `bound` − 1, each as likely as the others. The first 2^64 mod `bound` words would favour some: they are
    /// drawn again.
    fn below(&mut self, bound: u64) -> u64 {
        let uneven = bound.wrapping_neg() % bound;
        loop {
            let mut word = [0; 8];
            self.0.fill(&mut word);
            let drawn = u64::from_le_bytes(word);
            word.zeroize();
            if drawn >= uneven {
                return drawn % bound;
            }
        }
    }

    /// True with probability `e^(−numerator / denominator)`, for fractions up to one: algorithm 1.
    fn exp_minus(&mut self, numerator: u64, denominator: u64) -> bool {
        let mut k = 1;
        while self.below(denominator * k) < numerator {
            k += 1;
        }
        k % 2 == 1
    }
}

impl Drop for Bits {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// One sample, for an ε of so many thousandths: algorithm 2 with s = `thousandths` and t = 1,000. A charter's ε is never
/// zero, which would be noise without bound; it is taken for the least, one thousandth.
pub fn laplace(thousandths: u32, bits: &mut Bits) -> i64 {
    let epsilon = u64::from(thousandths.max(1));
    loop {
        let part = bits.below(PARTS);
        if !bits.exp_minus(part, PARTS) {
            continue;
        }
        let mut whole = 0;
        while bits.exp_minus(1, 1) {
            whole += 1;
        }
        let magnitude = ((part + PARTS * whole) / epsilon) as i64;
        let negative = bits.below(2) == 1;
        match (negative, magnitude) {
            // Zero has no sign: it would come twice as often.
            (true, 0) => {}
            (true, _) => return -magnitude,
            (false, _) => return magnitude,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use static_assertions::assert_not_impl_any;

    use super::*;

    assert_not_impl_any!(Bits: std::fmt::Debug, Clone, serde::Serialize);

    const SAMPLES: u32 = 100_000;

    fn bits(seed: u8) -> Bits {
        Bits::new(&Secret::new([seed; 32]))
    }

    /// How often each value came.
    fn drawn(thousandths: u32, seed: u8) -> BTreeMap<i64, u32> {
        let (mut bits, mut drawn) = (bits(seed), BTreeMap::new());
        for _ in 0..SAMPLES {
            *drawn.entry(laplace(thousandths, &mut bits)).or_default() += 1;
        }
        drawn
    }

    /// `P(Z = z)`.
    fn probability(thousandths: u32, z: i64) -> f64 {
        let epsilon = f64::from(thousandths) / 1000.0;
        (epsilon.exp() - 1.0) / (epsilon.exp() + 1.0) * (-epsilon * z.abs() as f64).exp()
    }

    /// `P(Z > z)` for z ≥ 0, and by symmetry `P(Z < −z)`.
    fn tail(thousandths: u32, z: i64) -> f64 {
        let epsilon = f64::from(thousandths) / 1000.0;
        (-epsilon * z as f64).exp() / (epsilon.exp() + 1.0)
    }

    /// Pearson's test over all values that are expected 20 times or more, and the two tails as one value each.
    #[test]
    fn samples_are_distributed_as_the_formula_says() {
        for (seed, thousandths) in (1..).zip([1, 100, 250, 1000, 1500, 3000, 8000]) {
            let drawn = drawn(thousandths, seed);
            let expected = |probability: f64| probability * f64::from(SAMPLES);
            let last = (0..).find(|z| expected(tail(thousandths, *z)) < 20.0).unwrap();
            let found = |from: i64, to: i64| f64::from(drawn.range(from..=to).map(|(_, times)| times).sum::<u32>());
            let values = (-last..=last).map(|z| (found(z, z), expected(probability(thousandths, z))));
            let beyond = expected(tail(thousandths, last));
            let tails = [(found(i64::MIN, -last - 1), beyond), (found(last + 1, i64::MAX), beyond)];
            // Rare values of a wide distribution stand together, so that each cell is expected often enough.
            let mut cells = vec![(0.0, 0.0)];
            for (found, expected) in values.chain(tails) {
                let cell = cells.last_mut().unwrap();
                *cell = (cell.0 + found, cell.1 + expected);
                if cell.1 >= 20.0 {
                    cells.push((0.0, 0.0));
                }
            }
            cells.retain(|cell| cell.1 >= 20.0);
            let chi_square: f64 = cells.iter().map(|(found, expected)| (found - expected).powi(2) / expected).sum();
            let freedom = cells.len() as f64 - 1.0;
            // Five sigma: an exact sampler misses it once in a million keys, and the key of this test is fixed.
            let most = freedom + 5.0 * (2.0 * freedom).sqrt();
            assert!(chi_square < most, "ε {thousandths}/1000: {chi_square:.1} with {freedom} degrees of freedom");
        }
    }

    #[test]
    fn both_signs_are_as_likely_and_the_mean_is_zero() {
        for (seed, thousandths) in (11..).zip([50, 1000]) {
            let drawn = drawn(thousandths, seed);
            let sum: i64 = drawn.iter().map(|(z, times)| z * i64::from(*times)).sum();
            // Variance 2·e^ε / (e^ε − 1)².
            let e = (f64::from(thousandths) / 1000.0).exp();
            let sigma = (2.0 * e / (e - 1.0).powi(2) * f64::from(SAMPLES)).sqrt();
            assert!((sum as f64).abs() < 5.0 * sigma, "ε {thousandths}/1000: sum {sum}");
        }
    }

    #[test]
    fn a_key_gives_the_same_noise_again_and_another_key_other_noise() {
        let noise = |seed| (0..64).scan(bits(seed), |bits, _| Some(laplace(200, bits))).collect::<Vec<_>>();
        assert_eq!(noise(1), noise(1));
        assert_ne!(noise(1), noise(2));
    }

    #[test]
    fn the_ends_of_the_scale() {
        assert!((0..1000).scan(bits(1), |bits, _| Some(laplace(u32::MAX, bits))).all(|noise| noise == 0));
        let widest = drawn(0, 7);
        assert!(widest.len() > 1000 && widest == drawn(1, 7), "zero is taken for the least");
    }

    /// `below` favours nobody, also where the bound is no power of two.
    #[test]
    fn fair_dice() {
        let mut bits = bits(3);
        let mut times = [0u32; 6];
        for _ in 0..60_000 {
            times[bits.below(6) as usize] += 1;
        }
        assert!(times.iter().all(|times| times.abs_diff(10_000) < 500), "{times:?}");
        assert!((0..100).all(|_| bits.below(1) == 0));
    }
}
