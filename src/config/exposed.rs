//! Files that other users of the machine can read.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::Config;

/// What others may: read, and go through a folder.
const READ: u32 = 0o004;
const ENTER: u32 = 0o001;

/// Data that others on this machine can read, each beginning with its setting. What is not there yet is made private.
/// Blocks.
pub fn exposed(config: &Config) -> Vec<String> {
    let mut places = vec![
        ("MEDIA_ROOT", config.media_root.clone()),
        ("INDEX_PATH", config.index_path.clone()),
        ("DATA_DIR", config.data_dir.join("outbox")),
        ("DATA_DIR", config.data_dir.join("spool")),
    ];
    if let Some(path) = config.database.url.reveal().strip_prefix("sqlite://") {
        places.push(("DATA_DIR", PathBuf::from(path)));
    }
    places
        .into_iter()
        .filter(|(_, path)| is_readable_by_others(path))
        .map(|(name, path)| {
            let path = path.canonicalize().unwrap_or(path);
            let path = path.display();
            format!("{name}: {path} can be read by every user of this machine: `chmod o-rwx {path}`")
        })
        .collect()
}

/// Whether others may read it and come as far as there.
fn is_readable_by_others(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    let there = if path.is_dir() { READ | ENTER } else { READ };
    may(&path, there) && path.ancestors().skip(1).all(|folder| may(folder, ENTER))
}

fn may(path: &Path, bits: u32) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & bits != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_as_open_as_the_way_to_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().canonicalize().expect("the folder");
        if !place.ancestors().skip(1).all(|folder| may(folder, ENTER)) {
            // Temporary files are private here, whatever their own permissions are.
            return;
        }
        let set = |path: &Path, mode: u32| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
        };
        let (inner, file) = (folder.path().join("inner"), folder.path().join("inner/file"));
        std::fs::create_dir(&inner).expect("a folder");
        std::fs::write(&file, "text").expect("a file");
        for (outer, between, of_file, open) in [
            (0o755, 0o755, 0o644, true),
            (0o755, 0o711, 0o644, true),
            (0o755, 0o755, 0o640, false),
            (0o755, 0o750, 0o644, false),
            (0o700, 0o755, 0o644, false),
        ] {
            set(&inner, between);
            set(&file, of_file);
            set(folder.path(), outer);
            assert_eq!(is_readable_by_others(&file), open, "{outer:o} {between:o} {of_file:o}");
        }
        assert!(!is_readable_by_others(&folder.path().join("absent")));
    }
}
