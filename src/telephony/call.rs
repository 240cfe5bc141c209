//! What every call holds, in and out, ringing and answered: its place under the limit, its flow, its dialog, its channel.
//! All of it is given back when the call is dropped, however the call ended.

use std::sync::{Arc, Mutex, PoisonError};

use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::StatusCode;
use rsipstack::transaction::key::TransactionRole;

use super::door::flows::{Flow, Side};
use super::hub::Hub;
use super::trunk::Channel;

pub(super) struct Call {
    pub hub: Arc<Hub>,
    pub side: Side,
    pub call_id: String,
    dialog: Mutex<Option<InviteDialog>>,
    _channel: Option<Channel>,
}

/// Why no call could be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    Calls,
    /// The Call-ID belongs to a call that is open.
    Taken,
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
            _channel: channel,
        })
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
