//! `chatdku sendtestemail`: whether mail arrives, said at once.

use super::server::{MailServer, Manner, Step, Trouble};
use crate::support::Program;

fn program(server: &MailServer) -> Program {
    Program::new()
        .set("EMAIL_HOST", "127.0.0.1")
        .set("EMAIL_PORT", &server.port().to_string())
        .set("EMAIL_HOST_USER", "chatdku@example.edu")
}

#[test]
fn a_test_mail_says_whether_it_was_taken() {
    let server = MailServer::start(Manner::Plain);
    let program = program(&server);
    let (well, said) = program.run(&["sendtestemail", "one@example.edu", "two@example.edu"]);
    assert!(well && said.contains("two@example.edu: taken by the mail server"), "{said}");
    let taken = server.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].header("From").as_deref(), Some("ChatDKU <chatdku@example.edu>"));
    assert!(taken[0].content.contains("测试") || taken[0].content.contains("base64"));
    server.then(Trouble::Says(Step::RcptTo, 550));
    let (well, said) = program.run(&["sendtestemail", "one@example.edu"]);
    assert!(!well && said.contains("one@example.edu: RCPT TO: ") && said.contains("not today"), "{said}");
}

#[test]
fn without_a_server_it_is_a_file_and_says_so() {
    let program = Program::new();
    let (well, said) = program.run(&["sendtestemail", "one@example.edu"]);
    assert!(well && said.contains("EMAIL_HOST is not set"), "{said}");
    assert_eq!(std::fs::read_dir(program.folder().join("data/outbox")).unwrap().count(), 1);
    for wrong in
        [&["sendtestemail"][..], &["sendtestemail", "nobody"], &["sendtestemail", "a@b.example\r\nX: y"]]
    {
        let (well, said) = program.run(wrong);
        assert!(!well, "{wrong:?}: {said}");
    }
}
