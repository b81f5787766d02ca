//! The course catalogue: loaded from a folder, looked up by a model and without one.

mod answers;
mod loading;
mod lookups;

use std::path::{Path, PathBuf};

use chatdku::{catalogue, knowledge::campus};

use crate::support::TestApp;

/// A folder that is ingested as the command does it.
struct Folder(PathBuf);

impl Folder {
    /// A copy of the sample folder.
    fn sample(app: &TestApp) -> Self {
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
    fn empty(app: &TestApp, name: &str) -> Self {
        let folder = app.folder().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.0.join(name)).unwrap();
    }

    async fn load(&self, app: &TestApp) -> catalogue::Loaded {
        self.try_load(app, campus::Emptying::Refused).await.unwrap()
    }

    async fn try_load(&self, app: &TestApp, emptying: campus::Emptying) -> anyhow::Result<catalogue::Loaded> {
        let app = app.app();
        let report = campus::ingest(&app.library, &app.clock, &self.0, emptying, &|_, _, _| {}).await?;
        assert_eq!(report.failed, []);
        catalogue::load(&app.store, &app.clock, &self.0, emptying).await
    }
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/campus")
}
