//! Citizens who call 181: register by keys and voice, hear the status, are never left alone.

use std::time::Duration;

use helpline_proto::v1::{Case, CaseState, Language};

use crate::{
    kit::{
        api::Books,
        script::{HangUp, Hold, Info, Listen, Press, Resume, Speak, Step, UntilHungUp, keys},
        server::Server,
        sipp::{Sipp, Weather},
        sounds::Sounds,
    },
    tour::type_in,
};

const SPEECH_MS: u32 = 4_000;
const MENU_MS: u32 = 1_200;
const A_FACT: Duration = Duration::from_secs(20);

/// English, register, electricity, Bhopal division, Bhopal district; then the problem, `#` and the confirmation.
fn registration(sounds: &Sounds) -> Vec<Step> {
    let mut steps = vec![Listen(2_000)];
    steps.extend(keys("21111", MENU_MS));
    steps.extend(voice(sounds));
    steps
}

fn voice(sounds: &Sounds) -> Vec<Step> {
    let invitation = sounds.ms(&["say_problem_after_tone", "beep"]);
    vec![
        Listen(invitation + 500),
        Speak(SPEECH_MS),
        Listen(500),
        Press('#'),
        Listen(2_500),
        Press('1'),
        Listen(4_000),
        HangUp,
    ]
}

fn assert_registered(case: &Case) {
    assert_eq!((case.category.as_str(), case.district.as_str()), ("electricity", "district:396"));
    assert_eq!((case.state(), case.level), (CaseState::WithOfficer, 1));
    assert_eq!(case.language(), Language::English);
    assert!(case.needs_review && case.due_at.is_some());
}

#[tokio::test]
async fn a_citizen_registers_by_keys_and_voice_and_the_recording_holds_what_was_said() {
    let server = Server::start().await;
    let sounds = Sounds::read();

    Sipp::call(server.sip(), server.network.trunk(), 1, "9000000401", &registration(&sounds))
        .done()
        .await;

    let cases = server.api.cases_of("9000000401").await;
    assert_eq!(cases.len(), 1, "{}", server.output.text());
    assert_registered(&cases[0]);
    let recording = Books::open(&server.data()).await.recording(&cases[0].number).await;
    let (file, duration_ms) = recording.expect("a recording of the case");
    assert_voice(&server.data().join("recordings").join(file), duration_ms);
    server.assert_calm();
}

/// 8 kHz, 16 bit, mono; as long as was spoken and waited; loud while the tone was spoken and quiet around it.
fn assert_voice(file: &std::path::Path, duration_ms: i64) {
    let mut wav =
        hound::WavReader::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let spec = wav.spec();
    assert_eq!((spec.sample_rate, spec.bits_per_sample, spec.channels), (8_000, 16, 1));
    let samples: Vec<_> = wav.samples::<i16>().map(|sample| f64::from(sample.unwrap())).collect();
    let length_ms = samples.len() as i64 / 8;
    assert!(
        (length_ms - duration_ms).abs() <= 40,
        "the row says {duration_ms} ms, the file has {length_ms} ms"
    );
    let spoken = i64::from(SPEECH_MS) + 500;
    assert!((spoken..spoken + 2_500).contains(&length_ms), "{length_ms} ms");
    let loud = samples.chunks(800).filter(|tenth| rms(tenth) > 5_000.0).count();
    let quiet = samples.chunks(800).filter(|tenth| rms(tenth) < 100.0).count();
    assert!((38..=41).contains(&loud), "{loud} loud tenths of a second in {length_ms} ms");
    assert!(
        loud + quiet + 2 >= samples.len() / 800,
        "{loud} loud, {quiet} quiet of {}",
        samples.len() / 800
    );
}

fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len() as f64).sqrt()
}

#[tokio::test]
async fn keys_by_sip_info_and_a_call_by_tcp_register_too() {
    let server = Server::start().await;
    let sounds = Sounds::read();
    let mut by_info = vec![Listen(2_000)];
    by_info.extend("21111".chars().flat_map(|key| [Info(key), Listen(MENU_MS)]));
    by_info.extend(voice(&sounds));

    let trunk = server.network.trunk();
    let info = Sipp::call(server.sip(), trunk, 1, "9000000411", &by_info);
    let tcp = Weather { tcp: true, ..Weather::default() };
    let tcp = Sipp::call_in(server.sip(), trunk, 2, "9000000412", &registration(&sounds), tcp);
    info.done().await;
    tcp.done().await;

    for number in ["9000000411", "9000000412"] {
        let cases = server.api.cases_of(number).await;
        assert_eq!(cases.len(), 1, "{number}");
        assert_registered(&cases[0]);
    }
    server.assert_calm();
}

#[tokio::test]
async fn status_is_told_by_number_and_an_unknown_number_is_not() {
    let server = Server::start().await;
    let case = server.api.register("9000000421").await;
    let ask = |number: &str| {
        // The language of this number is known from the registration: the menu comes at once.
        let mut steps = vec![Listen(1_500), Press('2'), Listen(1_500)];
        steps.extend(keys(number, 150));
        steps.extend([Press('#'), Listen(6_000), HangUp]);
        steps
    };
    let wrong = "1234567";

    let trunk = server.network.trunk();
    let known = Sipp::call(server.sip(), trunk, 1, "9000000421", &ask(&case.number));
    known.done().await;
    let unknown = Sipp::call(server.sip(), trunk, 2, "9000000421", &ask(wrong));
    unknown.done().await;

    let told = server.output.line("STATUS_TOLD", A_FACT).await;
    assert!(told.is_some(), "{}", server.output.text());
    let dispositions = Books::open(&server.data()).await.dispositions("IN").await;
    assert_eq!(
        dispositions.iter().filter(|word| *word == "STATUS_TOLD").count(),
        1,
        "{dispositions:?}"
    );
    server.assert_calm();
}

