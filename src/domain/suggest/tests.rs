//! What agents type, in three writings, against the sample of Madhya Pradesh.

use super::*;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/sample/mp");

fn table(name: &str) -> Vec<csv::StringRecord> {
    let mut rows = csv::Reader::from_path(format!("{SAMPLE}/{name}.csv")).unwrap();
    rows.records().map(Result::unwrap).collect()
}

fn madhya_pradesh() -> Index {
    let synonyms = table("synonyms");
    let called = |column: usize, code: &str, names: [&str; 2]| {
        let synonyms = synonyms.iter().filter(|row| &row[column] == code).map(|row| &row[2]);
        names.into_iter().chain(synonyms).map(str::to_owned).collect()
    };
    let categories = table("categories").into_iter().map(|row| Matter {
        category: Code::new(&row[0]),
        subcategory: None,
        called: called(0, &row[0], [&row[3], &row[4]]),
    });
    let subcategories = table("subcategories").into_iter().map(|row| Matter {
        category: Code::new(&row[1]),
        subcategory: Some(Code::new(&row[0])),
        called: called(1, &row[0], [&row[2], &row[3]]),
    });
    Index::build(categories.chain(subcategories).collect())
}

/// The subcategory, or the category where there is none.
fn codes(found: &[Suggestion]) -> Vec<&str> {
    found.iter().map(|it| it.subcategory.as_ref().unwrap_or(&it.category).as_str()).collect()
}

/// What is typed, and what must come first.
const FIRST: &[(&str, &str)] = &[
    // Roman letters
    ("bijli nahi aa rahi", "power_cut"),
    ("light nahi aa rahi hai 3 din se", "power_cut"),
    ("bijlee ka bill bahut jyada aaya hai", "electricity_bill"),
    ("transformer jal gaya hai gaon ka", "transformer"),
    ("smart meter tez chal raha hai", "meter"),
    ("handpump kharab hai", "handpump"),
    ("nal me pani nahi aa raha", "piped_water"),
    ("ganda pani aa raha hai", "water_quality"),
    ("mazdoori ka paisa nahi mila manrega", "wages"),
    ("sarpanch bhrashtachar kar raha hai", "sarpanch"),
    ("awas ki kist nahi mili", "housing_instalment"),
    ("samagra id nahi bani", "samagra_new"),
    ("rashan nahi mila", "ration_not_given"),
    ("rashan card nahi bana", "ration_card"),
    ("angutha nahi lag raha rashan dukan", "ration_ekyc"),
    ("gas cylinder nahi mila", "gas_cylinder"),
    ("ladli behna ka paisa nahi aaya", "ladli_behna_instalment"),
    ("vridha pension band ho gayi", "old_age_pension"),
    ("vidhwa penshan nahi mil rahi", "widow_pension"),
    ("namantaran nahi ho raha", "mutation"),
    ("fasal bima ka paisa nahi mila", "insurance_claim"),
    ("urea khad nahi mil rahi", "fertiliser_shortage"),
    ("aanganwadi nahi khulti", "anganwadi_closed"),
    ("chhatravritti nahi mili", "scholarship_school"),
    ("kachra gadi nahi aati", "garbage"),
    ("awara kutte bahut hain", "stray_animals"),
    ("thane me report nahi likhi", "fir_not_registered"),
    ("ayushman card nahi bana", "ayushman_card"),
    ("sambal ka paisa nahi mila mrityu ke baad", "sambal_death"),
    // Devanagari
    ("बिजली नहीं आ रही है", "power_cut"),
    ("ट्रांसफार्मर जल गया", "transformer"),
    ("खम्भा गिर गया है तार टूटा हुआ है", "electric_wire"),
    ("हैण्डपंप ख़राब है", "handpump"),
    ("राशन नहीं मिला", "ration_not_given"),
    ("राशन की दुकान बन्द रहती है", "ration_shop"),
    ("प्रधानमंत्री आवास की दूसरी किस्त नहीं आई", "housing_instalment"),
    ("नामान्तरण नही हुआ", "mutation"),
    ("जमीन पर दबंगों ने कब्ज़ा कर लिया है", "private_land"),
    ("डॉक्टर नहीं आते अस्पताल में", "doctor_absent"),
    ("१०८ एम्बुलेंस नहीं आई", "ambulance"),
    ("शिक्षक स्कूल नहीं आते", "teacher_absent"),
    ("मध्यान्ह भोजन नहीं मिल रहा", "midday_meal"),
    ("नाली जाम है, गंदा पानी सड़क पर", "drain"),
    ("जाति प्रमाण पत्र नहीं बन रहा", "caste_certificate"),
    ("नहर में पानी नहीं छोड़ा", "canal_water"),
    ("सोलर पम्प नहीं लगा", "solar_pump"),
    ("ओलावृष्टि से फसल ख़राब मुआवज़ा नहीं मिला", "crop_loss"),
    ("अवैध रेत उत्खनन हो रहा है", "sand_mining"),
    // English
    ("no electricity since 5 days", "power_cut"),
    ("wrong electricity bill", "electricity_bill"),
    ("hand pump not working", "handpump"),
    ("no drinking water in taps", "piped_water"),
    ("street light not working", "street_light"),
    ("garbage not collected in our ward", "garbage"),
    ("ration shop closed", "ration_shop"),
    ("doctor absent from hospital", "doctor_absent"),
    ("old age pension not received", "old_age_pension"),
    ("scholarship not received", "scholarship_school"),
    ("road is broken and has potholes", "road_broken"),
    ("crop insurance claim not paid", "insurance_claim"),
    ("police not registering FIR", "fir_not_registered"),
    ("cyber fraud money deducted", "cyber_fraud"),
    ("birth certificate not issued", "birth_certificate"),
    ("driving licence not received", "driving_licence"),
    ("illegal liquor sale in village", "illegal_liquor"),
    ("child marriage", "child_marriage"),
];

