//! The name a file is shown under. It never becomes a path: stored files are named by generated ids.

use unicode_normalization::UnicodeNormalization;

/// Longest name, ending included.
const MAX_BYTES: usize = 200;
const ENDING: &str = ".pdf";
const FALLBACK: &str = "document";

/// Whether a client's file name ends in `pdf`, in any case.
pub(super) fn is_pdf(client_name: &str) -> bool {
    let last = client_name.trim_end();
    last.len() >= 4
        && last.is_char_boundary(last.len() - 4)
        && last[last.len() - 4..].eq_ignore_ascii_case(ENDING)
}

/// A client's file name made harmless: its last part, blanks and hyphens as `_`, nothing but letters, digits and
/// `_` before the ending. Letters of every script stay; the original kept ASCII only, which left Chinese names empty.
pub(super) fn display_name(client_name: &str) -> String {
    let last = client_name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let stem = match last.rsplit_once('.') {
        Some((stem, _)) => stem,
        None => last,
    };
    let kept: String = stem
        .nfc()
        .map(|c| if c.is_whitespace() || c == '-' { '_' } else { c })
        .filter(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let cut = &kept[..kept.floor_char_boundary(MAX_BYTES - ENDING.len())];
    let stem = if cut.chars().all(|c| c == '_') { FALLBACK } else { cut };
    format!("{stem}{ENDING}")
}

/// The name with `_` and seven random characters before its ending, for a name that is taken.
pub(super) fn varied(name: &str) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let random: String =
        rand::random::<[u8; 7]>().iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    let stem = name.strip_suffix(ENDING).unwrap_or(name);
    let room = MAX_BYTES - ENDING.len() - random.len() - 1;
    format!("{}_{random}{ENDING}", &stem[..stem.floor_char_boundary(room)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless_and_stay_readable() {
        for (given, shown) in [
            ("syllabus.pdf", "syllabus.pdf"),
            ("My Syllabus-2025.PDF", "My_Syllabus_2025.pdf"),
            ("课程大纲 2025.pdf", "课程大纲_2025.pdf"),
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("C:\\files\\a.b.pdf", "ab.pdf"),
            ("\u{202e}fdp.pdf", "fdp.pdf"),
            ("<img src=x>.pdf", "img_srcx.pdf"),
            (".pdf", "document.pdf"),
            ("---.pdf", "document.pdf"),
            ("a\u{0}b.pdf", "ab.pdf"),
        ] {
            assert_eq!(display_name(given), shown, "{given:?}");
        }
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let name = display_name(&format!("{}.pdf", "长".repeat(300)));
        assert!(name.len() <= MAX_BYTES && name.ends_with("长.pdf"));
        assert!(varied(&name).len() <= MAX_BYTES);
        assert_ne!(varied(&name), varied(&name));
    }

    #[test]
    fn the_ending_counts_in_any_case_and_needs_its_dot() {
        assert!(is_pdf("a.pdf") && is_pdf("a.PDF") && is_pdf("长.pdf"));
        assert!(!is_pdf("notpdf") && !is_pdf("pdf") && !is_pdf("a.pdf.exe") && !is_pdf(""));
    }
}
