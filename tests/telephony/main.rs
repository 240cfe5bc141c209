//! The SIP side as its peers meet it: whole calls over loopback sockets, and messages written by hand.

mod acts;
mod bindings;
mod bridges;
mod calls;
mod desk;
mod dialogs;
mod hostile;
mod kit;
mod nat;
mod registration;
mod ring;
mod tls;
mod trunks;
