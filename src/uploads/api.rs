//! The routes of this slice, described.

use rocket::http::Method::{Delete, Get, Post};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::wire::{FileInfo, Names, Uploaded};
use crate::platform::{
    openapi::{Binary, Entry::Callers, Operation, PageSize},
    rate_limit::Class::{Read, Upload, Write},
};

const TAG: &str = "files";

/// An upload.
#[derive(JsonSchema)]
struct UploadBody {
    /// A PDF of at most 10 MiB whose name ends in `.pdf`. The part may also be called `file`.
    #[expect(dead_code, reason = "only its form is of interest")]
    #[schemars(with = "Binary")]
    file_: (),
}

/// Their descriptions.
pub fn operations() -> Vec<Operation> {
    let one = |method, path, class, summary| {
        let operation = Operation::new(method, path, TAG, Callers(class), summary);
        operation.part::<i32>("id", "The file.", json!(41))
    };
    let names = |path, summary| {
        Operation::new(Get, path, TAG, Callers(Read), summary).answers::<Names>(
            200,
            "The stored name of the account, and the names of its files.",
            json!({ "netid": "8f40d1b0…", "document": ["Syllabus.pdf"] }),
        )
    };
    vec![
        Operation::new(Get, "/user_files", TAG, Callers(Read), "My files, newest first")
            .header("Accept-Language", "The language of `reason`: English or Chinese.")
            .option::<String>("q", "Only names that contain this text, whatever its case.")
            .option::<PageSize>("limit", "At most so many. Without it, all.")
            .option::<i32>("before", "Only those older than this file.")
            .answers::<Vec<FileInfo>>(200, "A bare array.", json!([file()])),
        one(Get, "/user_files/<id>", Read, "One file")
            .header("Accept-Language", "The language of `reason`: English or Chinese.")
            .answers::<FileInfo>(200, "The file.", file()),
        one(Get, "/user_files/<id>/content", Read, "The PDF itself")
            .option::<String>("inline", "When it is there, whatever its value, a browser shows the file.")
            .answers_as::<Binary>(200, "The PDF.", "application/pdf")
            .with_header(200, "Content-Disposition", "The name of the file."),
        one(Delete, "/user_files/<id>", Write, "Delete a file, its text and its bytes")
            .answers_nothing(204, "It is gone."),
        upload("/user_files", "Upload a PDF").notes(
            "It is read afterwards: see `status` in the list of files. A name that is taken already is varied.",
        ),
        upload("/user/upload", "Upload a PDF, under the original's path"),
        upload("/api/upload", "Upload a PDF, under another path of the client").older(),
        upload("/upload", "Upload a PDF, under the first service's path").older(),
        names("/user/upload", "Names of my files"),
        names("/user/user_files", "Names of my files, under the load tester's path"),
    ]
}

fn upload(path: &'static str, summary: &'static str) -> Operation {
    Operation::new(Post, path, TAG, Callers(Upload), summary)
        .takes_parts::<UploadBody>()
        .answers::<Uploaded>(
            201,
            "It is kept, and waits to be read.",
            json!({
                "message": "File uploaded successfully",
                "id": "41",
                "filename": "Syllabus.pdf",
                "status": "queued",
                "url": "/user_files/41/content",
            }),
        )
        .with_header(201, "Location", "Where the file is described.")
        .leads_to(201, "get_user_files_id", &[("id", "$response.body#/id")])
        .leads_to(201, "get_user_files_id_content", &[("id", "$response.body#/id")])
        .leads_to(201, "delete_user_files_id", &[("id", "$response.body#/id")])
        .refuses(
            400,
            "The file is not taken.",
            json!({ "file_": ["File should end with PDF"], "detail": "File should end with PDF" }),
        )
        .refuses(
            507,
            "There is no space left.",
            json!({ "error": "out_of_space", "request_id": "3f9a1c20b7de" }),
        )
}

fn file() -> Value {
    json!({
        "id": "41",
        "filename": "Syllabus.pdf",
        "name": "Syllabus.pdf",
        "uploaded_at": "2026-03-08T04:05:06.123456Z",
        "createdAt": "2026-03-08T04:05:06.123456Z",
        "size": 48213,
        "pages": 3,
        "status": "ready",
        "reason": null,
    })
}
