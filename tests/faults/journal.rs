//! What was asked and what was answered, on the disk before the next step: one file a worker.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// One request; its id is the same each time it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ask {
    Register { phone: String, words: String },
    Resolve { number: String },
    NextTask,
    Withdraw { number: String, phone: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Line {
    Sent {
        request: String,
        ask: Ask,
    },
    /// With the case's number, where there is one.
    Acknowledged {
        request: String,
        number: String,
    },
    /// The server said no: nothing was done.
    Refused {
        request: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Uncertain,
    Acknowledged { number: String },
    Refused,
}

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) request: String,
    pub(crate) ask: Ask,
    pub(crate) fate: Fate,
}

pub(crate) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    pub(crate) fn create(folder: &Path, name: &str) -> Self {
        let path = folder.join(name);
        Self { file: File::create(&path).unwrap(), path }
    }

    pub(crate) fn sent(&mut self, request: &str, ask: &Ask) {
        self.write(&Line::Sent { request: request.to_owned(), ask: ask.clone() });
    }

    pub(crate) fn acknowledged(&mut self, request: &str, number: &str) {
        let (request, number) = (request.to_owned(), number.to_owned());
        self.write(&Line::Acknowledged { request, number });
    }

    pub(crate) fn refused(&mut self, request: &str) {
        self.write(&Line::Refused { request: request.to_owned() });
    }

    pub(crate) fn path(self) -> PathBuf {
        self.path
    }

    fn write(&mut self, line: &Line) {
        let mut bytes = serde_json::to_vec(line).unwrap();
        bytes.push(b'\n');
        self.file.write_all(&bytes).unwrap();
        self.file.sync_data().unwrap();
    }
}

/// Everything that was asked, in each worker's order; what has no answer is uncertain.
pub(crate) fn read(paths: &[PathBuf]) -> Vec<Asked> {
    let mut all = Vec::new();
    for path in paths {
        let mut asked: Vec<Asked> = Vec::new();
        let mut places = BTreeMap::new();
        for line in BufReader::new(File::open(path).unwrap()).lines() {
            match serde_json::from_str(&line.unwrap()).unwrap() {
                Line::Sent { request, ask } => {
                    places.insert(request.clone(), asked.len());
                    asked.push(Asked { request, ask, fate: Fate::Uncertain });
                }
                Line::Acknowledged { request, number } => {
                    asked[places[&request]].fate = Fate::Acknowledged { number };
                }
                Line::Refused { request } => asked[places[&request]].fate = Fate::Refused,
            }
        }
        all.extend(asked);
    }
    all
}
