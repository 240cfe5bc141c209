//! Reads the source and holds it to the house's rules; each rule has a planted violation that it must catch.

#[path = "tidy/limits.rs"]
mod limits;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/source.rs"]
mod source;

use std::{collections::BTreeSet, process::Command};

use helpline181::dialogue::prompts;
use prost::Message;
use prost_types::FileDescriptorSet;
use source::Tree;

/// Test files that sleep, each says why.
const CALM: &[&str] = &[];

fn assert_tidy(found: Vec<String>) {
    assert!(found.is_empty(), "{found:#?}");
}

/// The rule must find exactly one thing, and it must speak of `what`.
fn assert_caught(found: Vec<String>, what: &str) {
    assert!(found.len() == 1 && found[0].contains(what), "expected only {what:?}: {found:#?}");
}

const LIB: (&str, &str) = (
    "src/lib.rs",
    "//! main, cli -> everything (wiring)\n//! app -> store, domain\n//! domain, media -> nothing of ours\n",
);

#[test]
fn layers_depend_one_way() {
    assert_tidy(rules::layers(&Tree::read()));
}

#[test]
fn a_forbidden_use_is_caught() {
    let found = |path, text| rules::layers(&Tree::planted(&[LIB, (path, text)]));

    assert_caught(found("src/domain/case.rs", "use crate::store::Db;"), "domain may not use store");
    assert_caught(
        found("src/domain/case.rs", "fn f() -> crate::app::Error {}"),
        "domain may not use app",
    );
    assert_caught(
        found("src/app/x.rs", "use crate::{\n    domain::{a, b},\n    grpc::c,\n};"),
        "app may not use grpc",
    );
    assert_caught(found("src/newcomer/mod.rs", "//! New."), "newcomer is not in the map");
    assert_caught(found("src/domain/case.rs", "use crate as house;"), "under another name");
    assert_caught(found("src/domain/case.rs", "use helpline181::store::Db;"), "by its own name");
    assert_caught(found("src/domain/mod.rs", "use super::store;"), "super leaves");
    assert_caught(
        found("src/domain/case/act.rs", "use super::super::super::store;"),
        "super leaves",
    );
    assert_tidy(found("src/domain/mod.rs", "mod tests {\n    use super::*;\n}"));
    assert_tidy(found(
        "src/domain/case.rs",
        "//! As `crate::store` has it.\nconst S: &str = \"crate::store::x\";",
    ));
    assert_tidy(found("src/cli/serve.rs", "use crate::store::Db;"));
}

#[test]
fn pure_layers_neither_wait_nor_look_at_the_clock() {
    assert_tidy(rules::purity(&Tree::read()));
}

#[test]
fn an_impure_token_is_caught() {
    let found = |text| rules::purity(&Tree::planted(&[("src/domain/case.rs", text)]));

    assert_caught(found("async fn f() {}"), "async");
    assert_caught(found("let x = f().await;"), ".await");
    assert_caught(found("let t = Timestamp::now();"), "now(");
    assert_caught(found("use sqlx::Row;"), "sqlx");
    assert_caught(found("use std::{collections::BTreeMap, fs};"), "fs");
    assert_caught(found("let n = rand::random();"), "rand");
    assert_tidy(found(
        "fn operand(now: Timestamp) {} // async, tokio\n#[cfg(test)]\nmod tests { use std::fs; }",
    ));
    assert_tidy(rules::purity(&Tree::planted(&[("src/app/x.rs", "async fn f() {}")])));
}

#[test]
fn what_only_tests_see_is_not_the_product() {
    let inline =
        ("src/domain/a.rs", "//! A.\n#[cfg(test)]\npub(crate) mod tests {\n    use std::fs;\n}\n");
    let declared =
        ("src/domain/b/mod.rs", "//! B.\n#[cfg(test)]\nmod scripts;\nfn f() { tokio::spawn(); }\n");
    let scripts = ("src/domain/b/scripts.rs", "use std::fs;\n");

    assert_tidy(rules::purity(&Tree::planted(&[
        inline,
        ("src/domain/b/mod.rs", "#[cfg(test)]\nmod scripts;"),
        scripts,
    ])));
    assert_caught(rules::purity(&Tree::planted(&[declared, scripts])), "tokio");
}

#[test]
fn a_library_stays_in_its_layer() {
    assert_tidy(rules::owners(&Tree::read()));
}

#[test]
fn a_leaked_library_is_caught() {
    let found = |path, text| rules::owners(&Tree::planted(&[(path, text)]));

    assert_caught(
        found("src/calls/leg.rs", "use rsipstack::sip::Uri;"),
        "rsipstack belongs to telephony",
    );
    assert_caught(found("src/app/case.rs", "fn f(e: sqlx::Error) {}"), "sqlx belongs to store");
    assert_caught(found("src/app/mod.rs", "pub use crate::store::Db;"), "app shows the store");
}

#[test]
fn every_rpc_says_who_may_call_it() {
    assert_tidy(rules::permissions(&methods(), &permission_rows()));
}

