//! Reads what an upload and an export ask for.

use helpline_proto::v1;
use tonic::Status;

use crate::{
    app::directory::{Form, Format, Upload},
    domain::time::Timestamp,
    grpc::fail::field,
};

const NAME_BYTES_MAX: usize = 100;

pub fn head(head: v1::DirectoryUpload) -> Result<Upload, Status> {
    let format = match head.format() {
        v1::DirectoryFormat::Unspecified | v1::DirectoryFormat::Own => Format::Own,
        v1::DirectoryFormat::Lgd => Format::Lgd,
    };
    let effective = head.effective_at.map(|at| {
        let ms = at.seconds.saturating_mul(1_000).saturating_add(i64::from(at.nanos / 1_000_000));
        Timestamp(ms)
    });
    Ok(Upload { files: Vec::new(), format, effective })
}

pub fn form(form: i32) -> Result<Form, Status> {
    match v1::DirectoryForm::try_from(form) {
        Ok(v1::DirectoryForm::Unspecified | v1::DirectoryForm::Csv) => Ok(Form::Csv),
        Ok(v1::DirectoryForm::Xlsx) => Ok(Form::Xlsx),
        Err(_) => Err(field("form", "not a form of the helpline")),
    }
}

/// A name without a folder and without what could move a terminal's cursor.
pub fn file_name(name: &str) -> Result<String, Status> {
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len())
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned())
        .ok_or_else(|| field("chunk.file", "a file's name without a folder, at most 100 bytes"))
}
