//! Everything that runs, from the store up to the API, and how it ends.

use std::{
    fs,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Serve, dialling, settings};
use crate::{
    app::{
        self, App, Mode,
        demo::{self, SampleAccount},
        notices::{Dispatch, Gateway, Templates, log_file::LogFile, sms::Sms},
        passwords::Cost,
    },
    calls::{
        Calls, Disk,
        centre::{self, Centre},
        prompts::{
            self, Catalogue,
            manifest::{MANIFEST, digest},
        },
    },
    cli::{
        error::{Error, Result},
        place,
    },
    clock::Clock,
    config::Settings,
    grpc,
    telephony::{Telephony, audio::Audio},
    workers::{self, Workers},
};

const SAMPLE_DIRECTORY: &str = include_str!("../../../deploy/sample/demo.toml");
/// How long calls of the API may go on when the helpline ends.
const API_DRAIN: Duration = Duration::from_secs(2);
/// Owed messages, as lines, until a gateway sends them.
const NOTICES_FILE: &str = "notices.jsonl";
const EVIDENCE_DIR: &str = "evidence";
const RECORDINGS_DIR: &str = "recordings";
/// What our own phones dial to reach the helpline.
const NUMBERS: [&str; 1] = ["181"];

pub struct House {
    pub app: Arc<App>,
    pub samples: Vec<SampleAccount>,
    audio: Audio,
    telephony: Telephony,
    calls: Calls,
    /// Hands arrivals to `calls`.
    taking: JoinHandle<()>,
    /// The verification calls that the dialler makes.
    dialled: TaskTracker,
    /// The call centre's.
    queueing: JoinHandle<()>,
    over: CancellationToken,
    workers: Workers,
    server: grpc::Server,
}

impl House {
    pub async fn open(serve: &Serve, settings: &Settings) -> Result<Self> {
        let app = open_app(serve, settings).await?;
        match Self::furnish(app.clone(), serve, settings).await {
            Ok(house) => Ok(house),
            Err(error) => {
                app.close().await;
                Err(error)
            }
        }
    }

    async fn furnish(app: Arc<App>, serve: &Serve, settings: &Settings) -> Result<Self> {
        let samples = if serve.demo {
            demo::prepare(&app, SAMPLE_DIRECTORY).await.map_err(Error::other)?
        } else {
            Vec::new()
        };
        let dir = prompts::folder(&settings.prompts.dir);
        let catalogue = Catalogue::load(&dir).map_err(Error::other)?;
        let manifest = fs::read(dir.join(MANIFEST)).map_err(Error::other)?;
        let audio = Audio::start(settings::audio(settings)).map_err(Error::other)?;
        let sip = settings::telephony(settings).map_err(Error::other)?;
        let (telephony, arrivals) =
            Telephony::start(sip, audio.clone()).await.map_err(Error::other)?;
        let config = settings::calls(settings, NUMBERS, RECORDINGS_DIR, digest(&manifest));
        let catalogue = Arc::new(catalogue);
        let parts = centre::Parts {
            app: app.clone(),
            telephony: telephony.clone(),
            disk: Disk::open(&config, app.clone()).await.map_err(Error::other)?,
            catalogue: catalogue.clone(),
            policy: settings::queue(settings).map_err(Error::other)?,
            hours: settings::hours(settings),
            trunks: config.trunks.clone(),
            ring_timeout: config.ring_timeout,
            supervision_tone: settings.centre.supervision_tone,
            elsewhere: Arc::new(settings::elsewhere(settings)),
        };
        let (centre, queueing) = Centre::open(parts).await.map_err(Error::other)?;
        let telephones = Some(telephony.clone());
        let calls = Calls::open(config, app.clone(), catalogue, telephones, Some(centre))
            .await
            .map_err(Error::other)?;
        app.dials_by(settings.dialler.mode.into());
        let dialled = TaskTracker::new();
        let (taking, over) = (calls.clone(), CancellationToken::new());
        // Calls and telephony hold each other, so arrivals do not end by themselves.
        let ended = over.clone().cancelled_owned();
        let taking = tokio::spawn(async move {
            tokio::select! {
                () = taking.take(arrivals) => {}
                () = ended => {}
            }
        });
        let work = workers::Options {
            dial: (settings.dialling_trunk().is_some() && settings.dialler.calls_max > 0).then(
                || dialling::places(calls.clone(), dialled.clone(), settings.dialler.mode.into()),
            ),
            dispatch: dispatch(settings).await?,
        };
        let workers = workers::start(app.clone(), work);
        let options = grpc::Options {
            limits: settings::api(settings),
            reflection: serve.demo || serve.dev,
            calls: Some(calls.clone()),
            receipts: settings::receipts(settings),
            tls: settings::tls(settings).map_err(Error::other)?,
        };
        let server = grpc::Server::start(app.clone(), settings.api.address, options)
            .await
            .map_err(Error::other)?;
        Ok(Self {
            app,
            samples,
            audio,
            telephony,
            calls,
            taking,
            dialled,
            queueing,
            over,
            workers,
            server,
        })
    }

