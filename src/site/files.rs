//! A person's files as the page shows them.

use askama::Template;
use sea_orm::DbErr;

use crate::{
    accounts::UserId,
    app::App,
    platform::locale::Language,
    uploads::{self, FileInfo},
};

/// The list of files with the upload form.
#[derive(Template)]
#[template(path = "site/_files.html")]
pub(super) struct FilesView {
    pub(super) files: Vec<FileView>,
    /// What to say about the last upload.
    pub(super) message: Option<String>,
    /// Whether some file is still to be read: the page looks again soon.
    pub(super) busy: bool,
    pub(super) language: Language,
}

/// The sources that a question may be asked of.
#[derive(Template)]
#[template(path = "site/_sources.html")]
pub(super) struct SourcesView {
    pub(super) campus: bool,
    pub(super) files: Vec<SourceView>,
    pub(super) language: Language,
}

/// A file that can be asked about.
pub(super) struct SourceView {
    pub(super) name: String,
    pub(super) chosen: bool,
}

/// A file.
pub(super) struct FileView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) state: String,
    pub(super) detail: String,
    pub(super) reason: Option<String>,
}

impl FilesView {
    pub(super) fn t(&self, key: &str) -> String {
        self.language.text(key)
    }
}

impl SourcesView {
    pub(super) fn t(&self, key: &str) -> String {
        self.language.text(key)
    }

    /// The sources in words, for the closed picker.
    pub(super) fn summary(&self) -> String {
        let campus =
            (self.campus || self.files.iter().all(|file| !file.chosen)).then(|| self.t("site-source-campus"));
        let files = self.files.iter().filter(|file| file.chosen).map(|file| file.name.clone());
        campus.into_iter().chain(files).collect::<Vec<_>>().join(", ")
    }
}

/// The files of `owner`, and the sources they make with `chosen` ones marked.
pub(super) async fn of_owner(
    app: &App,
    owner: UserId,
    language: Language,
    chosen: &[String],
) -> Result<(FilesView, SourcesView), DbErr> {
    let rows = uploads::list(app.store.read(), owner).await?;
    let infos: Vec<FileInfo> = rows.iter().map(|row| FileInfo::of(row, language)).collect();
    let can_be_asked = |info: &&FileInfo| matches!(info.status.as_str(), "ready" | "partial");
    let source =
        |info: &FileInfo| SourceView { name: info.filename.clone(), chosen: chosen.contains(&info.filename) };
    let sources = SourcesView {
        campus: chosen.is_empty() || chosen.iter().any(|name| name == super::view::CAMPUS),
        files: infos.iter().filter(can_be_asked).map(source).collect(),
        language,
    };
    let busy = infos.iter().any(|info| matches!(info.status.as_str(), "queued" | "processing"));
    let files = infos.into_iter().map(|info| file(info, language)).collect();
    Ok((FilesView { files, message: None, busy, language }, sources))
}

fn file(info: FileInfo, language: Language) -> FileView {
    let pages = info.pages.map(|pages| language.text_with("site-pages", [("count", pages)]));
    let detail = [pages, Some(size(info.size))].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    FileView {
        id: info.id,
        name: info.filename,
        state: language.text(&format!("site-file-{}", info.status)),
        status: info.status,
        detail,
        reason: info.reason,
    }
}

fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
