//! Progress bars on standard error. indicatif draws none where that is no terminal.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::client::Progress;

/// Fits 80 columns with five digits of shards.
const TEMPLATE: &str = "{msg:>10} [{bar:28}] {percent:>3} % of {len} {prefix}, {eta} to go";

/// One bar at a time, gone when its work is done.
#[derive(Default)]
pub(super) struct Bars(Mutex<Option<ProgressBar>>);

impl Bars {
    fn replace(&self, bar: Option<ProgressBar>) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = std::mem::replace(&mut *current, bar) {
            old.finish_and_clear();
        }
    }
}

impl Progress for Bars {
    fn begin(&self, what: &'static str, count: u64, unit: &'static str) {
        let style = ProgressStyle::with_template(TEMPLATE).expect("the template is well-formed");
        let bar = ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::stderr());
        self.replace(Some(bar.with_style(style.progress_chars("=> ")).with_message(what).with_prefix(unit)));
    }

    fn step(&self, count: u64) {
        if let Some(bar) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(count);
        }
    }

    fn end(&self) {
        self.replace(None);
    }
}

/// An error may end the work halfway: the bar must not stay over the message.
impl Drop for Bars {
    fn drop(&mut self) {
        self.replace(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_follow_each_other() {
        let bars = Bars::default();
        bars.step(1);
        bars.begin("sealing", 4, "shards");
        bars.step(3);
        bars.begin("publishing", 4, "shards");
        let position = |bars: &Bars| bars.0.lock().unwrap().as_ref().map(ProgressBar::position);
        assert_eq!(position(&bars), Some(0));
        bars.step(2);
        assert_eq!(position(&bars), Some(2));
        bars.end();
        assert_eq!(position(&bars), None);
    }
}
