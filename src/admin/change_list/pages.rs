//! Pages of a list: how many there are, which are linked.

use super::Params;

/// Rows a page may have.
pub(super) const SIZES: [u64; 4] = [25, 50, 100, 200];
pub(super) const USUAL_SIZE: u64 = 100;
/// So many rows are counted; beyond that it is said that there are more.
pub(super) const COUNTED: u64 = 10_000;
const AT_ENDS: u64 = 2;
const AROUND: u64 = 3;

/// A number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The number.
    pub rows: u64,
    /// Whether there are more.
    pub more: bool,
}

/// A link to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLink {
    /// Its number; a gap has none.
    pub number: Option<u64>,
    /// Its address; this very page has none.
    pub href: Option<String>,
}

/// The pages of a list.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// Numbers and gaps; empty when there is one page.
    pub links: Vec<PageLink>,
    /// The page before.
    pub previous: Option<String>,
    /// The page after.
    pub next: Option<String>,
    /// Page sizes with their addresses; the one in use has none.
    pub sizes: Vec<(u64, Option<String>)>,
    /// The address of all rows on one page.
    pub show_all: Option<String>,
}

/// Where the reader is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) page: u64,
    pub(super) size: u64,
    pub(super) count: Count,
    /// Whether a row follows this page.
    pub(super) more: bool,
}

impl Place {
    pub(super) fn last_page(self) -> u64 {
        self.count.rows.div_ceil(self.size).max(1)
    }

    pub(super) fn pages(self, params: &Params) -> Pages {
        let to = |page: u64| params.with("p", &page.to_string()).href();
        let last = if self.count.more { None } else { Some(self.last_page()) };
        let known = last.unwrap_or_else(|| self.last_page().max(self.page));
        let mut links = Vec::new();
        let mut before = 0;
        for page in (1..=known).filter(|page| self.is_linked(*page, known)) {
            if page > before + 1 {
                links.push(PageLink { number: None, href: None });
            }
            links.push(PageLink { number: Some(page), href: (page != self.page).then(|| to(page)) });
            before = page;
        }
        if last.is_none() && self.more {
            links.push(PageLink { number: None, href: None });
        }
        let small = params.without(|name| name == "p");
        Pages {
            links: if known == 1 { Vec::new() } else { links },
            previous: (self.page > 1).then(|| to(self.page - 1)),
            next: self.more.then(|| to(self.page + 1)),
            sizes: SIZES
                .into_iter()
                .map(|size| (size, (size != self.size).then(|| small.with("n", &size.to_string()).href())))
                .collect(),
            show_all: (!self.count.more && self.count.rows > self.size && self.count.rows <= SIZES[3])
                .then(|| small.with("all", "").href()),
        }
    }

    fn is_linked(self, page: u64, last: u64) -> bool {
        page <= AT_ENDS || page + AT_ENDS > last || page.abs_diff(self.page) <= AROUND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(page: u64, rows: u64, more: bool) -> String {
        let count = Count { rows, more };
        let pages =
            Place { page, size: 100, count, more: more || page * 100 < rows }.pages(&Params::default());
        let text = |link: PageLink| link.number.map_or_else(|| "…".to_owned(), |number| number.to_string());
        pages.links.into_iter().map(text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ends_and_neighbours_are_linked() {
        assert_eq!(numbers(1, 100, false), "");
        assert_eq!(numbers(1, 300, false), "1 2 3");
        assert_eq!(numbers(10, 2000, false), "1 2 … 7 8 9 10 11 12 13 … 19 20");
        assert_eq!(numbers(1, 10_000, true), "1 2 3 4 … 99 100 …");
        assert_eq!(numbers(5000, 10_000, true), "1 2 … 4997 4998 4999 5000 …");
    }
}
