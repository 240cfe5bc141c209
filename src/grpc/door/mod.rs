//! The one door of the API: finds the method's row, the caller's session and power, a place among the calls under way, and
//! keeps the deadline. Services behind it take the caller from the request.

pub mod limits;
pub mod listener;
pub mod methods;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use limits::Limits;
use listener::{Busy, Life};
use methods::{Method, Shape, Who};

use crate::{
    app::{App, sessions},
    domain::{
        actor::{Actor, Role},
        permissions::{self, Object},
    },
    grpc::{
        fail::{self, fail, reason},
        status,
    },
};

/// A token is shorter; longer headers are not looked at.
const TOKEN_MAX_BYTES: usize = 256;
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Longest that a slow call may take, whatever the client asks for.
const SLOW_DEADLINE: Duration = Duration::from_secs(600);
/// The library keeps the client's deadline too, without a reason; ours passes first.
const EARLIER: Duration = Duration::from_millis(5);

pub struct Door {
    app: Arc<App>,
    limits: Limits,
    under_way: Arc<Mutex<UnderWay>>,
    ending: CancellationToken,
}

#[derive(Default)]
struct UnderWay {
    anonymous: usize,
    by_account: HashMap<i64, usize>,
}

/// Who calls. Streams keep it as long as they run, so that they count among the account's calls.
#[derive(Clone)]
pub struct Caller {
    pub actor: Arc<Actor>,
    /// The session's own token, for signing out.
    pub token: Arc<str>,
    /// When a stream of this call ends, if the client said so.
    pub deadline: Option<Instant>,
    _place: Arc<Place>,
}

/// A place among the calls under way, given back when it is dropped.
struct Place {
    under_way: Arc<Mutex<UnderWay>>,
    account: Option<i64>,
    /// Its connection is not idle meanwhile.
    _busy: Option<Busy>,
}

#[cfg(test)]
impl Caller {
    /// Without a door.
    pub fn bearing(token: &str) -> Self {
        let under_way = UnderWay { anonymous: 1, ..UnderWay::default() };
        let place =
            Place { under_way: Arc::new(Mutex::new(under_way)), account: None, _busy: None };
        Self {
            actor: Arc::new(Actor::system()),
            token: token.into(),
            deadline: None,
            _place: Arc::new(place),
        }
    }
}

impl Door {
    pub fn new(app: Arc<App>, limits: Limits, ending: CancellationToken) -> Self {
        Self { app, limits, under_way: Arc::default(), ending }
    }

    /// The middleware around all services.
    pub async fn pass(State(door): State<Arc<Self>>, request: Request, next: Next) -> Response {
        let began = Instant::now();
        // Only a path of the table is told: others are the caller's own words.
        let method = methods::find(request.uri().path()).map_or("unknown", |method| method.path);
        let answer = door.admit(request, next).await;
        let status = match &answer {
            Ok(response) => response.extensions().get::<Status>(),
            Err(status) => Some(status),
        };
        let took_ms = began.elapsed().as_millis();
        match status {
            Some(status) if status.code() != Code::Ok => {
                tracing::info!(method, code = ?status.code(), took_ms, "a call is refused");
            }
            Some(_) | None => tracing::debug!(method, took_ms, "a call is answered"),
        }
        answer.unwrap_or_else(|status| status.into_http())
    }

    async fn admit(&self, request: Request, next: Next) -> Result<Response, Status> {
        let method = methods::find(request.uri().path()).ok_or_else(fail::no_such_method)?;
        if self.ending.is_cancelled() {
            return Err(fail::shutting_down());
        }
        let asked = client_timeout(request.headers()).map(|asked| asked.saturating_sub(EARLIER));
        let limit = match (method.shape, asked) {
            (Shape::Unary, asked) => asked.unwrap_or(Duration::MAX).min(self.limits.unary_deadline),
            (Shape::Slow, asked) => asked.unwrap_or(Duration::MAX).min(SLOW_DEADLINE),
            (Shape::Stream, Some(asked)) => asked,
            (Shape::Stream, None) => self.limits.unary_deadline,
        };
        if limit.is_zero() {
            return Err(fail::deadline());
        }
        let answer = self.answer(method, request, asked, next);
        let response = timeout(limit, answer).await.map_err(|_| fail::deadline())??;
        match response.extensions().get::<Status>().and_then(fail::complete) {
            Some(status) => Err(status),
            None => Ok(response),
        }
    }

    /// For a stream this is its beginning alone.
    async fn answer(
        &self,
        method: &Method,
        mut request: Request,
        asked: Option<Duration>,
        next: Next,
    ) -> Result<Response, Status> {
        let busy = request.extensions().get::<Life>().map(Life::busy);
        let caller = self.caller(method, request.headers(), asked, busy).await?;
        request.extensions_mut().insert(caller);
        Ok(next.run(request).await)
    }

