//! Every fixed prompt the dialogues speak: its key and the exact wording in both languages. `audio/prompts.toml` renders this table.

/// One fixed prompt. The number to press is part of the wording; a name or a number that varies is a clip of its own after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prompt {
    pub key: &'static str,
    pub hindi: &'static str,
    pub english: &'static str,
}

// The consts, the table and the list of keys must never disagree, so one place writes all three.
macro_rules! prompts {
    ($($name:ident = $key:literal, hi $hindi:literal, en $english:literal;)*) => {
        $(pub const $name: &str = $key;)*
        /// The wording of every fixed prompt.
        pub const PROMPTS: &[Prompt] = &[$(Prompt { key: $key, hindi: $hindi, english: $english }),*];
        /// The keys of every fixed prompt; the numbers are in `NUMBERS` and `SCALES`.
        pub const ALL: &[&str] = &[$($key),*];
    };
}

prompts! {
    // Sounds that are not speech.
    BEEP = "beep", hi "(tone: 1000 Hz, 400 ms)", en "(tone: 1000 Hz, 400 ms)";
    PAUSE = "pause", hi "(silence: 300 ms)", en "(silence: 300 ms)";

    // Arriving.
    WELCOME = "welcome",
        hi "मुख्यमंत्री हेल्पलाइन एक सौ इक्यासी में आपका स्वागत है।",
        en "Welcome to the Chief Minister's Helpline, one eight one.";
    LANGUAGE_CHOICE = "language_choice", hi "हिन्दी के लिए एक दबाइए।", en "For English, press two.";
    CHANGE_LANGUAGE = "change_language", hi "हिन्दी के लिए आठ दबाइए।", en "For English, press eight.";
    OPEN_ROUND_OFFER = "open_round_offer",
        hi "आपके नंबर की एक शिकायत हल बताई गई है। उस पर अपना उत्तर देने के लिए तीन दबाइए।",
        en "A complaint from your number has been reported as resolved. To give your answer about it, press three.";
    MAIN_MENU = "main_menu",
        hi "नई शिकायत दर्ज करने के लिए एक दबाइए। शिकायत की स्थिति जानने के लिए दो दबाइए। हल बताई गई शिकायत पर अपना उत्तर देने के लिए तीन दबाइए। ऑपरेटर के लिए नौ दबाइए। दोबारा सुनने के लिए स्टार दबाइए।",
        en "To register a new complaint, press one. To know the status of a complaint, press two. To answer about a complaint reported as resolved, press three. For an operator, press nine. To hear this again, press star.";

    // Choosing from a spoken list: Hindi says name, for_choice, number, press_key; English says for_choice, name, press_key, number.
    FOR_CHOICE = "for_choice", hi "के लिए", en "For";
    PRESS_KEY = "press_key", hi "दबाइए।", en "press";
    MORE_CHOICES = "more_choices", hi "और विकल्प सुनने के लिए नौ दबाइए।", en "For more choices, press nine.";
    OTHER_PLACE = "other_place", hi "किसी दूसरे स्थान", en "another place";
    CHOOSE_CATEGORY = "choose_category", hi "अपनी समस्या का प्रकार चुनिए।", en "Please choose the kind of problem.";
    CHOOSE_PLACE = "choose_place", hi "समस्या का स्थान चुनिए।", en "Please choose the place of the problem.";
    CHOOSE_DIVISION = "choose_division", hi "अपना संभाग चुनिए।", en "Please choose your division.";
    CHOOSE_DISTRICT = "choose_district", hi "अपना ज़िला चुनिए।", en "Please choose your district.";

    // Registering.
    ENTER_MOBILE = "enter_mobile",
        hi "आपका नंबर हमें दिखाई नहीं दिया। कृपया अपना दस अंकों का मोबाइल नंबर दबाइए।",
        en "We could not see your number. Please enter your ten digit mobile number.";
    MOBILE_IS = "mobile_is", hi "आपका मोबाइल नंबर है", en "Your mobile number is";
    CONFIRM_MOBILE = "confirm_mobile",
        hi "यदि यह सही है तो एक दबाइए। नंबर बदलने के लिए दो दबाइए।",
        en "If this is right, press one. To change the number, press two.";
    SAY_PROBLEM_AFTER_TONE = "say_problem_after_tone",
        hi "टोन के बाद अपनी समस्या, अपना नाम और अपना पता बताइए। बोलने के बाद हैश दबाइए।",
        en "After the tone, please say your problem, your name and your address. When you have finished, press hash.";
    RECORDING_TOO_SHORT = "recording_too_short",
        hi "आपकी आवाज़ ठीक से रिकॉर्ड नहीं हुई। कृपया फिर से बताइए।",
        en "Your voice was not recorded properly. Please say it again.";
    CATEGORY_IS = "category_is", hi "समस्या का प्रकार है", en "The kind of problem is";
    PLACE_IS = "place_is", hi "समस्या का स्थान है", en "The place of the problem is";
    CONFIRM_REGISTER = "confirm_register",
        hi "शिकायत दर्ज करने के लिए एक दबाइए। फिर से चुनने के लिए दो दबाइए। अपनी समस्या दोबारा बोलने के लिए तीन दबाइए।",
        en "To register the complaint, press one. To choose again, press two. To say your problem again, press three.";
    REGISTERED_THANKS = "registered_thanks",
        hi "धन्यवाद। आपकी शिकायत दर्ज हो गई है।",
        en "Thank you. Your complaint has been registered.";
    YOUR_NUMBER_IS = "your_number_is", hi "आपकी शिकायत का क्रमांक है", en "Your complaint number is";
    NUMBER_AGAIN = "number_again", hi "क्रमांक दोबारा सुनिए।", en "Here is the number again.";
    SMS_SENT = "sms_sent",
        hi "यह क्रमांक आपके मोबाइल पर संदेश से भी भेजा गया है।",
        en "The number has also been sent to your mobile phone as a message.";
    ANYTHING_ELSE = "anything_else",
        hi "दोबारा सुनने के लिए स्टार दबाइए। मुख्य सूची के लिए एक दबाइए। नहीं तो आप फ़ोन रख सकते हैं।",
        en "To hear this again, press star. For the main menu, press one. Otherwise you may hang up.";

    // Status.
    ENTER_NUMBER = "enter_number",
        hi "कृपया अपनी शिकायत का क्रमांक दबाइए, और उसके बाद हैश दबाइए।",
        en "Please enter your complaint number, followed by hash.";
    ENTER_ROUND_NUMBER = "enter_round_number",
        hi "कृपया अपनी शिकायत का क्रमांक दबाइए, और उसके बाद हैश दबाइए। यदि क्रमांक पास में नहीं है, तो केवल हैश दबाइए।",
        en "Please enter your complaint number, followed by hash. If you do not have the number, press only hash.";
    NO_SUCH_NUMBER = "no_such_number",
        hi "इस क्रमांक की कोई शिकायत नहीं मिली।",
        en "No complaint was found with this number.";
    COMPLAINT_NUMBER = "complaint_number", hi "शिकायत क्रमांक", en "Complaint number";
    STATUS_UNROUTED = "status_unrouted",
        hi "आपकी शिकायत दर्ज है, और सही अधिकारी को भेजी जा रही है।",
        en "Your complaint is registered, and is being sent to the right officer.";
    STATUS_WITH_OFFICER = "status_with_officer",
        hi "आपकी शिकायत पर कार्यवाही चल रही है।",
        en "Your complaint is being worked on.";
    STATUS_AWAITING_VERIFICATION = "status_awaiting_verification",
        hi "अधिकारी ने आपकी शिकायत हल बताई है। यह आपके उत्तर के बाद ही बंद होगी।",
        en "The officer has reported your complaint as resolved. It will be closed only after your own answer.";
    STATUS_PARTIALLY_CLOSED = "status_partially_closed",
        hi "आपकी शिकायत पर आंशिक कार्यवाही हुई है, शेष कार्य बाकी है।",
        en "Part of the work on your complaint is done, and the rest is still to be done.";
    STATUS_SPECIAL_CLOSE_PROPOSED = "status_special_close_proposed",
        hi "आपकी शिकायत पर विशेष रूप से बंद करने का प्रस्ताव विचार में है।",
        en "A proposal to close your complaint specially is under consideration.";
    STATUS_UNVERIFIED = "status_unverified",
        hi "आपकी शिकायत हल बताई गई है, पर आपका उत्तर अभी नहीं मिला है। यह बंद नहीं हुई है।",
        en "Your complaint has been reported as resolved, but your answer has not been received. It is not closed.";
    STATUS_CLOSED_SATISFIED = "status_closed_satisfied",
        hi "आपके संतुष्ट होने के उत्तर के बाद यह शिकायत बंद की गई है।",
        en "This complaint was closed after you answered that you are satisfied.";
    STATUS_CLOSED_SPECIAL = "status_closed_special",
        hi "यह शिकायत विशेष रूप से बंद की गई है।",
        en "This complaint has been specially closed.";
    STATUS_CLOSED_FORCED = "status_closed_forced",
        hi "यह शिकायत अधिकारी के प्रतिवेदन के आधार पर बंद की गई है।",
        en "This complaint has been closed on the report of an officer.";
    STATUS_WITHDRAWN = "status_withdrawn",
        hi "यह शिकायत आपके कहने पर वापस ली गई है।",
        en "This complaint was withdrawn at your request.";
    STATUS_FORWARDED = "status_forwarded",
        hi "आपकी बात दर्ज करके संबंधित विभाग को भेज दी गई है।",
        en "What you told us has been recorded and sent to the department concerned.";
    STATUS_MERGED = "status_merged",
        hi "यह शिकायत आपकी पहले की शिकायत में जोड़ दी गई है।",
        en "This complaint has been joined to your earlier complaint.";
    AT_LEVEL = "at_level", hi "शिकायत का वर्तमान स्तर है", en "The complaint is now at level";
    WITH_OFFICER = "with_officer", hi "शिकायत इस अधिकारी के पास है।", en "It is with this officer.";
    DAYS_LEFT = "days_left", hi "दिन शेष हैं।", en "days are left.";
    DAY_LEFT = "day_left", hi "एक दिन शेष है।", en "One day is left.";
    DUE_TODAY = "due_today", hi "आज समय सीमा का अंतिम दिन है।", en "Today is the last day of the time limit.";
    OVERDUE = "overdue", hi "समय सीमा पूरी हो चुकी है।", en "The time limit is over.";

    // When something goes otherwise.
    WRONG_INPUT = "wrong_input", hi "यह विकल्प सही नहीं है।", en "That is not a valid choice.";
    NO_INPUT = "no_input", hi "हमें आपका कोई उत्तर नहीं मिला।", en "We did not receive any answer.";
    PLEASE_WAIT = "please_wait", hi "कृपया प्रतीक्षा कीजिए।", en "Please wait.";
    OPERATOR_MESSAGE = "operator_message",
        hi "आपकी कॉल ऑपरेटर के लिए दर्ज कर ली गई है। हम जल्दी ही आपको इसी नंबर पर वापस फ़ोन करेंगे। धन्यवाद।",
        en "Your call has been noted for an operator. We will soon ring you back on this number. Thank you.";
    OPERATOR_NO_NUMBER = "operator_no_number",
        hi "आपकी कॉल ऑपरेटर के लिए दर्ज कर ली गई है, पर आपका नंबर हमें दिखाई नहीं दिया। कृपया अपने मोबाइल से फिर से फ़ोन कीजिए। धन्यवाद।",
        en "Your call has been noted for an operator, but we could not see your number. Please call again from your mobile phone. Thank you.";
    GOODBYE = "goodbye", hi "फ़ोन करने के लिए धन्यवाद। नमस्कार।", en "Thank you for calling. Goodbye.";

    // Waiting for an operator.
    QUEUE_JOINED = "queue_joined",
        hi "कृपया लाइन पर बने रहिए। हम आपको ऑपरेटर से जोड़ रहे हैं। आपकी बातचीत रिकॉर्ड की जाएगी।", en "Please stay on the line. We are connecting you to an operator. Your conversation will be recorded.";
    QUEUE_PLACE = "queue_place",
        hi "कतार में आपका स्थान है", en "Your place in the queue is";
    QUEUE_UNDER_ONE_MINUTE = "queue_under_one_minute",
        hi "आपकी बारी एक मिनट से पहले आ जाएगी।", en "Your turn should come in less than a minute.";
    QUEUE_ONE_TO_THREE_MINUTES = "queue_one_to_three_minutes",
        hi "आपकी बारी एक से तीन मिनट में आएगी।", en "Your turn should come in one to three minutes.";
    QUEUE_THREE_TO_FIVE_MINUTES = "queue_three_to_five_minutes",
        hi "आपकी बारी तीन से पाँच मिनट में आएगी।", en "Your turn should come in three to five minutes.";
    QUEUE_FIVE_TO_TEN_MINUTES = "queue_five_to_ten_minutes",
        hi "आपकी बारी पाँच से दस मिनट में आएगी।", en "Your turn should come in five to ten minutes.";
    QUEUE_OVER_TEN_MINUTES = "queue_over_ten_minutes",
        hi "आपकी बारी आने में दस मिनट से अधिक लग सकते हैं।", en "It may take more than ten minutes until your turn.";
    QUEUE_CALL_BACK_OFFER = "queue_call_back_offer",
        hi "आप चाहें तो फ़ोन रख सकते हैं। हम आपको वापस फ़ोन करेंगे और आपका स्थान बना रहेगा। इसके लिए एक दबाइए।", en "If you like, we can ring you back, and you keep your place in the queue. For this, press one.";
    QUEUE_CALL_BACK_KEPT = "queue_call_back_kept",
        hi "ठीक है। हम आपको इसी नंबर पर वापस फ़ोन करेंगे। आपका स्थान बना रहेगा। धन्यवाद।", en "All right. We will ring you back on this number, and you keep your place. Thank you.";
    QUEUE_AGAIN = "queue_again",
        hi "माफ़ कीजिए, लाइन कट गई थी। आप कतार में सबसे आगे हैं।", en "We are sorry, the line was lost. You are first in the queue.";
    HOLD_MUSIC = "hold_music", hi "(music: plucked chords, 16 s)", en "(music: plucked chords, 16 s)";
    // The officers' line.
    OFFICER_WELCOME = "officer_welcome",
        hi "मुख्यमंत्री हेल्पलाइन की अधिकारी सेवा में आपका स्वागत है।",
        en "Welcome to the officers' line of the Chief Minister's Helpline.";
    OFFICER_ENTER_PIN = "officer_enter_pin",
        hi "कृपया अपना छह अंकों का पिन दबाइए।",
        en "Please enter your six digit PIN.";
    OFFICER_PIN_WRONG = "officer_pin_wrong",
        hi "इस मोबाइल नंबर और इस पिन के साथ कोई अधिकारी दर्ज नहीं है।",
        en "No officer is registered with this mobile number and this PIN.";
    OFFICER_HOW_TO = "officer_how_to",
        hi "कृपया उसी मोबाइल से फ़ोन कीजिए, जो आपकी अधिकारी प्रोफ़ाइल में दर्ज है। अपना पिन आप पोर्टल पर बना सकते हैं, या बदल सकते हैं। नमस्कार।",
        en "Please call from the mobile phone that is registered in your officer's profile. You can set or change your PIN in the portal. Goodbye.";
    OFFICER_PIN_LOCKED = "officer_pin_locked",
        hi "गलत पिन पाँच बार दबाया गया है। अब इस नंबर का पिन बंद है। पोर्टल पर नया पिन बनाइए। या व्यवस्थापक से पिन खुलवाइए। नमस्कार।",
        en "After five wrong entries, the PIN of this number is locked. Please set a new PIN in the portal, or ask your administrator to unlock it. Goodbye.";
    OFFICER_NO_POST = "officer_no_post",
        hi "इस समय आपके पास एल-1 स्तर का कोई पद नहीं है। कृपया पोर्टल पर काम कीजिए। नमस्कार।",
        en "At present you hold no post of level one. Please use the portal. Goodbye.";
    OFFICER_TRY_LATER = "officer_try_later",
        hi "क्षमा कीजिए। हेल्पलाइन अभी उत्तर नहीं दे पा रही है। कृपया थोड़ी देर बाद फ़ोन कीजिए। नमस्कार।",
        en "We are sorry. The helpline cannot answer at present. Please call again a little later. Goodbye.";
    OFFICER_ENTER_NUMBER = "officer_enter_number",
        hi "शिकायत का क्रमांक दबाइए, और उसके बाद हैश दबाइए। अपनी देय शिकायतें सुनने के लिए, केवल हैश दबाइए।",
        en "Please enter the complaint number, followed by hash. To hear your due complaints, press only hash.";
    OFFICER_NOT_WITH_YOU = "officer_not_with_you",
        hi "इस क्रमांक की कोई शिकायत एल-1 स्तर पर आपके पास नहीं है।",
        en "No complaint with this number is with you at level one.";
    OFFICER_STATE_PENDING = "officer_state_pending", hi "यह शिकायत आपके पास लंबित है।", en "This complaint is pending with you.";
    OFFICER_STATE_AWAITING = "officer_state_awaiting",
        hi "इस शिकायत का निराकरण दर्ज है, और शिकायतकर्ता के उत्तर की प्रतीक्षा है।",
        en "A resolution of this complaint is filed, and the answer of the complainant is awaited.";
    OFFICER_STATE_PARTIAL = "officer_state_partial",
        hi "यह शिकायत आंशिक रूप से बंद है, और शेष कार्य बाकी है।",
        en "This complaint is partially closed, and the rest of the work is still to be done.";
    OFFICER_STATE_UNVERIFIED = "officer_state_unverified",
        hi "इस शिकायत का निराकरण दर्ज है, पर शिकायतकर्ता का उत्तर नहीं मिला। यह बंद नहीं हुई है।",
        en "A resolution of this complaint is filed, but the complainant could not be asked. It is not closed.";
    OFFICER_STATE_PROPOSED = "officer_state_proposed",
        hi "इस शिकायत पर विशेष रूप से बंद करने का प्रस्ताव विचार में है।",
        en "A proposal to close this complaint specially is under consideration.";
    OFFICER_STATE_OVER = "officer_state_over", hi "यह शिकायत अब खुली नहीं है।", en "This complaint is no longer open.";
    OFFICER_DUE_ON = "officer_due_on", hi "इसकी नियत तिथि है", en "It is due on";
    OFFICER_MENU = "officer_menu",
        hi "निराकरण बताने के लिए एक दबाइए। शिकायतकर्ता से सम्पर्क दर्ज करने के लिए दो दबाइए। यदि और समय चाहिए, तो तीन दबाइए। अपनी देय शिकायतें सुनने के लिए चार दबाइए। दूसरी शिकायत के लिए नौ दबाइए। दोबारा सुनने के लिए शून्य दबाइए।",
        en "To report a resolution, press one. To record a contact with the complainant, press two. If you need more time, press three. To hear your due complaints, press four. For another complaint, press nine. To hear this again, press zero.";
    OFFICER_MENU_SHORT = "officer_menu_short",
        hi "अपनी देय शिकायतें सुनने के लिए चार दबाइए। दूसरी शिकायत के लिए नौ दबाइए। दोबारा सुनने के लिए शून्य दबाइए।",
        en "To hear your due complaints, press four. For another complaint, press nine. To hear this again, press zero.";
    OFFICER_SAY_REPORT = "officer_say_report",
        hi "टोन के बाद निराकरण का प्रतिवेदन बोलिए। बोलने के बाद हैश दबाइए।",
        en "After the tone, please speak the report of the resolution. When you have finished, press hash.";
    OFFICER_SAY_NOTE = "officer_say_note",
        hi "टोन के बाद सम्पर्क की टिप्पणी बोलिए। बोलने के बाद हैश दबाइए।",
        en "After the tone, please speak a note about the contact. When you have finished, press hash.";
    OFFICER_RECORDED = "officer_recorded", hi "आपकी रिकॉर्डिंग की अवधि है", en "The length of your recording is";
    OFFICER_SECONDS = "officer_seconds", hi "सेकंड।", en "seconds.";
    OFFICER_CONFIRM_REPORT = "officer_confirm_report",
        hi "निराकरण दर्ज करने के लिए एक दबाइए। फिर से बोलने के लिए दो दबाइए।",
        en "To file the resolution, press one. To speak again, press two.";
    OFFICER_CONFIRM_NOTE = "officer_confirm_note",
        hi "सम्पर्क दर्ज करने के लिए एक दबाइए। फिर से बोलने के लिए दो दबाइए।",
        en "To record the contact, press one. To speak again, press two.";
    OFFICER_RESOLVED = "officer_resolved",
        hi "निराकरण दर्ज हो गया है। अब शिकायतकर्ता से फ़ोन पर पूछा जाएगा। उनके संतुष्ट होने पर ही शिकायत बंद होगी।",
        en "The resolution is filed. The complainant will now be asked by phone. The complaint will be closed only when the complainant is satisfied.";
    OFFICER_CONTACT_CHOICE = "officer_contact_choice",
        hi "बिना टिप्पणी के सम्पर्क दर्ज करने के लिए एक दबाइए। टिप्पणी बोलने के लिए दो दबाइए।",
        en "To record the contact without a note, press one. To speak a note, press two.";
    OFFICER_CONTACTED = "officer_contacted",
        hi "शिकायतकर्ता से आपका सम्पर्क दर्ज हो गया है।",
        en "Your contact with the complainant is recorded.";
    OFFICER_ENTER_DAYS = "officer_enter_days",
        hi "कितने दिन और लगेंगे? दिनों की संख्या दबाइए, और उसके बाद हैश दबाइए।",
        en "How many more days will it take? Please enter the number of days, followed by hash.";
    OFFICER_DAYS_KEYED = "officer_days_keyed", hi "आपने दिन बताए हैं", en "The number of days is";
    OFFICER_CONFIRM_DAYS = "officer_confirm_days",
        hi "यदि यह सही है, तो एक दबाइए। बदलने के लिए दो दबाइए।",
        en "If this is right, press one. To change it, press two.";
    OFFICER_TARGET_SET = "officer_target_set", hi "आपकी लक्ष्य तिथि दर्ज हो गई है।", en "Your target date is recorded.";
    OFFICER_LIMIT_STAYS = "officer_limit_stays",
        hi "शिकायत की समय सीमा नहीं बदली है।",
        en "The time limit of the complaint has not changed.";
    OFFICER_BEYOND_DUE = "officer_beyond_due",
        hi "यह तिथि शिकायत की समय सीमा के बाद है, इसलिए कुछ दर्ज नहीं हुआ। अधिक समय के लिए, पोर्टल पर लिखित कारण के साथ आंशिक रूप से बंद कीजिए।",
        en "This date is after the time limit of the complaint, so nothing was recorded. For more time, please close it partially in the portal, with a written reason.";
    OFFICER_REFUSED = "officer_refused",
        hi "शिकायत की वर्तमान स्थिति में यह कार्यवाही नहीं हो सकती। कुछ दर्ज नहीं हुआ।",
        en "In the present state of the complaint this cannot be done. Nothing was recorded.";
    OFFICER_NOT_CONFIRMED = "officer_not_confirmed",
        hi "इसके दर्ज होने की पुष्टि अभी नहीं हुई है। फिर से प्रयास करने के लिए एक दबाइए। नहीं तो, बाद में फ़ोन करके शिकायत की स्थिति देख लीजिए।",
        en "It is not yet confirmed that this was recorded. To try again, press one. Otherwise, please call later and check the state of the complaint.";
    OFFICER_UNKNOWN = "officer_unknown",
        hi "इसके दर्ज होने की पुष्टि नहीं हो सकी। कृपया बाद में फ़ोन करके शिकायत की स्थिति देख लीजिए।",
        en "It could not be confirmed that this was recorded. Please call later and check the state of the complaint.";
    OFFICER_NOTHING = "officer_nothing", hi "कुछ दर्ज नहीं हुआ।", en "Nothing was recorded.";
    OFFICER_DUE_CASES = "officer_due_cases",
        hi "आपकी देय शिकायतें, सबसे पहले देय शिकायत से।",
        en "Your due complaints, the soonest first.";
    OFFICER_NO_DUE = "officer_no_due", hi "आपके पास कोई लंबित शिकायत नहीं है।", en "No complaint is pending with you.";
    OFFICER_DUE_MORE = "officer_due_more", hi "आगे की शिकायतें सुनने के लिए एक दबाइए।", en "For the next complaints, press one.";
    OFFICER_DUE_NEXT = "officer_due_next",
        hi "शिकायत का क्रमांक दबाने के लिए नौ दबाइए। दोबारा सुनने के लिए शून्य दबाइए।",
        en "To enter a complaint number, press nine. To hear this again, press zero.";
    OFFICER_NEXT = "officer_next",
        hi "अपनी देय शिकायतें सुनने के लिए चार दबाइए। दूसरी शिकायत के लिए नौ दबाइए। इसी शिकायत के लिए शून्य दबाइए। नहीं तो आप फ़ोन रख सकते हैं।",
        en "To hear your due complaints, press four. For another complaint, press nine. For this complaint, press zero. Otherwise you may hang up.";

    // Answering about a resolved complaint on an inbound call.
    NO_OPEN_ROUND = "no_open_round",
        hi "इस समय आपके उत्तर की प्रतीक्षा में कोई शिकायत नहीं है।",
        en "No complaint is waiting for your answer at this time.";
    ONLY_STATUS_OTHER_PHONE = "only_status_other_phone",
        hi "यह शिकायत किसी दूसरे फ़ोन से दर्ज है। इस फ़ोन पर केवल स्थिति बताई जा सकती है।",
        en "This complaint was registered from another phone. From this phone only its status can be told.";
    WILL_RING_BACK = "will_ring_back",
        hi "आपका उत्तर पक्का करने के लिए हम अभी आपके दर्ज नंबर पर फ़ोन करेंगे। कृपया फ़ोन रख दीजिए।",
        en "To confirm your answer, we will now ring your registered number. Please hang up.";

    // What a citizen wants of a complaint, behind its status; the same words are read back when the registered number is rung.
    WISH_WITHDRAW_OFFER = "wish_withdraw_offer",
        hi "शिकायत वापस लेने के लिए चार दबाइए।",
        en "To withdraw this complaint, press four.";
    WISH_REOPEN_OFFER = "wish_reopen_offer",
        hi "शिकायत फिर से खुलवाने के लिए पाँच दबाइए।",
        en "To have this complaint opened again, press five.";
    WISH_DEMAND_OFFER = "wish_demand_offer",
        hi "यदि आप चाहते हैं कि हम फ़ोन करके आपका उत्तर पूछें, तो छह दबाइए।",
        en "To be called and asked for your answer, press six.";
    WISH_UNMERGE_OFFER = "wish_unmerge_offer",
        hi "इस शिकायत को दूसरी शिकायत से अलग करवाने के लिए सात दबाइए।",
        en "To take this complaint out of the other one, press seven.";
    WISH_BY_PHONE = "wish_by_phone",
        hi "हमें फ़ोन पर इस शिकायत के बारे में यह बताया गया है।",
        en "We were told this about the complaint by telephone.";
    WISH_WITHDRAW = "wish_withdraw",
        hi "आप यह शिकायत वापस लेना चाहते हैं। वापस लेने पर इस पर आगे कोई कार्यवाही नहीं होगी।",
        en "You want to withdraw this complaint. Once it is withdrawn, no more work will be done on it.";
    WISH_REOPEN = "wish_reopen",
        hi "आप यह शिकायत फिर से खुलवाना चाहते हैं।",
        en "You want this complaint to be opened again.";
    WISH_DEMAND = "wish_demand",
        hi "आप चाहते हैं कि हम आपके दर्ज नंबर पर फ़ोन करके आपका उत्तर पूछें।",
        en "You want us to ring your registered number and ask for your answer.";
    WISH_UNMERGE = "wish_unmerge",
        hi "आप यह शिकायत दूसरी शिकायत से अलग करवाना चाहते हैं।",
        en "You want this complaint to be taken out of the other one.";
    WISH_CONFIRM = "wish_confirm",
        hi "यदि आप यही चाहते हैं, तो एक दबाइए। यदि नहीं, तो दो दबाइए।",
        en "If this is what you want, press one. If not, press two.";
    WISH_REOPENED = "wish_reopened",
        hi "आपकी शिकायत फिर से खोल दी गई है, और आगे के अधिकारी को भेजी जा रही है।",
        en "Your complaint has been opened again, and is being sent to the next officer.";
    WISH_REOPENING_ASKED = "wish_reopening_asked",
        hi "शिकायत फिर से खोलने का आपका अनुरोध आदेश के लिए भेज दिया गया है।",
        en "Your request to open the complaint again has been sent for an order.";
    WISH_DEMANDED = "wish_demanded",
        hi "हम आपके दर्ज नंबर पर फ़ोन करके आपका उत्तर पूछेंगे।",
        en "We will ring your registered number and ask for your answer.";
    WISH_UNMERGED = "wish_unmerged",
        hi "यह शिकायत अलग कर दी गई है, और इस पर फिर से कार्यवाही चल रही है।",
        en "This complaint stands by itself again, and is being worked on.";
    WISH_KEPT = "wish_kept",
        hi "ठीक है। शिकायत जैसी थी, वैसी ही रहेगी।",
        en "All right. The complaint stays as it was.";
    WISH_NOT_POSSIBLE = "wish_not_possible",
        hi "यह इस समय नहीं हो सकता।",
        en "This cannot be done at this time.";

    // The courtesy call after a special or forced close.
    COURTESY_SPECIAL = "courtesy_special",
        hi "शासन के नियमों के अनुसार इस शिकायत का निराकरण नहीं हो सकता था। इसलिए यह आदेश से विशेष रूप से बंद की गई है।",
        en "Under the rules of the government this complaint could not be resolved. It was closed by order, as a special close.";
    COURTESY_FORCED = "courtesy_forced",
        hi "यह शिकायत अधिकारी के आदेश से, उनके प्रतिवेदन के आधार पर बंद की गई है।",
        en "This complaint was closed by order of an officer, on the officer's report.";
    COURTESY_ACTION_TAKEN = "courtesy_action_taken",
        hi "कारण यह है कि इस पर कार्यवाही पहले ही हो चुकी है।",
        en "The reason is that action had already been taken.";
    COURTESY_NOT_ELIGIBLE = "courtesy_not_eligible",
        hi "कारण यह है कि पात्रता नहीं पाई गई।",
        en "The reason is that no eligibility was found.";
    COURTESY_FALSE = "courtesy_false",
        hi "कारण यह है कि जाँच में शिकायत सही नहीं पाई गई।",
        en "The reason is that the complaint was not found to be true.";
    COURTESY_BEFORE_COURT = "courtesy_before_court",
        hi "कारण यह है कि मामला न्यायालय में है।",
        en "The reason is that the matter is before a court.";
    COURTESY_POLICY_MATTER = "courtesy_policy_matter",
        hi "कारण यह है कि यह नीति का विषय है।",
        en "The reason is that it is a matter of policy.";
    COURTESY_OTHER = "courtesy_other",
        hi "कारण उस प्रतिवेदन में लिखा है।",
        en "The reason is written in that report.";
    COURTESY_ANSWER = "courtesy_answer",
        hi "यदि आप इससे संतुष्ट हैं, तो एक दबाइए। यदि संतुष्ट नहीं हैं, तो दो दबाइए। किसी व्यक्ति से बात करने के लिए तीन दबाइए।",
        en "If you are satisfied with this, press one. If you are not satisfied, press two. To speak to a person, press three.";
    COURTESY_CHOSE_SATISFIED = "courtesy_chose_satisfied",
        hi "आपने बताया है कि आप इससे संतुष्ट हैं।",
        en "You have said that you are satisfied with this.";
    COURTESY_CHOSE_NOT_SATISFIED = "courtesy_chose_not_satisfied",
        hi "आपने बताया है कि आप इससे संतुष्ट नहीं हैं।",
        en "You have said that you are not satisfied with this.";

    // The verification call.
    VERIFY_CALLING_FROM = "verify_calling_from",
        hi "नमस्कार। यह फ़ोन मुख्यमंत्री हेल्पलाइन एक सौ इक्यासी से है। हम एक शिकायत के बारे में आपसे पूछना चाहते हैं।",
        en "Greetings. This call is from the Chief Minister's Helpline, one eight one. We want to ask you about a complaint.";
    VERIFY_RIGHT_PARTY = "verify_right_party",
        hi "यदि शिकायत आपने दर्ज कराई थी, तो एक दबाइए। यदि वे अभी यहाँ नहीं हैं, तो दो दबाइए। यदि यह नंबर गलत है, तो तीन दबाइए।",
        en "If you are the person who registered the complaint, press one. If that person is not here, press two. If this is a wrong number, press three.";
    VERIFY_COMPLAINT_NUMBER = "verify_complaint_number", hi "आपकी शिकायत का क्रमांक है", en "The number of your complaint is";
    VERIFY_SUBJECT = "verify_subject", hi "शिकायत का विषय है", en "The subject of the complaint is";
    VERIFY_REPORTED_RESOLVED = "verify_reported_resolved",
        hi "अधिकारी ने इस शिकायत को हल बताया है।",
        en "The officer has reported this complaint as resolved.";
    VERIFY_ANSWER = "verify_answer",
        hi "यदि आप निराकरण से संतुष्ट हैं, तो एक दबाइए। यदि संतुष्ट नहीं हैं, तो दो दबाइए। किसी व्यक्ति से बात करने के लिए तीन दबाइए। यदि हम आपको बाद में फ़ोन करें, तो चार दबाइए।",
        en "If you are satisfied with the resolution, press one. If you are not satisfied, press two. To speak to a person, press three. To be called later, press four.";
    VERIFY_CHOSE_SATISFIED = "verify_chose_satisfied",
        hi "आपने बताया है कि आप निराकरण से संतुष्ट हैं।",
        en "You have said that you are satisfied with the resolution.";
    VERIFY_CHOSE_NOT_SATISFIED = "verify_chose_not_satisfied",
        hi "आपने बताया है कि आप निराकरण से संतुष्ट नहीं हैं।",
        en "You have said that you are not satisfied with the resolution.";
    VERIFY_LAST_TIME = "verify_last_time",
        hi "पिछली बार हमारी बात अधूरी रह गई थी।",
        en "Last time, our call was not finished.";
    VERIFY_CONFIRM = "verify_confirm",
        hi "यदि यह सही है, तो एक दबाइए। बदलने के लिए दो दबाइए।",
        en "If this is right, press one. To change it, press two.";
    VERIFY_PRESSURE = "verify_pressure",
        hi "क्या किसी ने आप पर यह उत्तर देने या शिकायत वापस लेने का दबाव डाला है? यदि हाँ, तो एक दबाइए। यदि नहीं, तो दो दबाइए।",
        en "Has anyone put pressure on you about this answer or this complaint? If yes, press one. If no, press two.";
    VERIFY_CONDUCT = "verify_conduct",
        hi "अधिकारी का व्यवहार कैसा था? यदि अच्छा था, तो एक दबाइए। यदि अच्छा नहीं था, तो दो दबाइए। यदि आप यह नहीं बताना चाहते, तो आप फ़ोन रख सकते हैं।",
        en "How did the officer behave with you? If well, press one. If not well, press two. If you do not wish to say, you may hang up.";
    VERIFY_NEXT = "verify_next",
        hi "अब आपकी दूसरी शिकायत के बारे में।",
        en "Now about another complaint of yours.";
    VERIFY_THANKS = "verify_thanks",
        hi "धन्यवाद। आपका उत्तर दर्ज कर लिया गया है।",
        en "Thank you. Your answer has been noted.";
    VERIFY_THANKS_CLOSED = "verify_thanks_closed",
        hi "धन्यवाद। आपके उत्तर के अनुसार यह शिकायत बंद की जा रही है।",
        en "Thank you. According to your answer, this complaint is now closed.";
    VERIFY_THANKS_ESCALATED = "verify_thanks_escalated",
        hi "धन्यवाद। आपकी शिकायत बंद नहीं होगी। यह आगे के अधिकारी को भेजी जा रही है।",
        en "Thank you. Your complaint will not be closed. It is being sent to the next officer.";
    VERIFY_PRESSURE_NOTED = "verify_pressure_noted",
        hi "धन्यवाद। दबाव की आपकी बात दर्ज कर ली गई है। शिकायत बंद नहीं होगी, और आगे के अधिकारी को भेजी जा रही है।",
        en "Thank you. What you said about pressure has been noted. The complaint will not be closed, and is being sent to the next officer.";
    VERIFY_CALL_LATER = "verify_call_later",
        hi "ठीक है। हम आपको बाद में फ़ोन करेंगे।",
        en "All right. We will call you later.";
    VERIFY_WRONG_NUMBER = "verify_wrong_number",
        hi "असुविधा के लिए क्षमा कीजिए। हम इस नंबर की जाँच करेंगे।",
        en "We are sorry for the trouble. We will check this number.";
    VERIFY_NOT_HERE = "verify_not_here",
        hi "ठीक है। हम किसी और समय फ़ोन करेंगे।",
        en "All right. We will call at another time.";
    VERIFY_SPEAK_TO_PERSON = "verify_speak_to_person",
        hi "ठीक है। हेल्पलाइन से एक व्यक्ति आपको फ़ोन करेगा।",
        en "All right. A person from the helpline will ring you.";
    VERIFY_UNDECIDED = "verify_undecided",
        hi "कोई बात नहीं। हेल्पलाइन से एक व्यक्ति आपको फ़ोन करके आपका उत्तर पूछेगा।",
        en "That is all right. A person from the helpline will ring you and ask for your answer.";
    VERIFY_GOODBYE = "verify_goodbye", hi "आपके समय के लिए धन्यवाद। नमस्कार।", en "Thank you for your time. Goodbye.";
}

