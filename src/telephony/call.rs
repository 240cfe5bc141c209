//! What every call holds, in and out, ringing and answered: its place under the limit, its flow, its dialog, its channel.
//! All of it is given back when the call is dropped, however the call ended.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::StatusCode;
use rsipstack::transaction::key::TransactionRole;
use sha2::Sha256;

use super::door::flows::{Flow, Side};
use super::hub::Hub;
use super::stack::headers;
use super::trunk::Channel;

pub(super) struct Call {
    pub hub: Arc<Hub>,
    pub side: Side,
    pub call_id: String,
    dialog: Mutex<Option<InviteDialog>>,
    channel: Option<Channel>,
}

/// Why no call could be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    Calls,
    /// The Call-ID belongs to a call that is open.
    Taken,
}

/// A Call-ID for the log. Gateways write callers' numbers into theirs, so a short digest under a key of this process stands
/// for it: enough to follow a call, and nothing to guess a number by.
pub(super) struct Tag<'a>(pub(super) &'a str);

impl fmt::Display for Tag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        static KEY: OnceLock<[u8; 32]> = OnceLock::new();
        let key = KEY.get_or_init(|| {
            let mut key = [0; 32];
            getrandom::fill(&mut key).expect("the system gives random bytes");
            key
        });
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(self.0.as_bytes());
        mac.finalize().into_bytes().iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Call {
    pub(super) fn open(
        hub: &Arc<Hub>,
        call_id: &str,
        flow: Flow,
        channel: Option<Channel>,
    ) -> Result<Self, Full> {
        let side = flow.side;
        if !hub.door.admission.acquire() {
            return Err(Full::Calls);
        }
        if !hub.door.flows.enter(call_id, flow) {
            hub.door.admission.release();
            return Err(Full::Taken);
        }
        Ok(Self {
            hub: Arc::clone(hub),
            side,
            call_id: call_id.to_owned(),
            dialog: Mutex::new(None),
            channel,
        })
    }

    /// The trunk that it goes through.
    pub(super) fn trunk(&self) -> Option<&str> {
        self.channel.as_ref().map(Channel::trunk)
    }

    /// What this call answers to.
    pub(super) fn allow(&self) -> &'static str {
        headers::allow(self.side)
    }

    pub(super) fn set_dialog(&self, dialog: InviteDialog) {
        *self.dialog.lock().unwrap_or_else(PoisonError::into_inner) = Some(dialog);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let dialog = self.dialog.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(dialog) = dialog {
            let state = dialog.state();
            if dialog.role() == TransactionRole::Server && state.can_cancel() {
                let _ = dialog.reject(Some(StatusCode::TemporarilyUnavailable), None);
            } else if !state.is_terminated() && !state.can_cancel() {
                // Only a task that panicked leaves an answered call; the peer must not be left in it.
                let farewell = dialog.clone();
                self.hub.tasks.spawn(async move {
                    let _ = farewell.bye().await;
                });
            }
            // The stack never forgets a dialog by itself.
            self.hub.stack(self.side).dialogs.remove_dialog(&dialog.id());
        }
        self.hub.door.flows.leave(&self.call_id);
        self.hub.door.admission.release();
        self.hub.call_ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_id_is_told_apart_in_the_log_and_not_told() {
        let tag = Tag("9345678012@gateway").to_string();

        assert_eq!(tag, Tag("9345678012@gateway").to_string());
        assert_ne!(tag, Tag("9345678013@gateway").to_string());
        assert_eq!(tag.len(), 8);
    }
}
