//! Parts of pages as parts of other pages.

use askama::filters::HtmlSafe;

use super::{
    files::{FilesView, SourcesView},
    messages::MessageView,
    view::ConversationsView,
};
pub(super) use crate::platform::page::Page;

// Parts of pages are templates: they have escaped what they show.
impl HtmlSafe for ConversationsView {}
impl HtmlSafe for FilesView {}
impl HtmlSafe for MessageView {}
impl HtmlSafe for SourcesView {}
