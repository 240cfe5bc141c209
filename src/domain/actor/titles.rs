//! What the roles are called in each state (R72). The state is known by its code in the Local Government Directory; a
//! state without titles of its own takes the general ones.

use super::Role;
use crate::domain::{
    directory::Names,
    place::{Level, PlaceCode},
};

/// A role as people name it; officers have one for each level, and two titles may have one role's powers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// A stable word of its own.
    pub word: &'static str,
    pub role: Role,
    /// Of officers alone.
    pub level: Option<Level>,
    pub names: Names,
}

type Row = (&'static str, Role, u8, &'static str, &'static str);
/// Word, Hindi, English.
type Own = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const GENERAL: [Row; 15] = [
    ("AGENT", Role::Agent, 0, "कॉल सेंटर प्रतिनिधि", "Call-centre agent"),
    ("FEEDBACK_CALLER", Role::FeedbackCaller, 0, "फीडबैक प्रतिनिधि", "Feedback caller"),
    ("SUPERVISOR", Role::Supervisor, 0, "कॉल सेंटर पर्यवेक्षक", "Call-centre supervisor"),
    ("L1", Role::Officer, 1, "एल-1 अधिकारी", "L1 officer"),
    ("L2", Role::Officer, 2, "एल-2 अधिकारी", "L2 officer"),
    ("L3", Role::Officer, 3, "एल-3 अधिकारी", "L3 officer"),
    ("L4", Role::Officer, 4, "एल-4 अधिकारी", "L4 officer"),
    ("NODAL", Role::Nodal, 0, "जिला नोडल अधिकारी", "District nodal officer"),
    ("DISTRICT_MANAGER", Role::Nodal, 0, "जिला प्रबंधक", "District manager"),
    ("COLLECTOR", Role::Collector, 0, "कलेक्टर", "Collector"),
    ("DISTRICT_IN_CHARGE", Role::DistrictInCharge, 0, "जिला प्रभारी", "District in-charge"),
    ("DIRECTORATE", Role::Directorate, 0, "संचालनालय", "Directorate"),
    ("CM_OFFICE", Role::CmOffice, 0, "मुख्यमंत्री कार्यालय", "Chief Minister's office"),
    ("AUDITOR", Role::Auditor, 0, "लेखा परीक्षक", "Auditor"),
    ("ADMIN", Role::Admin, 0, "व्यवस्थापक", "Administrator"),
];

/// By state: what is called otherwise there.
#[rustfmt::skip]
const OWN: [(&str, &[Own]); 2] = [
    ("state:23", &[
        ("NODAL", "नोडल अधिकारी, सीएम हेल्पलाइन", "Nodal officer, CM Helpline"),
        ("DISTRICT_MANAGER", "जिला प्रबंधक, लोक सेवा", "District manager, Public Service"),
        ("DISTRICT_IN_CHARGE", "जिला प्रभारी मंत्री", "Minister in charge of the district"),
        ("DIRECTORATE", "संचालनालय, लोक सेवा प्रबंधन", "Directorate of Public Service Management"),
    ]),
    ("state:8", &[
        ("NODAL", "जिला नोडल अधिकारी, राजस्थान सम्पर्क", "District nodal officer, Rajasthan Sampark"),
        ("DISTRICT_MANAGER", "जिला प्रबंधक, राजस्थान सम्पर्क", "District manager, Rajasthan Sampark"),
        ("COLLECTOR", "जिला कलक्टर", "District Collector"),
        ("DISTRICT_IN_CHARGE", "जिला प्रभारी, सम्पर्क पोर्टल परिवेदना निस्तारण", "District in-charge, Sampark grievances"),
        ("DIRECTORATE", "सदस्य सचिव, सेंटर फॉर गुड गवर्नेंस", "Member Secretary, Centre for Good Governance"),
    ]),
];

/// All titles in the order of the rule book; the state is the root of the directory's places, if there is one.
pub fn titles(state: Option<&PlaceCode>) -> Vec<Title> {
    let own = OWN.iter().find(|(code, _)| state.is_some_and(|state| state.as_str() == *code));
    let own = own.map_or(&[][..], |(_, own)| own);
    let title = |(word, role, level, hi, en): &Row| {
        let (hi, en) =
            own.iter().find(|(own, ..)| own == word).map_or((*hi, *en), |(_, hi, en)| (*hi, *en));
        Title {
            word,
            role: *role,
            level: (*level > 0).then_some(Level(*level)),
            names: Names { hi: hi.to_owned(), en: en.to_owned() },
        }
    };
    GENERAL.iter().map(title).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(state: &str, word: &str) -> String {
        let titles = titles(Some(&PlaceCode::new(state)));
        titles.into_iter().find(|title| title.word == word).unwrap().names.hi
    }

    #[test]
    fn each_state_names_its_roles_in_its_own_words() {
        assert_eq!(name("state:23", "DISTRICT_MANAGER"), "जिला प्रबंधक, लोक सेवा");
        assert_eq!(name("state:23", "NODAL"), "नोडल अधिकारी, सीएम हेल्पलाइन");
        assert_eq!(name("state:8", "COLLECTOR"), "जिला कलक्टर");
        assert_eq!(name("state:8", "DIRECTORATE"), "सदस्य सचिव, सेंटर फॉर गुड गवर्नेंस");
        assert_eq!(name("state:23", "COLLECTOR"), "कलेक्टर");
        assert_eq!(name("state:9", "DISTRICT_MANAGER"), "जिला प्रबंधक");
    }

    #[test]
    fn every_role_that_a_person_can_have_has_a_title_and_no_title_is_lost() {
        for state in [None, Some(PlaceCode::new("state:23")), Some(PlaceCode::new("state:8"))] {
            let titles = titles(state.as_ref());
            for role in Role::ALL {
                let person = !matches!(role, Role::Ivr | Role::System);
                assert_eq!(titles.iter().any(|title| title.role == *role), person, "{role}");
            }
            let words: std::collections::BTreeSet<_> = titles.iter().map(|it| it.word).collect();
            assert_eq!((words.len(), titles.len()), (15, 15));
        }
        let known = |word: &str| GENERAL.iter().any(|row| row.0 == word);
        assert!(OWN.iter().flat_map(|(_, own)| own.iter()).all(|row| known(row.0)));
    }
}
