//! Strings of a form, as schemas: what the wire types hold as text already written.

use schemars::{
    JsonSchema,
    r#gen::SchemaGenerator,
    schema::{InstanceType, NumberValidation, Schema, SchemaObject},
};

use crate::platform::paging::MOST;

/// A moment, as `2026-03-09T04:00:00.000000Z`.
pub struct Moment;
/// A day, as `2026-03-09`.
pub struct Day;
/// Bytes.
pub struct Binary;

macro_rules! text_of_form {
    ($kind:ty, $form:literal) => {
        impl JsonSchema for $kind {
            fn is_referenceable() -> bool {
                false
            }

            fn schema_name() -> String {
                stringify!($kind).to_owned()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let form = Some($form.to_owned());
                SchemaObject {
                    instance_type: Some(InstanceType::String.into()),
                    format: form,
                    ..Default::default()
                }
                .into()
            }
        }
    };
}

text_of_form!(Moment, "date-time");
text_of_form!(Day, "date");
text_of_form!(Binary, "binary");

/// How many rows of a list: 1 to [`MOST`].
pub struct PageSize;

impl JsonSchema for PageSize {
    fn is_referenceable() -> bool {
        false
    }

    fn schema_name() -> String {
        "PageSize".to_owned()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let bounds =
            NumberValidation { minimum: Some(1.0), maximum: Some(MOST as f64), ..Default::default() };
        SchemaObject {
            instance_type: Some(InstanceType::Integer.into()),
            number: Some(Box::new(bounds)),
            ..Default::default()
        }
        .into()
    }
}
