//! A workbook before anything of it is kept: what it unpacks to, how many elements it holds and how deep, and that its cells
//! lie on a sheet. What it says of its own size is not believed.

use std::io::{self, BufReader, Cursor, Read};

use quick_xml::{Reader, events::BytesStart, events::Event};
use zip::ZipArchive;

use super::Error;

/// What a workbook may hold at most.
struct Most {
    /// Files inside it.
    files: u64,
    /// All that it unpacks to.
    bytes: u64,
    /// Elements of all its files: cells, values, shared strings.
    elements: u64,
    /// Elements inside one another.
    depth: u64,
}

/// A state's 55,000 villages are 30 MB and two million elements.
const MOST: Most = Most { files: 1_000, bytes: 128 * 1024 * 1024, elements: 8_000_000, depth: 64 };
/// As `XFD1048576`.
const LETTERS_MAX: usize = 3;
const DIGITS_MAX: usize = 7;

#[derive(Debug, Default)]
struct Taken {
    bytes: u64,
    elements: u64,
}

pub(super) fn check(bytes: &[u8]) -> Result<(), Error> {
    check_within(bytes, &MOST)
}

fn check_within(bytes: &[u8], most: &Most) -> Result<(), Error> {
    let wrong = |error: zip::result::ZipError| Error::Workbook(error.to_string());
    let mut files = ZipArchive::new(Cursor::new(bytes)).map_err(wrong)?;
    if files.len() as u64 > most.files {
        return Err(Error::Large { what: "files", max: most.files });
    }
    let mut taken = Taken::default();
    for n in 0..files.len() {
        check_file(files.by_index(n).map_err(wrong)?, &mut taken, most)?;
    }
    Ok(())
}

/// Read as the workbook's reader will read it; what is no XML is counted to its end.
fn check_file(file: impl Read, taken: &mut Taken, most: &Most) -> Result<(), Error> {
    let bounded = Bounded { inner: file, left: most.bytes - taken.bytes };
    let mut xml = Reader::from_reader(BufReader::new(bounded));
    let settings = xml.config_mut();
    settings.check_end_names = false;
    settings.expand_empty_elements = true;
    let (mut depth, mut event) = (0_u64, Vec::new());
    loop {
        event.clear();
        match xml.read_event_into(&mut event) {
            Ok(Event::Start(start)) => {
                depth += 1;
                taken.elements += 1;
                if depth > most.depth {
                    return Err(Error::Large { what: "levels of elements", max: most.depth });
                }
                if taken.elements > most.elements {
                    return Err(Error::Large { what: "elements", max: most.elements });
                }
                check_place(&start)?;
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    let mut rest = xml.into_inner();
    let drained = io::copy(&mut rest, &mut io::sink());
    let left = rest.get_ref().left;
    if left == 0 {
        return Err(Error::Large { what: "bytes", max: most.bytes });
    }
    drained.map_err(|error| Error::Workbook(error.to_string()))?;
    taken.bytes = most.bytes - left;
    Ok(())
}

/// A place that no sheet has would be reckoned with all the same.
fn check_place(start: &BytesStart<'_>) -> Result<(), Error> {
    for attribute in start.attributes().with_checks(false).flatten() {
        if !matches!(attribute.key.as_ref(), "r" | "ref") {
            continue;
        }
        let place: &str = attribute.value.as_ref();
        for part in place.split(|c: char| !c.is_ascii_alphanumeric()) {
            let letters = part.chars().take_while(char::is_ascii_alphabetic).count();
            if letters > LETTERS_MAX || part.len() - letters > DIGITS_MAX {
                return Err(Error::Workbook("a cell lies outside of every sheet".to_owned()));
            }
        }
    }
    Ok(())
}

/// Ends with an error when there is more.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("larger than is taken"));
        }
        let read = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    const FEW: Most = Most { files: 3, bytes: 1_000_000, elements: 1_000, depth: 10 };

    fn large(what: &'static str, max: u64) -> Result<(), Error> {
        Err(Error::Large { what, max })
    }

    fn checked(xml: &str) -> Result<(), Error> {
        check_within(&zipped(&[("xl/sharedStrings.xml", xml.as_bytes())]), &FEW)
    }

    #[test]
    fn a_few_kilobytes_that_unpack_to_more_than_is_taken_are_refused() {
        let half = vec![b' '; 500_000];
        let bomb = zipped(&[("a.xml", &half), ("b.xml", &half)]);
        assert!(bomb.len() < 3_000, "{}", bomb.len());

        assert_eq!(check_within(&bomb, &FEW), large("bytes", 1_000_000));
        assert_eq!(check_within(&zipped(&[("a.xml", &half)]), &FEW), Ok(()));
    }

    #[test]
    fn what_a_file_says_of_its_size_is_not_believed() {
        let mut bomb = zipped(&[("a.xml", &vec![b' '; 2_000_000])]);
        let said = 2_000_000_u32.to_le_bytes();
        for at in 0..bomb.len() - 4 {
            if bomb[at..at + 4] == said {
                bomb[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
            }
        }

        assert!(check_within(&bomb, &FEW).is_err());
    }

    #[test]
    fn shared_strings_without_end_are_refused() {
        let strings = |n| format!("<sst>{}</sst>", "<si/>".repeat(n));

        assert_eq!(checked(&strings(1_000)), large("elements", 1_000));
        assert_eq!(checked(&strings(999)), Ok(()));
    }

    #[test]
    fn elements_inside_one_another_without_end_are_refused() {
        assert_eq!(checked(&"<si>".repeat(11)), large("levels of elements", 10));
        assert_eq!(checked(&("<a>".repeat(10) + &"</a>".repeat(10))), Ok(()));
    }

    #[test]
    fn files_without_end_are_refused() {
        let files = [("1", &b""[..]), ("2", b""), ("3", b""), ("4", b"")];

        assert_eq!(check_within(&zipped(&files), &FEW), large("files", 3));
    }

    #[test]
    fn a_cell_outside_of_every_sheet_is_refused() {
        for place in ["AAAAAAAAAA1", "A99999999999", "XFDA1"] {
            let wrong = checked(&format!("<c r=\"{place}\"/>"));
            assert!(matches!(wrong, Err(Error::Workbook(_))), "{place}");
        }
        let sheet = "<dimension ref=\"A1:XFD1048576\"/><row r=\"7\"><c r=\"B7\"/></row>";
        assert_eq!(checked(sheet), Ok(()));
    }
}