    async fn caller(
        &self,
        method: &Method,
        headers: &HeaderMap,
        asked: Option<Duration>,
        busy: Option<Busy>,
    ) -> Result<Caller, Status> {
        let deadline = asked.and_then(|asked| Instant::now().checked_add(asked));
        if method.who == Who::Anyone {
            let place = self.place(None, busy)?;
            let actor = Arc::new(nobody());
            return Ok(Caller { actor, token: "".into(), deadline, _place: place });
        }
        let token = bearer(headers).ok_or_else(fail::unauthenticated)?;
        let actor = sessions::authenticate(&self.app, token).await.map_err(status::of)?;
        may(&actor, method.who)?;
        let place = self.place(actor.account, busy)?;
        Ok(Caller { actor: Arc::new(actor), token: token.into(), deadline, _place: place })
    }

    fn place(&self, account: Option<i64>, busy: Option<Busy>) -> Result<Arc<Place>, Status> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, max) = match account {
            None => (&mut under_way.anonymous, self.limits.in_flight_anonymous_max),
            Some(account) => (
                under_way.by_account.entry(account).or_default(),
                self.limits.in_flight_per_account_max,
            ),
        };
        if *count >= max {
            return Err(fail::wait(
                Code::ResourceExhausted,
                reason::TOO_MANY_IN_FLIGHT,
                "too many calls are under way",
                RETRY_AFTER,
            ));
        }
        *count += 1;
        Ok(Arc::new(Place { under_way: self.under_way.clone(), account, _busy: busy }))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        match self.account {
            None => under_way.anonymous = under_way.anonymous.saturating_sub(1),
            Some(account) => {
                if let Some(count) = under_way.by_account.get_mut(&account) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        under_way.by_account.remove(&account);
                    }
                }
            }
        }
    }
}

/// The caller of a request that came through the door.
pub fn caller<T>(request: &tonic::Request<T>) -> Result<Caller, Status> {
    request.extensions().get::<Caller>().cloned().ok_or_else(fail::unauthenticated)
}

fn may(actor: &Actor, who: Who) -> Result<(), Status> {
    let act = match who {
        Who::Anyone => return Ok(()),
        Who::Session => None,
        Who::Staff(act) | Who::Ivr(act) => Some(act),
    };
    let ivr_elsewhere = actor.role == Role::Ivr && matches!(who, Who::Staff(_));
    if ivr_elsewhere {
        return Err(fail(
            Code::PermissionDenied,
            reason::CONVERSE_ONLY,
            "an IVR speaks through Converse alone",
        ));
    }
    match act {
        None => Ok(()),
        Some(act) => permissions::may(actor, act, Object::Nothing).map_err(status::forbidden),
    }
}

/// Has no power at all: sign-in and health ask for none.
fn nobody() -> Actor {
    Actor { role: Role::Ivr, ..Actor::system() }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let well_formed = scheme.eq_ignore_ascii_case("bearer")
        && !token.is_empty()
        && token.len() <= TOKEN_MAX_BYTES
        && token.bytes().all(|byte| byte.is_ascii_graphic());
    well_formed.then_some(token)
}

/// The client's own deadline: at most eight digits and a unit, else it is as if there were none.
fn client_timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let n: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(n * 3_600)),
        "M" => Some(Duration::from_secs(n * 60)),
        "S" => Some(Duration::from_secs(n)),
        "m" => Some(Duration::from_millis(n)),
        "u" => Some(Duration::from_micros(n)),
        "n" => Some(Duration::from_nanos(n)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(axum::http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn a_token_is_taken_from_a_bearer_header_alone() {
        assert_eq!(bearer(&headers("authorization", "Bearer abc")), Some("abc"));
        assert_eq!(bearer(&headers("authorization", "bearer abc")), Some("abc"));
        for wrong in ["abc", "Bearer ", "Basic abc", "Bearer a b", "Bearer"] {
            assert_eq!(bearer(&headers("authorization", wrong)), None, "{wrong}");
        }
        assert_eq!(bearer(&headers("authorization", &format!("Bearer {}", "x".repeat(257)))), None);
        assert_eq!(bearer(&headers("x-authorization", "Bearer abc")), None);
    }

    #[test]
    fn a_timeout_is_at_most_eight_digits_and_a_unit() {
        let timeout = |value| client_timeout(&headers("grpc-timeout", value));

        assert_eq!(timeout("100m"), Some(Duration::from_millis(100)));
        assert_eq!(timeout("99999999H"), Some(Duration::from_secs(99_999_999 * 3_600)));
        for wrong in ["", "m", "100", "100d", "123456789S", "-1S", "1.5S"] {
            assert_eq!(timeout(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn nobody_has_a_power_of_staff() {
        for method in methods::METHODS.iter().filter(|method| matches!(method.who, Who::Staff(_))) {
            assert!(may(&nobody(), method.who).is_err(), "{}", method.path);
        }
    }
}
