//! The people of a soak: each does one thing after the other, as often as all of them together are told to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rand::RngExt;
use tokio::{
    sync::{Mutex, Semaphore},
    task::JoinSet,
};

use super::{
    deeds,
    ledger::Ledger,
    tally::{Deed, Tally},
};

/// How often requests are let go.
const BEAT: Duration = Duration::from_millis(10);

/// Of a thousand things that people do, so many are these.
const MIX: [(Deed, u32); 12] = [
    (Deed::Ask, 150),
    (Deed::List, 190),
    (Deed::Messages, 190),
    (Deed::Search, 80),
    (Deed::Upload, 25),
    (Deed::Remove, 20),
    (Deed::Files, 60),
    (Deed::Rate, 60),
    (Deed::Events, 60),
    (Deed::Page, 110),
    (Deed::SignIn, 50),
    (Deed::Password, 5),
];

/// Somebody.
pub struct Person {
    pub name: String,
    pub http: reqwest::Client,
    pub base: String,
    pub ledger: Ledger,
    /// How many things they have said, for questions that differ.
    pub count: u64,
}

/// What all people share.
pub struct Crowd {
    pub tally: Tally,
    /// Requests that may be sent now.
    tickets: Semaphore,
    /// Requests for each second, as bits.
    rate: AtomicU64,
    /// The cookie of the one who looks at the dashboard.
    pub staff: Mutex<Option<String>>,
    /// The people, between one load and the next.
    people: Mutex<Vec<Person>>,
}

impl Crowd {
    pub fn new(base: &str, people: usize) -> Arc<Self> {
        // Nobody keeps a connection for longer than the program does.
        let http = reqwest::Client::builder()
            .timeout(Duration::from_mins(2))
            .pool_idle_timeout(Duration::from_secs(1))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        let people = (0..people).map(|number| Person {
            name: format!("person{number}"),
            http: http.clone(),
            base: base.to_owned(),
            ledger: Ledger::default(),
            count: 0,
        });
        Arc::new(Self {
            tally: Tally::default(),
            tickets: Semaphore::new(0),
            rate: AtomicU64::new(0),
            staff: Mutex::default(),
            people: Mutex::new(people.collect()),
        })
    }

    /// So many requests for each second from now on.
    pub fn set(&self, rate: f64) {
        self.rate.store(rate.to_bits(), Ordering::Relaxed);
    }

    /// People are at it until `work` has ended; what they are about is brought to its end.
    pub async fn busy_while<T>(self: &Arc<Self>, rate: f64, work: impl Future<Output = T>) -> T {
        self.set(rate);
        let stop = tokio_util::sync::CancellationToken::new();
        let mut living = JoinSet::new();
        for person in self.people.lock().await.drain(..) {
            living.spawn(live(person, self.clone(), stop.clone()));
        }
        let done = tokio::select! { done = work => done, () = self.beat() => unreachable!("it never ends") };
        stop.cancel();
        let people = living.join_all().await;
        self.people.lock().await.extend(people);
        done
    }

    /// Everybody, when nobody is at it.
    pub async fn people(&self) -> tokio::sync::MutexGuard<'_, Vec<Person>> {
        self.people.lock().await
    }

    /// Lets requests go at the rate, evenly.
    async fn beat(&self) {
        let (mut last, mut owed) = (Instant::now(), 0.0);
        loop {
            tokio::time::sleep(BEAT).await;
            let rate = f64::from_bits(self.rate.load(Ordering::Relaxed));
            owed += last.elapsed().as_secs_f64() * rate;
            last = Instant::now();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "few and not negative"
            )]
            let now = owed.floor().max(0.0) as usize;
            owed -= now as f64;
            // What could not be sent for half a second never will be: a queue here would be a burst later.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "few and not negative"
            )]
            let most = (rate / 2.0).ceil() as usize;
            let room = most.saturating_sub(self.tickets.available_permits());
            self.tally.missed(now.saturating_sub(room) as u64);
            self.tickets.add_permits(now.min(room));
        }
    }
}

async fn live(mut person: Person, crowd: Arc<Crowd>, stop: tokio_util::sync::CancellationToken) -> Person {
    loop {
        let ticket =
            tokio::select! { ticket = crowd.tickets.acquire() => ticket, () = stop.cancelled() => break };
        ticket.expect("tickets").forget();
        let (deed, began) = (some_deed(), Instant::now());
        let outcome = deeds::do_one(&mut person, &crowd, deed).await;
        crowd.tally.note(deed, began, outcome);
    }
    person
}

fn some_deed() -> Deed {
    let mut left = rand::rng().random_range(0..MIX.iter().map(|(_, share)| share).sum::<u32>());
    let chosen = MIX.iter().find(|(_, share)| {
        let here = left < *share;
        left = left.saturating_sub(*share);
        here
    });
    chosen.expect("one of them").0
}
