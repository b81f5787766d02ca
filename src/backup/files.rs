//! People's files in a backup: everything below `MEDIA_ROOT` but what is still arriving.

use std::{
    fs::File,
    io::ErrorKind,
    path::{Component, Path},
};

use anyhow::{Context, bail};
use walkdir::{DirEntry, WalkDir};

use super::archive::{Reader, Writer};
use crate::platform::{disk::make_private, storage::Storage};

const FOLDER: &str = "media/";

/// Takes the files that the archive does not have yet.
pub(super) fn add(root: &Path, writer: &mut Writer) -> anyhow::Result<()> {
    for file in kept(root) {
        let file = file?;
        let name = name(root, file.path())?;
        if writer.has(&name) {
            continue;
        }
        match File::open(file.path()) {
            Ok(open) => writer.add(&name, open)?,
            // Deleted meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("reading {}", file.path().display())),
        }
    }
    Ok(())
}

/// Errors when there are files already.
pub(super) fn must_be_empty(root: &Path) -> anyhow::Result<()> {
    if !root.try_exists().context("looking at MEDIA_ROOT")? {
        return Ok(());
    }
    match kept(root).next() {
        Some(file) => {
            let file = file?;
            bail!("MEDIA_ROOT has files already ({}): a backup replaces nothing", file.path().display())
        }
        None => Ok(()),
    }
}

/// Writes the files of an archive.
pub(super) fn extract(reader: &mut Reader, root: &Path) -> anyhow::Result<()> {
    let names: Vec<String> = reader.manifest().entries.iter().map(|entry| entry.name.clone()).collect();
    for name in names.iter().filter(|name| name.starts_with(FOLDER)) {
        let within = Path::new(&name[FOLDER.len()..]);
        // Whoever made the archive: nothing of it is written elsewhere.
        if within.components().any(|part| !matches!(part, Component::Normal(_))) {
            bail!("{name} is no name of a file");
        }
        let path = root.join(within);
        if let Some(folder) = path.parent() {
            let made = make_private(folder);
            made.with_context(|| format!("making {}", folder.display()))?;
        }
        reader.extract_to(name, &path)?;
    }
    Ok(())
}

/// Its files. What cannot be looked at is an error: a backup that lacks it would be none.
fn kept(root: &Path) -> impl Iterator<Item = anyhow::Result<DirEntry>> {
    let incoming = root.join(Storage::incoming_folder());
    let entries = WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(move |entry| entry.path() != incoming);
    entries.filter_map(|entry| match entry {
        Ok(entry) => entry.file_type().is_file().then_some(Ok(entry)),
        // Deleted meanwhile.
        Err(error) if error.depth() > 0 && is_absence(&error) => None,
        Err(error) => Some(Err(anyhow::Error::new(error).context("MEDIA_ROOT cannot be read whole"))),
    })
}

fn is_absence(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == ErrorKind::NotFound)
}

fn name(root: &Path, path: &Path) -> anyhow::Result<String> {
    let within = path.strip_prefix(root).context("a file outside of MEDIA_ROOT")?;
    let within = within.to_str().with_context(|| format!("{} has a name that is no text", path.display()))?;
    Ok(format!("{FOLDER}{within}"))
}
