//! Tables as text and CSV, and plots as SVG. Pure: figures go in, bytes for a file come out.

mod csv;
mod plot;
mod text;

pub use csv::csv;
pub use plot::{Plot, Series, Shape, svg};
pub use text::text;

/// A table; each column says its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub title: String,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    Count(u64),
    /// With so many digits behind the point.
    Number(f64, usize),
    /// From 0 to 1; printed as percent with one digit.
    Share(f64),
    /// Hundredths of a percent or of a mark, printed with two digits.
    BasisPoints(i64),
    /// There is no such figure.
    None,
}

impl Cell {
    /// The same bytes for the same value, on every machine.
    pub fn print(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number, digits) => format!("{number:.digits$}"),
            Self::Share(share) => format!("{:.1}", share * 100.0),
            Self::BasisPoints(points) => {
                let sign = if *points < 0 { "-" } else { "" };
                let points = points.unsigned_abs();
                format!("{sign}{}.{:02}", points / 100, points % 100)
            }
            Self::None => String::new(),
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}