    pub fn api(&self) -> SocketAddr {
        self.server.address()
    }

    /// Refuses new work, lets calls go on for at most `drain`, and waits for every part.
    pub async fn close(self, drain: Duration) {
        let calls = async {
            self.workers.stop().await;
            tokio::join!(self.calls.close(drain), self.telephony.shutdown(drain));
            self.over.cancel();
            let _ = self.taking.await;
            self.dialled.close();
            self.dialled.wait().await;
            if let Some(centre) = self.calls.centre() {
                centre.close();
            }
            let _ = self.queueing.await;
        };
        tokio::join!(self.server.shutdown(API_DRAIN), calls);
        self.audio.shutdown().await;
        self.app.close().await;
    }
}

async fn open_app(serve: &Serve, settings: &Settings) -> Result<Arc<App>> {
    let store = place::open(settings, Clock::system().now()).await?;
    let demonstration = demo::marked(&store).await.map_err(Error::other)?;
    if demonstration && !serve.demo {
        store.close().await;
        return Err(Error::Usage(
            "this data belongs to a demonstration, whose sample accounts have a printed password: \
             use another --data or --database, or serve it with --demo"
                .to_owned(),
        ));
    }
    if !demonstration && serve.demo && demo::is_in_use(&store).await.map_err(Error::other)? {
        store.close().await;
        return Err(Error::Usage(
            "this data belongs to a helpline: a demonstration would add accounts with a printed \
             password to it; use another --data or --database, or serve it without --demo"
                .to_owned(),
        ));
    }
    let (clock, mode) = if serve.demo {
        (demo::clock_of(&store).await.map_err(Error::other)?, Mode::Demonstration)
    } else {
        (Clock::system(), Mode::Service)
    };
    let passwords = match mode {
        Mode::Service => Cost::Standard,
        // The sample accounts' password is printed, so its hash protects nothing.
        Mode::Demonstration => Cost::Least,
    };
    let trusted_clients = settings.converse.trusted.clone();
    let evidence = settings::evidence(settings, EVIDENCE_DIR).map_err(Error::other)?;
    match evidence.sweep(SystemTime::now()).await {
        Ok(0) => {}
        Ok(files) => tracing::info!(files, "what crashes left of uploads is removed"),
        Err(error) => tracing::warn!(%error, "what crashes left of uploads stays"),
    }
    let recordings = settings.store.data.join(RECORDINGS_DIR);
    let recordings = app::recordings::Folder::open(recordings).await.map_err(Error::other)?;
    let desk = app::Desk {
        evidence,
        contacts: app::Contacts {
            directorate: settings.desk.directorate.clone(),
            nodal: settings.desk.nodal.clone(),
        },
        recordings,
        retention: settings::retention(settings),
    };
    let limits = settings::limits(settings);
    let options = app::Options { clock, mode, passwords, trusted_clients, desk, limits };
    App::open(store, options).await.map_err(Error::other)
}

/// How messages leave: by the gateway of the settings, else into a file.
async fn dispatch(settings: &Settings) -> Result<Dispatch> {
    let file = &settings.sms.templates;
    let templates = if file.as_os_str().is_empty() {
        Templates::sample()
    } else {
        Templates::parse(&fs::read_to_string(file).map_err(Error::other)?).map_err(Error::other)?
    };
    let gateway = if settings.sms.url.is_empty() {
        let file = settings.store.data.join(NOTICES_FILE);
        Gateway::LogFile(LogFile::open(&file).await.map_err(Error::other)?)
    } else {
        Gateway::Sms(Box::new(Sms::open(settings::sms(settings)).map_err(Error::other)?))
    };
    Ok(Dispatch { gateway, templates })
}
