//! A task is dialled: the own phone rings first. Whether the citizen may be rung is decided when it has been picked up; what is
//! known to forbid it is said at once.

use super::{lease, own};
use crate::{
    app::{
        App, Result,
        agents::calling::{self, Calling},
        cases, request,
        verification::{self, dial_lease_ms, line},
    },
    domain::{
        actor::Actor,
        change::Change,
        feedback::TaskState,
        permissions::{self, Act, Object},
        refused::Refused,
        verification::line::CallKind,
    },
    store::{self, writer::Lane},
};

#[derive(Clone, Debug)]
pub struct Dial {
    pub request_id: String,
    pub task: i64,
    /// The id of the call, should it be made.
    pub call: String,
}

#[derive(Clone, Debug)]
pub struct Dialled {
    pub call: String,
    /// None when the request was made before: its call is not made again.
    pub calling: Option<Calling>,
}

pub async fn dial(app: &App, by: &Actor, ask: Dial) -> Result<Dialled> {
    permissions::may(by, Act::TakeVerification, Object::Nothing)?;
    let request = request(by, Some(&ask.request_id), "dial_task", &[&ask.task.to_string()]);
    if let Some(call) = app.done_before(&request).await? {
        return Ok(Dialled { call, calling: None });
    }
    let phone = calling::own(app, by).await?;
    let task = own(app, by, ask.task).await?;
    let case = store::cases::get(&app.store.db, task.case).await?;
    let acted = verification::acted_on(app, &case).await?;
    permissions::may(by, Act::TakeVerification, Object::Round { case: &case, acted: &acted })?;
    if task.state == TaskState::Preview {
        verification::may_place(app, &task, app.now()).await?;
    }
    let ask = &ask;
    let call = app
        .commit(Lane::Acts, request, move |now| async move {
            let task = own(app, by, ask.task).await?;
            let until = now.plus_ms(dial_lease_ms(app));
            let after = task.dial(ask.call.clone(), until, now)?;
            if !lease::renew(app, &task, dial_lease_ms(app)).await? {
                return Err(Refused::LeaseLost.into());
            }
            let mut change = Change::new(now);
            change.result = ask.call.clone();
            change.feedback.task = Some((task.gate(), after));
            Ok(change)
        })
        .await?;
    if call != ask.call {
        return Ok(Dialled { call, calling: None });
    }
    let citizen = cases::citizen(app, &case).await?;
    let round = lease::round(app, &task).await?;
    let calling = Calling {
        ask: line::Ask {
            citizen: citizen.id,
            kind: CallKind::Feedback,
            call: call.clone(),
            asked_at: round.asked_at,
            safety: case.aside().safety.unwrap_or_default(),
        },
        by: by.clone(),
        number: case.number(),
        meeting: None,
        call: call.clone(),
        own: phone,
        citizen: citizen.id,
        phone: citizen.phone,
        language: citizen.language.unwrap_or(round.language),
        task: Some(task.n),
    };
    Ok(Dialled { call, calling: Some(calling) })
}
