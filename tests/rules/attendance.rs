//! The daily register: who is listed, who is excused, and that a day judged twice is judged the same.

use helpline181::{
    app::{Error, attendance, desk},
    domain::{
        actor::{Actor, Channel, Role},
        attendance::{Action, Default},
        place::PlaceCode,
        refused::Refused,
        time::Day,
    },
    workers::{
        Step,
        sweeps::{self, Sweep},
    },
};

use crate::kit::{DAY_MS, Helpline, Home};

on_both_engines! {
    a_day_lists_the_officer_who_did_not_look_and_excuses_the_one_who_did,
    a_day_is_judged_once_by_itself_and_the_same_when_judged_again,
    leave_that_is_entered_late_withdraws_the_row_and_its_actions_end,
    a_first_look_of_a_day_is_kept_once_a_channel_and_is_a_fact,
    days_missed_by_an_outage_are_caught_up,
    actions_are_rows_of_their_own_and_told_twice_they_are_one,
    a_collector_sees_and_acts_on_the_own_district_alone,
}

/// The day at whose ten o'clock the tests begin, and the one after.
const FIRST: Day = Day(20_261_122);
const SECOND: Day = Day(20_261_123);

async fn look(helpline: &Helpline, officer: &Actor) {
    desk::queue(&helpline.app, officer, desk::Queue::default()).await.unwrap();
}

/// What the worker does when it wakes.
async fn sweep(helpline: &Helpline) -> Step {
    sweeps::step(helpline.app.clone(), Sweep::Attendance).await.unwrap()
}

/// Two first-level officers, the first day over, and the second about to be.
async fn two_officers(home: &Home) -> (Helpline, Actor, Actor) {
    let helpline = Helpline::start(home).await;
    let diligent = helpline.officer("block:phanda", 1).await;
    let idle = helpline.officer("block:berasia", 1).await;
    sweep(&helpline).await;
    helpline.pass(DAY_MS);
    (helpline, diligent, idle)
}

async fn listed(helpline: &Helpline, by: &Actor) -> Vec<attendance::DefaulterView> {
    let filter = attendance::Filter::default();
    attendance::defaulters(&helpline.app, by, filter).await.unwrap().defaulters
}

fn accounts(listed: &[attendance::DefaulterView]) -> Vec<(Day, Option<i64>, Default)> {
    listed
        .iter()
        .map(|view| (view.defaulter.day, Some(view.defaulter.account), view.defaulter.why))
        .collect()
}

async fn a_day_lists_the_officer_who_did_not_look_and_excuses_the_one_who_did(home: Home) {
    let (helpline, diligent, idle) = two_officers(&home).await;
    let directorate = helpline.staff(Role::Directorate).await;
    look(&helpline, &diligent).await;

    helpline.pass(DAY_MS);
    assert_eq!(sweep(&helpline).await, Step::Worked);

    // Both joined on the first day, which counts for neither.
    let found = listed(&helpline, &directorate).await;
    assert_eq!(accounts(&found), [(SECOND, idle.account, Default::NoLogin)]);
    let day = attendance::day(&helpline.app, &directorate, SECOND).await.unwrap().unwrap();
    assert_eq!((day.bound, day.listed), (2, 1));
    let first = attendance::day(&helpline.app, &directorate, FIRST).await.unwrap().unwrap();
    assert_eq!((first.bound, first.listed), (0, 0));
}

async fn a_day_is_judged_once_by_itself_and_the_same_when_judged_again(home: Home) {
    let (helpline, _, idle) = two_officers(&home).await;
    let directorate = helpline.staff(Role::Directorate).await;
    helpline.pass(DAY_MS);
    sweep(&helpline).await;
    let before = listed(&helpline, &directorate).await;

    let again = sweep(&helpline).await;
    attendance::judge_day(&helpline.app, SECOND).await.unwrap();

    assert_eq!(again, Step::Idle);
    assert_eq!(before.len(), 2);
    let after = listed(&helpline, &directorate).await;
    assert_eq!(accounts(&after), accounts(&before));
    assert!(after.iter().any(|view| Some(view.defaulter.account) == idle.account));
}

async fn leave_that_is_entered_late_withdraws_the_row_and_its_actions_end(home: Home) {
    let (helpline, diligent, idle) = two_officers(&home).await;
    let directorate = helpline.staff(Role::Directorate).await;
    look(&helpline, &diligent).await;
    helpline.pass(DAY_MS);
    sweep(&helpline).await;
    let login = listed(&helpline, &directorate).await[0].login.clone();
    let account = idle.account.unwrap();
    let (from, until) = (SECOND.begins().ms(), SECOND.ends().ms());
    let leave = "INSERT INTO officer_leave (account, from_at, until_at, since) VALUES";
    assert_eq!(home.sql(&format!("{leave} ({account}, {from}, {until}, 0)")).await, 1);

    attendance::judge_day(&helpline.app, SECOND).await.unwrap();

    let found = listed(&helpline, &directorate).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].defaulter.withdrawn_at, Some(helpline.app.now()));
    let refused = attendance::act(&helpline.app, &directorate, action("r", &login)).await;
    assert!(matches!(refused, Err(Error::Refused(Refused::Excused))));
    // Entered in error: the row stands again.
    assert_eq!(home.sql("DELETE FROM officer_leave").await, 1);
    attendance::judge_day(&helpline.app, SECOND).await.unwrap();
    assert_eq!(listed(&helpline, &directorate).await[0].defaulter.withdrawn_at, None);
}

