//! Where the log goes and how much of it: text or JSON on standard error. Libraries that would print whole messages, with
//! digests, tokens and numbers, are capped whatever the settings and RUST_LOG say.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt,
};

use crate::{
    config::{LogFormat, Logs},
    telephony::LOG_CAP,
};

/// The SIP stack prints whole messages at info, HTTP and SQL libraries headers and statements at debug.
const CAPS: &[(&str, Level)] = &[
    LOG_CAP,
    ("h2", Level::INFO),
    ("hyper", Level::INFO),
    ("tonic", Level::INFO),
    ("sqlx", Level::INFO),
];

static PANICS: AtomicU64 = AtomicU64::new(0);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("logs.filter {filter:?} is no filter")]
    Filter {
        filter: String,
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    #[error("logs were started before")]
    Started,
}

/// Begins to log; `directives`, from RUST_LOG, go before the settings' filter.
pub fn start(logs: &Logs, directives: Option<String>) -> Result<(), Error> {
    let subscriber = subscriber(logs, directives, io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| Error::Started)?;
    watch_panics();
    Ok(())
}

/// Panics since the start.
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

fn subscriber<W>(
    logs: &Logs,
    directives: Option<String>,
    writer: W,
) -> Result<impl Subscriber + Send + Sync, Error>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = directives.unwrap_or_else(|| logs.filter.clone());
    let wanted = EnvFilter::try_new(&filter).map_err(|source| Error::Filter { filter, source })?;
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let lines = match logs.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
    };
    Ok(Registry::default().with(wanted).with(lines.with_filter(filter_fn(within_caps))))
}

fn within_caps(metadata: &Metadata<'_>) -> bool {
    CAPS.iter().all(|(library, cap)| {
        let rest = metadata.target().strip_prefix(library);
        let inside = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        !inside || metadata.level() <= cap
    })
}

/// A panic ends its task and not the server, so it is counted and told. Its words may hold a caller's, so only those that
/// stand in the source are told.
fn watch_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let panics = PANICS.fetch_add(1, Ordering::Relaxed) + 1;
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let why = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("");
        tracing::error!(place, why, panics, "a task panicked");
    }));
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::domain::phone::Phone;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn logged(format: LogFormat, directives: &str, what: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let logs = Logs { format, ..Logs::default() };
        let subscriber =
            subscriber(&logs, Some(directives.to_owned()), move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, what);
        lines.text()
    }

    #[test]
    fn the_sip_stack_stays_at_warn_whatever_is_asked() {
        for directives in
            ["trace", "rsipstack=trace", "rsipstack::transaction=trace", "info,rsipstack=info"]
        {
            let text = logged(LogFormat::Text, directives, || {
                tracing::info!(target: "rsipstack::transaction", "INVITE sip:181 canary");
                tracing::trace!(target: "rsipstack", "canary");
                tracing::warn!(target: "rsipstack::transaction", "kept");
            });
            assert!(!text.contains("canary"), "{directives}: {text}");
            assert!(text.contains("kept"), "{directives}: {text}");
        }
    }

    #[test]
    fn a_crate_that_only_begins_like_a_capped_one_is_not_capped() {
        let text = logged(LogFormat::Text, "trace", || tracing::debug!(target: "h2o", "kept"));

        assert!(text.contains("kept"));
    }

    #[test]
    fn json_lines_carry_their_fields() {
        let text = logged(LogFormat::Json, "info", || tracing::info!(case = 7, "registered"));

        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["message"], "registered");
        assert_eq!(line["case"], 7);
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn a_phone_is_logged_masked_in_either_format() {
        let phone = Phone::parse("9876543210").unwrap();
        for format in [LogFormat::Text, LogFormat::Json] {
            let text = logged(format, "info", || {
                tracing::info!(%phone, again = ?phone, "calling");
            });
            assert!(!text.contains("9876543210"), "{text}");
            assert_eq!(text.matches("XXXXXX3210").count(), 2, "{text}");
        }
    }

    #[test]
    fn a_line_feed_in_a_field_does_not_make_a_line() {
        let forged = "x\n2026-11-22 INFO forged";

        let text = logged(LogFormat::Text, "info", || tracing::info!(name = forged, "signed in"));

        assert_eq!(text.lines().count(), 1, "{text}");
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_an_error() {
        let logs = Logs { filter: "helpline181=loud".to_owned(), ..Logs::default() };

        assert!(matches!(subscriber(&logs, None, io::sink), Err(Error::Filter { .. })));
    }
}
