//! The plan as people read it.

use std::fmt::{self, Display, Formatter};

use super::plan::Plan;

/// Where lines break.
const WIDTH: usize = 100;

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "The database {} is that of the Django service.", self.place)?;
        writeln!(
            f,
            "Taking it over is one transaction: every row stays, and Django can still work on its \
             tables."
        )?;
        self.there(f)?;
        self.added(f)?;
        self.changed(f)?;
        self.left_alone(f)?;
        self.going_back(f)?;
        self.warnings(f)
    }
}

impl Plan {
    fn there(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rows = &self.rows;
        writeln!(f, "\nWhat is there, and stays")?;
        line(f, rows.campus, "campus account", "s", ", found by the hash of the NetID as before")?;
        line(f, rows.local, "local account", "s", " with a password that stays valid")?;
        some(f, rows.superusers, "superuser", "s", " among them")?;
        some(f, rows.staff, "other staff account", "s", " among them, with the rights of before")?;
        some(
            f,
            rows.nobodys,
            "account",
            "s",
            " with a plain name and no password: nobody can sign in there",
        )?;
        some(f, rows.unreadable, "password", "s", " of a kind unknown here: `changepassword` gives another")?;
        line(f, rows.groups, "group", "s", "")?;
        line(f, rows.grants, "grant", "s", " of a permission, to a group or an account")?;
        line(f, rows.permissions, "permission", "s", ", with the numbers of before")?;
        line(f, rows.conversations, "conversation", "s", "")?;
        line(f, rows.messages, "message", "s", "")?;
        line(f, rows.feedback, "opinion", "s", " on answers")?;
        line(f, rows.entries, "change", "s", " in the administrators' log")?;
        line(
            f,
            rows.tasks,
            "scheduled task",
            "s",
            " with its schedule, run from here on where its name is known",
        )?;
        line(f, rows.results, "result", "s", " of such tasks")?;
        line(f, rows.files, "uploaded file", "s", "")?;
        let (disk, media) = (self.disk, self.media.display());
        some(f, number(disk.present), "on the disk", "", &format!(", under {media}"))?;
        some(f, number(disk.missing), "not on the disk", "", ": listed as before, and marked as missing")?;
        some(f, number(disk.strays), "file", "s", " without a row in folders of accounts: left there, unused")
    }

    fn added(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nWhat is added")?;
        let columns: usize = self.added_columns.iter().map(|(_, columns)| columns.len()).sum();
        line(f, number(self.added_tables.len()), "table", "s", ":")?;
        list(f, &self.added_tables)?;
        line(f, number(columns), "column", "s", ", none of which has to be filled:")?;
        for (table, columns) in &self.added_columns {
            list(f, &[format!("{table}: {}", columns.join(", "))])?;
        }
        line(f, number(self.added_indexes), "index", "es", " on tables that are there")?;
        text(
            f,
            "At the first start: models and permissions of the dashboard beside Django's, the groups \
             `Feedback reviewers`, `Operators` and `Auditors`, and those scheduled tasks of this program \
             that are not there yet.",
        )
    }

    fn changed(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nWhat changes")?;
        match self.dropped.as_slice() {
            [] => text(
                f,
                "File names are unique per account. Nothing keeps them unique across all \
                 accounts any more.",
            )?,
            names => text(
                f,
                &format!(
                    "File names become unique per account, and no longer across all \
                 accounts: {} goes.",
                    ticked(names)
                ),
            )?,
        }
        if self.rows.files > 0 {
            text(
                f,
                "Uploaded files are read into documents by the workers, one account after another; \
                 until its files are read, questions over an account's own files have to wait.",
            )?;
        }
        for behind in &self.behind {
            text(
                f,
                &format!(
                    "New rows of {} would get numbers that are taken: they begin at {}.",
                    behind.table,
                    behind.highest + 1
                ),
            )?;
        }
        Ok(())
    }

    fn left_alone(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nWhat is left as it is")?;
        list(f, &self.left_alone)?;
        text(f, "Web sessions do not carry over: people sign in again.")?;
        if !self.events_here {
            text(
                f,
                "Events lie in another database, which is not touched. Here the table for them is empty.",
            )?;
        }
        Ok(())
    }

    fn going_back(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nGoing back")?;
        text(
            f,
            "Stop this program and start the Django service: it runs on these tables, and finds every \
             account, conversation, message and opinion, those of the time between included. Run one of \
             the two at a time. These are the limits:",
        )?;
        for limit in [
            "Files uploaded since are listed there, but their bytes are under names that it does not know.",
            "Passwords set since, and old ones whose owners have signed in since, are Argon2 hashes: Django needs the \
                 package `argon2-cffi` to check them.",
            "Two accounts may have a file of the same name: the rule that is dropped cannot be put back \
                 while they do, and a migration of Django's that alters `core_uploadedfile.filename` will \
                 not find it.",
            "What it deletes takes along what our tables say about it. What is only in our tables \
                 (documents, citations, jobs, the audit log) it does not show.",
        ] {
            item(f, limit)?;
        }
        item(
            f,
            if self.peppered {
                "NETID_PEPPER is set: accounts that sign in get names that Django does not find. Unset it now \
                 to keep the way back."
            } else {
                "NETID_PEPPER has to stay unset: with it, accounts get names that Django does not find."
            },
        )
    }

    fn warnings(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.others == 0 && !self.finds_no_file() {
            return Ok(());
        }
        writeln!(f, "\nBefore you go on")?;
        if self.others > 0 {
            item(
                f,
                &format!(
                    "Others are connected to this database ({}): stop the Django service and its \
                 workers first.",
                    self.others
                ),
            )?;
        }
        if self.finds_no_file() {
            item(
                f,
                &format!(
                    "None of the uploaded files is under {}: set MEDIA_ROOT (or UPLOAD_PATH) to \
                 the folder that Django used, or pass --without-files.",
                    self.media.display()
                ),
            )?;
        }
        Ok(())
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A number and what it counts: the word, its plural's ending, and what more there is to say.
fn line(f: &mut Formatter<'_>, count: i64, word: &str, plural: &str, more: &str) -> fmt::Result {
    let plural = if count == 1 { "" } else { plural };
    writeln!(f, "{count:>10}  {word}{plural}{more}")
}

/// The same, when there are any.
fn some(f: &mut Formatter<'_>, count: i64, word: &str, plural: &str, more: &str) -> fmt::Result {
    if count == 0 { Ok(()) } else { line(f, count, word, plural, more) }
}

fn text(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    wrapped(f, text, "  ", "  ")
}

fn item(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    wrapped(f, text, "  - ", "    ")
}

fn list(f: &mut Formatter<'_>, words: &[String]) -> fmt::Result {
    wrapped(f, &words.join(", "), "            ", "            ")
}

/// Names in backticks, as in a sentence.
fn ticked(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A text in lines of readable width.
fn wrapped(f: &mut Formatter<'_>, text: &str, first: &str, further: &str) -> fmt::Result {
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(f, "{line}")?;
            further.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    writeln!(f, "{line}")
}
