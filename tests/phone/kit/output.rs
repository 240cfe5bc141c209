//! What a child process prints, line by line, and the wait for a line.

use std::{
    io::{BufRead, BufReader, Read},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use tokio::{sync::watch, time::timeout};

#[derive(Clone)]
pub(crate) struct Output {
    lines: Arc<Mutex<Vec<String>>>,
    count: watch::Sender<usize>,
    ended: watch::Sender<bool>,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self {
            lines: Arc::default(),
            count: watch::Sender::new(0),
            ended: watch::Sender::new(false),
        }
    }

    /// Reads until the stream ends, on a thread that ends with it.
    pub(crate) fn read(&self, stream: impl Read + Send + 'static) {
        let this = self.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                this.lines.lock().unwrap().push(text);
                this.count.send_modify(|count| *count += 1);
                line.clear();
            }
            this.ended.send_replace(true);
        });
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    pub(crate) fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// The first line that holds `words`, waited for; None when the time is over.
    pub(crate) async fn line(&self, words: &str, within: Duration) -> Option<String> {
        self.find(|line| line.contains(words), within).await
    }

    pub(crate) async fn find(
        &self,
        wanted: impl Fn(&str) -> bool,
        within: Duration,
    ) -> Option<String> {
        let mut count = self.count.subscribe();
        timeout(within, async {
            loop {
                count.borrow_and_update();
                if let Some(line) = self.lines().into_iter().find(|line| wanted(line)) {
                    return line;
                }
                count.changed().await.expect("the sender is ours");
            }
        })
        .await
        .ok()
    }

    /// Until the stream has ended: the process is gone, for it holds its own output open to the last.
    pub(crate) async fn end(&self, within: Duration) -> bool {
        let mut ended = self.ended.subscribe();
        timeout(within, ended.wait_for(|ended| *ended)).await.is_ok()
    }
}
