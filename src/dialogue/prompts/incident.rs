//! What callers hear of a known outage, before the menu and when they press its key.

use super::Prompt;

prompts! {
    // Then follow the kind of problem and its place.
    INCIDENT_KNOWN = "incident_known",
        hi "एक ज़रूरी सूचना। हमें इस समस्या की जानकारी पहले से है।",
        en "An important notice. We know of this trouble already.";
    INCIDENT_WHOLE_STATE = "incident_whole_state", hi "पूरा प्रदेश", en "the whole state";
    INCIDENT_OTHER_PLACES = "incident_other_places", hi "और दूसरे स्थान", en "and other places";
    INCIDENT_REPAIR = "incident_repair",
        hi "इसे ठीक करने का काम चल रहा है।",
        en "The work to repair it is under way.";
    INCIDENT_RELIEF = "incident_relief",
        hi "राहत का काम चल रहा है।",
        en "Relief work is under way.";
    INCIDENT_STAY_SAFE = "incident_stay_safe",
        hi "कृपया सुरक्षित स्थान पर रहिए। सहायता भेजी जा रही है।",
        en "Please stay in a safe place. Help is being sent.";
    INCIDENT_JOIN_FIVE = "incident_join_five",
        hi "यदि आपकी भी यही समस्या है, तो पाँच दबाइए।",
        en "If this is your trouble too, press five.";
    INCIDENT_JOIN_SIX = "incident_join_six",
        hi "यदि आपकी भी यही समस्या है, तो छह दबाइए।",
        en "If this is your trouble too, press six.";
    INCIDENT_WILL_ASK = "incident_will_ask",
        hi "जब यह समस्या हल बताई जाएगी, तब हम फ़ोन करके आपसे भी पूछेंगे।",
        en "When this trouble is reported as resolved, we will ring and ask you too.";
    INCIDENT_REGISTERED_BEFORE = "incident_registered_before",
        hi "आपकी यह शिकायत पहले से दर्ज है।",
        en "This complaint of yours is registered already.";
    INCIDENT_NOT_THERE = "incident_not_there",
        hi "यह सूचना उस स्थान के लिए नहीं है, या अब समाप्त हो गई है।",
        en "This notice is not about that place, or it is over by now.";
}
