//! Files of cases in a bucket of an S3-compatible store: sent in parts, and seen by nobody before the last part is there.

use std::{fmt, path::Path, time::Duration};

use async_trait::async_trait;
use http_body_util::BodyExt;
use object_store::{
    ClientOptions, GetResult, MultipartUpload, ObjectStoreExt, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
        HttpResponseBody, HttpService,
    },
    path::Path as Key,
};
use tokio::{fs::File, io::AsyncReadExt};

use super::{Error, failed, named};
use crate::domain::chain::Hash;

/// What S3 takes as a part that is not the last.
const PART_BYTES: usize = 5 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Tries of one request after the first, and how long they may take together.
const RETRIES_MAX: usize = 2;
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);

/// Where the bucket is and who may use it.
#[derive(Clone)]
pub struct Options {
    /// As `https://s3.example.in:9000`; `http` is taken as it is said.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
    /// PEM of the authority that signed the store's certificate, beside the public ones; empty for none.
    pub authority: Vec<u8>,
    /// How long the store may be silent.
    pub timeout: Duration,
}

/// The keys are in neither's Debug, and in no error.
pub struct Bucket {
    name: String,
    store: AmazonS3,
}

impl Bucket {
    /// Asks nothing of the store yet.
    pub fn open(options: Options) -> Result<Self, Error> {
        let mut client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(options.timeout)
            .redirect(reqwest::redirect::Policy::none());
        if !options.authority.is_empty() {
            let authority =
                reqwest::Certificate::from_pem(&options.authority).map_err(|_| Error::Authority)?;
            client = client.add_root_certificate(authority);
        }
        let client = client.build().map_err(|_| Error::Authority)?;
        let store = AmazonS3Builder::new()
            .with_allow_http(options.endpoint.starts_with("http://"))
            .with_endpoint(options.endpoint)
            .with_bucket_name(&options.bucket)
            .with_region(options.region)
            .with_access_key_id(options.access_key)
            .with_secret_access_key(options.secret_key)
            .with_retry(RetryConfig {
                max_retries: RETRIES_MAX,
                retry_timeout: RETRY_TIMEOUT,
                ..RetryConfig::default()
            })
            .with_http_connector(Wire(client))
            .build()
            .map_err(Error::from)?;
        Ok(Self { name: options.bucket, store })
    }

    /// Sends the file, unless the same bytes are there already. What fails is taken back.
    pub(super) async fn keep(&self, digest: &Hash, path: &Path) -> Result<(), Error> {
        let key = key(digest);
        match self.store.head(&key).await {
            Ok(_) => return Ok(()),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let mut upload = self.store.put_multipart(&key).await?;
        let sent = send(&mut *upload, path).await;
        if sent.is_err() {
            // The store's own rule for parts that nobody completed takes what stays behind.
            if let Err(error) = upload.abort().await {
                tracing::warn!(%error, "half a file of evidence stays in the bucket");
            }
        }
        sent
    }

    /// None when the bucket has no such file.
    pub(super) async fn open_file(&self, digest: &Hash) -> Result<Option<GetResult>, Error> {
        match self.store.get(&key(digest)).await {
            Ok(found) => Ok(Some(found)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

async fn send(upload: &mut dyn MultipartUpload, path: &Path) -> Result<(), Error> {
    let mut file = File::open(path).await.map_err(failed(path))?;
    loop {
        let mut part = Vec::with_capacity(PART_BYTES);
        let mut rest = (&mut file).take(PART_BYTES as u64);
        rest.read_to_end(&mut part).await.map_err(failed(path))?;
        if part.is_empty() {
            break;
        }
        upload.put_part(part.into()).await?;
    }
    upload.complete().await?;
    Ok(())
}

fn key(digest: &Hash) -> Key {
    Key::from(named(digest))
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Options({} at {})", self.bucket, self.endpoint)
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({})", self.name)
    }
}

/// The product's one HTTP client under the store's library.
#[derive(Clone, Debug)]
struct Wire(reqwest::Client);

impl HttpConnector for Wire {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Wire {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = request.map(reqwest::Body::wrap).try_into().map_err(lost)?;
        let response = self.0.execute(request).await.map_err(lost)?;
        let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body.map_err(lost))))
    }
}

/// Its kind decides whether the library asks again.
fn lost(error: reqwest::Error) -> HttpError {
    let kind = if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else {
        HttpErrorKind::Interrupted
    };
    HttpError::new(kind, error.without_url())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options {
            endpoint: "http://127.0.0.1:9".to_owned(),
            bucket: "evidence".to_owned(),
            region: "us-east-1".to_owned(),
            access_key: "canary".to_owned(),
            secret_key: "canary".to_owned(),
            authority: Vec::new(),
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let bucket = Bucket::open(options()).unwrap();

        assert_eq!(format!("{bucket:?}"), "Bucket(evidence)");
        assert_eq!(format!("{:?}", options()), "Options(evidence at http://127.0.0.1:9)");
    }

    #[test]
    fn an_authority_that_is_no_certificate_is_refused() {
        let authority = b"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----".to_vec();

        let opened = Bucket::open(Options { authority, ..options() });

        assert!(matches!(opened, Err(Error::Authority)), "{opened:?}");
    }

    #[tokio::test]
    async fn a_store_that_is_not_there_is_away() {
        let error = Bucket::open(options()).unwrap().open_file(&[7; 32]).await.unwrap_err();

        assert!(error.is_away(), "{error}");
    }
}
