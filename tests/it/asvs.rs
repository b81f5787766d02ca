//! `docs/asvs.md` tells the truth about what there is: every requirement has one row with an answer, every test, file and
//! section that it names exists, and its sums are right. And some of what it says is looked for in the sources themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// What ASVS 5.0.0 asks for on its levels 1 and 2, chapter by chapter.
const REQUIREMENTS: [(usize, usize); 17] = [
    (8, 19),
    (4, 7),
    (8, 11),
    (2, 8),
    (4, 5),
    (13, 22),
    (6, 12),
    (4, 3),
    (4, 3),
    (5, 24),
    (3, 11),
    (3, 6),
    (1, 12),
    (2, 7),
    (3, 10),
    (0, 16),
    (0, 7),
];
/// How an answer begins, in the order of the columns of the summary.
const ANSWERS: [&str; 4] = ["**met**", "**operator**", "**n/a**", "**gap**"];
const MOST_WORDS: usize = 15;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> String {
    std::fs::read_to_string(root().join("docs/asvs.md")).unwrap()
}

/// A requirement with what is said about it.
struct Row<'d> {
    chapter: usize,
    id: &'d str,
    level: &'d str,
    asks: &'d str,
    answer: &'d str,
    proof: &'d str,
}

/// The cells of a row of a table.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|'));
    inner.map(|inner| inner.split(" | ").map(str::trim).collect()).unwrap_or_default()
}

