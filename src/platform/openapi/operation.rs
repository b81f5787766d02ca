//! The description of one route.

use std::collections::BTreeMap;

use rocket::http::Method;
use schemars::{JsonSchema, r#gen::SchemaGenerator, schema::SchemaObject};
use serde_json::Value;

use crate::platform::rate_limit::Class;

/// Makes the schema of a type.
pub(super) type Schema = fn(&mut SchemaGenerator) -> SchemaObject;

/// The schema of `T`: a reference, where it has a name.
pub(super) fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> SchemaObject {
    generator.subschema_for::<T>().into_object()
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Everybody.
    Everybody,
    /// Whoever has an identity, within the limit of a class.
    Callers(Class),
    /// Staff.
    Staff,
    /// Staff, and whoever has the token.
    StaffOrToken,
}

/// A route, described.
pub struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) entry: Entry,
    pub(super) summary: &'static str,
    pub(super) notes: Option<&'static str>,
    pub(super) tag: &'static str,
    pub(super) older: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answers: BTreeMap<u16, Vec<Answer>>,
}

pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: &'static str,
    pub(super) about: &'static str,
    pub(super) required: bool,
    pub(super) schema: Schema,
    pub(super) example: Option<Value>,
}

pub(super) struct Body {
    pub(super) media: &'static str,
    pub(super) schema: Schema,
    pub(super) example: Option<Value>,
}

pub(super) struct Answer {
    pub(super) about: &'static str,
    pub(super) content: Option<(&'static str, Schema)>,
    pub(super) example: Option<Value>,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) links: Vec<Link>,
}

/// Where an answer leads: another operation, and what of the answer that takes.
pub(super) struct Link {
    pub(super) operation: &'static str,
    pub(super) parameters: Vec<(&'static str, &'static str)>,
    pub(super) body: Option<Value>,
}

const JSON: &str = "application/json";

impl Operation {
    /// A route as it is mounted, in a chapter of the document.
    pub fn new(
        method: Method,
        path: &'static str,
        tag: &'static str,
        entry: Entry,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            entry,
            summary,
            notes: None,
            tag,
            older: false,
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
        }
    }

    /// Its method and its path as it is mounted, without a query.
    pub fn route(&self) -> (Method, &'static str) {
        (self.method, self.path)
    }

    /// More about it, in Markdown.
    #[must_use]
    pub fn notes(mut self, notes: &'static str) -> Self {
        self.notes = Some(notes);
        self
    }

    /// It is there for older clients; another route does the same.
    #[must_use]
    pub fn older(mut self) -> Self {
        self.older = true;
        self
    }

    /// A part of its path.
    #[must_use]
    pub fn part<T: JsonSchema>(self, name: &'static str, about: &'static str, example: Value) -> Self {
        self.parameter("path", name, about, schema_of::<T>, Some(example))
    }

    /// A parameter of its query that may be left out.
    #[must_use]
    pub fn option<T: JsonSchema>(self, name: &'static str, about: &'static str) -> Self {
        self.parameter("query", name, about, schema_of::<T>, None)
    }

    /// A parameter of its query that it needs.
    #[must_use]
    pub fn query<T: JsonSchema>(self, name: &'static str, about: &'static str, example: Value) -> Self {
        self.parameter("query", name, about, schema_of::<T>, Some(example))
    }

    /// A header that it reads.
    #[must_use]
    pub fn header(self, name: &'static str, about: &'static str) -> Self {
        self.parameter("header", name, about, schema_of::<String>, None)
    }

    /// What is needed has an example.
    fn parameter(
        mut self,
        place: &'static str,
        name: &'static str,
        about: &'static str,
        schema: Schema,
        example: Option<Value>,
    ) -> Self {
        let required = example.is_some();
        self.parameters.push(Parameter { name, place, about, required, schema, example });
        self
    }

    /// It takes a JSON body.
    #[must_use]
    pub fn takes<T: JsonSchema>(mut self, example: Value) -> Self {
        self.body = Some(Body { media: JSON, schema: schema_of::<T>, example: Some(example) });
        self
    }

    /// It takes a body of parts.
    #[must_use]
    pub fn takes_parts<T: JsonSchema>(mut self) -> Self {
        self.body = Some(Body { media: "multipart/form-data", schema: schema_of::<T>, example: None });
        self
    }

    /// It answers JSON.
    #[must_use]
    pub fn answers<T: JsonSchema>(self, status: u16, about: &'static str, example: Value) -> Self {
        self.answer(status, about, Some((JSON, schema_of::<T>)), Some(example))
    }

    /// It answers something else.
    #[must_use]
    pub fn answers_as<T: JsonSchema>(self, status: u16, about: &'static str, media: &'static str) -> Self {
        self.answer(status, about, Some((media, schema_of::<T>)), None)
    }

    /// It answers nothing but the status.
    #[must_use]
    pub fn answers_nothing(self, status: u16, about: &'static str) -> Self {
        self.answer(status, about, None, None)
    }

    /// It refuses, with this body.
    #[must_use]
    pub fn refuses(self, status: u16, about: &'static str, example: Value) -> Self {
        self.answer(status, about, Some((JSON, schema_of::<super::errors::Refused>)), Some(example))
    }

    /// The answer described last has a header.
    #[must_use]
    pub fn with_header(mut self, status: u16, name: &'static str, about: &'static str) -> Self {
        if let Some(answer) = self.answers.get_mut(&status).and_then(|answers| answers.last_mut()) {
            answer.headers.push((name, about));
        }
        self
    }

    /// The answer of this status leads to another operation, whose parameters are found in it.
    #[must_use]
    pub fn leads_to(
        self,
        status: u16,
        operation: &'static str,
        parameters: &[(&'static str, &'static str)],
    ) -> Self {
        self.link(status, Link { operation, parameters: parameters.to_vec(), body: None })
    }

    /// The answer of this status leads to another operation, whose body is made with it.
    #[must_use]
    pub fn leads_to_body(self, status: u16, operation: &'static str, body: Value) -> Self {
        self.link(status, Link { operation, parameters: Vec::new(), body: Some(body) })
    }

    fn link(mut self, status: u16, link: Link) -> Self {
        if let Some(answer) = self.answers.get_mut(&status).and_then(|answers| answers.last_mut()) {
            answer.links.push(link);
        }
        self
    }

    fn answer(
        mut self,
        status: u16,
        about: &'static str,
        content: Option<(&'static str, Schema)>,
        example: Option<Value>,
    ) -> Self {
        self.answers.entry(status).or_default().push(Answer {
            about,
            content,
            example,
            headers: Vec::new(),
            links: Vec::new(),
        });
        self
    }
}
