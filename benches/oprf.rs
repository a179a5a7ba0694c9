//! The oblivious PRF, a batch of 4,096, beside the `voprf` crate's batched path in the same run.
//!
//! `cargo bench --no-default-features --bench oprf`. Criterion prints each step's throughput in elements a second. At the
//! end the two run in turns, so that a noisy machine is noisy for both, and the best of each is shown in µs an element with
//! the ratio. Our steps take bytes and give bytes; the crate's do not, so what its elements cost to encode and decode,
//! which every use over a network pays, has a line of its own.
//!
//! Half of the time goes away where the processor has AVX-512 IFMA and curve25519-dalek 5 may use it. The repository's
//! `.cargo/config.toml` allows it, in one binary that finds out when it starts. `RUSTFLAGS="-C debuginfo=0"` takes that setting's
//! place and measures without; `RUSTFLAGS="-C target-cpu=native"` builds both for this processor alone.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mandorla::oprf::{Blinding, Elements, Evaluated, MAX_BATCH, PrivateKey};
use mandorla::secret::Secret;
use rand_core::OsRng;
use voprf::{BlindedElement, EvaluationElement, Proof, Ristretto255, VoprfClient, VoprfServer};

/// How often each step of the summary runs.
const TURNS: usize = 7;

fn inputs() -> Vec<Vec<u8>> {
    (0..MAX_BATCH).map(|n| format!("mandorla/1 oprf input host-{n}.some-longer-name.example").into_bytes()).collect()
}

/// Our three steps, as the two sides call them.
mod ours {
    use super::*;

    pub(super) fn blind(inputs: &[Vec<u8>]) -> Blinding {
        Blinding::new(&Secret::random(), inputs.to_vec()).expect("they fit")
    }

    pub(super) fn evaluate(key: &PrivateKey, blinded: &[u8]) -> Evaluated {
        key.evaluate(&Elements::try_from(blinded).expect("they are elements"))
    }

    pub(super) fn finalize(key: &PrivateKey, blinding: &Blinding, answer: &Evaluated) -> Vec<Secret<64>> {
        blinding.finalize(&key.public(), &answer.elements, &answer.proof).expect("the proof holds")
    }
}

/// The crate's.
mod theirs {
    use super::*;

    pub(super) type Blinded = (Vec<VoprfClient<Ristretto255>>, Vec<BlindedElement<Ristretto255>>);
    pub(super) type Answer = (Vec<EvaluationElement<Ristretto255>>, Proof<Ristretto255>);

    pub(super) fn blind(inputs: &[Vec<u8>]) -> Blinded {
        let blind = |input: &Vec<u8>| {
            let blinded = VoprfClient::<Ristretto255>::blind(input, &mut OsRng).expect("it fits");
            (blinded.state, blinded.message)
        };
        inputs.iter().map(blind).unzip()
    }

    pub(super) fn evaluate(server: &VoprfServer<Ristretto255>, blinded: &Vec<BlindedElement<Ristretto255>>) -> Answer {
        let result = server.batch_blind_evaluate(&mut OsRng, blinded).expect("they fit");
        (result.messages, result.proof)
    }

    pub(super) fn finalize(
        inputs: &[Vec<u8>],
        server: &VoprfServer<Ristretto255>,
        clients: &Vec<VoprfClient<Ristretto255>>,
        (elements, proof): &Answer,
    ) {
        let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
        let key = server.get_public_key();
        let outputs = VoprfClient::batch_finalize(&inputs, clients, elements, proof, key).expect("the proof holds");
        for output in outputs {
            black_box(output.expect("it fits"));
        }
    }

    /// Elements to bytes and back, both ways.
    pub(super) fn carry(blinded: &[BlindedElement<Ristretto255>], evaluated: &[EvaluationElement<Ristretto255>]) {
        for element in blinded {
            black_box(BlindedElement::<Ristretto255>::deserialize(&element.serialize()).expect("it is one"));
        }
        for element in evaluated {
            black_box(EvaluationElement::<Ristretto255>::deserialize(&element.serialize()).expect("it is one"));
        }
    }
}

fn steps(c: &mut Criterion) {
    let inputs = inputs();
    let mut group = c.benchmark_group("oprf");
    group.throughput(Throughput::Elements(MAX_BATCH as u64)).sample_size(10);

    let (key, blinding) = (PrivateKey::random(), ours::blind(&inputs));
    let answer = ours::evaluate(&key, blinding.elements());
    group.bench_function("blind", |b| b.iter(|| ours::blind(&inputs)));
    group.bench_function("evaluate and prove", |b| b.iter(|| ours::evaluate(&key, blinding.elements())));
    group.bench_function("verify and finalise", |b| b.iter(|| ours::finalize(&key, &blinding, &answer)));

    let server = VoprfServer::<Ristretto255>::new(&mut OsRng).expect("there are random bytes");
    let (clients, blinded) = theirs::blind(&inputs);
    let answer = theirs::evaluate(&server, &blinded);
    group.bench_function("voprf crate: blind", |b| b.iter(|| theirs::blind(&inputs)));
    group.bench_function("voprf crate: evaluate and prove", |b| b.iter(|| theirs::evaluate(&server, &blinded)));
    group.bench_function("voprf crate: verify and finalise", |b| {
        b.iter(|| theirs::finalize(&inputs, &server, &clients, &answer))
    });
    group.finish();
}

fn best<T>(of: &mut Duration, step: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = black_box(step());
    *of = start.elapsed().min(*of);
    result
}

fn summary(_: &mut Criterion) {
    let inputs = inputs();
    let key = PrivateKey::random();
    let server = VoprfServer::<Ristretto255>::new(&mut OsRng).expect("there are random bytes");
    let [mut blind, mut evaluate, mut finalize] = [Duration::MAX; 3];
    let [mut their_blind, mut their_evaluate, mut their_finalize, mut carry] = [Duration::MAX; 4];
    for _ in 0..TURNS {
        let blinding = best(&mut blind, || ours::blind(&inputs));
        let (clients, blinded) = best(&mut their_blind, || theirs::blind(&inputs));
        let answer = best(&mut evaluate, || ours::evaluate(&key, blinding.elements()));
        let their_answer = best(&mut their_evaluate, || theirs::evaluate(&server, &blinded));
        best(&mut finalize, || ours::finalize(&key, &blinding, &answer));
        best(&mut their_finalize, || theirs::finalize(&inputs, &server, &clients, &their_answer));
        best(&mut carry, || theirs::carry(&blinded, &their_answer.0));
    }
    let (ours, theirs) = (blind + evaluate + finalize, their_blind + their_evaluate + their_finalize);
    let rows = [
        ("blind", blind, their_blind),
        ("evaluate and prove", evaluate, their_evaluate),
        ("verify and finalise", finalize, their_finalize),
        ("in all", ours, theirs),
        ("in all, its bytes too", ours, theirs + carry),
    ];
    let each = |time: Duration| time.as_secs_f64() * 1e6 / MAX_BATCH as f64;
    println!("{:22} {:>10} {:>12} {:>6}", "µs an element", "mandorla", "voprf crate", "ratio");
    for (name, ours, theirs) in rows {
        println!("{name:22} {:10.2} {:12.2} {:6.3}", each(ours), each(theirs), each(ours) / each(theirs));
    }
}

criterion_group!(benches, steps, summary);
criterion_main!(benches);
