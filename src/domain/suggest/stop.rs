//! Words that stand in every complaint and point to none.

use std::{collections::HashSet, sync::LazyLock};

// In their normal form, see `key::words`.
const HINDI: &str = "
    का की के को से में मे पर ने तक और या भी ही तो है हैं हो था थी थे हूं हुआ हुई हुए होता होती होते होना रहा रही रहे
    गया गई गए गये गयी कर करना करने करता करते करो किया किए दिया दी दे देते दो लिया ली ले लेना नहीं नही ना न मत मेरा
    मेरी मेरे हमारा हमारी हमारे हमको हमें मुझे मुझको हम मैं आप वह ये यह यहां वहां इस उस एक जो कि क्या कोई कुछ बहुत
    अभी अब आ आया आई आए आती आता आते मिला मिली मिले मिल मिलता मिलती चाहिए लिए दिन दिनों महीने महीनों माह साल वर्ष
    समस्या परेशानी शिकायत जी सर साहब कृपया बार साथ वाला वाले वाली जा जाता जाती पड़ पडा पडी पडे बोल बता नाम पास घर
    बाद लग लगा";
const ROMAN: &str = "
    ka ki ke ko se mein me mai main par pe ne tak aur ya bhi hi to hai he hain h ho tha thi the hun hua hui hue hota
    hoti raha rahi rahe rha rhi rhe gaya gya gayi gai gaye kar karna karne karte kiya diya di de dete do liya li le
    lena nahi nahin nhi nai na mat mera meri mere hamara hamari hamare humara humari humare hamko hame hamein mujhe
    hum ham aap wah woh ye yeh yaha yahan waha wahan is us ek jo kya koi kuch bahut bohot abhi ab aa aaya aya aayi
    ayi aai aaye aati ati aata ata mila mili mile mil milta milti chahiye liye din dino mahine mahina saal samasya
    pareshani shikayat ji sir sahab kripya bar baar sath wala wale wali ja jata jati pada padi pade naam nam paas
    ghar baad lag laga";
const ENGLISH: &str = "
    a an and are as at be been by complaint complain day days did does for from get getting given got has have i in
    it last madam month months my no not of on or our please problem received regarding since still that there this
    was we week weeks with year years";

static STOPS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| [HINDI, ROMAN, ENGLISH].iter().flat_map(|it| it.split_whitespace()).collect());

pub fn is_stop(word: &str) -> bool {
    // A lone letter says nothing, a number may: 108 is the ambulance.
    let short = word.chars().count() < 2 && !word.starts_with(|c: char| c.is_ascii_digit());
    short || STOPS.contains(word)
}