fn rows(document: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for line in document.lines().filter(|line| line.starts_with("| v5.0.0-")) {
        let cells = cells(line);
        let &[id, level, asks, answer, proof] = cells.as_slice() else { panic!("not five cells: {line}") };
        let id = id.trim_start_matches("v5.0.0-");
        let chapter = id.split('.').next().and_then(|chapter| chapter.parse().ok());
        let chapter = chapter.unwrap_or_else(|| panic!("no number: {line}"));
        rows.push(Row { chapter, id, level, asks, answer, proof });
    }
    rows
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Where links lead: the text between `](` and `)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

/// Everything that is wrong with the document.
fn faults(document: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let rows = rows(document);
    let mut faults = faults_of_numbers(&rows);
    for row in &rows {
        faults.extend(faults_of_row(row, tests).into_iter().map(|fault| format!("{}: {fault}", row.id)));
    }
    faults.extend(faults_of_sums(document, &rows));
    let named = document.lines().flat_map(quoted).filter(|text| is_path(text)).filter(|path| !exists(path));
    faults.extend(named.map(|path| format!("there is no file `{path}`")));
    faults.extend(links(document).filter_map(fault_of_link));
    faults
}

fn faults_of_numbers(rows: &[Row<'_>]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows {
        if !seen.insert(row.id) {
            faults.push(format!("{} is there twice", row.id));
        }
    }
    for (at, wanted) in REQUIREMENTS.into_iter().enumerate() {
        let of = |level| rows.iter().filter(|row| row.chapter == at + 1 && row.level == level).count();
        let there = (of("1"), of("2"));
        if there != wanted {
            faults.push(format!(
                "V{} has {there:?} requirements of levels 1 and 2, and not {wanted:?}",
                at + 1
            ));
        }
    }
    faults
}

fn faults_of_row(row: &Row<'_>, tests: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    if row.asks.is_empty() || row.asks.split_whitespace().count() > MOST_WORDS {
        faults.push(format!("what it asks is not said in {MOST_WORDS} words"));
    }
    let Some(word) = ANSWERS.into_iter().find(|word| row.answer.starts_with(word)) else {
        faults.push(format!("`{}` is no answer", row.answer));
        return faults;
    };
    if row.answer.len() < word.len() + 5 {
        faults.push("the answer is a word alone".to_owned());
    }
    let named: Vec<&str> = quoted(row.proof).collect();
    for name in &named {
        if name.contains("::") && !tests.contains(*name) {
            faults.push(format!("there is no test `{name}`"));
        }
        if !name.contains("::") && !is_path(name) {
            faults.push(format!("`{name}` is neither a test nor a file"));
        }
    }
    let proven = match word {
        "**met**" => !named.is_empty(),
        "**operator**" => links(row.answer).chain(links(row.proof)).next().is_some(),
        "**n/a**" => named.is_empty(),
        _ => true,
    };
    if !proven {
        faults.push(format!("{word} with this proof: {}", row.proof));
    }
    faults
}

/// The summary: a line for each chapter and one for all.
fn faults_of_sums(document: &str, rows: &[Row<'_>]) -> Vec<String> {
    let count = |chapter: Option<usize>, word: &str| {
        let of = rows.iter().filter(|row| chapter.is_none_or(|chapter| chapter == row.chapter));
        of.filter(|row| row.answer.starts_with(word)).count().to_string()
    };
    let mut said: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for line in document.lines().filter(|line| line.starts_with("| V") || line.starts_with("| All")) {
        let cells = cells(line);
        let name = cells[0].split_whitespace().next().unwrap_or_default();
        said.insert(name.to_owned(), cells[1..].to_vec());
    }
    let chapters = (1..=REQUIREMENTS.len()).map(|chapter| (format!("V{chapter}"), Some(chapter)));
    let mut faults = Vec::new();
    for (name, chapter) in chapters.chain([("All".to_owned(), None)]) {
        let right: Vec<String> = ANSWERS.iter().map(|word| count(chapter, word)).collect();
        if said.get(&name).is_none_or(|said| *said != right) {
            faults.push(format!("the summary of {name} is {:?}, and not {right:?}", said.get(&name)));
        }
    }
    faults
}

/// Whether a word in backticks is that of a file here, perhaps with what it is called with.
fn is_path(text: &str) -> bool {
    let folders = ["src/", "tests/", "docs/", "deploy/", "templates/", "static/", "migration/"];
    let files = ["Cargo.toml", "Cargo.lock", "deny.toml", "Rocket.toml", ".env.example", "CHANGELOG.md"];
    folders.iter().any(|folder| text.starts_with(folder)) || files.contains(&text)
}

fn exists(path: &str) -> bool {
    path.split(' ').next().is_some_and(|path| root().join(path).exists())
}

fn fault_of_link(target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (file, section) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() { "asvs.md" } else { file };
    let Ok(text) = std::fs::read_to_string(root().join("docs").join(file)) else {
        return Some(format!("there is no page {file}"));
    };
    let there = section.is_empty() || text.lines().any(|line| anchor(line).as_deref() == Some(section));
    (!there).then(|| format!("{file} has no section #{section}"))
}

/// The address of a heading, as GitHub makes it.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.map(|c| if c == ' ' { '-' } else { c }).collect())
}

fn sources(folder: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let files = walkdir::WalkDir::new(root().join(folder)).into_iter().map(Result::unwrap);
    let files = files.map(walkdir::DirEntry::into_path);
    let wanted =
        files.filter(|path| path.extension().is_some_and(|ending| endings.iter().any(|one| ending == *one)));
    wanted.map(|path| (path.clone(), std::fs::read_to_string(&path).unwrap())).collect()
}

/// All tests, as the programs that run them name them; those that are left out usually are no proof.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for folder in ["tests/it", "src"] {
        for (path, text) in sources(folder, &["rs"]) {
            let path = path.strip_prefix(root().join(folder)).unwrap().with_extension("");
            let mut module: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
            if module.last() == Some(&"mod") || module == ["main"] || module == ["lib"] {
                module.pop();
            }
            if folder == "src" {
                module.push("tests");
            }
            let module = module.join("::");
            tests.extend(tests_of(&text).into_iter().map(|name| format!("{module}::{name}")));
        }
    }
    tests
}

fn tests_of(text: &str) -> Vec<String> {
    let (mut tests, mut awaited) = (Vec::new(), false);
    for line in text.lines().map(str::trim) {
        let marked = ["#[test]", "#[tokio::test", "#[rocket::async_test]"];
        if marked.iter().any(|mark| line.starts_with(mark)) {
            awaited = true;
        } else if line.starts_with("#[ignore") {
            awaited = false;
        } else if awaited && !line.starts_with("#[") && !line.starts_with("//") {
            let name = line.split_once("fn ").and_then(|(_, rest)| rest.split(['(', '<']).next());
            tests.extend(name.map(str::to_owned));
            awaited = false;
        }
    }
    tests
}

#[test]
fn every_answer_is_true_as_far_as_it_names_something() {
    let (document, tests) = (document(), tests());
    assert!(tests.len() > 500 && tests.contains("asvs::every_answer_is_true_as_far_as_it_names_something"));
    assert!(tests.contains("site::markdown::tests::nothing_hostile_survives"));
    let faults = faults(&document, &tests);
    assert!(faults.is_empty(), "docs/asvs.md:\n{}", faults.join("\n"));
}

/// The same, of a document that somebody has bent.
#[test]
fn what_is_made_up_is_noticed() {
    let (document, tests) = (document(), tests());
    let row = document.lines().find(|line| line.starts_with("| v5.0.0-7.2.4 ")).expect("a row that is met");
    let five = cells(row);
    let with = |at: usize, cell: &str| {
        let mut cells = five.clone();
        cells[at] = cell;
        document.replace(row, &format!("| {} |", cells.join(" | ")))
    };
    let answer = |text: &str| with(3, text);
    for (bent, noticed) in [
        (with(4, "`sign_in::a_test_that_nobody_wrote`"), "7.2.4: there is no test"),
        (with(4, "`web_session::an_account_sees_its_sessions_and_ends_them`"), "7.2.4: there is no test"),
        (with(4, "`anything else`"), "neither a test nor a file"),
        (with(4, "–"), "7.2.4: **met** with this proof"),
        (with(4, "`src/no_such_file.rs`"), "there is no file `src/no_such_file.rs`"),
        (answer(""), "7.2.4: `` is no answer"),
        (answer("**met**"), "a word alone"),
        (answer("**gap** nobody has done it yet"), "the summary of V7"),
        (answer("**met** see [there](operations.md#nowhere)"), "operations.md has no section #nowhere"),
        (answer("**met** see [there](nowhere.md)"), "there is no page nowhere.md"),
        (with(1, "1,2"), "V7 has"),
        (with(2, &"word ".repeat(16)), "is not said in 15 words"),
        (document.replace(row, &format!("{row}\n{row}")), "7.2.4 is there twice"),
        (document.replace(row, ""), "V7 has (5, 12) requirements"),
    ] {
        let faults = faults(&bent, &tests);
        assert!(faults.iter().any(|fault| fault.contains(noticed)), "{noticed}: {faults:?}");
    }
}

#[test]
fn a_test_is_told_from_what_is_none() {
    let text = "#[test]\nfn one() {}\nfn none() {}\n#[rocket::async_test]\n// why\n#[expect(x)]\nasync fn two() {}\n\
        #[tokio::test(flavor = \"x\")]\nasync fn three() {}\n#[test]\n#[ignore = \"slow\"]\nfn left_out() {}\n";
    assert_eq!(tests_of(text), ["one", "two", "three"]);
    assert_eq!(anchor("## 2.6 The proxy: a `way`, in").as_deref(), Some("26-the-proxy-a-way-in"));
}

#[test]
fn no_client_follows_a_redirect() {
    let mut clients = 0;
    for (path, text) in sources("src", &["rs"]) {
        let made =
            text.matches("Client::builder()").count() + text.matches("reqwest::ClientBuilder::new()").count();
        let bare = text.matches("reqwest::Client::new()").count() + text.matches("reqwest::get(").count();
        assert_eq!(bare, 0, "{}: a client that follows redirects", path.display());
        assert_eq!(made, text.matches("Policy::none()").count(), "{}", path.display());
        clients += made;
    }
    assert!(clients >= 3, "{clients}");
}

#[test]
fn programs_are_started_by_name_and_never_through_a_shell() {
    let mut started = BTreeSet::new();
    for (path, text) in sources("src", &["rs"]) {
        for (at, _) in text.match_indices("Command::new(") {
            let what = text[at + "Command::new(".len()..].split(')').next().unwrap();
            started.insert(format!("{}: {what}", path.strip_prefix(root()).unwrap().display()));
        }
    }
    // This same program, PostgreSQL's own, and the operator's Locust. Their arguments are lists.
    let known = [
        "src/backup/database.rs: program_path(program",
        "src/knowledge/extract/parent.rs: &self.program",
        "src/loadtest/child.rs: &config.program",
        "src/loadtest/locust.rs: program",
    ];
    assert_eq!(started, known.map(str::to_owned).into());
}

#[test]
fn scripts_run_no_text_and_touch_no_password() {
    let scripts = sources("static", &["js"]);
    assert!(scripts.len() >= 4);
    for (path, text) in scripts {
        let dangerous =
            ["eval(", "new Function", "document.write", "insertAdjacentHTML", "'paste'", "\"paste\""];
        for word in dangerous.into_iter().chain(["type=password", "import("]) {
            assert!(!text.contains(word), "{} says {word}", path.display());
        }
    }
    let mut fields = 0;
    for (path, text) in sources("templates", &["html"]) {
        for field in text.split("<input").skip(1).filter_map(|rest| rest.split('>').next()) {
            let secret =
                ["\"password\"", "\"_password\"", "\"old_password\"", "new_password1", "new_password2"];
            if secret.iter().any(|name| field.contains(name)) {
                assert!(field.contains("type=\"password\""), "{}: {field}", path.display());
            }
            if field.contains("type=\"password\"") {
                let manager = ["autocomplete=\"current-password\"", "autocomplete=\"new-password\""];
                assert!(manager.iter().any(|hint| field.contains(hint)), "{}: {field}", path.display());
                fields += 1;
            }
        }
    }
    assert!(fields >= 4, "{fields}");
}

#[test]
fn our_own_code_manages_no_memory_and_notices_an_overflow() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for wanted in [
        "unsafe_code = \"forbid\"",
        "[profile.release.package.chatdku]\noverflow-checks = true",
        "[lints]\nworkspace = true",
    ] {
        assert!(manifest.contains(wanted), "{wanted}");
    }
    let migration = std::fs::read_to_string(root().join("migration/Cargo.toml")).unwrap();
    assert!(migration.contains("[lints]\nworkspace = true"));
}

#[test]
fn scripts_are_strict() {
    for (path, text) in sources("static", &["js"]) {
        assert!(text.contains("'use strict';"), "{}", path.display());
        for loose in [" == ", " != ", "Object.assign", "__proto__", ".prototype", "constructor["] {
            assert!(!text.contains(loose), "{} says {loose}", path.display());
        }
    }
}

/// The browser keeps how a page looks, and nothing of what is on it.
#[test]
fn scripts_keep_nothing_of_a_person() {
    let mut kept = BTreeSet::new();
    for (path, text) in sources("static", &["js"]) {
        let name = path.strip_prefix(root().join("static")).unwrap().display().to_string();
        let stores = ["localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches."];
        if stores.iter().any(|store| text.contains(store)) {
            assert!(name.starts_with("admin/"), "{name} keeps something");
        }
        assert!(!text.contains("indexedDB") && text.matches(".setItem(").count() <= 2, "{name}");
        for call in ["remember(", "tab.set("] {
            for (at, _) in text.match_indices(call) {
                let arguments = text[at + call.len()..].split(");").next().unwrap().lines().next().unwrap();
                kept.insert(arguments.to_owned());
            }
        }
    }
    let known = [
        // How it is defined.
        "name, value) {",
        "'theme', root.dataset.theme",
        // Whether the menu and the filters are open; what the menu was narrowed to; which boxes are open.
        "name, root.dataset[name] ?? 'open'",
        "'side-filter', input.value",
        "name, details.open ? '1' : '0')",
    ];
    assert_eq!(kept, known.map(str::to_owned).into());
}

#[test]
fn no_weak_hash_is_used() {
    for (path, text) in sources("src", &["rs"]) {
        let text = text.to_lowercase();
        // One-time codes are HMAC-SHA-1: their standard (RFC 6238), and the one form that all authenticators know.
        let of_codes = path.ends_with("second_factor/totp.rs");
        for weak in ["md5::", "use md5", "sha1::", "use sha1", "ripemd", "rc4", "ecb"] {
            let allowed = of_codes && weak.contains("sha1");
            assert!(allowed || !text.contains(weak), "{} says {weak}", path.display());
        }
    }
}
