//! stub
pub mod assets {
    pub fn routes() -> Vec<rocket::Route> {
        vec![]
    }
}
pub fn routes() -> Vec<rocket::Route> {
    vec![]
}
pub fn catchers() -> Vec<rocket::Catcher> {
    crate::error::json_catchers()
}
