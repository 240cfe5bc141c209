//! How many agents and channels a load needs: Erlang's formulas B and C, computed by their stable recursion.

/// Agents or channels that are tried at most.
const SERVERS_MAX: usize = 20_000;

/// The share of calls that find every one of `servers` busy and are lost, for a load in erlangs.
pub fn blocked(load: f64, servers: usize) -> f64 {
    (1..=servers).fold(1.0, |blocked, n| load * blocked / (n as f64 + load * blocked))
}

/// The share of callers who have to wait at all.
pub fn waits(load: f64, agents: usize) -> f64 {
    let n = agents as f64;
    if load >= n {
        return 1.0;
    }
    let blocked = blocked(load, agents);
    n * blocked / (n - load * (1.0 - blocked))
}

/// The share of callers who are answered within `within_s`, when a call takes `handle_s` on average.
pub fn service_level(load: f64, agents: usize, handle_s: f64, within_s: f64) -> f64 {
    if load <= 0.0 {
        return 1.0;
    }
    if load >= agents as f64 {
        return 0.0;
    }
    1.0 - waits(load, agents) * (-(agents as f64 - load) * within_s / handle_s).exp()
}

/// The fewest agents with whom the share `target` is answered within `within_s`.
pub fn agents(load: f64, handle_s: f64, within_s: f64, target: f64) -> usize {
    if load <= 0.0 {
        return 0;
    }
    let least = load.floor() as usize + 1;
    (least..SERVERS_MAX)
        .find(|agents| service_level(load, *agents, handle_s, within_s) >= target)
        .unwrap_or(SERVERS_MAX)
}

/// The fewest channels of which no more than the share `most` of calls finds none free.
pub fn channels(load: f64, most: f64) -> usize {
    if load <= 0.0 {
        return 0;
    }
    let mut lost = 1.0;
    for n in 1..SERVERS_MAX {
        lost = load * lost / (n as f64 + load * lost);
        if lost <= most {
            return n;
        }
    }
    SERVERS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formulas_give_the_tables_values() {
        // Erlang B: 10 erlangs on 15 servers lose 3.65 %, on 18 servers 0.71 %.
        assert!((blocked(10.0, 15) - 0.036_497).abs() < 1e-5, "{}", blocked(10.0, 15));
        assert_eq!(channels(10.0, 0.01), 18);
        // Erlang C: two servers at one erlang let one caller in three wait.
        assert!((waits(1.0, 2) - 1.0 / 3.0).abs() < 1e-12);
        // 100 calls in half an hour of 3 minutes each: 10 erlangs need 14 agents for 80 % in 20 s.
        assert!((service_level(10.0, 14, 180.0, 20.0) - 0.8884).abs() < 5e-4);
        assert_eq!(agents(10.0, 180.0, 20.0, 0.8), 14);
    }

    #[test]
    fn no_load_needs_nobody_and_too_few_serve_nobody() {
        assert_eq!((agents(0.0, 180.0, 20.0, 0.8), channels(0.0, 0.01)), (0, 0));
        assert_eq!(service_level(5.0, 5, 180.0, 20.0), 0.0);
        assert_eq!(waits(7.0, 5), 1.0);
    }
}
