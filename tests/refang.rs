//! Pairs of lines that others defanged, and what they were. `MANDORLA_REAL_DATA` names the folder.

use std::fs;
use std::path::Path;

use mandorla::indicator::{Indicator, Rejection};

#[test]
fn each_defanged_line_is_the_indicator_that_it_was() {
    let Some(folder) = std::env::var_os("MANDORLA_REAL_DATA") else {
        println!("skipped: MANDORLA_REAL_DATA names no folder");
        return;
    };
    let text =
        |name: &str| fs::read_to_string(Path::new(&folder).join("refang").join(name)).expect("the folder has it");
    let (defanged, fanged) = (text("sample_text_defanged.txt"), text("sample_text_fanged.txt"));
    let pairs: Vec<(&str, &str)> = defanged.lines().zip(fanged.lines()).collect();
    assert_eq!((pairs.len(), defanged.lines().count(), fanged.lines().count()), (1_017, 1_017, 1_017));
    for (number, (defanged, fanged)) in (1..).zip(pairs) {
        let (read, was) = (Indicator::detect(defanged), Indicator::detect(fanged));
        assert!(read == was, "line {number}");
        // What is no indicator is so on both sides: an empty line between two parts of the list.
        assert!(was.is_ok() || was == Err(Rejection::Empty), "line {number}: {was:?}");
    }
}
