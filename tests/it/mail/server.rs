//! A mail server of the tests: it takes mails, and fails where it is told to.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

const CERTIFICATE: &[u8] = include_bytes!("../fixtures/mail_server.crt");
const KEY: &[u8] = include_bytes!("../fixtures/mail_server.key");
/// Nobody has to wait longer than this for the other side; tests are quicker.
const PATIENCE: Duration = Duration::from_secs(20);

/// A step of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    MailFrom,
    RcptTo,
    Data,
    /// The mail itself, up to the dot.
    Content,
}

/// What goes wrong in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The server says no, with this code.
    Says(Step, u16),
    /// The connection ends in place of an answer. The mail has not been taken.
    Drops(Step),
    /// Nothing comes.
    Silent(Step),
    /// The mail is taken, and the connection ends before the server has said so.
    LosesItsWord,
    /// What comes in place of the handshake is no TLS.
    SpeaksNoTls,
}

/// How the server wants to be talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Plain,
    StartTls,
    Tls,
}

/// A mail as it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    /// Without the dots that only the conversation needs.
    pub content: String,
    pub encrypted: bool,
    /// What it signed in with, as `AUTH` had it.
    pub auth: Option<String>,
}

impl Taken {
    /// The value of a header, its folded lines put together.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.content.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        let line = head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?;
        Some(line.to_owned())
    }
}

/// The server. It ends when it is dropped.
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

struct Shared {
    manner: Manner,
    troubles: Mutex<VecDeque<Trouble>>,
    taken: Mutex<Vec<Taken>>,
    conversations: AtomicUsize,
    ended: AtomicBool,
}

impl MailServer {
    /// A server at a port that is free.
    pub fn start(manner: Manner) -> Self {
        Self::at(([127, 0, 0, 1], 0).into(), manner)
    }

    /// A server at a port of which nobody has had an answer so far.
    pub fn at(address: SocketAddr, manner: Manner) -> Self {
        let listener = TcpListener::bind(address).expect("the port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            manner,
            troubles: Mutex::default(),
            taken: Mutex::default(),
            conversations: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
        });
        let theirs = shared.clone();
        let listening = std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                if theirs.ended.load(Ordering::SeqCst) {
                    break;
                }
                let shared = theirs.clone();
                std::thread::spawn(move || Conversation::hold(&shared, stream));
            }
        });
        Self { address, shared, listening: Some(listening) }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What goes wrong in the next conversation that nothing is going to go wrong in yet.
    pub fn then(&self, trouble: Trouble) -> &Self {
        self.shared.troubles.lock().unwrap().push_back(trouble);
        self
    }

    /// The mails that it has taken, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.shared.taken.lock().unwrap().clone()
    }

    /// How often somebody has connected.
    pub fn conversations(&self) -> usize {
        self.shared.conversations.load(Ordering::SeqCst)
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // The one that it waits for.
        let _woken = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ended = listening.join();
        }
    }
}

/// The two ends of a line, encrypted or not.
enum Line {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
    /// Between the two.
    Changing,
}

impl Line {
    fn encrypted(stream: TcpStream) -> io::Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE).expect("a certificate");
        let key = PrivateKeyDer::from_pem_slice(KEY).expect("a key");
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("a certificate with its key");
        let connection = ServerConnection::new(Arc::new(config)).map_err(io::Error::other)?;
        Ok(Self::Tls(Box::new(StreamOwned::new(connection, stream))))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(text.as_bytes()),
            Self::Tls(stream) => stream.write_all(text.as_bytes()).and_then(|()| stream.flush()),
            Self::Changing => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// Byte by byte: what follows `STARTTLS` must not be read with it.
    fn line(&mut self) -> io::Result<String> {
        let (mut line, mut byte) = (Vec::new(), [0]);
        while !line.ends_with(b"\r\n") {
            match self {
                Self::Plain(stream) => stream.read_exact(&mut byte)?,
                Self::Tls(stream) => stream.read_exact(&mut byte)?,
                Self::Changing => return Err(ErrorKind::NotConnected.into()),
            }
            line.push(byte[0]);
        }
        line.truncate(line.len() - 2);
        String::from_utf8(line).map_err(io::Error::other)
    }
}

