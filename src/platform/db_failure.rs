//! What a failure of the database means: is it away, has it called something off, is the connection broken.

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// PostgreSQL: shutting down, starting up, connection lost, too many connections, disk full, statement cancelled.
const AWAY_STATES: [&str; 9] =
    ["57P01", "57P02", "57P03", "08000", "08003", "08006", "53300", "53100", "57014"];
/// SQLite's primary result codes: busy, locked, disk error, full, cannot be opened.
const AWAY_CODES: [u32; 5] = [5, 6, 10, 13, 14];

/// Whether the database, and not the statement, is what failed.
pub fn is_away(error: &DbErr) -> bool {
    let (DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = error else {
        return matches!(error, DbErr::ConnectionAcquire(_));
    };
    let RuntimeErr::SqlxError(cause) = cause else { return matches!(error, DbErr::Conn(_)) };
    match cause.as_ref() {
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(refused) => refused.code().is_some_and(|code| {
            // SQLite's codes are extended: the primary one is their last byte.
            AWAY_STATES.contains(&code.as_ref())
                || (code.len() < 5 && code.parse().is_ok_and(|code: u32| AWAY_CODES.contains(&(code & 0xff))))
        }),
        _ => matches!(error, DbErr::Conn(_)),
    }
}

/// The word for a failure of the database itself. Only where it is away there is no use in asking it anything else.
pub fn unavailability(error: &DbErr) -> Option<&'static str> {
    if !is_away(error) {
        return None;
    }
    Some(match code(error).as_deref() {
        Some("57014") => "database_slow",
        Some("53100") => "database_full",
        Some("53300") => "database_busy",
        // SQLite's own codes are numbers.
        Some(code) => match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(13) if code.len() < 5 => "database_full",
            Ok(5 | 6) if code.len() < 5 => "database_busy",
            _ => AWAY,
        },
        None => AWAY,
    })
}

/// What [`unavailability`] says when the database is not there at all.
pub const AWAY: &str = "database_unavailable";

/// Whether the database gave up on a statement because it took too long.
pub fn is_cancelled(error: &DbErr) -> bool {
    code(error).as_deref() == Some("57014")
}

/// What the database says of an error, if it is the database that speaks.
fn code(error: &DbErr) -> Option<String> {
    let sqlx::Error::Database(refused) = cause(error)? else { return None };
    refused.code().map(std::borrow::Cow::into_owned)
}

/// The error of the driver behind it.
fn cause(error: &DbErr) -> Option<&sqlx::Error> {
    let (DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = error else { return None };
    let RuntimeErr::SqlxError(cause) = cause else { return None };
    Some(cause)
}

/// PostgreSQL: serialisation failure, deadlock.
pub(super) fn is_called_off(error: &DbErr) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01"))
}

/// Whether the database has called work off for the sake of somebody else's, so that it may be done once more: those who
/// read many tables and those who change them can end up waiting for each other.
pub fn was_called_off(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<DbErr>()).any(is_called_off)
}

/// Whether the connection is what failed, or the server went away behind it.
pub(super) fn is_broken(error: &DbErr) -> bool {
    matches!(cause(error), Some(sqlx::Error::Io(_) | sqlx::Error::Protocol(_)))
        || matches!(code(error).as_deref(), Some("57P01" | "57P02" | "57P03"))
}
