//! The calls that the helpline makes: the verification call, and the courtesy call after a special or forced close.

use super::Prompt;

prompts! {
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
    VERIFY_REPORTED_BY = "verify_reported_by", hi "अधिकारी का पद है", en "The officer's designation is";
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
    VERIFY_WHEN = "verify_when",
        hi "हम आपको कब फ़ोन करें? सुबह नौ से बारह बजे के बीच के लिए, एक दबाइए। दोपहर बारह से चार बजे के बीच के लिए, दो दबाइए। शाम चार से आठ बजे के बीच के लिए, तीन दबाइए।",
        en "When shall we call you? For the morning, between nine and twelve, press one. For the afternoon, between twelve and four, press two. For the evening, between four and eight, press three.";
    VERIFY_LATER_MORNING = "verify_later_morning", hi "ठीक है। हम आपको सुबह फ़ोन करेंगे।", en "All right. We will call you in the morning.";
    VERIFY_LATER_AFTERNOON = "verify_later_afternoon", hi "ठीक है। हम आपको दोपहर में फ़ोन करेंगे।", en "All right. We will call you in the afternoon.";
    VERIFY_LATER_EVENING = "verify_later_evening", hi "ठीक है। हम आपको शाम को फ़ोन करेंगे।", en "All right. We will call you in the evening.";
    VERIFY_MORE = "verify_more",
        hi "यदि आप कुछ और बताना चाहते हैं, या किसी के काम की सराहना करना चाहते हैं, तो एक दबाइए। नहीं तो आप फ़ोन रख सकते हैं।",
        en "If you wish to tell us more, or to praise somebody's work, press one. Otherwise you may hang up.";
    VERIFY_SPEAK = "verify_speak",
        hi "टोन के बाद बोलिए। बात पूरी होने पर हैश दबाइए।",
        en "Speak after the tone. When you have finished, press hash.";
    VERIFY_WORDS_KEPT = "verify_words_kept",
        hi "धन्यवाद। आपकी बात शिकायत के साथ रख ली गई है।",
        en "Thank you. What you said is kept with the complaint.";
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
