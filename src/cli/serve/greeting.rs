//! What `serve` prints when it is ready; in the demonstration also its accounts and what to try.

use std::{collections::BTreeMap, io::Write};

use super::house::House;
use crate::{
    cli::{
        error::{Error, Result},
        print, session,
    },
    config::Settings,
};

const NEXT: &str = "\
Try, from a second terminal in this directory:
  helpline181 phone call 181 --from 9000000001        register by keys; or, as an agent:
  helpline181 --as agent case register --phone 9000000001 --category electricity --place block:phanda --words 'no light'
  helpline181 --as agent case list
  helpline181 phone answer --number 9000000001        in a third terminal: the phone that will ring
  helpline181 --as je.phanda case resolve NUMBER --report 'the transformer was replaced'
  helpline181 phone call 18002330183 --from 5550000002  the same by phone: the officer of mobile 5550000002 reports by voice
  helpline181 --as admin demo advance 7d              whatever nobody acts on moves up a level";

/// The last line is `ready`: scripts wait for it.
pub fn print(house: &House, settings: &Settings) -> Result<()> {
    let mut text = format!("helpline181 {}\n", env!("CARGO_PKG_VERSION"));
    let scheme = if settings.api.tls_key.is_some() { "https" } else { "http" };
    text += &format!("  api        {scheme}://{} (gRPC, gRPC-Web, page)\n", house.api());
    text += &format!("  telephone  sip:181@{} (UDP), TCP {}\n", settings.sip.udp, settings.sip.tcp);
    text += &format!("  data       {}\n", settings.store.data.display());
    if !house.samples.is_empty() {
        keep_tokens(house, settings)?;
        let now = house.app.now().ist().format("%d %b %Y %H:%M");
        text += &format!(
            "  clock      {now} IST: the demonstration's own, it starts at 10:00 IST\n\n{}\n\n{NEXT}\n\n",
            accounts(house, settings)
        );
    }
    text += "ready\n";
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Error::other)
}

fn accounts(house: &House, settings: &Settings) -> String {
    let password = house.samples.first().map_or("", |sample| sample.password);
    let table = print::table(
        ["  LOGIN", "ROLE", "NAME", "TOKEN"],
        house.samples.iter().map(|sample| {
            [
                format!("  {}", sample.login),
                sample.role.to_string(),
                sample.name.clone(),
                sample.token.clone(),
            ]
        }),
    );
    let phones: Vec<_> = house
        .samples
        .iter()
        .filter_map(|sample| {
            let (mobile, pin) = sample.mobile.as_ref()?;
            // A sample's number reaches nobody, so it is shown.
            Some(format!("{} {} PIN {pin}", sample.login, mobile.reveal()))
        })
        .collect();
    let phones = phones.join(", ");
    format!(
        "Sample accounts (`--as LOGIN`, or `--token TOKEN`, or `login` with password {password}):\n{table}\n\
         On the officers' line {} by mobile and PIN: {phones}",
        settings.officer_line.numbers.join(", ")
    )
}

fn keep_tokens(house: &House, settings: &Settings) -> Result<()> {
    let tokens: BTreeMap<_, _> =
        house.samples.iter().map(|sample| (sample.login.clone(), sample.token.clone())).collect();
    session::keep_samples(&settings.store.data, &tokens).map_err(Error::other)
}
