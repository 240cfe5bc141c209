//! The settings in the words of the parts that take them.

use std::{collections::HashMap, fs, io, path::Path, time::Duration};

use crate::{
    acd::{Elsewhere, Otherwise, Overflow, Policy, Want, policy::CALLERS_MAX},
    app::{
        Limits as Registrations,
        evidence::{Files, s3},
        notices::sms,
    },
    calls::{
        self,
        centre::{hours::Hours, skills},
    },
    config::{self, Settings, SmsForm, Transport, Trunk},
    domain::{
        recording::Retention,
        time::{DAY_MS, HOUR_MS, SECOND_MS},
    },
    grpc::{self, Limits, Tls},
    telephony::{self, audio},
};

/// What calls left behind while the database was away.
const JOURNAL_FILE: &str = "calls.journal";

pub fn telephony(
    settings: &Settings,
) -> Result<telephony::Config, Box<dyn std::error::Error + Send + Sync>> {
    let sip = &settings.sip;
    let tls = match (sip.tls_address()?, &sip.tls_certificate, &sip.tls_key) {
        (Some(address), Some(certificate), Some(key)) => {
            Some(telephony::Tls { address, certificate: read(certificate)?, key: read(key)? })
        }
        _ => None,
    };
    Ok(telephony::Config {
        udp: sip.udp,
        tcp: sip.tcp_address()?,
        tls,
        realm: sip.realm.clone(),
        trunks: settings.trunk.iter().map(trunk).collect(),
        phones: settings
            .phone
            .iter()
            .map(|phone| telephony::PhoneAccount {
                user: phone.user.clone(),
                password: phone.password.clone(),
            })
            .collect(),
        md5: sip.md5,
        challenge_calls: sip.challenge_calls,
        proxies: sip.proxies.clone(),
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
        timing: telephony::Timing {
            qualify_every: Duration::from_secs(sip.qualify_s),
            ..telephony::Timing::default()
        },
    })
}

pub fn audio(settings: &Settings) -> audio::Config {
    audio::Config {
        address: settings.rtp.address,
        ports: settings.rtp.port_first..=settings.rtp.port_last,
        realtime: settings.rtp.realtime,
        silence_timeout: Duration::from_secs(settings.rtp.silence_timeout_s),
        held_timeout: Duration::from_secs(settings.rtp.held_timeout_s),
    }
}

pub fn limits(settings: &Settings) -> Registrations {
    let intake = &settings.intake;
    Registrations {
        complaints_a_day_max: i64::from(intake.complaints_a_day_max),
        duplicate_ms: i64::from(intake.duplicate_days) * DAY_MS,
        nearby_ms: i64::from(intake.nearby_hours) * HOUR_MS,
        nearby_cases_min: intake.nearby_cases as usize,
    }
}

pub fn sms(settings: &Settings) -> sms::Options {
    let sms = settings.sms.clone();
    sms::Options {
        url: sms.url,
        authorization: sms.authorization,
        form: match sms.form {
            SmsForm::Json => sms::Form::Json,
            SmsForm::Form => sms::Form::Form,
        },
        entity: sms.entity,
        header: sms.header,
        prefix: sms.prefix,
        per_minute: sms.messages_per_minute.into(),
        timeout: Duration::from_secs(sms.timeout_s),
        fields: sms::Fields {
            to: sms.fields.to,
            text: sms.fields.text,
            entity: sms.fields.entity,
            header: sms.fields.header,
            template: sms.fields.template,
            unicode: sms.fields.unicode,
            reference: sms.fields.reference,
        },
        id: sms.id,
        status_url: sms.status_url,
    }
}

/// Files of cases; `folder` is under `store.data`.
pub fn evidence(
    settings: &Settings,
    folder: &str,
) -> Result<Files, Box<dyn std::error::Error + Send + Sync>> {
    let folder = settings.store.data.join(folder);
    let said = settings.evidence.clone();
    if said.endpoint.is_empty() {
        return Ok(Files::disk(folder));
    }
    let authority =
        if said.tls_ca.as_os_str().is_empty() { Vec::new() } else { read(&said.tls_ca)? };
    let bucket = s3::Bucket::open(s3::Options {
        endpoint: said.endpoint,
        bucket: said.bucket,
        region: said.region,
        access_key: said.access_key,
        secret_key: said.secret_key,
        authority,
        timeout: Duration::from_secs(said.timeout_s),
    })?;
    Ok(Files::bucket(folder, bucket))
}

pub fn retention(settings: &Settings) -> Retention {
    let said = &settings.recordings;
    let days = |days: u32| (days > 0).then_some(days);
    Retention {
        complaint_days: days(said.complaint_days),
        report_days: days(said.report_days),
        call_days: days(said.call_days),
        case_days: said.case_days,
    }
}

/// None while no gateway may bring receipts.
pub fn receipts(settings: &Settings) -> Option<grpc::Receipts> {
    let receipts = settings.sms.receipts.clone();
    (!receipts.authorization.is_empty()).then_some(grpc::Receipts {
        authorization: receipts.authorization,
        id: receipts.id,
        status: receipts.status,
        delivered: receipts.delivered,
        undelivered: receipts.undelivered,
    })
}

