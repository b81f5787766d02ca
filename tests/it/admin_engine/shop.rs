//! The shop with its doors open: tables, what stands in them, who may come in.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use chatdku::{
    admin::{Access, AdminSite, Entrant, Refusal, Removal, SignInRefused, SignedIn, Site, Staff, Standing},
    platform::{audit, clock::Clock, store::Store, tasks::Tasks},
};
use rocket::{Build, Request, Rocket, local::asynchronous::Client};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder, Set, prelude::Uuid};

use super::{
    bookshop::{author, book, shelf, site},
    reader::Reader,
};
use crate::support::{Actor, Scratch, noon, scratch};

/// The shop's dashboard without a port.
pub struct Shop {
    pub client: Arc<Client>,
    pub store: Store,
    /// What was left to workers, of which this shop has none.
    pub removals: Removals,
    pub site: Site,
    signed_out: Arc<AtomicU32>,
    _folder: tempfile::TempDir,
    _database: Scratch,
}

impl Shop {
    pub async fn open() -> Self {
        Self::with(site()).await
    }

    /// The shop with another dashboard.
    pub async fn with(site: AdminSite) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = scratch(folder.path());
        let store = Store::open(&database.settings).await.unwrap();
        stock(&store).await;
        let door = Door::default();
        let (signed_out, removals) = (door.signed_out.clone(), door.removals.clone());
        let site = site
            .build(store.clone(), Clock::held_at(noon()), Tasks::default(), door)
            .unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
        let client = Client::untracked(rocket(site.clone())).await.unwrap();
        Self {
            client: Arc::new(client),
            store,
            removals,
            site,
            signed_out,
            _folder: folder,
            _database: database,
        }
    }

    /// Who may do everything.
    pub fn owner(&self) -> Reader {
        Reader(Actor::new(self.client.clone()).header("X-Staff", "owner"))
    }

    /// Somebody who works here with these permissions, such as `view_book change_book`.
    pub fn staff(&self, may: &str) -> Reader {
        Reader(Actor::new(self.client.clone()).header("X-Staff", "clerk").header("X-May", may))
    }

    /// Somebody who is known, but does not work here.
    pub fn customer(&self) -> Reader {
        Reader(Actor::new(self.client.clone()).header("X-Staff", "customer"))
    }

    /// Nobody in particular.
    pub fn stranger(&self) -> Reader {
        Reader(Actor::new(self.client.clone()))
    }

    /// How often somebody has signed out.
    pub fn signed_out(&self) -> u32 {
        self.signed_out.load(Ordering::SeqCst)
    }

    /// Puts books on the shelves; answers their keys.
    pub async fn shelve(&self, books: impl IntoIterator<Item = book::ActiveModel>) -> Vec<i64> {
        let mut keys = Vec::new();
        self.store
            .write_once(async |tx| {
                for book in books {
                    keys.push(book::Entity::insert(book).exec(&tx).await?.last_insert_id);
                }
                Ok::<_, DbErr>(())
            })
            .await
            .unwrap();
        keys
    }

    /// Puts so many books on the shelves, `Volume 1` and on, that differ in nothing else.
    pub async fn shelve_alike(&self, count: usize) {
        let copies = format!(
            "insert into shop_book (title, author_id, pages, in_print, condition, arrived) \
             select 'Volume ' || n, 1, 100, {}, 'new', '2026-03-01T08:00:00+00:00' from \
             (with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < {count}) \
             select n from numbers) as wanted",
            if self.store.is_embedded() { "1" } else { "true" }
        );
        self.run(&copies).await;
    }

    /// Says that a book is of a genre.
    pub async fn sort(&self, book: i64, genre: i32) {
        let row = shelf::ActiveModel { book_id: Set(book), genre_id: Set(genre), ..Default::default() };
        let insert = async |tx| shelf::Entity::insert(row).exec(&tx).await.map(drop);
        self.store.write(insert).await.unwrap();
    }

    /// Runs a statement.
    pub async fn run(&self, statement: &str) {
        let run = async |tx: chatdku::platform::store::Transaction| {
            tx.execute_unprepared(statement).await.map(drop)
        };
        self.store.write(run).await.unwrap_or_else(|error: DbErr| panic!("{error}"));
    }

    /// All books, in the order of their keys.
    pub async fn books(&self) -> Vec<book::Model> {
        book::Entity::find().order_by_asc(book::Column::Id).all(self.store.read()).await.unwrap()
    }

    pub async fn titles(&self) -> Vec<String> {
        self.books().await.into_iter().map(|book| book.title).collect()
    }

    /// The one book of this title.
    pub async fn book(&self, title: &str) -> book::Model {
        let mut books = self.books().await;
        books.retain(|book| book.title == title);
        assert_eq!(books.len(), 1, "one book is called {title}");
        books.remove(0)
    }

    /// The keys of a book's genres.
    pub async fn genres(&self, book: i64) -> Vec<i32> {
        let rows = shelf::Entity::find().order_by_asc(shelf::Column::GenreId).all(self.store.read()).await;
        let rows = rows.unwrap().into_iter().filter(|row| row.book_id == book);
        rows.map(|row| row.genre_id).collect()
    }

    pub async fn authors(&self) -> Vec<String> {
        let authors = author::Entity::find().order_by_asc(author::Column::Id).all(self.store.read()).await;
        authors.unwrap().into_iter().map(|author| author.name).collect()
    }

    /// The audit log, from its beginning: what happened, and to which row.
    pub async fn log(&self) -> Vec<audit::Model> {
        audit::Entity::find().order_by_asc(audit::Column::Id).all(self.store.read()).await.unwrap()
    }

    /// What happened, and what the row was called.
    pub async fn deeds(&self) -> Vec<(String, String)> {
        let deed = |entry: audit::Model| (entry.event, entry.object_text.unwrap_or_default());
        self.log().await.into_iter().map(deed).collect()
    }
}

