//! Many citizens of our own who call and ask for a person.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet};

use crate::kit::{caller::Caller, server::Server};

/// Citizens who are in the menu at one time; more would only wait for the machine.
const IN_THE_MENU: usize = 40;
const PROMPT: Duration = Duration::from_secs(60);

/// The numbers of `count` citizens, told apart by their last four digits.
pub(crate) fn numbers(first: u64, count: usize) -> Vec<String> {
    (0..count as u64).map(|n| (first + n).to_string()).collect()
}

/// All of them, in this order, have asked for a person; from then on they are silent, and stay on the line.
pub(crate) async fn ask_for_a_person(server: &Server, numbers: &[String]) -> Vec<Caller> {
    let (trunk, sip) = (server.network.trunk(), server.sip());
    let room = Arc::new(Semaphore::new(IN_THE_MENU));
    let mut calling = JoinSet::new();
    for (n, number) in numbers.iter().enumerate() {
        let (room, number) = (room.clone(), number.clone());
        calling.spawn(async move {
            let _place = room.acquire().await.unwrap();
            let mut caller = Caller::dial(trunk, sip, &number, None).await;
            for key in ["2", "9"] {
                caller.hear(PROMPT).await;
                caller.press(key).await;
            }
            caller.fall_silent();
            (n, caller)
        });
    }
    let mut citizens = calling.join_all().await;
    citizens.sort_by_key(|(n, _)| *n);
    citizens.into_iter().map(|(_, caller)| caller).collect()
}