fn trunk(trunk: &Trunk) -> telephony::Trunk {
    telephony::Trunk {
        name: trunk.name.clone(),
        peers: trunk.peers.clone(),
        digest: trunk.digest.as_ref().map(|digest| telephony::Digest {
            user: digest.user.clone(),
            password: digest.password.clone(),
            realm: digest.realm.clone(),
        }),
        transport: match trunk.transport {
            Transport::Udp => telephony::Transport::Udp,
            Transport::Tcp => telephony::Transport::Tcp,
        },
        trusted_cli: trunk.trusted_cli,
        caller_id: trunk.caller_id.clone(),
        caller_ids: trunk.caller_ids.clone(),
        calls_per_second: trunk.calls_per_second,
        channels: trunk.channels,
        outbound: trunk.outbound,
    }
}

pub fn calls(
    settings: &Settings,
    numbers: impl IntoIterator<Item = &'static str>,
    recordings: &str,
    prompts_sha256: String,
) -> calls::Config {
    calls::Config {
        calls_max: settings.sip.calls_max,
        dialled_max: settings.dialler.calls_max,
        trunks: settings.dialling_trunks().iter().map(|trunk| trunk.name.clone()).collect(),
        ring_timeout: Duration::from_secs(settings.dialler.ring_timeout_s),
        numbers: numbers.into_iter().map(str::to_owned).collect(),
        officer_numbers: settings.officer_line.numbers.clone(),
        missed_call_numbers: settings.queue.missed_call_numbers.clone(),
        retry_after_s: settings.sip.retry_after_s,
        recordings: settings.store.data.join(recordings),
        journal: settings.store.data.join(JOURNAL_FILE),
        keep_trying: calls::KEEP_TRYING,
        prompts_sha256,
        renew_every: calls::RENEW_EVERY,
        verification_max: calls::VERIFICATION_MAX,
    }
}

pub fn queue(settings: &Settings) -> Result<Policy, skills::Unreadable> {
    let queue = &settings.queue;
    let ms = |seconds: u32| i64::from(seconds) * SECOND_MS;
    let usual = Policy::default();
    Ok(Policy {
        closed: otherwise(queue, &queue.closed)?,
        closing: otherwise(queue, &queue.closing)?,
        nobody: otherwise(queue, &queue.nobody)?,
        offer_ms: ms(queue.offer_s),
        no_answers_max: queue.no_answers_max,
        wrap_up_ms: ms(queue.wrap_up_s),
        wrap_up_extra_ms: ms(queue.wrap_up_extra_s),
        wrap_up_max_ms: ms(queue.wrap_up_max_s),
        rings_ms: queue.rings_s.map(ms),
        call_back_offer_ms: ms(queue.call_back_offer_s),
        escalate_ms: ms(queue.escalate_s),
        resume_ms: ms(queue.resume_s),
        call_back_minutes: queue.call_back_minutes().unwrap_or(usual.call_back_minutes),
        call_back_dials_max: queue.call_back_dials_max,
        callers_max: queue.callers_max.min(CALLERS_MAX),
        ..usual
    })
}

fn otherwise(
    queue: &config::Queue,
    said: &config::Otherwise,
) -> Result<Otherwise, skills::Unreadable> {
    Ok(match said {
        config::Otherwise::CallBack => Otherwise::CallBack,
        config::Otherwise::Message => Otherwise::Message,
        config::Otherwise::Stay => Otherwise::Stay,
        config::Otherwise::Overflow(name) => {
            let place = queue.overflow.iter().find(|place| place.name == *name);
            let wanted = skills::parse(place.map_or("", |place| &place.skills))?;
            let wants: Vec<Want> =
                wanted.into_iter().map(|(skill, least)| Want::always(skill, least.0)).collect();
            let to = match wants.is_empty() {
                true => Elsewhere::Outside,
                false => Elsewhere::Agents(wants),
            };
            Otherwise::Overflow(Overflow { name: name.clone(), to })
        }
    })
}

/// The numbers of other offices, by name.
pub fn elsewhere(settings: &Settings) -> HashMap<String, String> {
    let offices = settings.queue.overflow.iter().filter(|place| !place.number.is_empty());
    offices.map(|place| (place.name.clone(), place.number.clone())).collect()
}

/// They were checked when the settings were read.
pub fn hours(settings: &Settings) -> Hours {
    let minutes = settings.queue.open_minutes();
    minutes.map_or(Hours::ALWAYS, |(from, until)| Hours { from, until })
}

pub fn tls(settings: &Settings) -> io::Result<Option<Tls>> {
    let (Some(certificate), Some(key)) = (&settings.api.tls_certificate, &settings.api.tls_key)
    else {
        return Ok(None);
    };
    Ok(Some(Tls { certificate: read(certificate)?, key: read(key)? }))
}

pub fn api(settings: &Settings) -> Limits {
    let api = &settings.api;
    Limits {
        connections_max: api.connections_max,
        connections_per_address_max: api.connections_per_address_max,
        in_flight_per_account_max: api.in_flight_per_account_max,
        in_flight_anonymous_max: api.in_flight_anonymous_max,
        unary_deadline: Duration::from_secs(api.unary_deadline_s),
        ..Limits::default()
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
}
