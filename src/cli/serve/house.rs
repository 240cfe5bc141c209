//! Everything that runs, from the store up to the API, and how it ends.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::{Serve, settings};
use crate::{
    app::{
        self, App, Mode,
        demo::{self, SampleAccount},
        passwords::Cost,
    },
    cli::{
        error::{Error, Result},
        place,
    },
    clock::Clock,
    config::Settings,
    grpc,
    telephony::{Arrival, Telephony, audio::Audio},
};

const SAMPLE_DIRECTORY: &str = include_str!("../../../deploy/sample/demo.toml");
/// How long calls of the API may go on when the helpline ends.
const API_DRAIN: Duration = Duration::from_secs(2);

pub struct House {
    pub app: Arc<App>,
    pub samples: Vec<SampleAccount>,
    audio: Audio,
    telephony: Telephony,
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
        let audio = Audio::start(settings::audio(settings)).map_err(Error::other)?;
        let sip = settings::telephony(settings)?;
        let (telephony, arrivals) =
            Telephony::start(sip, audio.clone()).await.map_err(Error::other)?;
        drop::<mpsc::Receiver<Arrival>>(arrivals);
        let options =
            grpc::Options {
            limits: settings::api(settings),
            reflection: serve.demo || serve.dev,
            calls: None,
        };
        let server = grpc::Server::start(app.clone(), settings.api.address, options)
            .await
            .map_err(Error::other)?;
        Ok(Self { app, samples, audio, telephony, server })
    }

    pub fn api(&self) -> SocketAddr {
        self.server.address()
    }

    /// Refuses new work, lets calls go on for at most `drain`, and waits for every part.
    pub async fn close(self, drain: Duration) {
        tokio::join!(self.server.shutdown(API_DRAIN), self.telephony.shutdown(drain));
        self.audio.shutdown().await;
        self.app.close().await;
    }
}

async fn open_app(serve: &Serve, settings: &Settings) -> Result<Arc<App>> {
    let store = place::open(settings, Clock::system().now()).await?;
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
    let options = app::Options { clock, mode, passwords, ..app::Options::default() };
    App::open(store, options).await.map_err(Error::other)
}
