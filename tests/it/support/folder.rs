//! A folder of campus documents.

use std::path::{Path, PathBuf};

use chatdku::{catalogue, knowledge::campus};

use super::TestApp;

/// A folder that is ingested as the command does it.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A copy of the sample folder.
    pub fn sample(app: &TestApp) -> Self {
        let (from, to) = (sample(), app.folder().join("sample"));
        for entry in walkdir::WalkDir::new(&from).into_iter().map(Result::unwrap) {
            let place = to.join(entry.path().strip_prefix(&from).unwrap());
            if entry.file_type().is_dir() {
                std::fs::create_dir_all(place).unwrap();
            } else {
                std::fs::copy(entry.path(), place).unwrap();
            }
        }
        Self(to)
    }

    /// An empty folder.
    pub fn empty(app: &TestApp, name: &str) -> Self {
        let folder = app.folder().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Puts a file into it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Takes a file out of it.
    pub fn remove(&self, name: &str) {
        std::fs::remove_file(self.0.join(name)).unwrap();
    }

    /// Loads its documents.
    pub async fn ingest(&self, app: &TestApp) -> campus::Report {
        self.try_ingest(app, campus::Emptying::Refused).await.unwrap()
    }

    pub async fn try_ingest(
        &self,
        app: &TestApp,
        emptying: campus::Emptying,
    ) -> anyhow::Result<campus::Report> {
        campus::ingest(&app.app().library, &app.app().clock, &self.0, emptying, &|_, _, _| {}).await
    }

    /// Loads its documents and its catalogue.
    pub async fn load(&self, app: &TestApp) -> catalogue::Loaded {
        self.try_load(app, campus::Emptying::Refused).await.unwrap()
    }

    pub async fn try_load(
        &self,
        app: &TestApp,
        emptying: campus::Emptying,
    ) -> anyhow::Result<catalogue::Loaded> {
        assert_eq!(self.try_ingest(app, emptying).await?.failed, []);
        catalogue::load(&app.app().store, &app.app().clock, &self.0, emptying).await
    }
}

/// The folder that it is a copy of.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/campus")
}