/// One conversation.
struct Conversation<'a> {
    shared: &'a Shared,
    line: Line,
    trouble: Option<Trouble>,
    encrypted: bool,
    auth: Option<String>,
    from: String,
    to: Vec<String>,
}

/// The conversation is over.
struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl<'a> Conversation<'a> {
    fn hold(shared: &'a Shared, stream: TcpStream) {
        shared.conversations.fetch_add(1, Ordering::SeqCst);
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let trouble = shared.troubles.lock().unwrap().pop_front();
        let line = Line::Plain(stream);
        let (from, to) = (String::new(), Vec::new());
        let mut conversation = Self { shared, line, trouble, encrypted: false, auth: None, from, to };
        let _over: Result<(), Over> = conversation.talk();
    }

    fn talk(&mut self) -> Result<(), Over> {
        if self.shared.manner == Manner::Tls {
            self.encrypt()?;
        }
        self.answer(Step::Greeting, "220 mail server of the tests\r\n")?;
        loop {
            let said = self.line.line()?;
            let word = said.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match word.as_str() {
                "EHLO" => {
                    let more = if self.shared.manner == Manner::StartTls && !self.encrypted {
                        "250-STARTTLS\r\n"
                    } else {
                        "250-AUTH PLAIN LOGIN\r\n"
                    };
                    self.answer(Step::Ehlo, &format!("250-tests\r\n{more}250 8BITMIME\r\n"))?;
                }
                "STARTTLS" => {
                    if self.answer(Step::StartTls, "220 go ahead\r\n")? {
                        self.encrypt()?;
                    }
                }
                "AUTH" => {
                    if self.answer(Step::Auth, "235 welcome\r\n")? {
                        self.auth = said.split_once(' ').map(|(_, rest)| rest.to_owned());
                    }
                }
                "MAIL" => {
                    self.answer(Step::MailFrom, "250 ok\r\n")?;
                    self.from = inside_brackets(&said);
                    self.to.clear();
                }
                "RCPT" => {
                    self.answer(Step::RcptTo, "250 ok\r\n")?;
                    self.to.push(inside_brackets(&said));
                }
                "DATA" => self.take()?,
                "QUIT" => {
                    self.line.write("221 bye\r\n")?;
                    return Ok(());
                }
                _ => self.line.write("502 what?\r\n")?,
            }
        }
    }

    fn take(&mut self) -> Result<(), Over> {
        if !self.answer(Step::Data, "354 go ahead\r\n")? {
            return Ok(());
        }
        let mut content = String::new();
        loop {
            let line = self.line.line()?;
            if line == "." {
                break;
            }
            content.push_str(line.strip_prefix('.').unwrap_or(&line));
            content.push_str("\r\n");
        }
        let taken = Taken {
            from: self.from.clone(),
            to: self.to.clone(),
            content,
            encrypted: self.encrypted,
            auth: self.auth.clone(),
        };
        if self.trouble == Some(Trouble::LosesItsWord) {
            self.shared.taken.lock().unwrap().push(taken);
            return Err(Over);
        }
        if self.answer(Step::Content, "250 taken\r\n")? {
            self.shared.taken.lock().unwrap().push(taken);
        }
        Ok(())
    }

    /// Answers, or does not, as the trouble has it. `true` when the answer was the good one.
    fn answer(&mut self, step: Step, good: &str) -> Result<bool, Over> {
        match self.trouble {
            Some(Trouble::Says(at, code)) if at == step => {
                self.trouble = None;
                self.line.write(&format!("{code} not today\r\n"))?;
                Ok(false)
            }
            Some(Trouble::Drops(at)) if at == step => Err(Over),
            Some(Trouble::Silent(at)) if at == step => {
                // Until the other side has had enough.
                let _hung_up = self.line.line();
                Err(Over)
            }
            _ => {
                self.line.write(good)?;
                Ok(true)
            }
        }
    }

    fn encrypt(&mut self) -> Result<(), Over> {
        if self.trouble == Some(Trouble::SpeaksNoTls) {
            self.line.write("what do you mean?\r\n")?;
            return Err(Over);
        }
        let Line::Plain(stream) = std::mem::replace(&mut self.line, Line::Changing) else { return Err(Over) };
        self.line = Line::encrypted(stream)?;
        self.encrypted = true;
        Ok(())
    }
}

fn inside_brackets(said: &str) -> String {
    let inside = said.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(inside, _)| inside.to_owned())
}
