//! Who may find what by meaning: the same as by keyword, in any mode, whatever names are asked for.

use chatdku::accounts::user;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::support::{TestApp, embeddings::Embedder, pdf};

const PEOPLE: [&str; 2] = ["alice1", "bob22"];

/// Names asked for: one's own, the other's, ones that nobody has, and ones that try to be clever.
fn names() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof![
        Just("notes.pdf".to_owned()),
        Just("only_alice1.pdf".to_owned()),
        Just("only_bob22.pdf".to_owned()),
        Just("ChatDKU".to_owned()),
        Just("*".to_owned()),
        Just("' OR 1=1 --".to_owned()),
        "[a-z./%_]{1,12}",
    ];
    prop::collection::vec(name, 0..4)
}

#[test]
fn nobody_ever_finds_a_passage_of_somebody_elses_file_by_its_meaning() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (service, app) = runtime.block_on(async {
        let service = Embedder::start().await;
        let app = super::with(&service).start().await;
        app.campus(&[("public.md", "# Public\n\nThe riches of the campus are its trees.")]).await;
        for person in PEOPLE {
            let mine = pdf::pages(&[&[&format!("The gold of {person} lies under the bridge.")]]);
            app.user(person).upload("notes.pdf", &mine).await.is(201);
            app.user(person).upload(&format!("only_{person}.pdf"), &mine).await.is(201);
        }
        app.work().await;
        (service, app)
    });
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    let case = (0..2usize, any::<bool>(), names());
    let checked = runner.run(&case, |(who, campus, names)| {
        runtime.block_on(check(&app, PEOPLE[who], PEOPLE[1 - who], campus, &names))
    });
    checked.unwrap();
    runtime.block_on(async { drop((app, service)) });
}

async fn check(
    app: &TestApp,
    me: &str,
    other: &str,
    campus: bool,
    names: &[String],
) -> Result<(), TestCaseError> {
    let account = hex::encode(Sha256::digest(me));
    let account = user::named(app.app().store.read(), &account).await.unwrap().unwrap();
    let scope = chatdku::chat::scope(&app.app().store, account.id, campus, names).await.unwrap();
    // No word of the question is in any document.
    let found = app.app().library.retrieve("treasure?", &scope, app.app().today()).await.unwrap();
    for passage in &found.passages {
        prop_assert!(passage.similarity.is_some());
        prop_assert!(!passage.text.contains(other), "{} got {:?} by {:?}", me, passage.text, names);
        if passage.file_id.is_none() {
            prop_assert!(campus || names.is_empty());
        } else {
            prop_assert!(names.contains(&passage.title));
        }
    }
    let wants_own = names.iter().any(|name| name == "notes.pdf");
    let got_own = found.passages.iter().any(|passage| passage.text.contains(me));
    prop_assert!(!wants_own || got_own, "{} did not find their own notes", me);
    Ok(())
}
