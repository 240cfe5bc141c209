//! Reads what an upload and an export ask for.

use helpline_proto::v1;
use tonic::Status;

use crate::{
    app::directory::{Form, Format, Upload},
    domain::time::Timestamp,
    grpc::fail::field,
};

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
