//! Declarations: every mistake in them is found before anything is served.

use chatdku::{
    admin::{AdminSite, Fieldset, Filter, ModelAdmin, Part},
    platform::locale::Language,
};
use sea_orm::sea_query::Expr;

use super::{
    bookshop::{author, book, genre, shelf, site},
    shop::{built, mistakes_in},
};

fn books() -> ModelAdmin<book::Entity> {
    ModelAdmin::new("shop", "book").list([book::Column::Title]).search([book::Column::Title])
}

fn authors() -> ModelAdmin<author::Entity> {
    ModelAdmin::new("shop", "author").list([author::Column::Name]).search([author::Column::Name])
}

fn site_of(model: ModelAdmin<book::Entity>) -> AdminSite {
    AdminSite::new("admin-site-administration").section("books", |section| section.add(model))
}

#[rocket::async_test]
async fn a_declaration_without_mistakes_is_built() {
    assert_eq!(mistakes_in(site()).await, Vec::<String>::new());
    assert_eq!(mistakes_in(site_of(books())).await, Vec::<String>::new());
}

#[rocket::async_test]
async fn each_mistake_is_named() {
    use book::Column::{AuthorId, InPrint};
    let through = || {
        Filter::through::<shelf::Entity, genre::Entity>(
            "genres",
            shelf::Column::BookId,
            shelf::Column::GenreId,
        )
    };
    for (model, mistake) in [
        (
            books().refers::<author::Entity>(AuthorId),
            "shop.book refers to `shop_author`, which no model of the site has",
        ),
        (books().filters([InPrint, InPrint]), "shop.book: there are two filters `in_print`"),
        (
            books().filter(Filter::named("in_print")).filters([InPrint]),
            "shop.book: there are two filters `in_print`",
        ),
        (
            books().filter(through()),
            "shop.book has a filter `genres` by `shop_genre`, which no model of the site has",
        ),
        (
            books().fieldset(Fieldset::new().parts([Part::edited("weight")])),
            "shop.book: the form has no field `weight`",
        ),
        (
            books().add_form(Fieldset::new().parts([Part::shown("height")])),
            "shop.book: the form has no field `height`",
        ),
        (
            books().fieldset(Fieldset::new().relations(["friends"])),
            "shop.book: the form has no field `friends`",
        ),
        (books().sorted_by(Expr::value(1)), "shop.book: `sorted_by` follows no computed column"),
        (ModelAdmin::new("shop", "book").search([book::Column::Title]), "shop.book: the list has no columns"),
        (ModelAdmin::new("shop", "book").list([InPrint]), "shop.book: the list cannot be searched"),
    ] {
        assert_eq!(mistakes_in(site_of(model)).await, [mistake]);
    }
}

#[rocket::async_test]
async fn columns_that_pages_cannot_show_are_named() {
    let model =
        ModelAdmin::<odd::Entity>::new("shop", "odd").list([odd::Column::Name]).search([odd::Column::Name]);
    let site = AdminSite::new("admin-site-administration").section("books", |section| section.add(model));
    let mistakes = mistakes_in(site).await;
    assert!(
        mistakes.contains(&"shop.odd: the column `bytes` has a type that cannot be shown".to_owned()),
        "{mistakes:?}"
    );
    assert!(mistakes.contains(&"shop.odd: the primary key is not one column".to_owned()), "{mistakes:?}");
}

/// A table with two keys and a column of bytes.
mod odd {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shop_odd")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub left: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub right: i64,
        pub name: String,
        pub bytes: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[rocket::async_test]
async fn models_and_tabs_have_to_fit_together() {
    let twice = site_of(books()).section("more", |section| section.add(books()));
    assert_eq!(mistakes_in(twice).await, ["shop.book is declared twice"]);
    let two = || site_of(books()).section("people", |section| section.add(authors()));
    let book = ("shop", "book");
    let author = ("shop", "author");
    assert_eq!(mistakes_in(two().tab(author, book, book::Column::AuthorId)).await, Vec::<String>::new());
    for (of, shown, mistake) in [
        (author, ("shop", "map"), "shop.author has a tab of shop.map by `author_id`, which is not there"),
        (("shop", "map"), book, "shop.map has a tab of shop.book by `author_id`, which is not there"),
        (book, author, "shop.book has a tab of shop.author by `author_id`, which is not there"),
    ] {
        assert_eq!(mistakes_in(two().tab(of, shown, book::Column::AuthorId)).await, [mistake]);
    }
}

#[rocket::async_test]
async fn all_mistakes_are_told_at_once() {
    use book::Column::{AuthorId, InPrint};
    let model =
        ModelAdmin::new("shop", "book").filters([InPrint, InPrint]).refers::<author::Entity>(AuthorId);
    let site = site_of(model).tab(("shop", "book"), ("shop", "map"), AuthorId);
    assert_eq!(mistakes_in(site).await.len(), 5);
}

#[rocket::async_test]
async fn permissions_follow_from_the_declarations() {
    let Ok(site) = built(site()).await else { panic!("the toy has no mistakes") };
    let permissions = site.permissions();
    let of = |model: &str| {
        let found = permissions.iter().find(|permission| permission.model == model).unwrap();
        found.codes.join(" ")
    };
    assert_eq!(
        of("book"),
        "view_book add_book change_book delete_book export_book burn_book export_personal",
        "with those of its actions"
    );
    assert_eq!(of("author"), "view_author add_author change_author delete_author");
    assert_eq!(permissions.len(), 4);
}

#[rocket::async_test]
async fn words_that_a_language_lacks_are_found() {
    let Ok(site) = built(site()).await else { panic!("the toy has no mistakes") };
    for language in [Language::English, Language::Chinese] {
        let missing = site.missing_labels(language);
        for key in [
            "section-books",
            "model-shop-book",
            "model-shop-book-many",
            "field-in_print",
            "field-genres",
            "field-thickness",
            "field-length",
            "choice-condition-used",
            "choice-length-long",
            "fieldset-dates",
            "app-shop",
            "action-reprint",
            "action-reprint-done",
        ] {
            assert!(missing.contains(&key.to_owned()), "{key}");
        }
        assert!(!missing.contains(&"field-title".to_owned()), "which there is");
    }
}
