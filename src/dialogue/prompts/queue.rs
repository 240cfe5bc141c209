//! What a citizen hears who waits for a person.

use super::Prompt;

prompts! {
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
    QUEUE_MESSAGE = "queue_message",
        hi "इस समय कोई ऑपरेटर आपसे बात नहीं कर सकता। टोन के बाद अपना नाम, अपना पता और अपनी बात बताइए। बोलने के बाद हैश दबाइए।", en "No operator can speak with you at this time. After the tone, please say your name, your address and your matter. When you have finished, press hash.";
    QUEUE_OTHER_OFFICE = "queue_other_office",
        hi "कृपया लाइन पर बने रहिए। हम आपको दूसरे कार्यालय से जोड़ रहे हैं।", en "Please stay on the line. We are connecting you to another office.";
    HOLD_MUSIC = "hold_music", hi "(music: plucked chords, 16 s)", en "(music: plucked chords, 16 s)";
}
