//! The page at `/`, and what is answered to paths that are not there.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::fail;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}code{background:#eee;padding:.1em .3em}";

/// Says what this is, and how to reach it.
pub async fn home() -> Response {
    let version = env!("CARGO_PKG_VERSION");
    page(
        StatusCode::OK,
        "helpline181",
        &format!(
            "<h1>helpline181 <small>{version}</small></h1>\
             <p>A state's 181 helpline: complaint by phone, officers' ladder, and the citizen's own answer closes the case.</p>\
             <p>This port serves the API <code>helpline.v1</code> by gRPC and gRPC-Web; health is \
             <code>grpc.health.v1.Health</code>. From a terminal on this machine:</p>\
             <ul><li>call: <code>helpline181 phone call 181 --from 9000000001</code></li>\
             <li>list cases: <code>helpline181 case list</code></li>\
             <li>everything else: <code>helpline181 --help</code></li></ul>"
        ),
    )
}

/// A gRPC client hears that the service is unknown, a browser gets a page.
pub async fn missing(request: axum::extract::Request) -> Response {
    let grpc = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
    if grpc {
        return fail::no_such_method().into_http();
    }
    page(StatusCode::NOT_FOUND, "Not here", "<h1>Not here</h1><p><a href=\"/\">helpline181</a></p>")
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style><body>{body}</body></html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, html).into_response()
}
