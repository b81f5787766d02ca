//! A finished declaration: what follows from it, and what is wrong with it.

use std::collections::HashSet;

use sea_orm::EntityTrait;

use super::{
    form::{Fieldset, Part},
    model::Model,
    model_admin::ModelAdmin,
};

/// A declared model of any entity, with its mistakes.
pub struct Declared {
    pub(super) model: Model,
    pub(super) mistakes: Vec<String>,
}

impl<E: EntityTrait> From<ModelAdmin<E>> for Declared {
    fn from(admin: ModelAdmin<E>) -> Self {
        let (mut model, mut mistakes) = admin.into_parts();
        if model.list.is_empty() {
            mistakes.push("the list has no columns".to_owned());
        }
        if model.search.is_empty() {
            mistakes.push("the list cannot be searched".to_owned());
        }
        if model.fieldsets.is_empty() {
            // Every column, as it is: nothing is edited that nobody has said may be.
            let parts =
                model.fields.iter().filter(|field| !field.secret).map(|field| Part::shown(field.name));
            let parts: Vec<Part> = parts.collect();
            model.fieldsets.push(Fieldset::new().parts(parts));
        }
        // References and choices may have been declared after the filters.
        let filters = std::mem::take(&mut model.filters);
        model.filters = filters.into_iter().map(|filter| filter.refitted(&model.fields)).collect();
        mistakes.extend(unknown_parts(&model));
        mistakes.extend(unknown_filters(&model));
        Self { model, mistakes }
    }
}

fn unknown_parts(model: &Model) -> Vec<String> {
    let many: HashSet<&str> = model.many.iter().map(|many| many.name).collect();
    let added = model.add_fieldsets.iter().flatten();
    let parts = model.fieldsets.iter().chain(added).flat_map(|fieldset| &fieldset.parts);
    let told = |name| model.told.iter().any(|told| told.name == name);
    let known = |part: &Part| {
        if part.is_told() {
            return told(part.name);
        }
        part.is_extra() || many.contains(part.name) || model.field(part.name).is_some()
    };
    parts.filter(|part| !known(part)).map(|part| format!("the form has no field `{}`", part.name)).collect()
}

fn unknown_filters(model: &Model) -> Vec<String> {
    let mut seen = HashSet::new();
    let twice = model.filters.iter().filter(|filter| !seen.insert(filter.name));
    twice.map(|filter| format!("there are two filters `{}`", filter.name)).collect()
}