async fn a_first_look_of_a_day_is_kept_once_a_channel_and_is_a_fact(home: Home) {
    let (helpline, diligent, _) = two_officers(&home).await;
    let by_app = Actor { channel: Channel::App, ..diligent.clone() };
    let second = home.process(&helpline.clock).await;

    for officer in [&diligent, &by_app, &diligent] {
        look(&helpline, officer).await;
    }
    desk::queue(&second, &diligent, desk::Queue::default()).await.unwrap();

    let account = diligent.account.unwrap();
    let visits = helpline181::store::attendance::visited(&helpline.look.db, SECOND).await.unwrap();
    let mut channels = visits[&account].clone();
    channels.sort_unstable();
    assert_eq!(channels, [Channel::Portal, Channel::App]);
    // The second process did not know of it: a row is one, though the fact is told again.
    assert_eq!(home.sql("SELECT COUNT(*) FROM visits").await, 2);
    let told = home.sql("SELECT COUNT(*) FROM events WHERE kind = 'inbox_opened'").await;
    assert_eq!(told, 3);
}

async fn days_missed_by_an_outage_are_caught_up(home: Home) {
    let (helpline, ..) = two_officers(&home).await;
    let directorate = helpline.staff(Role::Directorate).await;

    helpline.pass(3 * DAY_MS);
    sweep(&helpline).await;

    let days: Vec<_> =
        listed(&helpline, &directorate).await.iter().map(|view| view.defaulter.day.0).collect();
    assert_eq!(days, [20_261_125, 20_261_125, 20_261_124, 20_261_124, 20_261_123, 20_261_123]);
}

fn action(request_id: &str, login: &str) -> attendance::Discipline {
    attendance::Discipline {
        request_id: request_id.to_owned(),
        day: SECOND,
        login: login.to_owned(),
        action: Action::Notice,
        note: "Explain within three days.".to_owned(),
    }
}

async fn actions_are_rows_of_their_own_and_told_twice_they_are_one(home: Home) {
    let (helpline, diligent, _) = two_officers(&home).await;
    let directorate = helpline.staff(Role::Directorate).await;
    look(&helpline, &diligent).await;
    helpline.pass(DAY_MS);
    sweep(&helpline).await;
    let login = listed(&helpline, &directorate).await[0].login.clone();

    attendance::act(&helpline.app, &directorate, action("a", &login)).await.unwrap();
    attendance::act(&helpline.app, &directorate, action("a", &login)).await.unwrap();
    let penalty = attendance::Discipline { action: Action::Penalty, ..action("b", &login) };
    let view = attendance::act(&helpline.app, &directorate, penalty).await.unwrap();

    let taken: Vec<_> = view.actions.iter().map(|one| one.taken.action).collect();
    assert_eq!(taken, [Action::Notice, Action::Penalty]);
    assert_eq!(view.actions[0].note, "Explain within three days.");
    assert_eq!(view.actions[0].by, "directorate");
    // The day judged anew keeps them.
    attendance::judge_day(&helpline.app, SECOND).await.unwrap();
    assert_eq!(listed(&helpline, &directorate).await[0].actions.len(), 2);
}

async fn a_collector_sees_and_acts_on_the_own_district_alone(home: Home) {
    let (helpline, diligent, _) = two_officers(&home).await;
    look(&helpline, &diligent).await;
    helpline.pass(DAY_MS);
    sweep(&helpline).await;
    let person = helpline.staff(Role::Directorate).await;
    let of = |district: &str| Actor {
        role: Role::Collector,
        district: Some(PlaceCode::new(district)),
        ..person.clone()
    };
    let (own, other) = (of("district:396"), of("district:427"));
    let login = listed(&helpline, &own).await[0].login.clone();

    assert!(listed(&helpline, &other).await.is_empty());
    let asked = attendance::Filter {
        district: Some(PlaceCode::new("district:396")),
        ..attendance::Filter::default()
    };
    let foreign = attendance::defaulters(&helpline.app, &other, asked).await.unwrap();
    assert!(foreign.defaulters.is_empty());
    let refused = attendance::act(&helpline.app, &other, action("a", &login)).await;
    let missing = attendance::act(&helpline.app, &other, action("b", "nobody")).await;
    assert!(matches!(refused, Err(Error::NotFound("defaulter"))));
    assert!(matches!(missing, Err(Error::NotFound("defaulter"))));
    attendance::act(&helpline.app, &own, action("c", &login)).await.unwrap();
}
