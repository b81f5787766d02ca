//! The settings of the load test, under the names that the original's environment file has for them.

use std::path::{Path, PathBuf};

use super::reader::Reader;
use crate::platform::secret::Secret;

/// Who asks in a load test, whom, and where its results go.
#[derive(Clone, Debug)]
pub struct LoadTestSettings {
    /// The NetID of its first account; the others are named after it.
    pub netid: Option<Secret>,
    /// The name that its accounts show.
    pub display_name: Option<String>,
    /// The address of the service to ask. `None` is this program, at its own port.
    pub host: Option<String>,
    /// The operator's own Locust, to be run in place of our load test.
    pub locust: Option<PathBuf>,
    /// The folder of its results.
    pub folder: PathBuf,
}

pub(super) fn load_test(reader: &mut Reader<'_>, data_dir: &Path) -> LoadTestSettings {
    let host =
        reader.text("HOST").map(|host| if host.contains("://") { host } else { format!("http://{host}") });
    if let Some(host) = &host {
        let web = reqwest::Url::parse(host).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !web {
            reader.problem("HOST", format!("`{host}` is not an http address"));
        }
    }
    let folder = reader.text("LOCUST_LOG");
    LoadTestSettings {
        netid: reader.text("UID").map(Secret::from),
        display_name: reader.text("DISPLAY_NAME"),
        host,
        locust: reader.text("LOCUST_PATH").map(PathBuf::from),
        folder: folder.map_or_else(|| data_dir.join("locust_log"), PathBuf::from),
    }
}
