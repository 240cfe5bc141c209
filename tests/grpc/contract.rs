//! The API's own rules, as buf's STANDARD has them, and its promise: nothing that was released goes away or changes.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet};

/// The descriptors of the last release, as the build writes them (`helpline.binpb`); a release puts its own here.
const RELEASED: &[u8] = include_bytes!("../../proto/released.binpb");

fn ours(bytes: &[u8]) -> Vec<FileDescriptorProto> {
    let set = FileDescriptorSet::decode(bytes).unwrap();
    set.file.into_iter().filter(|file| file.package() == "helpline.v1").collect()
}

/// Every message with its full name, nested ones too.
fn messages(files: &[FileDescriptorProto]) -> Vec<(String, &DescriptorProto)> {
    let mut found = Vec::new();
    let mut waiting: Vec<_> =
        files.iter().flat_map(|file| &file.message_type).map(|one| (String::new(), one)).collect();
    while let Some((outer, message)) = waiting.pop() {
        let name = format!("{outer}{}", message.name());
        waiting.extend(message.nested_type.iter().map(|inner| (format!("{name}."), inner)));
        found.push((name, message));
    }
    found
}

fn enums(files: &[FileDescriptorProto]) -> Vec<&EnumDescriptorProto> {
    files.iter().flat_map(|file| &file.enum_type).collect()
}

fn snake(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// `CaseState` is `CASE_STATE`.
fn screaming(name: &str) -> String {
    let mut text = String::new();
    for (n, c) in name.char_indices() {
        if n > 0 && c.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}

/// What of an API a client may depend on, each as one line.
fn surface(files: &[FileDescriptorProto]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (name, message) in messages(files) {
        lines.insert(format!("message {name}"));
        for field in &message.field {
            let oneof = field.oneof_index.map(|n| message.oneof_decl[n as usize].name());
            lines.insert(format!(
                "message {name} field {} {} {:?} {:?} {} {oneof:?}",
                field.number(),
                field.name(),
                field.label(),
                field.r#type(),
                field.type_name(),
            ));
        }
    }
    for one in enums(files) {
        for value in &one.value {
            lines.insert(format!("enum {} value {} {}", one.name(), value.number(), value.name()));
        }
    }
    for service in files.iter().flat_map(|file| &file.service) {
        for method in &service.method {
            lines.insert(format!(
                "rpc {}.{} {} {} {} {}",
                service.name(),
                method.name(),
                method.input_type(),
                method.client_streaming(),
                method.output_type(),
                method.server_streaming(),
            ));
        }
    }
    lines
}

#[test]
fn nothing_that_was_released_is_gone_or_changed() {
    let now = surface(&ours(helpline_proto::DESCRIPTORS));

    let broken: Vec<_> = surface(&ours(RELEASED)).difference(&now).cloned().collect();

    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_changed_field_is_caught() {
    let released = ours(RELEASED);
    let mut changed = released.clone();
    changed.iter_mut().find_map(|file| file.message_type.first_mut()).unwrap().field[0].number =
        Some(99);

    assert!(!surface(&changed).is_superset(&surface(&released)));
}

#[test]
fn files_lie_where_their_package_says_and_hold_one_service_at_most() {
    for file in ours(helpline_proto::DESCRIPTORS) {
        assert!(file.name().starts_with("helpline/v1/"), "{}", file.name());
        assert!(file.service.len() <= 1, "{}", file.name());
        assert_eq!(file.syntax(), "proto3");
    }
}

#[test]
fn every_rpc_has_a_request_and_a_response_of_its_own() {
    let files = ours(helpline_proto::DESCRIPTORS);
    let mut used = BTreeMap::new();
    for service in files.iter().flat_map(|file| &file.service) {
        assert!(service.name().ends_with("Service"), "{}", service.name());
        for method in &service.method {
            let name = method.name();
            assert_eq!(method.input_type(), format!(".helpline.v1.{name}Request"));
            assert_eq!(method.output_type(), format!(".helpline.v1.{name}Response"));
            *used.entry(name.to_owned()).or_insert(0) += 1;
        }
    }
    assert!(used.values().all(|times| *times == 1), "{used:?}");
}

#[test]
fn enums_begin_unspecified_and_repeat_their_name() {
    for one in enums(&ours(helpline_proto::DESCRIPTORS)) {
        let prefix = screaming(one.name());
        assert_eq!(one.value[0].number(), 0);
        assert_eq!(one.value[0].name(), format!("{prefix}_UNSPECIFIED"));
        for value in &one.value {
            assert!(value.name().starts_with(&format!("{prefix}_")), "{}", value.name());
        }
    }
}

#[test]
fn names_are_written_as_they_should_be() {
    for (name, message) in messages(&ours(helpline_proto::DESCRIPTORS)) {
        assert!(
            name.split('.').all(|part| part.starts_with(|c: char| c.is_ascii_uppercase())),
            "{name}"
        );
        for field in &message.field {
            assert!(snake(field.name()), "{name}.{}", field.name());
        }
        for oneof in &message.oneof_decl {
            assert!(snake(oneof.name()), "{name}.{}", oneof.name());
        }
    }
}

#[test]
fn every_act_and_every_creation_has_a_request_id() {
    let files = ours(helpline_proto::DESCRIPTORS);
    for (name, message) in messages(&files).iter().filter(|(name, _)| name.ends_with("Request")) {
        let acts = ["Register", "Complete", "Open", "Record", "File", "Next"];
        if acts.iter().any(|act| name.starts_with(act)) {
            let has = message.field.iter().any(|field| field.name() == "request_id");
            assert!(has, "{name}");
        }
    }
}
