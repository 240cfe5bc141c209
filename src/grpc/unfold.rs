//! A stream out of a state and a step: nothing runs, and nothing waits in between, unless the client reads.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio_stream::Stream;

type Step<S, T> = Pin<Box<dyn Future<Output = Option<(T, S)>> + Send>>;

pub struct Unfold<S, T> {
    step: fn(S) -> Step<S, T>,
    /// None when the stream is over.
    next: Option<Step<S, T>>,
}

/// The stream is over when the step answers nothing.
pub fn unfold<S, T>(state: S, step: fn(S) -> Step<S, T>) -> Unfold<S, T> {
    Unfold { step, next: Some(step(state)) }
}

impl<S, T> Stream for Unfold<S, T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let Some(step) = &mut self.next else { return Poll::Ready(None) };
        let told = ready!(step.as_mut().poll(cx));
        match told {
            Some((item, state)) => {
                self.next = Some((self.step)(state));
                Poll::Ready(Some(item))
            }
            None => {
                self.next = None;
                Poll::Ready(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt;

    use super::*;

    #[tokio::test]
    async fn steps_follow_each_other_until_nothing_is_answered() {
        let mut numbers =
            unfold(1, |n: u32| Box::pin(async move { (n <= 3).then_some((n, n + 1)) }));

        let mut told = Vec::new();
        while let Some(n) = numbers.next().await {
            told.push(n);
        }

        assert_eq!(told, [1, 2, 3]);
        assert_eq!(numbers.next().await, None);
    }
}
