//! The settings in the words of `telephony`.

use std::time::Duration;

use super::{Error, Settings, Transport, Trunk};
use crate::telephony::{self, audio};

impl Settings {
    pub fn telephony(&self) -> Result<telephony::Config, Error> {
        let sip = &self.sip;
        Ok(telephony::Config {
            udp: sip.udp,
            tcp: sip.tcp_address()?,
            realm: sip.realm.clone(),
            trunks: self.trunk.iter().map(Trunk::telephony).collect(),
            phones: self
                .phone
                .iter()
                .map(|phone| telephony::PhoneAccount {
                    user: phone.user.clone(),
                    password: phone.password.clone(),
                })
                .collect(),
            md5: sip.md5,
            challenge_calls: sip.challenge_calls,
            calls_max: sip.calls_max,
            calls_per_second: sip.calls_per_second,
            limits: telephony::Limits {
                datagrams_per_second: sip.datagrams_per_second,
                trunk_datagrams_per_second: sip.trunk_datagrams_per_second,
                retry_after_s: sip.retry_after_s,
                wrong_passwords_max: sip.wrong_passwords_max,
                lock_out: Duration::from_secs(sip.lock_out_s),
                nonce_age: Duration::from_secs(sip.nonce_age_s),
                register_min_s: sip.register_min_s,
                register_max_s: sip.register_max_s,
            },
            timing: telephony::Timing::default(),
        })
    }

    pub fn audio(&self) -> audio::Config {
        audio::Config {
            address: self.rtp.address,
            ports: self.rtp.port_first..=self.rtp.port_last,
            realtime: self.rtp.realtime,
            silence_timeout: Duration::from_secs(self.rtp.silence_timeout_s),
            held_timeout: Duration::from_secs(self.rtp.held_timeout_s),
        }
    }
}

impl Trunk {
    fn telephony(&self) -> telephony::Trunk {
        telephony::Trunk {
            name: self.name.clone(),
            peers: self.peers.clone(),
            digest: self.digest.as_ref().map(|digest| telephony::Digest {
                user: digest.user.clone(),
                password: digest.password.clone(),
                realm: digest.realm.clone(),
            }),
            transport: match self.transport {
                Transport::Udp => telephony::Transport::Udp,
                Transport::Tcp => telephony::Transport::Tcp,
            },
            trusted_cli: self.trusted_cli,
            caller_id: self.caller_id.clone(),
            calls_per_second: self.calls_per_second,
            channels: self.channels,
            outbound: self.outbound,
        }
    }
}
