//! Whose turn it is to have something computed: as many at once as the machine has cores, and nobody takes all the places in the
//! queue.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::transport::Pin;

/// How long a batch waits for its turn at most.
const WAIT: Duration = Duration::from_secs(30);

/// Turns for computations that take a core for a good part of a second.
pub(super) struct Turns {
    wait: Duration,
    all: Arc<Semaphore>,
    /// Of each peer as many wait for a core as there are cores, the rest behind them: so one that sends batches without end
    /// has a place in the queue, and does not fill it.
    each: HashMap<Pin, Arc<Semaphore>>,
}

/// A turn, until it is dropped.
pub(super) struct Turn {
    _own: OwnedSemaphorePermit,
    _core: OwnedSemaphorePermit,
}

impl Turns {
    /// For these peers, on this machine.
    pub(super) fn new(peers: impl Iterator<Item = Pin>) -> Self {
        Self::on(available_parallelism().map_or(1, usize::from), WAIT, peers)
    }

    fn on(cores: usize, wait: Duration, peers: impl Iterator<Item = Pin>) -> Self {
        let places = || Arc::new(Semaphore::new(cores));
        Self { wait, all: places(), each: peers.map(|peer| (peer, places())).collect() }
    }

    /// A peer's turn; `None` if it does not come in time.
    pub(super) async fn take(&self, peer: Pin) -> Option<Turn> {
        let own = self.each.get(&peer)?.clone();
        let turn = async {
            let own = own.acquire_owned().await.ok()?;
            Some(Turn { _own: own, _core: self.all.clone().acquire_owned().await.ok()? })
        };
        timeout(self.wait, turn).await.ok()?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(50);
    const FLOOD: Pin = Pin([1; 32]);
    const OTHER: Pin = Pin([2; 32]);

    #[tokio::test]
    async fn whoever_waits_too_long_is_told() {
        let turns = Turns::on(2, PATIENCE, [FLOOD, OTHER].into_iter());
        let both = (turns.take(FLOOD).await.unwrap(), turns.take(FLOOD).await.unwrap());
        assert!(turns.take(FLOOD).await.is_none() && turns.take(OTHER).await.is_none(), "there are two cores");
        drop(both);
        assert!(turns.take(OTHER).await.is_some());
        assert!(turns.take(Pin([3; 32])).await.is_none(), "a stranger has no turn");
    }

    #[tokio::test]
    async fn one_that_floods_delays_nobody_for_long() {
        let turns = Arc::new(Turns::on(1, Duration::from_secs(60), [FLOOD, OTHER].into_iter()));
        let first = turns.take(FLOOD).await.unwrap();
        let had = Arc::new(AtomicU32::new(0));
        for _ in 0..100 {
            let (turns, had) = (turns.clone(), had.clone());
            tokio::spawn(async move {
                let _turn = turns.take(FLOOD).await.unwrap();
                had.fetch_add(1, Ordering::SeqCst);
            });
        }
        tokio::task::yield_now().await;
        let other = tokio::spawn({
            let (turns, had) = (turns.clone(), had.clone());
            async move { turns.take(OTHER).await.map(|_turn| had.load(Ordering::SeqCst)) }
        });
        tokio::task::yield_now().await;
        drop(first);
        let before = other.await.unwrap().unwrap();
        assert!(before <= 2, "the other's turn came before the flood's end: {before} were before it");
    }
}
