//! PDF files, page by page.

use std::{io, panic::AssertUnwindSafe};

use pdf_oxide::PdfDocument;

use super::{Line, MAX_PAGES, Refusal, child::Report};

pub(super) fn read(bytes: Vec<u8>, out: &mut Report<'_>) -> io::Result<()> {
    let Some(document) = attempt(|| PdfDocument::from_bytes(bytes).ok()) else {
        return out.line(&Line::Refused { refusal: Refusal::Broken });
    };
    // Files that only restrict printing open with the empty password, which the library has tried.
    if document.is_encrypted() && !document.is_authenticated() {
        return out.line(&Line::Refused { refusal: Refusal::Password });
    }
    let pages = attempt(|| document.page_count().ok()).unwrap_or(0);
    if pages == 0 {
        return out.line(&Line::Refused { refusal: Refusal::Broken });
    }
    for index in 0..pages.min(MAX_PAGES) {
        let number = index + 1;
        let line = match attempt(|| document.extract_text(index).ok()) {
            Some(text) => {
                Line::Page { number, image: text.trim().is_empty() && has_image(&document, index), text }
            }
            None => Line::Unreadable { number },
        };
        out.line(&line)?;
    }
    out.line(&Line::End { pages, title: None })
}

/// Whether a page without text shows a picture, which may be a picture of text.
fn has_image(document: &PdfDocument, index: usize) -> bool {
    attempt(|| document.page_image_handles(index).ok()).is_some_and(|images| !images.is_empty())
}

/// A panic in the parser is a page that cannot be read.
fn attempt<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).ok().flatten()
}
