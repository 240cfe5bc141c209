//! Pages of lists.

use tonic::Status;

use super::fields;
use crate::app::cases::Page;

pub fn parse(size: i32, token: &str) -> Result<Page, Status> {
    let (size, token) = fields::page(size, token)?;
    Ok(Page { size, token })
}
