//! Who shares how much with whom, as the reports say.

use crate::charter::{Level, Terms};
use crate::report::Report;

/// Where the whole of it is written.
pub(super) const FILE: &str = "matrix.csv";
/// Members whose columns fit into a terminal.
pub(super) const FITS: usize = 10;

/// How many of each reader's indicators each holder has.
pub(super) struct Matrix<'a> {
    terms: &'a Terms,
    reports: &'a [Report],
}

impl<'a> Matrix<'a> {
    /// Of the reports of all members, by place.
    pub(super) fn new(terms: &'a Terms, reports: &'a [Report]) -> Self {
        Self { terms, reports }
    }

    fn shared(&self, holder: usize, reader: usize) -> usize {
        let name = self.terms.members[holder].name();
        let holds = |overlap: &&crate::report::Overlap| overlap.holders.iter().any(|holder| holder.name == name);
        self.reports[reader].overlaps.iter().filter(holds).count()
    }

    /// `-` for itself, `·` where the charter hides the holder.
    fn cell(&self, holder: usize, reader: usize) -> String {
        match self.terms.level(holder, reader) {
            _ if holder == reader => "-".to_owned(),
            // The demo's charter has no other levels.
            Level::None | Level::Count | Level::Anonymous => "·".to_owned(),
            Level::Named => self.shared(holder, reader).to_string(),
        }
    }

    /// A row a holder, a column a reader, under a row of the readers' numbers.
    pub(super) fn rows(&self) -> Vec<String> {
        let places = || 0..self.terms.members.len();
        let row = |label: String, cell: &dyn Fn(usize) -> String| {
            places().fold(format!("{label:<20}"), |row, reader| row + &format!("{:>5}", cell(reader)))
        };
        let head = row(String::new(), &|reader| (reader + 1).to_string());
        let holders = places().map(|holder| {
            let label = format!("{} {}", holder + 1, self.terms.members[holder].name());
            row(label, &|reader| self.cell(holder, reader))
        });
        let any = row("by one or more".to_owned(), &|reader| self.reports[reader].overlaps.len().to_string());
        [head].into_iter().chain(holders).chain([any]).collect()
    }

    /// The same for a spreadsheet, with names, and with the charter's word `none` where it hides the holder.
    pub(super) fn to_csv(&self) -> String {
        let names: Vec<&str> = self.terms.members.iter().map(|member| member.name()).collect();
        let rows = names.iter().enumerate().map(|(holder, name)| {
            let cells = (0..names.len()).map(|reader| self.cell(holder, reader).replace('·', "none"));
            [(*name).to_owned()].into_iter().chain(cells).collect::<Vec<_>>().join(",") + "\n"
        });
        format!("holder,{}\n{}", names.join(","), rows.collect::<String>())
    }
}