/// A book, ready to be put on a shelf.
pub fn volume(title: &str) -> book::ActiveModel {
    book::ActiveModel {
        title: Set(title.to_owned()),
        author_id: Set(Some(1)),
        pages: Set(100),
        in_print: Set(true),
        condition: Set("new".to_owned()),
        arrived: Set("2026-03-01T08:00:00Z".parse().unwrap()),
        ..Default::default()
    }
}

/// What is wrong with a declaration.
pub async fn mistakes_in(site: AdminSite) -> Vec<String> {
    built(site).await.err().unwrap_or_default()
}

/// Builds a site over an empty shop.
pub async fn built(site: AdminSite) -> Result<Site, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let database = scratch(folder.path());
    let store = Store::open(&database.settings).await.unwrap();
    site.build(store, Clock::held_at(noon()), Tasks::default(), Door::default())
}

fn rocket(site: Site) -> Rocket<Build> {
    let quiet =
        rocket::Config { log_level: rocket::config::LogLevel::Off, ..rocket::Config::debug_default() };
    chatdku::admin::mount(rocket::custom(quiet).manage(site), |routes| routes)
}

/// Tables and what stands in them.
async fn stock(store: &Store) {
    let postgres = !store.is_embedded();
    let key = |wide: bool| match (postgres, wide) {
        (true, true) => "bigserial primary key",
        (true, false) => "serial primary key",
        (false, _) => "integer primary key autoincrement",
    };
    let moment = if postgres { "timestamptz" } else { "timestamp_with_timezone_text" };
    let statements = [
        format!("create table shop_author (id {}, name varchar(100) not null)", key(false)),
        format!("create table shop_genre (id {}, name varchar(100) not null)", key(false)),
        format!(
            "create table shop_book (id {}, title varchar(40) not null unique, \
             author_id integer references shop_author(id), pages integer not null, in_print boolean not null, \
             condition varchar(20) not null, blurb text, arrived {moment} not null, shelved date, \
             contact varchar(254), whisper varchar(50))",
            key(true)
        ),
        format!(
            "create table shop_book_genre (id {}, book_id bigint not null references shop_book(id), \
             genre_id integer not null references shop_genre(id))",
            key(true)
        ),
        "insert into shop_author (name) values ('Ada Quill'), ('Bo Ink'), ('林 墨')".to_owned(),
        "insert into shop_genre (name) values ('Poetry'), ('Travel')".to_owned(),
    ];
    store
        .write(async |tx| {
            for statement in statements {
                tx.execute_unprepared(&statement).await?;
            }
            Ok::<_, DbErr>(())
        })
        .await
        .unwrap();
}

