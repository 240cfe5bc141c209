//! Tables as files hold them: a header and lines of text, and what is wrong with them.

use std::fmt;

use crate::domain::words;

/// Faults that are named; the rest are counted.
pub const FAULTS_LISTED_MAX: usize = 200;
/// Lines of one table.
pub const LINES_MAX: usize = 500_000;

/// One table as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// As faults name it: `posts.csv`, or `state.xlsx/posts`.
    pub file: String,
    /// Its name without folder and ending, in lower case: `posts`.
    pub table: String,
    pub header_line: u32,
    pub header: Vec<String>,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counts from 1, as an editor or a spreadsheet does.
    pub number: u32,
    pub cells: Vec<String>,
}

words! {
    /// The tables of the layout, in the order in which they build on one another.
    pub enum Table {
        Places = "places",
        Departments = "departments",
        Designations = "designations",
        Ladder = "ladder",
        Categories = "categories",
        Subcategories = "subcategories",
        Synonyms = "synonyms",
        Posts = "posts",
        Officers = "officers",
        Holders = "holders",
        Leave = "leave",
        Limits = "limits",
        Switches = "switches",
        Holidays = "holidays",
    }
}

impl Sheet {
    /// Takes the first line that holds anything as the header.
    #[must_use]
    pub fn headed(self) -> Self {
        let holds = |line: &Line| line.cells.iter().any(|cell| !cell.trim().is_empty());
        let at = self.lines.iter().position(holds).unwrap_or(0);
        self.headed_at(at)
    }

    /// Takes this line as the header; what stands above it is a title.
    #[must_use]
    pub fn headed_at(mut self, at: usize) -> Self {
        let mut lines = self.lines.into_iter().skip(at);
        if let Some(header) = lines.next() {
            self.header_line = header.number;
            self.header = header.cells;
        }
        Self { lines: lines.collect(), ..self }
    }
}

impl Table {
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Places => &["kind", "code", "parent", "key", "name_hi", "name_en"],
            Self::Departments => &["code", "name_hi", "name_en", "levels"],
            Self::Designations => &["code", "name_hi", "name_en"],
            Self::Ladder => &["department", "level", "designation"],
            Self::Categories => &["code", "department", "key", "name_hi", "name_en"],
            Self::Subcategories => &["code", "category", "name_hi", "name_en"],
            Self::Synonyms => &["category", "subcategory", "word"],
            Self::Posts => {
                &["code", "department", "category", "subcategory", "place", "level", "designation"]
            }
            Self::Officers => {
                &["login", "name_hi", "name_en", "mobile", "active_from", "active_until"]
            }
            Self::Holders => &["post", "login", "from", "until", "kind"],
            Self::Leave => &["login", "from", "until"],
            Self::Limits => &["department", "subcategory", "level", "days"],
            Self::Switches => &["name", "value"],
            Self::Holidays => &["date", "name_hi", "name_en"],
        }
    }

    pub fn file(self) -> String {
        format!("{self}.csv")
    }
}

/// One thing that is wrong, where it stands. Its reason never quotes a mobile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// 0: the file as a whole.
    pub line: u32,
    /// Empty: the line as a whole.
    pub column: String,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The first of them.
    pub listed: Vec<Fault>,
    pub count: usize,
}

impl Faults {
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn add(&mut self, file: &str, line: u32, column: &str, reason: impl Into<String>) {
        self.count += 1;
        if self.listed.len() < FAULTS_LISTED_MAX {
            self.listed.push(Fault {
                file: file.to_owned(),
                line,
                column: column.to_owned(),
                reason: reason.into(),
            });
        }
    }
}

/// `posts.csv:118: column place: there is no place district:999`
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.column.is_empty() {
            write!(f, ": column {}", self.column)?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// A header as it is compared: `Name Hi`, `name-hi` and `name_hi` are one.
pub fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
