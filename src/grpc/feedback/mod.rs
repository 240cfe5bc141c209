//! The work of feedback callers: the own task, the script, who takes what, and figures.

mod print;

use std::sync::Arc;

use helpline_proto::v1::{self, feedback_service_server::FeedbackService};
use tonic::{Request, Response, Status};

use crate::{
    app::{App, feedback, verification},
    calls::{
        centre::{self, Centre},
        script,
    },
    domain::{actor::Actor, feedback::Takes},
    grpc::{
        agents::refused,
        door,
        fail::field,
        fields::{self, print_time},
        status, words,
    },
};

pub use print::{progress, shown};

/// Why no phone rang, as the task says it.
const NO_PHONE: &str = "OWN_PHONE";

pub struct Feedback {
    pub app: Arc<App>,
    /// None where there are no telephones.
    pub centre: Option<Centre>,
}

#[tonic::async_trait]
impl FeedbackService for Feedback {
    async fn get_task(
        &self,
        request: Request<v1::GetTaskRequest>,
    ) -> Result<Response<v1::GetTaskResponse>, Status> {
        let caller = door::caller(&request)?;
        let own = verification::own(&self.app, &caller.actor).await.map_err(status::of)?;
        Ok(Response::new(v1::GetTaskResponse { task: own.map(shown) }))
    }

    async fn dial_task(
        &self,
        request: Request<v1::DialTaskRequest>,
    ) -> Result<Response<v1::DialTaskResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = feedback::Dial {
            request_id: fields::request_id(ask.request_id)?,
            task: task(&caller.actor, &ask.task)?,
            call: centre::new_call(),
        };
        let centre = self.centre.as_ref().ok_or_else(|| refused(centre::Error::Busy))?;
        let dialled = feedback::dial(&self.app, &caller.actor, ask).await.map_err(status::of)?;
        let call = dialled.call;
        if let Some(calling) = dialled.calling
            && let Err(error) = centre.call_citizen(calling.clone()).await
        {
            let back = feedback::not_placed(&self.app, &calling, NO_PHONE).await;
            back.map_err(status::of)?;
            return Err(refused(error));
        }
        Ok(Response::new(v1::DialTaskResponse { call }))
    }

    async fn skip_task(
        &self,
        request: Request<v1::SkipTaskRequest>,
    ) -> Result<Response<v1::SkipTaskResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = feedback::Skip {
            request_id: fields::request_id(ask.request_id)?,
            task: task(&caller.actor, &ask.task)?,
            reason: words::parse_skip_reason(ask.reason)
                .ok_or_else(|| field("reason", "missing"))?,
        };
        feedback::skip(&self.app, &caller.actor, ask).await.map_err(status::of)?;
        Ok(Response::new(v1::SkipTaskResponse {}))
    }

    async fn extend_task(
        &self,
        request: Request<v1::ExtendTaskRequest>,
    ) -> Result<Response<v1::ExtendTaskResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = feedback::Extend {
            request_id: fields::request_id(ask.request_id)?,
            task: task(&caller.actor, &ask.task)?,
        };
        let longer = feedback::extend(&self.app, &caller.actor, ask).await.map_err(status::of)?;
        let progress = Some(progress(&longer.held));
        Ok(Response::new(v1::ExtendTaskResponse { progress }))
    }

    async fn get_script(
        &self,
        request: Request<v1::GetScriptRequest>,
    ) -> Result<Response<v1::GetScriptResponse>, Status> {
        door::caller(&request)?;
        let language = fields::language("language", request.into_inner().language)?;
        let line = |line: script::Line| v1::ScriptLine {
            question: line.question.map(words::script_question).unwrap_or_default(),
            key: line.key.to_owned(),
            words: line.words.to_owned(),
            choices: line.choices.iter().map(|&choice| choice.to_owned()).collect(),
        };
        Ok(Response::new(v1::GetScriptResponse {
            version: script::version(),
            lines: script::lines(language).into_iter().map(line).collect(),
        }))
    }

    async fn get_own_statistics(
        &self,
        request: Request<v1::GetOwnStatisticsRequest>,
    ) -> Result<Response<v1::GetOwnStatisticsResponse>, Status> {
        let caller = door::caller(&request)?;
        let found = feedback::own_statistics(&self.app, &caller.actor).await;
        let (today, month) = found.map_err(status::of)?;
        Ok(Response::new(v1::GetOwnStatisticsResponse {
            today: Some(print::statistics(today)),
            month: Some(print::statistics(month)),
            as_of: Some(print_time(self.app.now())),
        }))
    }

    async fn list_caller_statistics(
        &self,
        request: Request<v1::ListCallerStatisticsRequest>,
    ) -> Result<Response<v1::ListCallerStatisticsResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let (size, after) = fields::page(ask.page_size, &ask.page_token)?;
        let found = feedback::statistics(&self.app, &caller.actor, size, after).await;
        let (rows, next) = found.map_err(status::of)?;
        let callers = rows.into_iter().map(|row| v1::FeedbackCaller {
            today: Some(print::statistics(row.today)),
            month: Some(print::statistics(row.month)),
            ..print::caller(row.caller)
        });
        Ok(Response::new(v1::ListCallerStatisticsResponse {
            callers: callers.collect(),
            next_page_token: fields::page_token(next),
        }))
    }

    async fn put_caller(
        &self,
        request: Request<v1::PutCallerRequest>,
    ) -> Result<Response<v1::PutCallerResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let language = |value: &i32| {
            words::parse_language(*value).ok_or_else(|| field("languages", "not a language"))
        };
        let takes = Takes {
            languages: ask.languages.iter().map(language).collect::<Result<_, _>>()?,
            districts: (ask.districts.into_iter())
                .map(|place| fields::place("districts", place))
                .collect::<Result<_, _>>()?,
            departments: (ask.departments.into_iter())
                .map(|code| fields::code("departments", code))
                .collect::<Result<_, _>>()?,
        };
        let ask = feedback::PutCaller {
            request_id: fields::request_id(ask.request_id)?,
            login: fields::text("login", ask.login)?,
            takes,
        };
        let put = feedback::put_caller(&self.app, &caller.actor, ask).await;
        let caller = Some(print::caller(put.map_err(status::of)?));
        Ok(Response::new(v1::PutCallerResponse { caller }))
    }
}

/// The number of the own task: its id names the account too, so that another's is not taken for it.
fn task(by: &Actor, id: &str) -> Result<i64, Status> {
    let wrong = || field("task", "not the id of a task of yours");
    let (account, n) = id.split_once('-').ok_or_else(wrong)?;
    let account: i64 = account.parse().map_err(|_| wrong())?;
    if by.account != Some(account) {
        return Err(wrong());
    }
    n.parse().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_named_by_its_own_person_alone() {
        let by = Actor { account: Some(7), ..Actor::system() };

        assert_eq!(task(&by, "7-12").unwrap(), 12);
        for wrong in ["", "7", "8-12", "7-", "7-x", "-12", "7-12-1"] {
            assert!(task(&by, wrong).is_err(), "{wrong}");
        }
    }
}
