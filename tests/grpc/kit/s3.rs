//! An S3 server on loopback that checks signatures and keeps files in a folder, with a door that can be made to fail.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use helpline181::app::evidence::{
    Files,
    s3::{Bucket, Options},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

const BUCKET: &str = "evidence";
/// A loaded machine takes its time for a part.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
const BODY_BYTES_MAX: usize = 16 << 20;

/// What goes wrong with a request instead of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Busy,
    Silent,
    /// The answer stops in its middle.
    Cut,
    /// One byte of the answer is another.
    Changed,
}

#[derive(Clone, Default)]
struct Door {
    faults: Arc<Mutex<BTreeMap<&'static str, Fault>>>,
    seen: Arc<Mutex<Vec<&'static str>>>,
}

pub(crate) struct S3 {
    pub(crate) address: SocketAddr,
    folder: TempDir,
    door: Door,
    serving: JoinHandle<()>,
}

impl S3 {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let files = s3s_fs::FileSystem::new(folder.path()).unwrap();
        let mut service = s3s::service::S3ServiceBuilder::new(files);
        service.set_auth(s3s::auth::SimpleAuth::from_single("helpline", "a secret"));
        let service = service.build();
        let door = Door::default();
        let answer = move |request: Request| {
            let service = service.clone();
            async move {
                let answer = service.call(request.map(s3s::Body::http_body_unsync)).await;
                answer.unwrap().map(Body::new)
            }
        };
        let router = Router::new()
            .fallback(answer)
            .layer(middleware::from_fn_with_state(door.clone(), pass));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, folder, door, serving }
    }

    /// From now on, requests of this name go wrong.
    pub(crate) fn fail(&self, request: &'static str, fault: Fault) {
        self.door.faults.lock().unwrap().insert(request, fault);
    }

    pub(crate) fn mend(&self) {
        self.door.faults.lock().unwrap().clear();
    }

    /// The requests since it was asked last.
    pub(crate) fn seen(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.door.seen.lock().unwrap())
    }

    /// What lies in the bucket under this digest.
    pub(crate) fn object(&self, sha256: &str) -> Option<Vec<u8>> {
        let path = self.folder.path().join(BUCKET).join(&sha256[..2]).join(sha256);
        std::fs::read(path).ok()
    }

    /// Parts of uploads that were neither completed nor aborted.
    pub(crate) fn parts(&self) -> usize {
        let names = std::fs::read_dir(self.folder.path()).unwrap();
        names
            .filter(|name| name.as_ref().unwrap().file_name().to_string_lossy().contains("part"))
            .count()
    }

    pub(crate) fn files(&self, folder: PathBuf) -> Files {
        bucket(self.address, "a secret", PATIENCE, folder)
    }

    /// One that soon takes silence for absence.
    pub(crate) fn impatient(&self, folder: PathBuf) -> Files {
        bucket(self.address, "a secret", Duration::from_millis(300), folder)
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

pub(crate) fn bucket(
    address: SocketAddr,
    secret: &str,
    timeout: Duration,
    folder: PathBuf,
) -> Files {
    let bucket = Bucket::open(Options {
        endpoint: format!("http://{address}"),
        bucket: BUCKET.to_owned(),
        region: "us-east-1".to_owned(),
        access_key: "helpline".to_owned(),
        secret_key: secret.to_owned(),
        authority: Vec::new(),
        timeout,
    });
    Files::bucket(folder, bucket.unwrap())
}

async fn pass(State(door): State<Door>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let name = match (request.method(), query) {
        (&Method::HEAD, _) => "head",
        (&Method::GET, _) => "get",
        (&Method::POST, "uploads" | "uploads=") => "begin",
        (&Method::POST, _) => "complete",
        (&Method::PUT, _) => "part",
        (&Method::DELETE, _) => "abort",
        _ => "other",
    };
    door.seen.lock().unwrap().push(name);
    let fault = door.faults.lock().unwrap().get(name).copied();
    match fault {
        None => next.run(request).await,
        Some(Fault::Busy) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Fault::Silent) => std::future::pending().await,
        Some(fault) => {
            let (mut parts, body) = next.run(request).await.into_parts();
            let mut bytes = to_bytes(body, BODY_BYTES_MAX).await.unwrap().to_vec();
            parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            let middle = bytes.len() / 2;
            if fault == Fault::Changed {
                bytes[middle] ^= 1;
                return Response::from_parts(parts, Body::from(bytes));
            }
            bytes.truncate(middle);
            let pieces = [Ok(bytes), Err(io::Error::other("cut"))];
            Response::from_parts(parts, Body::from_stream(tokio_stream::iter(pieces)))
        }
    }
}

/// A peer that takes connections and resets them.
pub(crate) async fn resetting() -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = stream.set_zero_linger();
        }
    });
    (address, task)
}
