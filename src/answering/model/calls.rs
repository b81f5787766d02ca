//! Calls of tools, put together from the fragments in which a model streams them.

use serde::Serialize;

use super::client::ModelError;

/// Most calls of one answer, and longest arguments of one call in bytes: more is no use, only a cost.
const MOST: usize = 8;
const MAX_ARGUMENTS: usize = 16 * 1024;

/// A tool that the model wants used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What the model calls it by.
    pub id: String,
    /// Which tool.
    pub name: String,
    /// JSON, as the model wrote it.
    pub arguments: String,
}

/// A fragment of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fragment {
    /// Which call it is part of; some servers send whole calls without it.
    pub(super) index: Option<usize>,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) arguments: String,
}

/// Calls in the making.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Making>);

/// A call of which there may be more to come.
#[derive(Debug)]
struct Making {
    index: Option<usize>,
    /// Whether the model has given it its id.
    named: bool,
    call: Call,
}

impl Calls {
    /// Takes a fragment.
    pub(super) fn push(&mut self, fragment: Fragment) -> Result<(), ModelError> {
        let id = fragment.id.filter(|id| !id.is_empty());
        let known =
            match fragment.index {
                // Some servers give every call the same number: another id is another call.
                Some(index) => self.0.iter().rposition(|making| making.index == Some(index)).filter(|at| {
                    !self.0[*at].named || id.as_ref().is_none_or(|id| *id == self.0[*at].call.id)
                }),
                // Without a number, whatever has a name begins a call and anything else goes on with the last.
                None if fragment.name.is_some() => None,
                None => self.0.len().checked_sub(1),
            };
        let at = known.unwrap_or_else(|| {
            let id = format!("call_{}", self.0.len() + 1);
            let call = Call { id, name: String::new(), arguments: String::new() };
            self.0.push(Making { index: fragment.index, named: false, call });
            self.0.len() - 1
        });
        let Making { named, call, .. } = &mut self.0[at];
        if let Some(id) = id {
            call.id = id;
            *named = true;
        }
        if let Some(name) = fragment.name {
            // Some servers repeat the name with each fragment.
            if call.name != name {
                call.name.push_str(&name);
            }
        }
        call.arguments.push_str(&fragment.arguments);
        if self.0.len() > MOST || self.0[at].call.arguments.len() > MAX_ARGUMENTS {
            return Err(ModelError::Broken("it calls for too much".to_owned()));
        }
        Ok(())
    }

    /// The calls, in the order in which they began.
    pub(super) fn finish(self) -> Vec<Call> {
        self.0.into_iter().map(|making| making.call).collect()
    }
}

/// The form of a call in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Called {
    id: String,
    r#type: &'static str,
    function: Function,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Function {
    name: String,
    arguments: String,
}

impl From<&Call> for Called {
    fn from(call: &Call) -> Self {
        // Templates of models read it as JSON: what is none has been told to the model, and is not sent back to it.
        let sound =
            serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&call.arguments).is_ok();
        let arguments = if sound { call.arguments.clone() } else { "{}".to_owned() };
        let function = Function { name: call.name.clone(), arguments };
        Self { id: call.id.clone(), r#type: "function", function }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(index: Option<usize>, name: Option<&str>, arguments: &str) -> Fragment {
        let id = name.map(|name| format!("id-{name}"));
        Fragment { index, id, name: name.map(str::to_owned), arguments: arguments.to_owned() }
    }

    fn joined(fragments: Vec<Fragment>) -> Vec<(String, String)> {
        let mut calls = Calls::default();
        for fragment in fragments {
            calls.push(fragment).expect("room");
        }
        calls.finish().into_iter().map(|call| (call.name, call.arguments)).collect()
    }

    #[test]
    fn fragments_find_their_call_by_its_number() {
        let calls = joined(vec![
            fragment(Some(0), Some("search"), ""),
            fragment(Some(1), Some("read"), "{\"a\""),
            fragment(Some(0), None, "{\"query\":"),
            fragment(Some(1), None, ":1}"),
            fragment(Some(0), Some("search"), "\"x\"}"),
        ]);
        let expected = [("search", "{\"query\":\"x\"}"), ("read", "{\"a\":1}")];
        assert_eq!(calls, expected.map(|(name, arguments)| (name.to_owned(), arguments.to_owned())));
    }

    #[test]
    fn calls_without_a_number_are_told_apart_by_their_names() {
        let calls = joined(vec![
            fragment(None, Some("search"), "{"),
            fragment(None, None, "}"),
            fragment(None, Some("search"), "{}"),
        ]);
        assert_eq!(calls.len(), 2);
        assert!(calls.iter().all(|(name, arguments)| name == "search" && arguments == "{}"));
    }

    #[test]
    fn calls_of_one_number_are_told_apart_by_their_ids() {
        let calls = joined(vec![
            fragment(Some(0), Some("search"), "{\"a\":"),
            fragment(Some(0), None, "1}"),
            fragment(Some(0), Some("read"), "{\"b\":"),
            fragment(Some(0), None, "2}"),
        ]);
        let expected = [("search", "{\"a\":1}"), ("read", "{\"b\":2}")];
        assert_eq!(calls, expected.map(|(name, arguments)| (name.to_owned(), arguments.to_owned())));
    }

    #[test]
    fn arguments_that_are_no_json_are_not_sent_back() {
        let sent = |arguments: &str| {
            let (id, name) = ("call_1".to_owned(), "search".to_owned());
            let call = Call { id, name, arguments: arguments.to_owned() };
            Called::from(&call).function.arguments
        };
        assert_eq!(
            ["", "{\"query\": \"vi", "[1]", "{\"query\": \"visa\"}"].map(sent),
            ["{}", "{}", "{}", "{\"query\": \"visa\"}"]
        );
    }

    #[test]
    fn too_much_is_refused() {
        let mut calls = Calls::default();
        assert!(calls.push(fragment(Some(0), Some("search"), &"x".repeat(MAX_ARGUMENTS + 1))).is_err());
        let mut calls = Calls::default();
        let all = (0..=MOST).map(|index| calls.push(fragment(Some(index), Some("search"), "")));
        assert_eq!(all.filter(Result::is_err).count(), 1);
    }
}
