//! What the entities declare and the migrations make: that it is the same, and what is written when it is not.

use chatdku::{
    makemigrations::{self, compare},
    platform::{
        schema::{self, Column, Index, Schema, Table},
        schema_change,
    },
    tables::{self, Declared},
};

use crate::support::{Program, TestApp};

/// A table that no migration makes.
mod shelf {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        #[sea_orm(unique)]
        pub code: String,
        #[sea_orm(column_type = "String(StringLen::N(80))", default_value = "new")]
        pub label: String,
        #[sea_orm(column_type = "Text", nullable)]
        pub note: Option<String>,
        #[sea_orm(indexed)]
        pub opened_at: DateTimeUtc,
        pub room_id: Option<i32>,
        #[sea_orm(belongs_to, from = "room_id", to = "id")]
        pub room: HasOne<super::room::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A table that is there, in another form.
mod room {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "room")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_type = "String(StringLen::N(50))")]
        pub name: String,
        pub floor: i16,
        pub wing: Option<String>,
        pub seats: i32,
        #[sea_orm(indexed)]
        pub keeper: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn column(name: &str, kind: &str, nullable: bool) -> Column {
    Column { name: name.to_owned(), kind: kind.to_owned(), nullable, filled: false, key: name == "id" }
}

/// A schema in which the room has other columns than its entity, and a table stands that nobody declares.
fn before() -> Schema {
    let room = Table {
        columns: vec![
            column("id", "integer or bigint", false),
            column("name", "varchar(40)", false),
            column("floor", "text", true),
            column("keeper", "uuid_text", true),
            column("colour", "varchar(20)", false),
        ],
        indexes: vec![Index {
            name: "room_name_key".to_owned(),
            columns: vec!["name".to_owned()],
            unique: true,
        }],
        references: Vec::new(),
    };
    let attic = Table { columns: vec![column("id", "integer or bigint", false)], ..Table::default() };
    Schema { tables: [("room".to_owned(), room), ("attic".to_owned(), attic)].into() }
}

fn differences() -> Vec<makemigrations::Difference> {
    compare(&[Declared::by(shelf::Entity), Declared::by(room::Entity)], &before())
}

#[test]
fn every_difference_is_found_and_said() {
    let said: Vec<String> = differences().iter().map(makemigrations::Difference::sentence).collect();
    assert_eq!(
        said,
        [
            "shelf: the table is new",
            "shelf: the unique index of (code) is new",
            "shelf: the index of (opened_at) is new",
            "room.wing: the column is new",
            "room.seats: the column is new",
            "room: the index of (keeper) is new",
            "room.name: is declared with 50 characters, the schema has 40",
            "room.floor: is declared as smallint, the schema has text",
            "room.floor: is never null in the entity, the schema allows it",
            "room.colour: the schema has the column, the entity does not",
            "attic: the schema has the table, no entity declares it",
        ]
    );
}

#[test]
fn what_can_be_written_by_rule_is_written_and_the_rest_is_left_to_a_hand() {
    insta::assert_snapshot!(makemigrations::written("Shelves and rooms", &differences()));
}

#[test]
fn a_migration_gets_the_next_number_and_its_place_in_the_list() {
    let list = std::fs::read_to_string("migration/src/lib.rs").unwrap();
    let day = chrono::NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    let few = "mod m20261124_000001_accounts;\nmod m20261125_000030_counts;\n";
    let name = makemigrations::named(few, day, "Shelves, and rooms!").unwrap();
    assert_eq!(name, "m20261201_000031_shelves_and_rooms");
    let registered = makemigrations::registered(&list, &name).unwrap();
    assert_eq!(registered.lines().count(), list.lines().count() + 2);
    assert!(registered.contains(&format!("mod {name};\n\n")), "the last of the modules");
    assert!(registered.contains(&format!("Box::new({name}::Migration),\n        ]")), "the last of the list");
    assert!(makemigrations::named(&list, day, "书架").is_err());
}

#[test]
fn the_command_says_that_nothing_is_missing_and_writes_nothing() {
    let program = Program::new();
    for arguments in [&["makemigrations", "--check"][..], &["makemigrations", "nothing"]] {
        let (well, said) = program.run(arguments);
        assert!(well && said.contains("No changes detected."), "{said}");
    }
    assert_eq!(std::fs::read_dir(program.folder()).unwrap().count(), 0);
    let (well, said) = program.run(&["makemigrations"]);
    assert!(!well && said.contains("Usage"), "{said}");
}

#[rocket::async_test]
async fn the_schema_is_what_the_entities_declare() {
    let app = TestApp::start().await;
    for schema in
        [schema::read(app.app().store.read()).await.unwrap(), schema_change::blueprint().await.unwrap()]
    {
        let differences = compare(&tables::declared(), &schema);
        let said: Vec<String> = differences.iter().map(makemigrations::Difference::sentence).collect();
        assert_eq!(said, [""; 0]);
    }
}

#[test]
fn every_entity_is_in_the_list_of_tables() {
    let mut declared = 0;
    for entry in walkdir::WalkDir::new("src").into_iter().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|extension| extension == "rs") {
            declared +=
                std::fs::read_to_string(entry.path()).unwrap().matches("#[sea_orm(table_name = ").count();
        }
    }
    assert_eq!(tables::declared().len(), declared);
}

#[rocket::async_test]
async fn no_row_of_ours_holds_a_row_that_django_may_delete() {
    let app = TestApp::start().await;
    if app.app().store.is_embedded() {
        return;
    }
    let schema = schema::read(app.app().store.read()).await.unwrap();
    let of_django =
        |table: &str| ["auth_", "core_", "chat_", "django_"].iter().any(|prefix| table.starts_with(prefix));
    let mut seen = 0;
    for (name, table) in schema.tables.iter().filter(|(name, _)| !of_django(name)) {
        for reference in table.references.iter().filter(|reference| of_django(&reference.to)) {
            seen += 1;
            assert!(reference.cascades, "{name}.{} holds rows of {}", reference.column, reference.to);
        }
    }
    assert!(seen >= 5, "{seen}");
}
