//! What a bookshop keeps, and the declaration of a dashboard over it: the engine's toy.

use chatdku::admin::{
    Action, AdminSite, Cell, Choice, Extra, Fault, Fieldset, Filter, Many, ModelAdmin, Page, Problems, Tone,
    Verb, row,
};
use sea_orm::{DatabaseConnection, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, sea_query::Expr};

/// An author.
pub mod author {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shop_author")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A book.
pub mod book {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shop_book")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub title: String,
        pub author_id: Option<i32>,
        pub pages: i32,
        pub in_print: bool,
        pub condition: String,
        pub blurb: Option<String>,
        pub arrived: DateTimeUtc,
        pub shelved: Option<Date>,
        pub contact: Option<String>,
        pub whisper: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A genre.
pub mod genre {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shop_genre")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A book in a genre.
pub mod shelf {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shop_book_genre")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub book_id: i64,
        pub genre_id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The whole dashboard.
pub fn site() -> AdminSite {
    AdminSite::new("admin-site-administration")
        .section("books", |section| section.add(books()).add(genres()).add(leaflets()))
        .section("people", |section| section.add(authors()))
        .tab(("shop", "author"), ("shop", "book"), book::Column::AuthorId)
}

fn books() -> ModelAdmin<book::Entity> {
    use book::Column::*;
    ModelAdmin::new("shop", "book")
        .class("Book")
        .named_by(|row, _| row.text(Title))
        .list([Title, AuthorId, Pages, InPrint, Condition, Arrived])
        .computed("thickness", thickness)
        .numbers()
        .search([Title, Blurb])
        .search_exact([Id])
        .filters([InPrint, Condition, AuthorId, Arrived, Pages])
        .filter(Filter::through::<shelf::Entity, genre::Entity>(
            "genres",
            shelf::Column::BookId,
            shelf::Column::GenreId,
        ))
        .filter(
            Filter::named("length")
                .choice("long", |_| sea_orm::Condition::all().add(Expr::col((book::Entity, Pages)).gt(500))),
        )
        .by_date(Arrived)
        .newest_first(Arrived)
        .refers::<author::Entity>(AuthorId)
        .choices(Condition, [("new", Tone::Good), ("used", Tone::Plain)])
        .max_chars(Title, 40)
        .unique([Title])
        .range(Pages, -100..=9999)
        .multiline([Blurb])
        .email([Contact])
        .personal([Contact])
        .secret([Whisper])
        .many(Many::new::<shelf::Entity, _, _>(
            "genres",
            shelf::Column::BookId,
            shelf::Column::GenreId,
            genre_choices,
        ))
        .fieldset(
            Fieldset::new().edited([Title, AuthorId, Pages, InPrint, Condition, Blurb]).relations(["genres"]),
        )
        .fieldset(Fieldset::titled("dates").edited([Arrived, Shelved, Contact]).shown([Id]).collapsed())
        .initially(Condition, "new")
        .prepare(|checked| async move {
            let mut problems = Problems::none();
            if checked.draft.text(Pages).is_some_and(|pages| pages.starts_with('-')) {
                problems.add(Fault::new("pages", "admin-bad-integer"));
            }
            Ok(if problems.is_empty() { Ok(checked.draft) } else { Err(problems) })
        })
        .rule(|staff, row, verb| {
            staff.superuser || verb == Verb::View || row.text(Title) != "The untouchable"
        })
        .action(printing("reprint", true))
        .action(
            Action::new("burn", |chosen| async move { Ok(chosen.keys.len() as u64) })
                .needs("burn_book")
                .confirmed(),
        )
        .exported()
        .takes_along::<shelf::Entity>(shelf::Column::BookId)
}

async fn thickness(page: Page) -> Result<Vec<Cell>, DbErr> {
    let pages = page.rows.iter().map(|row| row.number(book::Column::Pages).unwrap_or_default());
    Ok(pages.map(|pages| Cell::Number(pages / 10)).collect())
}

/// An action that says whether books are in print.
fn printing(name: &'static str, in_print: bool) -> Action {
    Action::new(name, move |chosen| async move {
        let keys: Vec<i64> = chosen.keys.iter().filter_map(row::number).collect();
        let set = book::Entity::update_many().col_expr(book::Column::InPrint, Expr::value(in_print));
        let set = QueryFilter::filter(set, Expr::col(book::Column::Id).is_in(keys));
        Ok(set.exec(&chosen.tx).await?.rows_affected)
    })
}

/// Thin books, by another door: added in two steps, with fields that are no columns.
fn leaflets() -> ModelAdmin<book::Entity> {
    use book::Column::*;
    ModelAdmin::new("shop", "leaflet")
        .named_by(|row, _| row.text(Title))
        .list([Title, Pages])
        .search([Title])
        .ordered_by([Title])
        .only(sea_orm::Condition::all().add(Expr::col((book::Entity, Pages)).lt(20)))
        .secret([Whisper])
        .exported()
        .add_form(
            Fieldset::new()
                .edited([Title, Arrived])
                .extra("format", Extra::Choice(&["small", "large"]))
                .extra("word", Extra::Password),
        )
        .fieldset(Fieldset::new().edited([Title]))
        .fieldset(Fieldset::titled("dates").edited([Pages]).when(|row| row.is(InPrint)))
        .link("admin-view", Some("shop.view_book"), |row| {
            Some(format!("shop/book/{}/change/", row.key_text()))
        })
        .on_save(|mut saving| async move {
            if saving.old.is_none() {
                let pages = if saving.draft.extra("format") == Some("large") { 16 } else { 8 };
                saving.draft.set(Pages, pages);
                saving.draft.set(InPrint, true);
                saving.draft.set(Condition, "new");
                saving.draft.set(Whisper, saving.draft.extra("word").map(str::to_owned));
            }
            Ok(saving.draft)
        })
        .action(printing("unprint", false))
}

fn authors() -> ModelAdmin<author::Entity> {
    use author::Column::*;
    ModelAdmin::new("shop", "author")
        .named_by(|row, _| row.text(Name))
        .list([Name])
        .search([Name])
        .ordered_by([Name])
        .fieldset(Fieldset::new().edited([Name]))
        .takes_along::<book::Entity>(book::Column::AuthorId)
}

fn genres() -> ModelAdmin<genre::Entity> {
    use genre::Column::*;
    ModelAdmin::new("shop", "genre")
        .named_by(|row, _| row.text(Name))
        .list([Name])
        .search([Name])
        .ordered_by([Name])
        .fieldset(Fieldset::new().edited([Name]))
        .never([Verb::Delete])
}

async fn genre_choices(db: DatabaseConnection, _: chatdku::admin::Locale) -> Result<Vec<Choice>, DbErr> {
    let genres = genre::Entity::find().order_by_asc(genre::Column::Name).all(&db).await?;
    let choice = |genre: genre::Model| Choice {
        key: genre.id.into(),
        label: genre.name,
        row: String::new(),
        column: String::new(),
    };
    Ok(genres.into_iter().map(choice).collect())
}
