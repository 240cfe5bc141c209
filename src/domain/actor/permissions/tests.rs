//! The powers, one by one.

use super::*;
use crate::domain::{
    actor::Channel,
    case::tests::case,
    place::{Code, Level, PostId},
};

fn actor(role: Role) -> Actor {
    Actor { account: Some(7), role, channel: Channel::Portal, ..Actor::system() }
}

fn officer(post: i64, department: &str, place: &str) -> Actor {
    Actor {
        posts: vec![HeldPost {
            post: PostId(post),
            department: Code::new(department),
            place: PlaceCode::new(place),
            level: Level(1),
            delegate_of: None,
        }],
        ..actor(Role::Officer)
    }
}

fn line() -> Vec<PlaceCode> {
    ["block:phanda", "district:396", "division:bhopal", "state:23"].map(PlaceCode::new).to_vec()
}

#[test]
fn only_the_post_that_holds_the_case_resolves_it() {
    let case = case();
    let object = Object::Case { case: &case, line: &line() };

    assert_eq!(may(&officer(1, "energy", "block:phanda"), Act::Resolve, object), Ok(()));
    assert_eq!(
        may(&officer(2, "energy", "district:396"), Act::Resolve, object),
        Err(Refused::NotYourPost)
    );
    for role in Role::ALL.iter().filter(|role| **role != Role::Officer) {
        assert_eq!(may(&actor(*role), Act::Resolve, object), Err(Refused::NotYourRole), "{role}");
    }
}

#[test]
fn a_delegate_does_the_days_work_and_nothing_that_a_person_alone_may() {
    let case = case();
    let object = Object::Case { case: &case, line: &line() };
    let mut delegate = officer(1, "energy", "block:phanda");
    delegate.posts[0].delegate_of = Some(3);

    for act in [Act::Contact, Act::Resolve, Act::Target, Act::PartialClose, Act::Read] {
        assert_eq!(may(&delegate, act, object), Ok(()), "{act}");
    }
    for act in [
        Act::Order,
        Act::ProposeSpecial,
        Act::WithdrawSpecial,
        Act::DecideSpecial,
        Act::ForceClose,
        Act::ReopenByOrder,
        Act::OrderEscalation,
    ] {
        assert_eq!(may(&delegate, act, object), Err(Refused::InPersonOnly), "{act}");
    }
    delegate.posts[0].post = PostId(9);
    assert_eq!(may(&delegate, Act::Resolve, object), Err(Refused::NotYourPost));
    assert_eq!(may(&delegate, Act::ForceClose, object), Err(Refused::NotYourPost));
}

#[test]
fn an_officer_reads_the_cases_of_the_own_ladder_alone() {
    let case = case();
    let object = Object::Case { case: &case, line: &line() };

    assert_eq!(may(&officer(9, "energy", "division:bhopal"), Act::Read, object), Ok(()));
    assert_eq!(
        may(&officer(9, "phe", "division:bhopal"), Act::Read, object),
        Err(Refused::NotYourPost)
    );
    assert_eq!(
        may(&officer(9, "energy", "district:427"), Act::Read, object),
        Err(Refused::NotYourPost)
    );
}

#[test]
fn a_district_role_sees_its_own_district() {
    let case = case();
    let object = Object::Case { case: &case, line: &line() };
    let nodal =
        |district: &str| Actor { district: Some(PlaceCode::new(district)), ..actor(Role::Nodal) };

    assert_eq!(may(&nodal("district:396"), Act::Read, object), Ok(()));
    assert_eq!(may(&nodal("district:427"), Act::Read, object), Err(Refused::NotYourDistrict));
    assert_eq!(scope(&actor(Role::Nodal)), Scope::Nothing);
}

#[test]
fn who_acted_on_a_case_never_gets_its_verification_call() {
    let case = case();
    let round = |acted| Object::Round { case: &case, acted };

    assert_eq!(
        may(&actor(Role::FeedbackCaller), Act::TakeVerification, round(&[3, 7])),
        Err(Refused::ActedOnCase)
    );
    assert_eq!(may(&actor(Role::FeedbackCaller), Act::TakeVerification, round(&[3])), Ok(()));
    assert_eq!(
        may(&actor(Role::Supervisor), Act::RecordHuman, round(&[])),
        Err(Refused::NotYourRole)
    );
}

#[test]
fn a_caller_reaches_the_own_cases_alone() {
    let case = case();
    let caller = |citizen| Actor::caller(Some(citizen));
    let round = Object::Round { case: &case, acted: &[] };

    assert_eq!(may(&caller(12), Act::RecordInbound, round), Ok(()));
    assert_eq!(may(&caller(13), Act::RecordInbound, round), Err(Refused::NotYourCase));
    assert_eq!(scope(&caller(12)), Scope::Citizen(12));
    assert_eq!(scope(&Actor::caller(None)), Scope::Nothing);
}

#[test]
fn an_administrator_makes_accounts_and_sees_no_case() {
    assert_eq!(may(&actor(Role::Admin), Act::Accounts, Object::Nothing), Ok(()));
    assert_eq!(may(&actor(Role::Admin), Act::List, Object::Nothing), Err(Refused::NotYourRole));
    assert_eq!(scope(&actor(Role::Admin)), Scope::Nothing);
}

#[test]
fn every_act_is_in_the_power_of_somebody_and_none_of_everybody() {
    for act in Act::ALL {
        let able = Role::ALL.iter().filter(|role| has_power(**role, *act)).count();
        assert!((1..Role::ALL.len()).contains(&able), "{act}");
    }
}
