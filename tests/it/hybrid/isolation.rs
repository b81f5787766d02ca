//! Who may find what by meaning: the same as by keyword, in any mode, whatever names are asked for.

use proptest::prelude::*;

use crate::{
    knowledge::isolation::{PEOPLE, found, hide, names},
    support::{TestApp, embeddings::Embedder},
};

#[test]
fn nobody_ever_finds_a_passage_of_somebody_elses_file_by_its_meaning() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (service, app) = runtime.block_on(async {
        let service = Embedder::start().await;
        let app = super::with(&service).start().await;
        app.campus(&[("public.md", "# Public\n\nThe riches of the campus are its trees.")]).await;
        hide(&app, "gold").await;
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
    // No word of the question is in any document.
    for passage in found("treasure?", app, me, other, campus, names).await? {
        prop_assert!(passage.similarity.is_some());
    }
    Ok(())
}
