//! Delivers the messages that are owed: claimed under a lease, written by a gateway, marked as sent.

use super::{App, Result};
use crate::{
    domain::{
        language::Language,
        notice::{Notice, Recipient},
        number::CaseNumber,
        time::{MINUTE_MS, Timestamp},
    },
    gateways::log_file::Delivery,
    store::{citizens, notices},
};

const LEASE_MS: i64 = 2 * MINUTE_MS;
/// Waits between tries: doubled each time up to the longest.
const RETRY_MS: i64 = MINUTE_MS;
const RETRY_DOUBLINGS_MAX: i64 = 6;

pub use crate::gateways::log_file::{Error as GatewayError, LogFile as Gateway};

/// Delivers what is due, at most `limit`; gives how many were delivered.
pub async fn deliver(app: &App, gateway: &Gateway, limit: i64) -> Result<usize> {
    let mut delivered = 0;
    for claimed in notices::claim(&app.store.writer, app.now(), limit, LEASE_MS).await? {
        let tried = match delivery(app, &claimed.notice).await {
            Ok(delivery) => gateway.deliver(&delivery).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let now = app.now();
        match tried {
            Ok(()) => {
                notices::sent(&app.store.writer, &claimed, now).await?;
                delivered += 1;
            }
            // One that fails holds up no other.
            Err(error) => {
                tracing::warn!(case = claimed.notice.case, error, "a notice was not delivered");
                let wait_ms = RETRY_MS << claimed.tries.clamp(0, RETRY_DOUBLINGS_MAX);
                notices::failed(&app.store.writer, &claimed, now.plus_ms(wait_ms)).await?;
            }
        }
    }
    Ok(delivered)
}

async fn delivery(app: &App, notice: &Notice) -> Result<Delivery> {
    let number = CaseNumber::of_id(notice.case).map_or(String::new(), |number| number.to_string());
    let to = match notice.to {
        Recipient::Citizen(citizen) => citizens::get(&app.store.db, citizen).await?.phone.masked(),
        Recipient::Post(post) => format!("post:{post}"),
    };
    Ok(Delivery {
        at: app.now(),
        kind: notice.kind.clone(),
        to,
        language: notice.language,
        text: text(&notice.kind, notice.language, &number, notice.due_at),
        case: number,
    })
}

/// The words of a notice; a kind without words of its own names itself.
fn text(kind: &str, language: Language, number: &str, at: Timestamp) -> String {
    let day = at.ist().format("%d.%m.%Y");
    match (kind, language) {
        ("registered", Language::Hindi) => {
            format!(
                "आपकी शिकायत {day} को दर्ज हुई। शिकायत क्रमांक {number} है। स्थिति जानने के लिए 181 पर कॉल करें।"
            )
        }
        ("registered", Language::English) => {
            format!(
                "Your complaint was registered on {day}. Its number is {number}. Call 181 for its status."
            )
        }
        ("resolved", Language::Hindi) => {
            format!(
                "शिकायत {number} पर विभाग ने निराकरण दर्ज किया है। 181 से आपको फोन करके आपकी संतुष्टि पूछी जाएगी।"
            )
        }
        ("resolved", Language::English) => {
            format!(
                "The department filed a resolution of complaint {number}. 181 will call to ask whether you are satisfied."
            )
        }
        ("closed", Language::Hindi) => {
            format!("आपके संतुष्ट होने के उत्तर पर शिकायत {number} बंद की गई।")
        }
        ("closed", Language::English) => {
            format!("Complaint {number} was closed on your answer that you are satisfied.")
        }
        ("not_satisfied" | "pressured", Language::Hindi) => {
            format!("आपके उत्तर पर शिकायत {number} अगले स्तर के अधिकारी को भेजी गई।")
        }
        ("not_satisfied" | "pressured", Language::English) => {
            format!("On your answer complaint {number} went to the next level.")
        }
        ("unverified", Language::Hindi) => {
            format!("शिकायत {number} के निराकरण पर आपसे बात नहीं हो सकी। कृपया 181 पर कॉल करके उत्तर दें।")
        }
        ("unverified", Language::English) => {
            format!("We could not reach you about complaint {number}. Please call 181 to answer.")
        }
        ("escalated", Language::Hindi) => format!("शिकायत {number} आपके स्तर पर आई है।"),
        ("escalated", Language::English) => format!("Complaint {number} came to your level."),
        (other, _) => format!("{other} {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_says_the_number_in_the_citizens_language() {
        let at = Timestamp(1_795_321_800_000);

        assert_eq!(
            text("registered", Language::English, "10000007", at),
            "Your complaint was registered on 22.11.2026. Its number is 10000007. Call 181 for its status."
        );
        assert!(
            text("registered", Language::Hindi, "10000007", at).contains("शिकायत क्रमांक 10000007")
        );
        assert_eq!(text("other", Language::Hindi, "10000007", at), "other 10000007");
    }
}