/// What must be among the first three.
const AMONG_THREE: &[(&str, &str)] = &[
    ("seemankan ke liye patwari paise mang raha", "patwari_bribe"),
    ("गाय बीमार है पशु चिकित्सक नहीं", "vet_absent"),
    ("pani ki samasya", "piped_water"),
    ("पानी की समस्या है गांव में", "piped_water"),
    ("sadak me gadde hain", "road_broken"),
    ("pradhanmantri awas nahi mila", "housing_list"),
    ("kisan samman nidhi 2000 nahi aaye", "pm_kisan_instalment"),
    ("मेरी पेंशन तीन महीने से बंद है", "old_age_pension"),
    ("दवाई नहीं मिल रही अस्पताल में", "medicine"),
    ("school me master nahi", "teacher_absent"),
    ("company ne salary nahi di", "salary_not_paid"),
    ("patwari nahi milta", "patwari_absent"),
    ("gehu ka bhugtan nahi hua uparjan", "procurement_payment"),
    ("forest land encroached", "forest_encroachment"),
    ("रिश्वत मांग रहे हैं दफ्तर में", "bribe"),
    ("bijlee gul hai subah se", "power_cut"),
    ("lite nahi hai gaon me", "power_cut"),
    ("voltage bahut kam aata hai", "low_voltage"),
    ("naya bijli connection nahi de rahe", "new_connection"),
    ("bijli ke taar latak rahe hain ghar ke upar", "electric_wire"),
    ("khet me motor ke liye bijli nahi milti", "farm_supply"),
    ("lineman paise mangta hai", "lineman"),
    ("hand pamp kharab pada hai 2 mahine se", "handpump"),
    ("nal jal yojna band padi hai", "piped_water"),
    ("har ghar nal yojana ka kaam adhura", "jjm_incomplete"),
    ("paip line phut gayi hai", "pipeline_leak"),
    ("narega me kam nahi mil raha", "nrega_work"),
    ("job card nahi banaya", "job_card"),
    ("gaon ki sadak kharab hai kichad", "village_road"),
    ("shochalay ki rashi nahi mili", "village_sanitation"),
    ("pm awas ki dusri kist", "housing_instalment"),
    ("naali bhari padi hai", "drain"),
    ("sadak par gaddhe", "road_broken"),
    ("wheat not given by ration dealer", "ration_not_given"),
    ("ujjwala gas connection", "ujjwala"),
    ("dhan ka paisa nahi aaya samarthan mulya", "procurement_payment"),
    ("petrol pump me kam petrol", "petrol_pump"),
    ("sarkari aspatal me dawai nahi", "medicine"),
    ("delivery ka paisa nahi mila", "maternity_benefit"),
    ("asha karyakarta ko vetan nahi", "asha_payment"),
    ("jholachap doctor", "quack"),
    ("khasre me naam galat hai", "khasra_correction"),
    ("sarkari jamin par kabja", "govt_land"),
    ("rasta rok diya hai padosi ne", "blocked_way"),
    ("makan gir gaya barish me", "house_damage"),
    ("aay praman patra", "income_certificate"),
    ("mool nivasi praman patra nahi ban raha", "domicile_certificate"),
    ("pm kisan ka paisa band", "pm_kisan_instalment"),
    ("police karyawahi nahi kar rahi", "no_action"),
    ("motor cycle chori ho gayi", "theft"),
    ("pati marpit karta hai", "crime_women"),
    ("khate se paise kat gaye online thagi", "cyber_fraud"),
    ("DJ ki awaz bahut tez", "loudspeaker"),
    ("cycle nahi mili school se", "books_uniform"),
    ("niji school ki fees jyada", "school_fee"),
    ("atithi shikshak ka mandey", "guest_teacher_pay"),
    ("result nahi aaya university", "exam_result"),
    ("poshan aahar nahi mil raha", "nutrition"),
    ("viklang pension", "disability_pension"),
    ("tricycle nahi mili", "disability_aid"),
    ("kanya vivah yojana ka paisa", "kanya_vivah"),
    ("DAP nahi mil raha", "fertiliser_shortage"),
    ("nakli beej", "bad_seed"),
    ("mandi vyapari ne paisa nahi diya", "mandi_payment"),
    ("drip anudan", "drip"),
    ("pashu doctor nahi aata", "vet_absent"),
    ("doodh ka paisa nahi mila", "milk_payment"),
    ("karj maafi nahi hui", "coop_loan_waiver"),
    ("ped kat rahe hain jungle me", "tree_felling"),
    ("jangli suar ne fasal kharab kar di", "crop_damage_animals"),
    ("tendupatta bonus nahi mila", "tendu_bonus"),
    ("nahar me pani nahi", "canal_water"),
    ("driving license nahi bana", "driving_licence"),
    ("bus wala jyada kiraya leta hai", "bus_overcharge"),
    ("gaon me avaidh sharab bik rahi hai", "illegal_liquor"),
    ("registry nahi ho rahi", "registry_refused"),
    ("ret ka avaidh utkhanan", "sand_mining"),
    ("majdur card nahi bana", "worker_card"),
    ("hostel me khana kharab", "hostel_food"),
    ("bank khata band kar diya", "bank_account"),
    ("rishvat mangi adhikari ne", "bribe"),
    ("meri shikayat bina nirakaran band kar di", "wrongly_closed"),
    ("aadhar card me naam galat", "aadhaar_centre"),
    ("mobile network nahi aata", "mobile_network"),
    ("mandir ki jamin par kabja", "temple_land"),
    ("factory ka dhua", "air_pollution"),
    ("solar pump kharab", "solar_pump_repair"),
    ("पेड़ काटे जा रहे हैं", "tree_felling"),
    ("थाने में एफ आई आर दर्ज नहीं कर रहे", "fir_not_registered"),
    ("वृद्धा पेंशन नहीं मिल रही", "old_age_pension"),
    ("लाड़ली बहना की किस्त नहीं आई", "ladli_behna_instalment"),
    ("खसरे में रकबा कम है", "khasra_correction"),
    ("कुत्ते ने काट लिया आवारा कुत्ते", "stray_animals"),
    ("नाली का पानी घर में आ रहा", "drain"),
    ("सड़क पर गड्ढे हैं", "road_broken"),
    ("टीचर नहीं आते", "teacher_absent"),
    ("मजदूरी नहीं मिली मनरेगा की", "wages"),
    ("बिजली का बिल ज्यादा है", "electricity_bill"),
    ("खाद नहीं मिल रही सोसायटी में", "fertiliser_shortage"),
    ("बीमा की राशि नहीं मिली फसल की", "insurance_claim"),
    ("water tanker needed", "tanker_demand"),
    ("sewage overflow on street", "drain"),
    ("stray dogs biting children", "stray_animals"),
    ("caste certificate pending", "caste_certificate"),
    ("widow pension stopped", "widow_pension"),
    ("mid day meal not served", "midday_meal"),
    ("salary not paid by company", "salary_not_paid"),
    ("house collapsed due to rain no compensation", "house_damage"),
    ("teacher does not come to school", "teacher_absent"),
    ("land mutation pending at tehsil", "mutation"),
    ("encroachment on government land", "govt_land"),
    ("no network in village", "mobile_network"),
];

