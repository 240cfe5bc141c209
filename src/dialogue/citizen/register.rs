//! Registering a complaint by keys and voice: category, place, the problem in the caller's own words, and a confirmation. Of a
//! known outage only what is not known is asked: the number that the line did not show, and the place.

use crate::{
    dialogue::{
        At, Clip, Recorded,
        desk::{Chooser, Chosen, Desk, Event, Field, Keys, REPLY_MS},
        flow::{Leave, Progress},
        prompts,
        spoken::{case_number, identifier},
        talk::{
            Caller, Choice, JoinPlace, Joined, Joining, KnownIncident, Question, Reason,
            Registration, Reply,
        },
    },
    domain::{
        number::CaseNumber,
        phone::Phone,
        place::{Code, PlaceCode},
    },
};

pub const RECORDING_MS: u32 = 90_000;
/// Anything shorter is no problem told.
const RECORDING_LEAST_MS: u32 = 2_000;
const RECORDINGS_MAX: u8 = 3;
/// How often a caller may choose everything again.
const CHANGES_MAX: u8 = 5;
/// Earlier places that are offered before the whole list.
const EARLIER_MAX: usize = 3;
const MOBILE_DIGITS: usize = 10;
/// Not a place: the choice that leads to the whole list.
const OTHER: &str = "other";

#[derive(Debug)]
enum Step {
    Mobile,
    ConfirmMobile(Phone),
    AwaitCategories,
    Category(Chooser),
    Earlier(Chooser),
    AwaitDivisions,
    Division(Chooser),
    AwaitDistricts,
    District(Chooser),
    Recording,
    Confirm,
    AwaitNumber,
    AwaitJoined,
    Over,
}

#[derive(Debug)]
pub(crate) struct Register {
    step: Step,
    /// The known outage that the caller's trouble is.
    incident: Option<KnownIncident>,
    /// The districts of the caller's earlier cases.
    earlier: Vec<Choice>,
    keyed_phone: Option<Phone>,
    category: Option<Choice>,
    district: Option<Choice>,
    recorded: Option<Recorded>,
    too_short: u8,
    changes: u8,
}

impl Register {
    pub(crate) fn begin(
        number_known: bool,
        caller: &Caller,
        incident: Option<KnownIncident>,
        desk: &mut Desk,
        at: At,
    ) -> Self {
        let mut register = Self {
            step: Step::Over,
            incident,
            earlier: caller.districts.iter().take(EARLIER_MAX).cloned().collect(),
            keyed_phone: None,
            category: None,
            district: None,
            recorded: None,
            too_short: 0,
            changes: 0,
        };
        if number_known {
            register.ask_matter(desk, at);
        } else {
            register.ask_mobile(desk, at);
        }
        register
    }

