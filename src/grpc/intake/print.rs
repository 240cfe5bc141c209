//! Blocks as the API writes them.

use helpline_proto::v1;

use crate::{app::intake::BlockView, grpc::fields::print_time};

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
