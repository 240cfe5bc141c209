//! Requests about complaints, parsed into what the use cases ask for.

use helpline_proto::v1;
use tonic::Status;

use crate::{
    app::{Error, cases},
    domain::{
        case::{Kind, old::read::OLD_NUMBER_CHARS_MAX},
        phone::Phone,
    },
    grpc::{fail::field, fields, intake, narrow, page, words},
};

/// Earlier cases that one registration names.
const DESPITE_MAX: usize = 32;

/// `caller`: the number of the call that it is registered on.
pub fn register(
    kind: Kind,
    request_id: String,
    said: v1::Registration,
    caller: Option<Phone>,
) -> Result<cases::Register, Status> {
    let phone = match (said.phone.trim().is_empty(), caller) {
        (true, Some(caller)) => caller,
        _ => fields::phone("registration.phone", &said.phone)?,
    };
    Ok(cases::Register {
        request_id: fields::request_id(request_id)?,
        kind,
        phone,
        name: fields::optional_name("registration.name", said.name)?,
        language: fields::language("registration.language", said.language)?,
        category: fields::code("registration.category", said.category)?,
        subcategory: fields::optional_code("registration.subcategory", said.subcategory)?,
        place: fields::place("registration.place", said.place)?,
        words: fields::optional_text("registration.words", said.words)?,
        recording: None,
        by_keys: false,
        call: intake::call("registration.call", said.call)?,
        despite: said.despite_duplicates.map(despite).transpose()?,
        incident: match said.incident.as_str() {
            "" => None,
            id => Some(intake::id("registration.incident", id)?),
        },
        heard_of: match said.heard_of {
            0 => None,
            word => Some(words::parse_heard_of(word).ok_or_else(|| {
                field("registration.heard_of", "not a way that this version knows")
            })?),
        },
        scheme: fields::optional_code("registration.scheme", said.scheme)?,
    })
}

fn despite(said: v1::DespiteDuplicates) -> Result<cases::Despite, Status> {
    const REASON: &str = "registration.despite_duplicates.reason";
    const NUMBERS: &str = "registration.despite_duplicates.numbers";
    if said.numbers.is_empty() || said.numbers.len() > DESPITE_MAX {
        return Err(field(NUMBERS, "1 to 32 cases"));
    }
    let cases = said.numbers.iter().map(|number| fields::named_number(NUMBERS, number));
    Ok(cases::Despite {
        cases: cases.collect::<Result<_, _>>()?,
        reason: fields::optional_text(REASON, said.reason)?
            .ok_or_else(|| field(REASON, "why this is another matter"))?,
    })
}

/// The use case knows the fields without the message around them.
pub fn within_registration(error: Error) -> Error {
    let named = |field| match field {
        "phone" => "registration.phone",
        "name" => "registration.name",
        "language" => "registration.language",
        "category" => "registration.category",
        "subcategory" => "registration.subcategory",
        "place" => "registration.place",
        "words" => "registration.words",
        "incident" => "registration.incident",
        "despite_duplicates.reason" => "registration.despite_duplicates.reason",
        other => other,
    };
    match error {
        Error::Invalid { field, why } => Error::Invalid { field: named(field), why },
        other => other,
    }
}

pub fn complete_review(
    request: v1::CompleteReviewRequest,
) -> Result<cases::CompleteReview, Status> {
    Ok(cases::CompleteReview {
        request_id: fields::request_id(request.request_id)?,
        number: fields::number(&request.number)?,
        etag: fields::etag(&request.etag)?,
        subcategory: fields::code("subcategory", request.subcategory)?,
        place: fields::optional_place("place", request.place)?,
    })
}

pub fn route(request: v1::RouteCaseRequest) -> Result<cases::Route, Status> {
    Ok(cases::Route {
        request_id: fields::request_id(request.request_id)?,
        number: fields::number(&request.number)?,
        etag: fields::etag(&request.etag)?,
        post: fields::post(&request.post)?.ok_or_else(|| field("post", "missing"))?,
        reason: fields::text("reason", request.reason)?,
    })
}

pub fn list(request: v1::ListCasesRequest) -> Result<cases::Filter, Status> {
    let mut narrow = narrow::parse(request.filter)?;
    let states = narrow::states("states", &request.states)?;
    let department = fields::optional_code("department", request.department)?;
    if !states.is_empty() && !narrow.states.is_empty() {
        return Err(field("filter.states", "said twice"));
    }
    if department.is_some() && narrow.department.is_some() {
        return Err(field("filter.department", "said twice"));
    }
    narrow.states.extend(states);
    narrow.department = narrow.department.or(department);
    let phone = match request.phone.as_str() {
        "" => None,
        phone => Some(fields::phone("phone", phone)?),
    };
    Ok(cases::Filter {
        narrow,
        district: fields::optional_place("district", request.district)?,
        phone,
        needs_review: request.needs_review.then_some(true),
        old_number: old_number(request.old_number)?,
        page: page::parse(request.page_size, &request.page_token)?,
    })
}

/// As the other system wrote it.
fn old_number(number: String) -> Result<Option<String>, Status> {
    match number.trim() {
        "" => Ok(None),
        number if number.chars().count() > OLD_NUMBER_CHARS_MAX => {
            Err(field("old_number", "too long"))
        }
        number => Ok(Some(number.to_owned())),
    }
}
