//! What a citizen hears who calls: the menu, registering, the status of a case, and what goes otherwise.

use super::Prompt;

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
}
