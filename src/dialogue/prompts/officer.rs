//! The officers' line.

use super::Prompt;

prompts! {
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
}