/// Who comes in: `X-Staff` names them, and `X-May` says what they may do.
#[derive(Default)]
struct Door {
    signed_out: Arc<AtomicU32>,
    removals: Removals,
}

pub type Removals = Arc<Mutex<Vec<(Removal, Standing)>>>;

/// The account of everybody who comes in.
const SOMEBODY: i64 = 7;

fn staff(name: &str, codes: HashSet<String>, proven_at: Option<&str>) -> Staff {
    Staff {
        id: SOMEBODY,
        name: name.to_owned(),
        greeting: name.to_owned(),
        superuser: name == "owner",
        permissions: codes,
        csrf_secret: SECRET.to_owned(),
        has_password: true,
        has_second_factor: false,
        led_to: None,
        proven_at: proven_at.and_then(|at| at.parse().ok()),
        zone: chrono_tz::Asia::Shanghai,
    }
}

/// The key of everybody’s tokens.
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[rocket::async_trait]
impl Access for Door {
    async fn entrant(&self, request: &Request<'_>) -> Result<Entrant, Refusal> {
        let Some(who) = request.headers().get_one("X-Staff") else { return Ok(Entrant::Nobody) };
        if who == "customer" {
            return Ok(Entrant::Other("customer".to_owned()));
        }
        let codes = request.headers().get("X-May").flat_map(|may| may.split_whitespace());
        let codes = codes.map(|code| format!("shop.{code}")).collect();
        Ok(Entrant::Staff(Arc::new(staff(who, codes, request.headers().get_one("X-Proven")))))
    }

    async fn sign_in(
        &self,
        _: &Request<'_>,
        name: &str,
        password: String,
    ) -> Result<SignedIn, SignInRefused> {
        match (name, password.as_str()) {
            ("owner", "key") => Ok(SignedIn::Yes),
            ("thief", _) => Err(SignInRefused::Wait(chrono::Duration::seconds(30))),
            _ => Err(SignInRefused::Wrong),
        }
    }

    async fn prove(&self, _: &Request<'_>, password: String, _: &str) -> Result<(), SignInRefused> {
        if password == "key" { Ok(()) } else { Err(SignInRefused::Wrong) }
    }

    async fn sign_out(&self, _: &Request<'_>) -> Result<(), Refusal> {
        self.signed_out.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn staff(&self, account: i64) -> Result<Option<Staff>, Refusal> {
        let may = HashSet::from(["shop.delete_book".to_owned()]);
        Ok((account == SOMEBODY).then(|| staff("clerk", may, None)))
    }

    async fn remove_later(&self, removal: &Removal) -> Result<Uuid, Refusal> {
        let mut removals = self.removals.lock().unwrap();
        removals.push((removal.clone(), Standing::Waiting));
        Ok(Uuid::from_u128(removals.len() as u128))
    }

    async fn removal(&self, id: Uuid) -> Result<Option<(Removal, Standing)>, Refusal> {
        let place = usize::try_from(id.as_u128()).ok().and_then(|number| number.checked_sub(1));
        Ok(place.and_then(|place| self.removals.lock().unwrap().get(place).cloned()))
    }

    fn zone(&self) -> chrono_tz::Tz {
        chrono_tz::Asia::Shanghai
    }

    fn secure_cookies(&self) -> bool {
        false
    }

    fn network(&self, _: &Request<'_>) -> String {
        "192.0.2.0/24".to_owned()
    }
}