#[test]
fn what_agents_type_is_understood_in_three_writings() {
    let index = madhya_pradesh();

    let mut missed = Vec::new();
    for (texts, places) in [(FIRST, 1), (AMONG_THREE, 3)] {
        for (text, want) in texts {
            let found = index.suggest(text);
            if !codes(&found).iter().take(places).any(|code| code == want) {
                missed.push(format!(
                    "{text}: {want} is not among the first {places}: {:?}",
                    codes(&found)
                ));
            }
        }
    }

    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn a_suggestion_says_which_words_led_to_it() {
    let found = madhya_pradesh().suggest("stret lite band hai khambe ki");

    let first = &found[0];
    assert_eq!(first.subcategory, Some(Code::new("street_light")));
    assert_eq!(first.category, Code::new("city"));
    let why: Vec<_> =
        first.matched.iter().map(|it| (it.typed.as_str(), it.word.as_str(), it.how)).collect();
    assert_eq!(
        why,
        [
            ("stret", "स्ट्रीट", How::Sound),
            ("lite", "लाइट", How::Sound),
            ("band", "बंद", How::Sound),
            ("khambe", "खंभे", How::Sound),
        ]
    );
}

#[test]
fn no_more_than_five_are_suggested_and_none_for_what_says_nothing() {
    let index = madhya_pradesh();

    assert_eq!(index.suggest("पानी").len(), ANSWERS_MAX);
    for text in ["", "नहीं है", "mera naam hai", "?!,", "xqzvw", "999999"] {
        assert_eq!(index.suggest(text), [], "{text}");
    }
    assert_eq!(Index::default().suggest("pani"), []);
}

#[test]
fn a_category_alone_is_suggested_when_only_it_was_named() {
    let index = Index::build(vec![
        matter("water", None, &["पेयजल", "Water"]),
        matter("water", Some("pump"), &["हैंडपंप", "Hand pump"]),
        matter("road", Some("hole"), &["गड्ढा"]),
    ]);

    assert_eq!(codes(&index.suggest("water")), ["water", "pump"]);
    assert_eq!(codes(&index.suggest("hand pump")), ["pump"]);
    assert_eq!(codes(&index.suggest("gaddhe")), ["hole"]);
}

#[test]
fn a_word_said_twice_counts_once() {
    let index = madhya_pradesh();

    let once = index.suggest("sadak par pani");
    let often = index.suggest("pani pani pani sadak par pani");

    assert_eq!(codes(&once).len(), 5);
    assert_eq!(once[0].score, often[0].score);
    assert_eq!(often[0].matched.len(), once[0].matched.len());
}

#[test]
fn a_slip_of_one_letter_is_forgiven_in_long_words_alone() {
    let index = Index::build(vec![matter("tree", None, &["transformer", "bus"])]);

    for typed in ["transfarmer", "tansformer", "transfromer", "transformerr", "trensfarmer"] {
        let found = index.suggest(typed);
        assert_eq!(found.len(), 1, "{typed}");
    }
    assert_eq!(index.suggest("bul"), []);
    assert_eq!(index.suggest("transmitter"), []);
}

#[test]
fn the_beginning_of_a_word_is_enough_while_it_is_typed() {
    let index = Index::build(vec![matter("tree", None, &["ट्रांसफार्मर"])]);

    assert_eq!(
        index.suggest("tran")[0].matched,
        [Matched {
            typed: "tran".to_owned(), word: "ट्रांसफार्मर".to_owned(), how: How::Beginning
        }]
    );
}

fn matter(category: &str, subcategory: Option<&str>, called: &[&str]) -> Matter {
    Matter {
        category: Code::new(category),
        subcategory: subcategory.map(Code::new),
        called: called.iter().map(|it| (*it).to_owned()).collect(),
    }
}
