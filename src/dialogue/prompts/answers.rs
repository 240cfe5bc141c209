//! Answers about a resolved complaint on the citizen's own call, and what a citizen wants of a complaint.

use super::Prompt;

prompts! {
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
}