#[test]
fn an_rpc_without_a_row_is_caught() {
    let method = |service: &str, method: &str| (service.to_owned(), method.to_owned());
    let rows = BTreeSet::from(["SessionService/SignIn".to_owned()]);
    let known = method("SessionService", "SignIn");

    assert_caught(
        rules::permissions(&[known.clone(), method("SessionService", "Forgotten")], &rows),
        "SessionService/Forgotten has no row",
    );
    let crowd = vec![known.clone(); 13];
    assert_caught(rules::permissions(&crowd, &rows), "SessionService has 13 methods");
    assert_tidy(rules::permissions(&[known], &rows));
}

#[test]
fn every_limit_of_the_wire_is_listed() {
    assert_tidy(limits::limits(&Tree::read()));
}

#[test]
fn an_unlisted_or_changed_limit_is_caught() {
    let sheet = ("docs/limits.md", "| `KEYS_MAX` | 64 | src/calls/run.rs |\n");
    let found = |text| limits::limits(&Tree::planted(&[sheet, ("src/calls/run.rs", text)]));

    assert_tidy(found(
        "/// So many.\npub(crate) const KEYS_MAX: usize = 64;\nconst NAME: &str = \"x\";",
    ));
    assert_caught(
        found("const KEYS_MAX: usize = 64;\nconst WAIT: Duration = Duration::from_secs(5);"),
        "| `WAIT` | Duration::from_secs(5) | src/calls/run.rs |",
    );
    assert_caught(found(""), "a row without a limit");
    let changed = found("const KEYS_MAX: usize = 65;");
    assert_eq!(changed.len(), 2, "{changed:?}");
}

#[test]
fn every_store_function_runs_on_both_engines() {
    assert_tidy(rules::store_suite(&Tree::read()));
}

#[test]
fn an_untested_store_function_is_caught() {
    let store = (
        "src/store/cases.rs",
        "pub async fn get(db: &Db) {}\n    pub async fn forgotten<T>(db: &Db) {}\n",
    );
    let suite = ("tests/store/main.rs", "cases::get(&db)");
    let namesake = ("src/store/rounds.rs", "pub async fn get(db: &Db) {}");

    assert_caught(rules::store_suite(&Tree::planted(&[store, suite])), "forgotten( is not in");
    assert_caught(rules::store_suite(&Tree::planted(&[namesake, suite])), "rounds::get( is not in");
}

#[test]
fn every_prompt_has_a_sound_in_both_languages() {
    let keys: Vec<_> = prompts::all().map(|prompt| prompt.key).collect();
    assert_tidy(rules::prompts(&keys, &sounds(), &audio_files()));
}

#[test]
fn a_missing_sound_is_caught() {
    let sound = |language: &str| {
        ("welcome".to_owned(), language.to_owned(), format!("{language}/welcome.wav"))
    };
    let files = BTreeSet::from(["hi/welcome.wav".to_owned()]);

    assert_caught(
        rules::prompts(&["welcome"], &[sound("hi")], &files),
        "welcome has no sound in en",
    );
    assert_caught(
        rules::prompts(&["welcome"], &[sound("hi"), sound("en")], &files),
        "en/welcome.wav is missing",
    );
}

#[test]
fn every_migration_is_compiled_in() {
    assert_tidy(rules::migrations(&Tree::read()));
}

#[test]
fn a_forgotten_migration_is_caught() {
    let tree = Tree::planted(&[
        ("migrations/0001_first.sql", ""),
        ("migrations/0002_second.sql", ""),
        ("src/store/migrations.rs", "include_str!(\"../../migrations/0001_first.sql\")"),
    ]);

    assert_caught(rules::migrations(&tree), "0002_second.sql");
}

#[test]
fn files_and_folders_stay_small_and_say_their_noun() {
    assert_tidy(rules::sizes(&Tree::read()));
}

#[test]
fn a_swollen_file_or_a_vague_name_is_caught() {
    let long = "//! Long.\n".repeat(501);
    let folder: Vec<_> = (0..16).map(|n| (format!("src/app/a{n}.rs"), "")).collect();
    let folder: Vec<_> = folder.iter().map(|(path, text)| (path.as_str(), *text)).collect();

    assert_caught(rules::sizes(&Tree::planted(&[("src/app/big.rs", &long)])), "501 lines");
    assert_caught(rules::sizes(&Tree::planted(&[("src/utils/a.rs", "")])), "says nothing");
    assert_caught(rules::sizes(&Tree::planted(&folder)), "src/app: 16 files");
}

#[test]
fn no_unfinished_marks_ignored_tests_or_paths_of_a_machine() {
    assert_tidy(rules::marks(&Tree::read()));
}

#[test]
fn a_mark_is_caught() {
    let found = |path, text| rules::marks(&Tree::planted(&[(path, text)]));

    assert_caught(found("src/app/a.rs", concat!("#[ig", "nore]")), "nore");
    assert_caught(found("README.md", concat!("cd /ro", "ot/x")), "ot/");
    assert_caught(found("src/app/a.rs", concat!("// TO", "DO later")), "DO");
    assert_tidy(found("README.md", concat!("#[ig", "nore]")));
}

#[test]
fn files_messages_and_panics_keep_the_style() {
    assert_tidy(rules::prose(&Tree::read()));
}

