//! Asks each registered phone by OPTIONS whether it is there, and lets bindings expire in their time.

use std::sync::Arc;

use rsipstack::sip::typed::{From, To};
use rsipstack::sip::{Method, Param, Request, StatusCode, Uri};

use super::door::flows::{Flow, Side, Source};
use super::hub::{Hub, random};
use super::registrar::{Asked, Binding};
use super::stack::headers::{SDP, header, stack_address};

/// Runs until shutdown.
pub(super) async fn keep(hub: Arc<Hub>) {
    let registrar = &hub.door.registrar;
    loop {
        let idle = registrar.idle_for(hub.uptime());
        let due = async {
            match idle {
                Some(idle) => tokio::time::sleep(idle).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = registrar.changed.notified() => {}
        }
        for binding in registrar.sweep(hub.uptime()) {
            let asking = Arc::clone(&hub);
            let asked = binding.clone();
            let begun = hub.tasks.spawn(async move {
                let answer = ask(&asking, &asked).await;
                asking.door.registrar.asked(&asked, answer, asking.uptime());
            });
            if !begun {
                // Too busy to ask is no sign of the phone.
                registrar.asked(&binding, Asked::Answers, hub.uptime());
            }
        }
    }
}

async fn ask(hub: &Hub, binding: &Binding) -> Asked {
    let stack = hub.stack(Side::Phones);
    if !stack.reaches(binding.source, binding.transport) {
        return Asked::Silent;
    }
    let call_id = format!("{:016x}{:016x}@{}", random(), random(), hub.config.realm);
    let Some(request) = options(hub, binding, &call_id) else { return Asked::Silent };
    let flow = Flow {
        side: Side::Phones,
        to: binding.source,
        transport: binding.transport,
        from: Source::Exactly(binding.source),
    };
    hub.door.probes.enter(&call_id, flow);
    let asked = stack.ask(request, stack_address(binding.source, binding.transport));
    let answer = tokio::time::timeout(hub.config.timing.qualify_wait, asked).await;
    hub.door.probes.leave(&call_id);
    let Ok(Ok(Some(answer))) = answer else { return Asked::Silent };
    what_it_says(binding, &answer.status_code)
}

/// A phone is there whatever it answers; a proxy also answers for phones that are not.
fn what_it_says(binding: &Binding, status: &StatusCode) -> Asked {
    match status.code() {
        _ if binding.path.is_empty() => Asked::Answers,
        430 => Asked::FlowFailed,
        408 => Asked::Silent,
        _ => Asked::Answers,
    }
}

fn options(hub: &Hub, binding: &Binding, call_id: &str) -> Option<Request> {
    let target = Uri::try_from(binding.contact.as_str()).ok()?;
    let own = hub.contact(binding.transport)?;
    let tag = Param::Tag(format!("{:016x}", random()).into());
    let from = From { display_name: None, uri: own.clone(), params: vec![tag] };
    let to = To { display_name: None, uri: target.clone(), params: Vec::new() };
    let endpoint = &hub.stack(Side::Phones).endpoint;
    let via = endpoint.get_via(Some(stack_address(hub.udp, binding.transport)), None).ok()?;
    let call_id = rsipstack::sip::CallId::from(call_id.to_owned());
    let mut request =
        endpoint.make_request(Method::Options, target, via, from, to, 1, Some(call_id));
    for hop in &binding.path {
        request.headers.push(header("Route", hop.as_str()));
    }
    request.headers.push(header("Contact", format!("<{own}>")));
    request.headers.push(header("Accept", SDP));
    request.headers.push(header("Content-Length", "0"));
    Some(request)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::telephony::Transport;

    #[test]
    fn a_phone_is_there_whatever_it_answers_and_a_proxy_says_when_it_is_not() {
        let direct = Binding {
            id: 1,
            account: "anita".to_owned(),
            contact: "sip:a@h".to_owned(),
            instance: None,
            path: Vec::new(),
            source: "127.0.0.1:5060".parse().unwrap(),
            transport: Transport::Udp,
            call_id: "r1".to_owned(),
            cseq: 1,
            left: Duration::from_secs(60),
            reachable: true,
        };
        let proxied = Binding { path: vec!["<sip:proxy;lr>".to_owned()], ..direct.clone() };
        let says = |binding, code: u16| what_it_says(binding, &StatusCode::from(code));

        for code in [200, 404, 408, 430, 481, 500] {
            assert_eq!(says(&direct, code), Asked::Answers, "{code}");
        }
        assert_eq!(says(&proxied, 405), Asked::Answers);
        assert_eq!(says(&proxied, 408), Asked::Silent);
        assert_eq!(says(&proxied, 430), Asked::FlowFailed);
    }
}