    pub(crate) fn on(&mut self, event: Event, desk: &mut Desk, at: At) -> Progress {
        let step = std::mem::replace(&mut self.step, Step::Over);
        match (step, event) {
            (Step::Mobile, Event::Keyed(digits)) => match Phone::parse(&digits) {
                Ok(phone) if phone.is_mobile() => self.confirm_mobile(phone, desk, at),
                _ => {
                    self.step = Step::Mobile;
                    refused(desk.refuse(prompts::WRONG_INPUT, at))
                }
            },
            (Step::ConfirmMobile(phone), Event::Keyed(digits)) => {
                if digits == "1" {
                    self.keyed_phone = Some(phone);
                    return self.ask_matter(desk, at);
                }
                if !self.may_change() {
                    return Progress::Left(Leave::Operator(Reason::WrongInput));
                }
                self.ask_mobile(desk, at)
            }
            (Step::AwaitCategories, Event::Told(Reply::Choices(choices))) => {
                self.choose(prompts::CHOOSE_CATEGORY, choices, Step::Category, desk, at)
            }
            (Step::Category(mut chooser), Event::Keyed(digits)) => match chooser.keyed(&digits) {
                Chosen::NextPage => self.turn(chooser, Step::Category, desk, at),
                Chosen::One(category) => {
                    self.category = Some(category);
                    self.ask_place(desk, at)
                }
            },
            (Step::Earlier(mut chooser), Event::Keyed(digits)) => match chooser.keyed(&digits) {
                Chosen::NextPage => self.turn(chooser, Step::Earlier, desk, at),
                Chosen::One(place) if place.code == OTHER => self.elsewhere(desk, at),
                Chosen::One(place) => self.placed(place, desk, at),
            },
            (Step::AwaitDivisions, Event::Told(Reply::Choices(choices))) => {
                self.choose(prompts::CHOOSE_DIVISION, choices, Step::Division, desk, at)
            }
            (Step::Division(mut chooser), Event::Keyed(digits)) => match chooser.keyed(&digits) {
                Chosen::NextPage => self.turn(chooser, Step::Division, desk, at),
                Chosen::One(division) => {
                    self.step = Step::AwaitDistricts;
                    desk.inquire(Question::Districts(PlaceCode(division.code)), REPLY_MS, at);
                    Progress::Going
                }
            },
            (Step::AwaitDistricts, Event::Told(Reply::Choices(choices))) => {
                self.choose(prompts::CHOOSE_DISTRICT, choices, Step::District, desk, at)
            }
            (Step::District(mut chooser), Event::Keyed(digits)) => match chooser.keyed(&digits) {
                Chosen::NextPage => self.turn(chooser, Step::District, desk, at),
                Chosen::One(district) => self.placed(district, desk, at),
            },
            (Step::Recording, Event::Recorded(recorded)) => self.recorded(recorded, desk, at),
            (Step::Confirm, Event::Keyed(digits)) => self.confirmed(&digits, desk, at),
            (Step::AwaitNumber, Event::Told(Reply::Registered { number, message_sent })) => {
                Progress::Left(Leave::Served(registered(number, message_sent)))
            }
            (Step::AwaitJoined, Event::Told(Reply::Joined(joined))) => {
                Progress::Left(self::joined(joined))
            }
            (Step::AwaitNumber, Event::Told(Reply::Barred)) => {
                Progress::Left(Leave::Operator(Reason::Limit))
            }
            (_, Event::GaveUp(reason)) => Progress::Left(Leave::Operator(reason)),
            (
                Step::AwaitCategories
                | Step::AwaitDivisions
                | Step::AwaitDistricts
                | Step::AwaitNumber
                | Step::AwaitJoined,
                Event::NoReply | Event::Told(_),
            ) => Progress::Left(Leave::Operator(Reason::NoReply)),
            (step, Event::HungUp) => {
                // A problem that was told must not be lost because the line was.
                let told = self.recorded.is_some() || matches!(step, Step::Recording);
                if told && !matches!(step, Step::AwaitNumber | Step::Over) {
                    desk.tell(Question::CallBack(Reason::Unfinished));
                }
                Progress::Left(Leave::Gone)
            }
            (
                step,
                Event::Started
                | Event::Said
                | Event::Keyed(_)
                | Event::Recorded(_)
                | Event::Told(_)
                | Event::NoReply,
            ) => {
                self.step = step;
                Progress::Going
            }
        }
    }

    fn ask_mobile(&mut self, desk: &mut Desk, at: At) -> Progress {
        self.step = Step::Mobile;
        let speech = desk.own(vec![Clip::fixed(prompts::ENTER_MOBILE)]);
        desk.ask(Field::digits(prompts::ENTER_MOBILE, MOBILE_DIGITS, MOBILE_DIGITS, speech), at);
        Progress::Going
    }

    fn confirm_mobile(&mut self, phone: Phone, desk: &mut Desk, at: At) -> Progress {
        let mut clips = vec![Clip::fixed(prompts::MOBILE_IS)];
        clips.extend(identifier(phone.reveal()));
        clips.push(Clip::fixed(prompts::CONFIRM_MOBILE));
        let speech = desk.own(clips);
        desk.ask(Field::menu(prompts::CONFIRM_MOBILE, Keys::of("12"), speech), at);
        self.step = Step::ConfirmMobile(phone);
        Progress::Going
    }

