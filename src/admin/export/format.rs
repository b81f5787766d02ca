//! Formats of exported files.

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Format {
    Csv,
    Xlsx,
    Tsv,
    Json,
    Ndjson,
    Yaml,
    Html,
}

/// The formats that the original offered, in its order: forms of its time name them by their place.
const ORIGINAL: [&str; 8] = ["csv", "xls", "xlsx", "tsv", "ods", "json", "yaml", "html"];

impl Format {
    pub(in super::super) const ALL: [Self; 7] =
        [Self::Csv, Self::Tsv, Self::Xlsx, Self::Json, Self::Ndjson, Self::Yaml, Self::Html];

    /// The ending of file names, and the word in forms.
    pub(in super::super) fn code(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Yaml => "yaml",
            Self::Html => "html",
        }
    }

    /// From a form: a word, or a place in the original's list. `Err` holds the word of a format that is not written.
    pub(in super::super) fn from_form(text: &str) -> Result<Option<Self>, &'static str> {
        let word = text.parse::<usize>().ok().and_then(|at| ORIGINAL.get(at)).copied().unwrap_or(text);
        let format = Self::ALL.into_iter().find(|format| format.code() == word);
        match (format, word) {
            (None, "xls") => Err("xls"),
            (None, "ods") => Err("ods"),
            _ => Ok(format),
        }
    }

    /// The media type.
    pub(in super::super) fn media(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Tsv => "text/tab-separated-values; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Ndjson => "application/x-ndjson; charset=utf-8",
            Self::Yaml => "text/yaml; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_named_or_counted_as_the_original_did() {
        assert_eq!(Format::from_form("csv"), Ok(Some(Format::Csv)));
        assert_eq!(Format::from_form("0"), Ok(Some(Format::Csv)));
        assert_eq!(Format::from_form("2"), Ok(Some(Format::Xlsx)));
        assert_eq!(Format::from_form("1"), Err("xls"));
        assert_eq!(Format::from_form("ods"), Err("ods"));
        assert_eq!(Format::from_form(""), Ok(None));
        assert_eq!(Format::from_form("99"), Ok(None));
    }
}
