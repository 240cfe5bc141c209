//! Rings citizens whose rounds are due, as many as there are places for: a place comes first, and then a round for it.

use std::{fmt, pin::Pin, sync::Arc};

use super::Step;
use crate::app::{
    self, App,
    verification::{self, DialOrder},
};

/// Makes the call of one order.
type Place = Box<dyn FnOnce(DialOrder) + Send>;
type Looking = Pin<Box<dyn Future<Output = Vec<i64>> + Send>>;
type Waiting = Pin<Box<dyn Future<Output = Option<Place>> + Send>>;

/// Where calls can be made. Each place is for one call and given back when nobody is to be rung.
#[derive(Clone)]
pub struct Places {
    place: Arc<dyn Fn() -> Waiting + Send + Sync>,
    people: Option<Arc<dyn Fn() -> Looking + Send + Sync>>,
}

impl Places {
    /// `place` waits a short while for a place, and gives what makes the call.
    pub fn new<W, P>(place: impl Fn() -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Option<P>> + Send + 'static,
        P: FnOnce(DialOrder) + Send + 'static,
    {
        let place: Arc<dyn Fn() -> Waiting + Send + Sync> = Arc::new(move || {
            let waiting = place();
            Box::pin(async move { waiting.await.map(|place| Box::new(place) as Place) })
        });
        Self { place, people: None }
    }

    /// Calls are made for people: `free` gives the accounts that would take one now.
    #[must_use]
    pub fn for_people<W>(self, free: impl Fn() -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Vec<i64>> + Send + 'static,
    {
        Self { people: Some(Arc::new(move || Box::pin(free()))), ..self }
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Places")
    }
}

pub async fn step(app: Arc<App>, places: Places) -> app::Result<Step> {
    let pulse = *app.pulses().borrow();
    let step = offer(&app, &places).await;
    if !matches!(step, Ok(Step::Worked)) {
        app.dialler_looked(Some(pulse));
    }
    step
}

/// Claims only what can be rung at once: the hours are checked at the moment of dialling.
async fn offer(app: &App, places: &Places) -> app::Result<Step> {
    if let Some(people) = &places.people
        && !app.knows_free_people()
    {
        let free = people().await;
        app.are_free(&free).await?;
    }
    let Some(ring) = (places.place)().await else { return Ok(Step::Idle) };
    let mut orders = verification::dial(app, 1).await?;
    let Some(order) = orders.pop() else { return Ok(Step::Idle) };
    tracing::info!(
        phone = %order.phone,
        rounds = order.rounds.len(),
        "a citizen is to be rung"
    );
    ring(order);
    Ok(Step::Worked)
}