    fn ask_matter(&mut self, desk: &mut Desk, at: At) -> Progress {
        let Some(incident) = &self.incident else {
            self.ask_categories(desk, at);
            return Progress::Going;
        };
        match incident.place.clone() {
            JoinPlace::Settled(place) => {
                let id = incident.id;
                self.join(id, place, desk, at)
            }
            JoinPlace::OneOf(mut districts) => {
                districts.push(other());
                self.choose(prompts::CHOOSE_DISTRICT, districts, Step::Earlier, desk, at)
            }
            JoinPlace::Anywhere => self.ask_place(desk, at),
        }
    }

    fn join(&mut self, incident: i64, place: PlaceCode, desk: &mut Desk, at: At) -> Progress {
        self.step = Step::AwaitJoined;
        let keyed_phone = self.keyed_phone.clone();
        let joining = Joining { incident, place, language: desk.language, keyed_phone };
        desk.inquire(Question::Join(joining), REPLY_MS, at);
        Progress::Going
    }

    /// Another place than those that were offered.
    fn elsewhere(&mut self, desk: &mut Desk, at: At) -> Progress {
        match self.incident.as_ref().map(|incident| &incident.place) {
            Some(JoinPlace::OneOf(_)) => {
                Progress::Left(Leave::Menu(vec![Clip::fixed(prompts::INCIDENT_NOT_THERE)]))
            }
            Some(JoinPlace::Settled(_) | JoinPlace::Anywhere) | None => {
                self.ask_divisions(desk, at)
            }
        }
    }

    fn ask_categories(&mut self, desk: &mut Desk, at: At) {
        self.step = Step::AwaitCategories;
        desk.inquire(Question::Categories, REPLY_MS, at);
    }

    fn ask_place(&mut self, desk: &mut Desk, at: At) -> Progress {
        if self.earlier.is_empty() {
            return self.ask_divisions(desk, at);
        }
        let mut choices = self.earlier.clone();
        choices.push(other());
        self.choose(prompts::CHOOSE_PLACE, choices, Step::Earlier, desk, at)
    }

    fn ask_divisions(&mut self, desk: &mut Desk, at: At) -> Progress {
        self.step = Step::AwaitDivisions;
        desk.inquire(Question::Divisions, REPLY_MS, at);
        Progress::Going
    }

    fn choose(
        &mut self,
        intro: &'static str,
        choices: Vec<Choice>,
        step: fn(Chooser) -> Step,
        desk: &mut Desk,
        at: At,
    ) -> Progress {
        let Some(chooser) = Chooser::new(intro, choices) else {
            return Progress::Left(Leave::Operator(Reason::NoReply));
        };
        self.turn(chooser, step, desk, at)
    }

    fn turn(
        &mut self,
        chooser: Chooser,
        step: fn(Chooser) -> Step,
        desk: &mut Desk,
        at: At,
    ) -> Progress {
        desk.ask(chooser.field(desk.language), at);
        self.step = step(chooser);
        Progress::Going
    }

    fn placed(&mut self, district: Choice, desk: &mut Desk, at: At) -> Progress {
        if let Some(incident) = &self.incident {
            let id = incident.id;
            return self.join(id, PlaceCode::new(district.code), desk, at);
        }
        self.district = Some(district);
        if self.recorded.is_some() {
            return self.read_back(desk, at);
        }
        self.record(prompts::SAY_PROBLEM_AFTER_TONE, desk, at)
    }

    fn record(&mut self, invitation: &'static str, desk: &mut Desk, at: At) -> Progress {
        self.step = Step::Recording;
        desk.record(vec![Clip::fixed(invitation), Clip::fixed(prompts::BEEP)], RECORDING_MS, at);
        Progress::Going
    }