#[test]
fn loud_messages_and_panics_are_caught() {
    let found =
        |text: &str| rules::prose(&Tree::planted(&[("src/app/a.rs", &format!("//! A.\n{text}"))]));

    assert_caught(rules::prose(&Tree::planted(&[("src/app/a.rs", "use std;")])), "what it is for");
    assert_caught(found("#[error(\"Failed to dial\")]"), "Failed to dial");
    assert_caught(found("info!(case, \"closed.\");"), "closed.");
    assert_caught(found("let x = parse(wire).unwrap();"), "panics");
    assert_tidy(found(
        "#[error(\"SIP peer is gone\")]\n#[cfg(test)]\nmod tests { fn f() { x.unwrap() } }",
    ));
}

#[test]
fn tests_wait_for_events() {
    assert_tidy(rules::sleeps(&Tree::read(), CALM));
}

#[test]
fn a_sleeping_test_is_caught() {
    let tree = Tree::planted(&[("tests/grpc/a.rs", "tokio::time::sleep(SECOND).await;")]);

    assert_caught(rules::sleeps(&tree, CALM), "sleeps");
}

#[test]
fn documents_name_files_and_tests_that_exist() {
    assert_tidy(rules::documents(&Tree::read()));
}

#[test]
fn a_dead_link_or_a_renamed_test_is_caught() {
    let found = |path, text| {
        rules::documents(&Tree::planted(&[(path, text), ("tests/rules.rs", "fn kept() {}")]))
    };

    assert_caught(found("README.md", "see [the map](docs/map.md)"), "no file docs/map.md");
    assert_caught(found("README.md", "decided in `src/moved.rs`"), "no file src/moved.rs");
    assert_caught(found("docs/rules.md", "| R01 | `rules::renamed` |"), "no test renamed");
    assert_tidy(found("docs/rules.md", "| R01 | `rules::kept` | [tests](../tests/rules.rs) |"));
}

#[test]
fn every_dependency_has_a_licence_we_may_link() {
    let allowed = allowed_licences();

    assert!(allowed.contains("Apache-2.0"), "{allowed:?}");
    assert_tidy(rules::licences(&crates(), &allowed));
}

#[test]
fn a_foreign_licence_is_caught() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "ISC".to_owned()]);
    let found = |licence: &str| rules::licences(&[("copied".into(), licence.into())], &allowed);

    assert_caught(found("AGPL-3.0"), "AGPL-3.0");
    assert_caught(found("MIT AND AGPL-3.0"), "AGPL-3.0");
    assert_tidy(found("MIT AND (ISC OR AGPL-3.0)"));
}

/// (service, method) of everything in the descriptor.
fn methods() -> Vec<(String, String)> {
    let set = FileDescriptorSet::decode(helpline_proto::DESCRIPTORS).unwrap();
    let ours = set.file.into_iter().filter(|file| file.package() == "helpline.v1");
    ours.flat_map(|file| file.service)
        .flat_map(|service| {
            let name = service.name().to_owned();
            service.method.into_iter().map(move |method| (name.clone(), method.name().to_owned()))
        })
        .collect()
}

fn permission_rows() -> BTreeSet<String> {
    let table = Tree::read().rust("src/grpc/");
    methods()
        .iter()
        .map(|(service, method)| format!("{service}/{method}"))
        .filter(|row| table.contains(row))
        .collect()
}

/// (key, language, file) of each row of the catalogue.
fn sounds() -> Vec<(String, String, String)> {
    let tree = Tree::read();
    let catalogue =
        tree.0.iter().find(|file| file.path == "audio/prompts.toml").expect("audio/prompts.toml");
    let table: toml::Table = catalogue.text.parse().unwrap();
    let text = |row: &toml::Value, field: &str| row[field].as_str().unwrap().to_owned();
    let rows = table["prompt"].as_array().unwrap();
    rows.iter().map(|row| (text(row, "key"), text(row, "language"), text(row, "file"))).collect()
}

fn audio_files() -> BTreeSet<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("audio");
    let names = |language: &str| {
        let entries = std::fs::read_dir(root.join(language)).unwrap();
        let name = |entry: std::fs::DirEntry| {
            format!("{language}/{}", entry.file_name().to_string_lossy())
        };
        entries.map(|entry| name(entry.unwrap())).collect::<Vec<_>>()
    };
    names("hi").into_iter().chain(names("en")).collect()
}

fn allowed_licences() -> BTreeSet<String> {
    let tree = Tree::read();
    let deny = tree.0.iter().find(|file| file.path == "deny.toml").expect("deny.toml");
    let table: toml::Table = deny.text.parse().unwrap();
    let list = table["licenses"]["allow"].as_array().unwrap();
    list.iter().map(|licence| licence.as_str().unwrap().to_owned()).collect()
}

/// (name, licence) of every crate in the graph of the platform we run on.
fn crates() -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--offline",
            "--filter-platform=x86_64-unknown-linux-gnu",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let graph: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("none stated").to_owned();
    graph["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (text(&package["name"]), text(&package["license"])))
        .collect()
}
