//! Where the program panicked: noted by the hook, taken by whoever catches the panic on the same thread.

use std::{cell::RefCell, panic::Location, path::Path};

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes where a panic began. Called by the hook, before anybody catches it.
pub fn note(location: Option<&Location<'_>>) {
    let place = location.map(|at| format!("{}:{}", short(at.file()), at.line()));
    LAST.with_borrow_mut(|last| *last = place);
}

/// Where the last panic of this thread began, once. Nothing of what it said: that may be anybody's text.
pub fn take() -> Option<String> {
    LAST.with_borrow_mut(Option::take)
}

/// A source file without the folder that its crate was built in.
fn short(file: &str) -> String {
    let parts: Vec<&str> = Path::new(file).iter().filter_map(|part| part.to_str()).collect();
    let source = parts.iter().rposition(|part| *part == "src");
    let from = source.map_or(0, |at| at.saturating_sub(1));
    parts.get(from..).unwrap_or_default().join("/")
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_source_file_is_named_without_the_folders_above_its_crate() {
        assert_eq!(short("src/chat/ask.rs"), "src/chat/ask.rs");
        assert_eq!(short("/home/somebody/registry/src/index/tokio-1.2/src/task.rs"), "tokio-1.2/src/task.rs");
        assert_eq!(short("/rustc/0a1b/library/core/src/option.rs"), "core/src/option.rs");
        assert_eq!(short("build.rs"), "build.rs");
    }
}
