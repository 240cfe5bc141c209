//! Blocks and figures as the API writes them.

use helpline_proto::v1;

use crate::{
    app::intake::BlockView,
    domain::{citizen::Safety, intake::origin::Figures, place::PlaceCode},
    grpc::{fields::print_time, words},
};

pub fn block(view: BlockView) -> v1::Block {
    let BlockView { block, phone, reason, appeal, answer, at } = view;
    let actor = |account: i64| format!("account:{account}");
    let appeal = block.appeal.as_ref().map(|said| {
        let answered = said.answer.as_ref();
        v1::Appeal {
            at: Some(print_time(said.at)),
            words: appeal.unwrap_or_default(),
            due_at: Some(print_time(said.due_at)),
            answered_at: answered.map(|answer| print_time(answer.at)),
            answered_by: answered.map_or(String::new(), |answer| actor(answer.account)),
            answer: answer.unwrap_or_default(),
            lifted: answered.is_some_and(|answer| answer.lifts),
        }
    });
    v1::Block {
        id: block.id.to_string(),
        phone_masked: phone.to_string(),
        actor: actor(block.account),
        reason,
        from: Some(print_time(block.from)),
        until: Some(print_time(block.until)),
        in_force: block.in_force(at),
        lifted_at: block.lifted.as_ref().map(|lifted| print_time(lifted.at)),
        lifted_by: block.lifted.as_ref().map_or(String::new(), |lifted| actor(lifted.account)),
        appeal,
    }
}

pub fn figures(figures: Figures) -> v1::GetIntakeFiguresResponse {
    use v1::get_intake_figures_response::{HeardOfCount, KindCount, PlaceCount};
    let kind = |(kind, cases)| KindCount { kind: words::kind(kind), cases };
    let heard = |(heard_of, cases)| HeardOfCount { heard_of: words::heard_of(heard_of), cases };
    let block = |(place, cases): (PlaceCode, _)| PlaceCount { place: place.to_string(), cases };
    v1::GetIntakeFiguresResponse {
        kinds: figures.kinds.into_iter().map(kind).collect(),
        heard_of: figures.heard_of.into_iter().map(heard).collect(),
        blocks: figures.blocks.into_iter().map(block).collect(),
    }
}

pub fn safety(safety: Safety) -> v1::Safety {
    let minute = |minute: u32| i32::try_from(minute).unwrap_or(i32::MAX);
    v1::Safety {
        do_not_call: safety.do_not_call,
        no_sms: safety.no_sms,
        no_message: safety.no_message,
        hours: safety.hours.map(|hours| v1::SafeHours {
            from_minute: minute(hours.from_minute),
            until_minute: minute(hours.until_minute),
        }),
    }
}