#[tokio::test]
async fn silence_and_wrong_keys_and_nine_lead_to_a_call_back_and_never_to_a_hang_up() {
    let server = Server::start().await;
    let wrong = [vec![Listen(2_000)], keys("777", 3_000), vec![UntilHungUp(60_000)]].concat();
    let nine = vec![Listen(2_000), Press('2'), Listen(1_500), Press('9'), UntilHungUp(60_000)];

    let trunk = server.network.trunk();
    let calls = [
        Sipp::call(server.sip(), trunk, 1, "9000000431", &[UntilHungUp(120_000)]),
        Sipp::call(server.sip(), trunk, 2, "9000000432", &wrong),
        Sipp::call(server.sip(), trunk, 3, "9000000433", &nine),
    ];
    for call in calls {
        call.done().await;
    }

    let mut reasons: Vec<_> =
        server.api.call_backs().await.into_iter().map(|task| task.reason.to_lowercase()).collect();
    reasons.sort();
    assert_eq!(reasons, ["asked", "no_input", "wrong_input"]);
    server.assert_calm();
}

#[tokio::test]
async fn a_held_and_resumed_call_goes_on() {
    let server = Server::start().await;
    let sounds = Sounds::read();
    let mut steps = vec![Listen(2_000), Hold, Listen(1_500), Resume, Listen(1_000)];
    steps.extend(keys("21", MENU_MS));
    steps.extend([Hold, Listen(800), Resume, Listen(800)]);
    steps.extend(keys("111", MENU_MS));
    steps.extend(voice(&sounds));

    Sipp::call(server.sip(), server.network.trunk(), 1, "9000000441", &steps).done().await;

    let cases = server.api.cases_of("9000000441").await;
    assert_eq!(cases.len(), 1);
    assert_registered(&cases[0]);
    server.assert_calm();
}

#[tokio::test]
async fn a_tenth_of_the_sip_messages_lost_loses_no_call() {
    let server = Server::start().await;
    let sounds = Sounds::read();
    let trunk = server.network.trunk();
    let lossy = Weather { lost: 10, ..Weather::default() };

    let numbers: Vec<_> = (1..=10).map(|n| format!("90000005{n:02}")).collect();
    let call = |(slot, number): (usize, &String)| {
        Sipp::call_in(server.sip(), trunk, slot as u16, number, &registration(&sounds), lossy)
    };
    let calls: Vec<_> = numbers.iter().enumerate().map(call).collect();
    for call in calls {
        call.done().await;
    }

    for number in &numbers {
        let cases = server.api.cases_of(number).await;
        assert_eq!(cases.len(), 1, "{number}");
        assert_registered(&cases[0]);
    }
    server.assert_calm();
}

#[tokio::test]
async fn a_caller_hears_of_a_known_outage_and_one_key_makes_a_linked_case() {
    const CITIZEN: &str = "9000000441";
    let server = Server::quick().await;
    let lead = server.api.register("9000000442").await;
    let declare = ["--as", "supervisor", "incident", "declare", "--lead", &lead.number];
    let what = ["--place", "district:396", "--reason", "the line is down", "--for", "2d"];
    type_in(&server, &[&declare[..], &what[..]].concat()).await;

    let dir = tempfile::tempdir().unwrap();
    let heard = dir.path().join("heard.wav");
    let (sip, trunk) = (server.sip().to_string(), format!("{}:0", server.network.trunk()));
    let keys = "wait,2,wait,5,wait,hangup";
    let heard_file = heard.to_str().unwrap();
    let at = ["--sip", &sip, "--local", &trunk, "--keys", keys, "--heard", heard_file];
    type_in(&server, &[&["phone", "call", "181", "--from", CITIZEN][..], &at[..]].concat()).await;

    let cases = server.api.cases_of(CITIZEN).await;
    assert_eq!(cases.len(), 1, "{}", server.output.text());
    assert_eq!(
        (cases[0].category.as_str(), cases[0].place.as_str()),
        ("electricity", "district:396")
    );
    let (_, history) = server.api.case(&cases[0].number).await;
    assert!(history.iter().any(|event| event.kind == "linked"));
    for (prompt, said) in
        [("incident_known", true), ("incident_repair", true), ("incident_stay_safe", false)]
    {
        let clip = server.audio().join("en").join(format!("{prompt}.wav"));
        let likeness = likeness(&samples(&heard), &samples(&clip));
        assert_eq!(likeness > 0.9, said, "{prompt}: {likeness}");
    }
    server.assert_calm();
}

fn samples(file: &std::path::Path) -> Vec<f32> {
    let mut wav = hound::WavReader::open(file).unwrap();
    wav.samples::<i16>().map(|sample| f32::from(sample.unwrap())).collect()
}

/// How like a clip the likest part of a sound is: 1 is the clip itself. A tenth of a second from the clip's middle is looked for,
/// among parts that are about as loud.
fn likeness(sound: &[f32], clip: &[f32]) -> f32 {
    let middle = clip.len() / 2;
    let clip = &clip[middle - 400..middle + 400];
    let both = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
    let whole = both(clip, clip);
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain(sound.iter().scan(0.0, |sum, sample| {
            *sum += f64::from(sample * sample);
            Some(*sum)
        }))
        .collect();
    let power = |at: usize| (sums[at + clip.len()] - sums[at]) as f32;
    (0..sound.len() - clip.len())
        .map(|at| (at, power(at)))
        .filter(|(_, power)| (0.5..2.0).contains(&(power / whole)))
        .map(|(at, power)| both(&sound[at..at + clip.len()], clip) / (power * whole).sqrt())
        .fold(0.0, f32::max)
}