/// The whole numbers 0 to 99: each is a clip of its own, for Hindi has no rule that builds them.
pub const NUMBERS: [&str; 100] = [
    "n_0", "n_1", "n_2", "n_3", "n_4", "n_5", "n_6", "n_7", "n_8", "n_9", "n_10", "n_11", "n_12",
    "n_13", "n_14", "n_15", "n_16", "n_17", "n_18", "n_19", "n_20", "n_21", "n_22", "n_23", "n_24",
    "n_25", "n_26", "n_27", "n_28", "n_29", "n_30", "n_31", "n_32", "n_33", "n_34", "n_35", "n_36",
    "n_37", "n_38", "n_39", "n_40", "n_41", "n_42", "n_43", "n_44", "n_45", "n_46", "n_47", "n_48",
    "n_49", "n_50", "n_51", "n_52", "n_53", "n_54", "n_55", "n_56", "n_57", "n_58", "n_59", "n_60",
    "n_61", "n_62", "n_63", "n_64", "n_65", "n_66", "n_67", "n_68", "n_69", "n_70", "n_71", "n_72",
    "n_73", "n_74", "n_75", "n_76", "n_77", "n_78", "n_79", "n_80", "n_81", "n_82", "n_83", "n_84",
    "n_85", "n_86", "n_87", "n_88", "n_89", "n_90", "n_91", "n_92", "n_93", "n_94", "n_95", "n_96",
    "n_97", "n_98", "n_99",
];

