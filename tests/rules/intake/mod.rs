//! What the desks of the call centre say beside the cases.

mod blocks;
mod dispositions;
mod kinds;
mod registrations;
mod safety;
mod today;