    fn recorded(&mut self, recorded: Recorded, desk: &mut Desk, at: At) -> Progress {
        if recorded.duration_ms >= RECORDING_LEAST_MS {
            self.recorded = Some(recorded);
            return self.read_back(desk, at);
        }
        self.too_short += 1;
        if self.too_short >= RECORDINGS_MAX {
            return Progress::Left(Leave::Operator(Reason::NoInput));
        }
        self.record(prompts::RECORDING_TOO_SHORT, desk, at)
    }

    fn read_back(&mut self, desk: &mut Desk, at: At) -> Progress {
        let mut clips = vec![Clip::fixed(prompts::CATEGORY_IS)];
        clips.extend(self.category.iter().map(|choice| choice.clip.clone()));
        clips.push(Clip::fixed(prompts::PLACE_IS));
        clips.extend(self.district.iter().map(|choice| choice.clip.clone()));
        clips.push(Clip::fixed(prompts::CONFIRM_REGISTER));
        let speech = desk.own(clips);
        self.step = Step::Confirm;
        desk.ask(Field::menu(prompts::CONFIRM_REGISTER, Keys::of("123"), speech), at);
        Progress::Going
    }

    fn confirmed(&mut self, digits: &str, desk: &mut Desk, at: At) -> Progress {
        if digits != "1" && !self.may_change() {
            return Progress::Left(Leave::Operator(Reason::WrongInput));
        }
        match digits {
            "1" => {
                let (Some(category), Some(district), Some(recorded)) =
                    (&self.category, &self.district, &self.recorded)
                else {
                    return Progress::Left(Leave::Operator(Reason::NoReply));
                };
                let registration = Registration {
                    category: Code::new(category.code.clone()),
                    district: PlaceCode::new(district.code.clone()),
                    language: desk.language,
                    keyed_phone: self.keyed_phone.clone(),
                    recording: recorded.reference.clone(),
                    recording_ms: recorded.duration_ms,
                };
                self.step = Step::AwaitNumber;
                desk.inquire(Question::Register(registration), REPLY_MS, at);
                Progress::Going
            }
            "3" => self.record(prompts::SAY_PROBLEM_AFTER_TONE, desk, at),
            _ => {
                self.ask_categories(desk, at);
                Progress::Going
            }
        }
    }

    fn may_change(&mut self) -> bool {
        self.changes += 1;
        self.changes <= CHANGES_MAX
    }
}

pub(crate) fn refused(event: Option<Event>) -> Progress {
    match event {
        Some(Event::GaveUp(reason)) => Progress::Left(Leave::Operator(reason)),
        _ => Progress::Going,
    }
}

fn other() -> Choice {
    Choice { code: OTHER.into(), clip: Clip::fixed(prompts::OTHER_PLACE) }
}

fn joined(joined: Joined) -> Leave {
    match joined {
        Joined::Registered { number, message_sent } => {
            let mut clips = registered(number, message_sent);
            clips.push(Clip::fixed(prompts::INCIDENT_WILL_ASK));
            Leave::Served(clips)
        }
        Joined::Before(number) => {
            let mut clips = numbered(prompts::INCIDENT_REGISTERED_BEFORE, number);
            clips.push(Clip::fixed(prompts::INCIDENT_WILL_ASK));
            Leave::Served(clips)
        }
        Joined::NotThere => Leave::Menu(vec![Clip::fixed(prompts::INCIDENT_NOT_THERE)]),
    }
}

fn registered(number: CaseNumber, message_sent: bool) -> Vec<Clip> {
    let mut clips = numbered(prompts::REGISTERED_THANKS, number);
    if message_sent {
        clips.push(Clip::fixed(prompts::SMS_SENT));
    }
    clips
}

/// The number, twice.
fn numbered(first: &'static str, number: CaseNumber) -> Vec<Clip> {
    let mut clips = vec![Clip::fixed(first), Clip::fixed(prompts::YOUR_NUMBER_IS)];
    clips.extend(case_number(number));
    clips.push(Clip::fixed(prompts::NUMBER_AGAIN));
    clips.extend(case_number(number));
    clips
}