/// The months, as dates are said: the day's number, then the month.
pub const MONTHS: [&str; 12] = [
    "month_1", "month_2", "month_3", "month_4", "month_5", "month_6", "month_7", "month_8",
    "month_9", "month_10", "month_11", "month_12",
];

/// What larger numbers are built with, after a number of 0 to 99.
pub const SCALES: [&str; 4] = ["n_hundred", "n_thousand", "n_lakh", "n_crore"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_key_is_unique_snake_case() {
        let mut seen = HashSet::new();

        for key in ALL.iter().chain(&NUMBERS).chain(&SCALES) {
            assert!(seen.insert(*key), "{key} stands twice");
            assert!(
                key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{key}"
            );
        }
    }

    #[test]
    fn every_prompt_has_words_in_both_languages() {
        for prompt in PROMPTS {
            assert!(!prompt.hindi.is_empty() && !prompt.english.is_empty(), "{}", prompt.key);
            if !prompt.hindi.starts_with('(') {
                assert!(
                    prompt.hindi.chars().any(|c| ('\u{0900}'..='\u{097f}').contains(&c)),
                    "{}",
                    prompt.key
                );
            }
        }
    }

    #[test]
    fn numbers_stand_at_their_own_index() {
        for (value, key) in NUMBERS.iter().enumerate() {
            assert_eq!(*key, format!("n_{value}"));
        }
    }
}
