//! No table is forgotten: neither by the archive nor by erasing.

use std::collections::BTreeSet;

use chatdku::{
    person::{Held, TABLES},
    platform::schema,
    tables,
};

use crate::support::TestApp;

/// These refer to documents of the campus, which are nobody's.
const OF_THE_CAMPUS: [&str; 2] = ["campus_file", "catalogue_file"];

#[test]
fn every_table_is_in_the_list_once() {
    let listed: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
    let once: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(once.len(), listed.len());
    let declared: BTreeSet<&str> = tables::declared().iter().map(|table| table.name).collect();
    let unlisted: Vec<_> = declared.difference(&once).collect();
    assert!(unlisted.is_empty(), "say in src/person/held.rs what of a person is in {unlisted:?}");
    assert_eq!(once, declared);
}

/// What refers to an account, or to what refers to one, holds something of a person.
#[rocket::async_test]
async fn what_leads_to_an_account_is_not_nobodys() {
    let app = TestApp::start().await;
    let schema = schema::read(app.app().store.read()).await.unwrap();
    let mut reached = BTreeSet::from(["core_usermodel".to_owned()]);
    loop {
        let next = schema.tables.iter().filter(|(name, table)| {
            let refers = table.references.iter().any(|reference| reached.contains(&reference.to));
            let names = table.columns.iter().any(|column| {
                matches!(
                    column.name.as_str(),
                    "user_id"
                        | "account_id"
                        | "usermodel_id"
                        | "owner_id"
                        | "assignee_id"
                        | "recipient"
                        | "email"
                )
            });
            (refers || names) && !reached.contains(*name) && !OF_THE_CAMPUS.contains(&name.as_str())
        });
        let next: Vec<String> = next.map(|(name, _)| name.clone()).collect();
        if next.is_empty() {
            break;
        }
        reached.extend(next);
    }
    assert!(reached.len() > 10, "{reached:?}");
    for name in reached {
        let held = TABLES.iter().find(|(listed, _)| *listed == name).map(|(_, held)| *held);
        assert!(held.is_some_and(|held| held != Held::Nothing), "{name}: {held:?}");
    }
}
